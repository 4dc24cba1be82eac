package mock

import (
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
)

// Bounds of the failures that wait: of one kind, and of kinds.
const (
	maxFailures     = 1_000_000
	maxFailureKinds = 1000
)

func (c *call) addFailure() (any, error) {
	var want control.Failing
	if err := c.decode(&want); err != nil {
		return nil, err
	}
	if err := c.mayFail(want.Event, want.Code); err != nil {
		return nil, err
	}
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	for _, f := range c.world.failures {
		if f.event == want.Event && f.tenant == want.Tenant && f.name == want.Name && f.reason == want.Code {
			if f.left+max(want.Times, 1) > maxFailures {
				return nil, bad("%d failures of %s would wait: want at most %d", f.left+max(want.Times, 1), f.event, maxFailures)
			}
			f.left += max(want.Times, 1)
			return f.view(), nil
		}
	}
	if len(c.world.failures) >= maxFailureKinds {
		return nil, bad("%d kinds of failures wait: want at most %d", len(c.world.failures), maxFailureKinds)
	}
	f := &failure{event: want.Event, tenant: want.Tenant, name: want.Name, reason: want.Code, left: max(want.Times, 1)}
	c.world.failures = append(c.world.failures, f)
	return f.view(), nil
}

// mayFail tells whether what an event begins can fail for a reason, "" for the table's own.
func (c *call) mayFail(event, code string) error {
	if !slices.Contains(c.world.failable(), event) {
		return bad("event %q begins no transient state that can fail; those that do: %v", event, c.world.failable())
	}
	var known []string
	for _, rt := range c.world.contract.Resources() {
		for _, e := range c.world.contract.Reasons(rt, event) {
			known = append(known, e.Ref)
		}
	}
	if code != "" && !slices.Contains(known, code) {
		return bad("code %q is no reason for which %s may fail; those that are: %v", code, event, known)
	}
	return nil
}

// view is made under the lock of the world.
func (f *failure) view() control.Failure {
	return control.Failure{Event: f.event, Left: f.left, Code: f.reason, Tenant: f.tenant, Name: f.name}
}

// failuresNow is made under the lock of the world.
func (c *call) failuresNow() control.Failures {
	out := control.Failures{Failures: []control.Failure{}}
	for _, f := range c.world.failures {
		out.Failures = append(out.Failures, f.view())
	}
	return out
}

func (c *call) listFailures() (any, error) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	return c.failuresNow(), nil
}

func (c *call) dropFailures() (any, error) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	all := c.failuresNow()
	c.world.failures = nil
	return all, nil
}

// setState puts a resource into any state of the table, for a while or for good; the gone state takes it away.
func (c *call) setState() (any, error) {
	var to control.State
	if err := c.decode(&to); err != nil {
		return nil, err
	}
	during := time.Duration(0)
	if to.For != "" {
		var err error
		if during, err = time.ParseDuration(to.For); err != nil || during <= 0 {
			return nil, bad("for %q: want a duration above 0, such as 90s or 1h30m", to.For)
		}
	}
	return c.one(func(r *record, now time.Time) error {
		reason, err := c.force(r, to, during)
		if err != nil {
			return err
		}
		if to.State == r.kind.Lifecycle.Gone {
			c.world.drop(r)
			c.world.journal.move(r.kind.Name + " forced into " + to.State)
			r.State = to.State
			return nil
		}
		return c.world.force(r, to.State, reason, during, now)
	})
}

// statesOf names the states of a lifecycle, in its order, with the one that takes a resource away.
func statesOf(lc *contract.Lifecycle) []string {
	var out []string
	for _, s := range lc.States {
		out = append(out, s.Name)
	}
	if !slices.Contains(out, lc.Gone) {
		out = append(out, lc.Gone)
	}
	return out
}

// force holds a forced state to the table, and gives the reason of a failure.
func (c *call) force(r *record, to control.State, during time.Duration) (*contract.Error, error) {
	lc := r.kind.Lifecycle
	switch {
	case lc.State(to.State) == nil:
		return nil, bad("state %q is not in the lifecycle of %s; want one of %s", to.State, r.kind.Name, strings.Join(statesOf(lc), ", "))
	case during > 0 && to.State == lc.Gone:
		return nil, bad("for: from state %s nothing comes back; want it without for", to.State)
	case during > 0 && lc.InQueue(to.State):
		return nil, bad("for: state %s is left when the turn comes; want it without for", to.State)
	case to.Code == "":
		return lc.FailureOf(to.State), nil
	}
	known := c.reasonsOf(r.kind, to.State)
	for _, e := range known {
		if e.Ref == to.Code {
			return e, nil
		}
	}
	var refs []string
	for _, e := range known {
		refs = append(refs, e.Ref)
	}
	return nil, bad("code %q is no reason for state %s; those that are: %v", to.Code, to.State, refs)
}

// reasonsOf are the reasons for which a resource may be in a state; none for a state of no failure.
func (c *call) reasonsOf(kind *contract.ResourceType, state string) []*contract.Error {
	var out []*contract.Error
	for _, row := range kind.Lifecycle.Rows {
		if row.Fails == nil || row.Fails.To != state {
			continue
		}
		for _, event := range row.On {
			for _, e := range c.world.contract.Reasons(kind, event) {
				if !slices.Contains(out, e) {
					out = append(out, e)
				}
			}
		}
	}
	return out
}
