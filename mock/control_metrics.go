package mock

import "github.com/tallystick/tallystick/mock/control"

// expositionType is the media type of the text format of Prometheus.
const expositionType = "text/plain; version=0.0.4; charset=utf-8"

func (c *call) showMetrics() (any, error) {
	x := &exposition{}
	x.requests(c.server.metrics)
	if err := x.world(c.world); err != nil {
		return nil, err
	}
	x.process(c.server.metrics)
	return raw{expositionType, []byte(x.String())}, nil
}

// ready answers once it has had the lock under which every request is decided: then no reset or restore is at
// work, and the world is whole.
func (c *call) ready() (any, error) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	return control.Ready{Status: "ready", Operations: len(c.world.contract.Operations())}, nil
}
