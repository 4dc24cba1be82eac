package mock

import "slices"

// maxFailures bounds the failures that wait for an event.
const maxFailures = 1_000_000

func (c *control) reset() (any, error) {
	return map[string]any{"status": "ok"}, c.world.reset()
}

func (c *control) fail() (any, error) {
	event := c.args.Event
	if !slices.Contains(c.world.failable(), event) {
		return nil, bad("event %q begins no transient state that can fail; those that do: %v", event, c.world.failable())
	}
	if c.args.Times < 0 || c.args.Times > maxFailures {
		return nil, bad("times %d: want 0 (once) to %d", c.args.Times, maxFailures)
	}
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	left := c.world.failures[event] + max(c.args.Times, 1)
	if left > maxFailures {
		return nil, bad("%d failures of %s would wait: want at most %d", left, event, maxFailures)
	}
	c.world.failures[event] = left
	return map[string]any{"event": event, "left": left}, nil
}

// failable are the events of rows whose transient state may fail.
func (w *world) failable() []string {
	var out []string
	for _, rt := range w.contract.Resources() {
		if rt.Lifecycle == nil {
			continue
		}
		for _, row := range rt.Lifecycle.Rows {
			if row.Fails != nil {
				out = append(out, row.On...)
			}
		}
	}
	return out
}

// setLimits changes quota and rate limit; what is absent goes back to what the mock was started with.
func (c *control) setLimits() (any, error) {
	w := c.world
	quota, rate := w.settings.world.Quota, w.settings.world.RateLimit
	if c.args.Quota != nil {
		quota = c.args.Quota
	}
	if c.args.Calls == nil && c.args.Window != "" {
		return nil, bad("window without calls: want both, or neither of them")
	}
	if c.args.Calls != nil {
		rate = RateLimit{Calls: *c.args.Calls, Window: c.args.Window}
	}
	if err := checkLimits(quota, rate); err != nil {
		return nil, bad("%v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.quota, w.rate, w.calls = quota, rate, calls{} // a window may be shorter now than the one that runs
	return map[string]any{"status": "ok"}, nil
}

func (c *control) listGiven() (any, error) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	return map[string]any{"given": sortedKeys(c.world.given), "known": c.world.contract.Conditions()}, nil
}

func (c *control) give() (any, error) { return c.setGiven(true) }

func (c *control) take() (any, error) { return c.setGiven(false) }

func (c *control) setGiven(on bool) (any, error) {
	name := c.param("name")
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
	return map[string]any{"given": sortedKeys(c.world.given)}, nil
}

func (c *control) catalogue() (any, error) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	return map[string]any{"entries": c.world.entries.Names()}, nil
}

// patchCatalogue changes an entry for everybody who looks it up from now on, and for the resources that
// have looked it up before.
func (c *control) patchCatalogue() (any, error) {
	name := c.param("schema") + "/" + c.param("key")
	if c.args.Patch == nil {
		return nil, bad("catalogue entry %q: the body must be a merge patch", name)
	}
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	before := c.world.entries.Find(name)
	entries, err := c.world.entries.With(name, c.args.Patch)
	if err != nil {
		return nil, bad("%v", err)
	}
	c.world.entries = entries
	for _, t := range c.world.tenants {
		for kind, shop := range t.kinds {
			for _, r := range shop.byID {
				t.unindex(r)
				r.Body = kind.Refresh(r.Body, entries)
				t.place(r)
			}
		}
	}
	return map[string]any{"entry": name, "before": before}, nil
}
