package control

import "context"

// Ready tells that a mock decides requests.
type Ready struct {
	Status     string `json:"status"`     // ready
	Operations int    `json:"operations"` // how many it plays
}

// Ready waits until the mock decides requests. While its world is being replaced as a whole, the answer waits as
// requests do; the deadline of ctx bounds that.
func (c *Client) Ready(ctx context.Context) (Ready, error) { return get[Ready](ctx, c, "ready") }

// Metrics are the mock's figures in the text format of Prometheus.
func (c *Client) Metrics(ctx context.Context) (string, error) {
	data, err := c.exchange(ctx, "GET", "metrics", nil)
	return string(data), err
}
