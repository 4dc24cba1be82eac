package control

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Snapshot is the whole state of a mock at a moment, or of a sandbox. Its JSON is canonical: the same state
// gives the same bytes. It holds no token, only their hashes; what clients have put into bodies stands in it
// as it is.
type Snapshot struct {
	Tally     string             `json:"tally"`   // state
	Version   int                `json:"version"` // of this form: 1
	Contract  SnapshotContract   `json:"contract"`
	Clock     SnapshotClock      `json:"clock"`
	IDs       uint64             `json:"ids"`    // ids made from a seed so far; 0 without a seed
	Tokens    []SnapshotToken    `json:"tokens"` // that were issued, oldest first
	Resources []SnapshotResource `json:"resources"`
	Queues    []SnapshotQueue    `json:"queues"`
	Keys      []SnapshotKey      `json:"keys,omitempty"`   // those whose signatures have been refused lately
	Faults    *SnapshotFaults    `json:"faults,omitempty"` // nil when there has never been one
	Catalogue []SnapshotEntry    `json:"catalogue"`        // what differs from the contract's catalogues
	Given     []string           `json:"given"`            // conditions that hold, sorted
	Quota     *int               `json:"quota,omitempty"`
	Rate      *SnapshotRate      `json:"rate,omitempty"` // nil for no limit and nothing counted
	Failures  []Failure          `json:"failures"`       // that wait for an event
}

// SnapshotContract names the contract that was played. It is for people: what counts is whether the state
// can live under the contract of the mock that it is put into.
type SnapshotContract struct {
	Title   string `json:"title"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

// SnapshotClock is the clock at the moment of a snapshot.
type SnapshotClock struct {
	Now    time.Time `json:"now"`
	Frozen bool      `json:"frozen"`
	Speed  float64   `json:"speed"`
}

// SnapshotToken is an issued token, by its hash.
type SnapshotToken struct {
	SHA256  string         `json:"sha256"` // of the token, in hex
	Caller  SnapshotCaller `json:"caller"`
	Project string         `json:"project,omitempty"` // "" for a token without a project
	Expires time.Time      `json:"expires"`
}

// SnapshotCaller is who has made something.
type SnapshotCaller struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// SnapshotResource is a resource with the plan for what time will do to it.
type SnapshotResource struct {
	Kind     string          `json:"kind"` // component schema
	Tenant   string          `json:"tenant"`
	ID       string          `json:"id"`
	State    string          `json:"state,omitempty"` // "" where the kind has no lifecycle
	Since    *time.Time      `json:"since,omitempty"` // when the state was entered
	Previous string          `json:"previous,omitempty"`
	Created  time.Time       `json:"created"`
	Updated  time.Time       `json:"updated"`
	Deadline *time.Time      `json:"deadline,omitempty"` // when the timer of the state runs out
	Due      *time.Time      `json:"due,omitempty"`      // when something happens by itself
	Ends     string          `json:"ends,omitempty"`     // how the present transient state ends: reads:N or manual; "" for by time
	Reads    int             `json:"reads,omitempty"`    // how often the state has been seen
	Failing  bool            `json:"failing,omitempty"`  // the present transient state will fail
	Failure  string          `json:"failure,omitempty"`  // catalogue entry that says why it failed
	Reason   string          `json:"reason,omitempty"`   // why it will fail; "" for the table's own reason
	Back     *SnapshotBack   `json:"back,omitempty"`     // to the state before one that was forced for a while
	Owner    SnapshotCaller  `json:"owner"`
	Body     json.RawMessage `json:"body"` // what clients gave it, without what its state decides
}

// SnapshotBack is the state to which a resource goes back, and when.
type SnapshotBack struct {
	State   string    `json:"state"`
	At      time.Time `json:"at"`
	Failure string    `json:"failure,omitempty"` // catalogue entry that says why it was in that state
}

// SnapshotKey is an access key whose signatures have been refused.
type SnapshotKey struct {
	Access   string     `json:"access"`           // id of the key
	Failures int        `json:"failures"`         // in a row
	Locked   *time.Time `json:"locked,omitempty"` // until then; nil for never
}

// SnapshotFaults are the faults that are planted.
type SnapshotFaults struct {
	Last    int             `json:"last"`    // number of the youngest that there has been
	Planted []SnapshotFault `json:"planted"` // oldest first
}

// SnapshotFault is a fault with what has become of it.
type SnapshotFault struct {
	ID      string `json:"id"`
	Spec    string `json:"spec"` // as package fault writes it
	Matched int    `json:"matched"`
	Fired   int    `json:"fired"`
	Chance  []byte `json:"chance"` // where its chance stands
}

// SnapshotQueue is a line of resources of one kind that wait for the same thing, the next one first.
type SnapshotQueue struct {
	Name    string         `json:"name"`
	Kind    string         `json:"kind"`
	Last    *time.Time     `json:"last,omitempty"` // when a turn was served last
	Waiting []SnapshotTurn `json:"waiting"`
}

// SnapshotTurn is a place in a queue.
type SnapshotTurn struct {
	Tenant string    `json:"tenant"`
	ID     string    `json:"id"`
	Begin  time.Time `json:"begin"`
	End    time.Time `json:"end"` // when its turn comes, as things stand
}

// SnapshotEntry is what differs in an entry of a catalogue from what the contract has.
type SnapshotEntry struct {
	Entry string          `json:"entry"` // SCHEMA/KEY
	Patch json.RawMessage `json:"patch"` // a JSON merge patch on the contract's entry
}

// SnapshotRate is a rate limit with what has been counted in the present window.
type SnapshotRate struct {
	Calls   int            `json:"calls"`
	Window  string         `json:"window,omitempty"`
	Until   *time.Time     `json:"until,omitempty"` // end of the window
	Counted map[string]int `json:"counted,omitempty"`
}

// Snapshot takes a snapshot of all state: canonical JSON, which Restore takes back. Snapshot (the type) is
// its form.
func (c *Client) Snapshot(ctx context.Context) (json.RawMessage, error) {
	data, err := c.exchange(ctx, http.MethodGet, "snapshot", nil)
	return bytes.TrimSuffix(data, []byte("\n")), err
}

// Restore puts a snapshot in place of all state. A mock that refuses it has changed nothing; the *Error tells
// the place by a JSON pointer.
func (c *Client) Restore(ctx context.Context, snapshot json.RawMessage) error {
	return c.call(ctx, http.MethodPut, "snapshot", snapshot, nil)
}
