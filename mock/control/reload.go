package control

import (
	"context"
	"net/http"
)

// Reloaded tells what a reload has changed.
type Reloaded struct {
	Changes []string `json:"changes"` // for people; empty when the contract is the same
}

// Reload lets the mock read its contract again and go on under it with all its state. A contract that has
// problems, or under which the state cannot live, is an *Error that says why; the old one goes on.
func (c *Client) Reload(ctx context.Context) (Reloaded, error) {
	return send[Reloaded](ctx, c, http.MethodPost, "reload", nil)
}
