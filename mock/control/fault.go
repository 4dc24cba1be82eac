package control

import (
	"context"
	"net/http"
	"net/url"

	"github.com/tallystick/tallystick/mock/fault"
)

// NewFault is a fault to plant: its text alone, or its members.
type NewFault struct {
	Spec string `json:"spec,omitempty"` // as package fault reads it; then the members of Fault are zero
	fault.Fault
}

// Fault is a fault that is planted, with what has become of it.
type Fault struct {
	ID      string `json:"id"`
	Spec    string `json:"spec"`    // as package fault writes it
	Matched int    `json:"matched"` // requests that it is for
	Fired   int    `json:"fired"`   // of those, which it has hit
	Spent   bool   `json:"spent"`   // it hits no more
}

// Faults are those that are planted, the oldest first.
type Faults struct {
	Faults []Fault `json:"faults"`
}

// specification is a NewFault that goes over the wire without members.
type specification struct {
	Spec string `json:"spec"`
}

// AddFault plants a fault, given as its text.
func (c *Client) AddFault(ctx context.Context, spec string) (Fault, error) {
	return send[Fault](ctx, c, http.MethodPost, "faults", specification{spec})
}

// PlantFault plants a fault, given as a value.
func (c *Client) PlantFault(ctx context.Context, f fault.Fault) (Fault, error) {
	return send[Fault](ctx, c, http.MethodPost, "faults", f)
}

// Faults lists the faults that are planted.
func (c *Client) Faults(ctx context.Context) ([]Fault, error) {
	all, err := get[Faults](ctx, c, "faults")
	return all.Faults, err
}

// Fault reads one fault.
func (c *Client) Fault(ctx context.Context, id string) (Fault, error) {
	return get[Fault](ctx, c, "faults/"+url.PathEscape(id))
}

// DropFault takes one fault away, and gives it as it was.
func (c *Client) DropFault(ctx context.Context, id string) (Fault, error) {
	return send[Fault](ctx, c, http.MethodDelete, "faults/"+url.PathEscape(id), nil)
}

// DropFaults takes all faults away, and gives them as they were.
func (c *Client) DropFaults(ctx context.Context) ([]Fault, error) {
	all, err := send[Faults](ctx, c, http.MethodDelete, "faults", nil)
	return all.Faults, err
}
