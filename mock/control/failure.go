package control

import (
	"context"
	"net/http"
	"time"
)

// State is a state to force.
type State struct {
	State string `json:"state"`
	For   string `json:"for,omitempty"`  // how long on the mock's clock, as time.ParseDuration reads it; "" for good
	Code  string `json:"code,omitempty"` // why it has failed, in a state of failures; "" for the table's own reason
}

// Failing lets transient states fail.
type Failing struct {
	Event  string `json:"event"`            // what begins the transient state
	Times  int    `json:"times,omitempty"`  // how often; 0 is once
	Code   string `json:"code,omitempty"`   // why; "" for the table's own reason
	Tenant string `json:"tenant,omitempty"` // whose resources; "" for everybody's
	Name   string `json:"name,omitempty"`   // of the one resource, by the member that no two share; "" for any
}

// Failure tells how many transient states of an event will fail.
type Failure struct {
	Event  string `json:"event"`
	Left   int    `json:"left"`
	Code   string `json:"code,omitempty"`
	Tenant string `json:"tenant,omitempty"`
	Name   string `json:"name,omitempty"`
}

// Failures are those that wait, the oldest first.
type Failures struct {
	Failures []Failure `json:"failures"`
}

// AddFailure lets the next transient states that an event begins fail.
func (c *Client) AddFailure(ctx context.Context, f Failing) (Failure, error) {
	return send[Failure](ctx, c, http.MethodPost, "failures", f)
}

// Failures lists the failures that wait.
func (c *Client) Failures(ctx context.Context) ([]Failure, error) {
	all, err := get[Failures](ctx, c, "failures")
	return all.Failures, err
}

// DropFailures forgets the failures that wait, and gives them.
func (c *Client) DropFailures(ctx context.Context) ([]Failure, error) {
	all, err := send[Failures](ctx, c, http.MethodDelete, "failures", nil)
	return all.Failures, err
}

// SetStateFor forces a resource into a state for a time on the mock's clock, above 0. Afterwards it enters the
// state anew in which it was, unless something else has happened to it.
func (c *Client) SetStateFor(ctx context.Context, tenant, id, state string, d time.Duration) (Resource, error) {
	return send[Resource](ctx, c, http.MethodPut, resourcePath(tenant, id, "state"), State{State: state, For: d.String()})
}
