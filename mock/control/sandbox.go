package control

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// SandboxHeader is the request header that selects a sandbox, of the API that is played and of the control
// API alike.
const SandboxHeader = "X-Tally-Sandbox"

// Sandbox is a world of its own inside a mock.
type Sandbox struct {
	Name      string    `json:"name"`
	Created   time.Time `json:"created"` // real time
	Used      time.Time `json:"used"`    // when it was used last, real time
	Resources int       `json:"resources"`
}

// Sandboxes are all sandboxes of a mock, sorted by name.
type Sandboxes struct {
	Sandboxes []Sandbox `json:"sandboxes"`
}

// Origin is what a sandbox begins as.
type Origin struct {
	From string `json:"from,omitempty"` // a kept snapshot; "" for the start of the mock
}

// Kept is a snapshot that a mock keeps in memory under a name.
type Kept struct {
	Name      string    `json:"name"`
	Taken     time.Time `json:"taken"` // by the clock of the world it was taken of
	Resources int       `json:"resources"`
}

// KeptAll are all kept snapshots, sorted by name.
type KeptAll struct {
	Snapshots []Kept `json:"snapshots"`
}

// Sandboxes lists the sandboxes.
func (c *Client) Sandboxes(ctx context.Context) ([]Sandbox, error) {
	all, err := get[Sandboxes](ctx, c, "sandboxes")
	return all.Sandboxes, err
}

// MakeSandbox makes a sandbox anew, from a kept snapshot or, with "", from the start of the mock. What a
// sandbox of this name held is gone.
func (c *Client) MakeSandbox(ctx context.Context, name, from string) (Sandbox, error) {
	return send[Sandbox](ctx, c, http.MethodPut, "sandboxes/"+url.PathEscape(name), Origin{from})
}

// DeleteSandbox drops a sandbox.
func (c *Client) DeleteSandbox(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodDelete, "sandboxes/"+url.PathEscape(name), nil, nil)
}

// Keep takes a snapshot that the mock keeps in memory, for sandboxes to begin as.
func (c *Client) Keep(ctx context.Context, name string) (Kept, error) {
	return send[Kept](ctx, c, http.MethodPost, "snapshots/"+url.PathEscape(name), nil)
}

// Kept lists the snapshots that the mock keeps.
func (c *Client) Kept(ctx context.Context) ([]Kept, error) {
	all, err := get[KeptAll](ctx, c, "snapshots")
	return all.Snapshots, err
}

// Forget drops a kept snapshot. Sandboxes that began as it go on.
func (c *Client) Forget(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodDelete, "snapshots/"+url.PathEscape(name), nil, nil)
}
