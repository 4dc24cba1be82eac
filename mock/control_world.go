package mock

import (
	"github.com/tallystick/tallystick/mock/control"
)

func (c *call) reset() (any, error) {
	return control.Done{Status: "ok"}, c.replace((*world).anew, (*world).forgetFor)
}

// setLimits changes quota and rate limit; what is absent goes back to what the mock was started with.
func (c *call) setLimits() (any, error) {
	w := c.world
	var want control.Limits
	if err := c.decode(&want); err != nil {
		return nil, err
	}
	quota, rate := w.settings.world.Quota, w.settings.world.RateLimit
	if want.Quota != nil {
		quota = want.Quota
	}
	if want.Calls == nil && want.Window != "" {
		return nil, bad("window without calls: want both, or neither of them")
	}
	if want.Calls != nil {
		rate = RateLimit{Calls: *want.Calls, Window: want.Window}
	}
	if err := checkLimits(quota, rate); err != nil {
		return nil, bad("%v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.quota, w.rate, w.calls = quota, rate, calls{} // a window may be shorter now than the one that runs
	return control.Done{Status: "ok"}, nil
}

// readLimits gives them in the form in which setLimits takes them.
func (c *call) readLimits() (any, error) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	rate := c.world.rate
	now := control.Limits{Quota: c.world.quota, Calls: &rate.Calls}
	if rate.Calls > 0 {
		now.Window = rate.Window
	}
	return now, nil
}

func (c *call) listGiven() (any, error) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	return c.givenNow(), nil
}

// givenNow is made under the lock of the world.
func (c *call) givenNow() control.Given {
	return control.Given{Given: sortedKeys(c.world.given), Known: append([]string{}, c.world.contract.Conditions()...)}
}

func (c *call) give() (any, error) { return c.setGiven(true) }

func (c *call) take() (any, error) { return c.setGiven(false) }

func (c *call) setGiven(on bool) (any, error) {
	name := c.path["name"]
	if err := knownCondition(c.world.contract, name); err != nil {
		return nil, bad("%v", err)
	}
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	if on {
		c.world.given[name] = true
	} else {
		delete(c.world.given, name)
	}
	return c.givenNow(), nil
}

func (c *call) listCatalogue() (any, error) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	return control.Catalogue{Entries: append([]string{}, c.world.entries.Names()...)}, nil
}

// patchCatalogue changes an entry for everybody who looks it up from now on, and for the resources that
// have looked it up before.
func (c *call) patchCatalogue() (any, error) {
	name := c.path["schema"] + "/" + c.path["key"]
	var patch map[string]any
	if err := c.decode(&patch); err != nil {
		return nil, err
	}
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	before := c.world.entries.Find(name)
	entries, err := c.world.entries.With(name, patch)
	if err != nil {
		return nil, bad("%v", err)
	}
	c.world.entries = entries
	c.world.thawAll()
	for _, t := range c.world.tenants {
		for kind, shop := range t.kinds {
			for _, r := range shop.byID {
				t.unindex(r)
				r.Replace(kind.Refresh(r.Body(), entries))
				c.world.touch(r)
				t.place(r)
			}
		}
	}
	return control.Entry{Entry: name, Before: before}, nil
}
