package mock

import (
	"fmt"
	"net/http"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
)

func viewOf(r *record) control.Resource {
	v := control.Resource{Kind: r.kind.Name, Tenant: r.Tenant, ID: r.ID, Name: r.uniqueValue(), State: r.State, Since: r.Since}
	if at := r.dueTime(); !at.IsZero() && !at.After(latest) {
		v.Due = &at
	}
	if r.back != nil {
		v.Back = r.back.to
	}
	return v
}

// dueTime is when time will do something to the record; zero for never.
func (r *record) dueTime() time.Time {
	if r.Turn != nil && r.policy.Kind == ByTime {
		return r.Turn.End
	}
	return r.due
}

func (c *call) listResources() (any, error) {
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ripenAll()
	now := w.clock.now()
	views := []control.Resource{}
	w.thawAll()
	for _, tenantID := range sortedKeys(w.tenants) {
		for _, kind := range w.contract.Resources() {
			shop := w.tenant(tenantID).of(kind)
			if err := w.settleAll(shop, now); err != nil {
				return nil, err
			}
			for _, id := range sortedKeys(shop.byID) {
				views = append(views, viewOf(shop.byID[id]))
			}
		}
	}
	return control.Resources{Resources: views}, nil
}

// one finds the resource that the path names; of the kinds, the first that has the id.
func (c *call) one(do func(r *record, now time.Time) error) (any, error) {
	w := c.world
	tenantID, id := c.path["tenant"], c.path["id"]
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.now()
	t := w.own(tenantID)
	if t != nil {
		for _, kind := range w.contract.Resources() {
			if r := t.of(kind).byID[id]; r != nil && kind.Lifecycle != nil {
				if err := w.settle(r, now); err != nil {
					return nil, err
				}
				if err := do(r, now); err != nil {
					return nil, err
				}
				return viewOf(r), nil
			}
		}
	}
	return nil, badControl{http.StatusNotFound, fmt.Sprintf("tenant %q has no resource %q", tenantID, id)}
}

// finish ends a transient state or serves the turn, as progress by hand wants it.
func (c *call) finishResource() (any, error) {
	return c.one(func(r *record, now time.Time) error {
		switch {
		case r.back != nil && r.kind.Lifecycle.Passage(r.State) == nil:
			return c.world.comeBack(r, now)
		case r.kind.Lifecycle.Passage(r.State) != nil:
			return c.world.step(r, now)
		case r.Turn != nil:
			return c.world.serve(r.queue, r, now)
		}
		return bad("state %s does not end by itself; transient states and queues can be finished", r.State)
	})
}

// fault lets the platform fail the resource.
func (c *call) failResource() (any, error) {
	return c.one(func(r *record, now time.Time) error {
		row, err := r.kind.Happen(&r.Resource, contract.OnFault, now)
		if err != nil {
			return err
		}
		if row == nil {
			return bad("the lifecycle has no row for a fault in state %s", r.State)
		}
		return c.world.enter(r, row.Next(r.State), contract.OnFault, now)
	})
}
