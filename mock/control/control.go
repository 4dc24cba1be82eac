// Package control is the control API of a mock as a Go program sees it: its OpenAPI document and the
// values that go over the wire.
package control

import (
	"embed"
	"time"
)

// Prefix is what all paths of the control API begin with.
const Prefix = "/_tally/"

// Document is the name of the OpenAPI document inside Files.
const Document = "openapi.yaml"

// Files holds the OpenAPI document. It is read-only and safe for concurrent use.
//
//go:embed openapi.yaml
var Files embed.FS

// Refusal is the body of every answer with a status of 400 or more.
type Refusal struct {
	Error string `json:"error"` // what is wrong, and what would be right
}

// Done is the answer of calls that have nothing to tell.
type Done struct {
	Status string `json:"status"` // ok
}

// Health tells that a mock lives.
type Health struct {
	Status   string   `json:"status"`   // ok
	Contract string   `json:"contract"` // title of the contract that is played
	Version  string   `json:"version"`  // of the contract
	Anybody  bool     `json:"anybody"`  // whoever asks for a token gets one
	Calls    []string `json:"calls"`    // of the control API, for newcomers
}

// Clock is the state of the mock's clock.
type Clock struct {
	Now    time.Time  `json:"now"`
	Frozen bool       `json:"frozen"`
	Speed  float64    `json:"speed"`          // how much faster than real it runs
	Next   *time.Time `json:"next,omitempty"` // when the next thing happens by itself; nil for never
}

// Time is what the clock is set to.
type Time struct {
	Now time.Time `json:"now"`
}

// Advance moves the clock on. One of its members is set.
type Advance struct {
	By string `json:"by,omitempty"` // a duration, as time.ParseDuration reads it
	To string `json:"to,omitempty"` // next: when the next thing happens by itself
}

// Resource is a resource in the mock, with where it stands in its life.
type Resource struct {
	Kind   string     `json:"kind"`
	Tenant string     `json:"tenant"`
	ID     string     `json:"id"`
	State  string     `json:"state"`
	Since  time.Time  `json:"since"`          // when it entered the state
	Due    *time.Time `json:"due,omitempty"`  // when time will do something to it; nil for never
	Back   string     `json:"back,omitempty"` // state to which it goes back, after one that was forced for a while
	Name   string     `json:"name,omitempty"` // by the member that no two share; "" where there is none
}

// Resources are all resources of all tenants.
type Resources struct {
	Resources []Resource `json:"resources"`
}

// Limits bound what a tenant may do. What is nil or empty goes back to what the mock was started with.
type Limits struct {
	Quota  *int   `json:"quota,omitempty"`  // resources; 0 is no limit
	Calls  *int   `json:"calls,omitempty"`  // calls in a window; 0 is no limit
	Window string `json:"window,omitempty"` // minute, hour or day
}

// Given are conditions of the world.
type Given struct {
	Given []string `json:"given"` // those that hold
	Known []string `json:"known"` // those that there are
}

// Catalogue lists entries of catalogues, as SCHEMA/KEY.
type Catalogue struct {
	Entries []string `json:"entries"`
}

// Entry is a catalogue entry that was changed.
type Entry struct {
	Entry  string         `json:"entry"`  // SCHEMA/KEY
	Before map[string]any `json:"before"` // the entry before the change
}
