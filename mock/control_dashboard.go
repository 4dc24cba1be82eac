package mock

import (
	"fmt"
	"net/http"

	"github.com/tallystick/tallystick/mock/control"
	"github.com/tallystick/tallystick/mock/internal/dashboard"
)

func (c *call) dashboard() (any, error) { return c.page(dashboard.Page) }

func (c *call) dashboardFile() (any, error) { return c.page(c.path["file"]) }

func (c *call) page(name string) (any, error) {
	mediaType, data, ok := dashboard.File(name)
	if !ok {
		return nil, badControl{http.StatusNotFound, fmt.Sprintf("the dashboard has no file %q", name)}
	}
	dashboard.Guard(c.writer.Header())
	return raw{mediaType, data}, nil
}

// listOperations needs no lock: a contract never changes, and no reload goes on during a call.
func (c *call) listOperations() (any, error) {
	played := c.world.contract
	out := control.Operations{Title: played.Title, Version: played.Version, Operations: []control.ContractOperation{}, Errors: []control.ContractError{}}
	for _, op := range played.Operations() {
		o := control.ContractOperation{ID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary, Codes: []string{}}
		for _, e := range played.Allowed(op) {
			o.Codes = append(o.Codes, e.Ref)
		}
		out.Operations = append(out.Operations, o)
	}
	for _, e := range played.Errors() {
		out.Errors = append(out.Errors, control.ContractError{Code: e.Ref, Status: e.Status, Meaning: e.Meaning})
	}
	return out, nil
}

// setSpeed lets the clock go on from what it shows, faster or slower.
func (c *call) setSpeed() (any, error) {
	return c.clock(func(w *world) error {
		var to control.Speed
		if err := c.decode(&to); err != nil {
			return err
		}
		w.clock.show(w.clock.now())
		w.clock.speed = to.Speed
		return nil
	})
}
