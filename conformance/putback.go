package conformance

import (
	"context"
	"net/http"
	"slices"
	"sync"
)

// A run changes the world of a mock, and the world is somebody's: what was set before the run must be set after
// it, however the run has ended. Two things do not come back: the time that went by on the clock, for it never
// goes backwards, and how often a fault has been asked for.

// debts are the changes of a run that are still to be taken back, by what they change. The zero value has none.
// It is safe for concurrent use.
type debts struct {
	mu    sync.Mutex
	names []string
	back  map[string]func(context.Context) error
}

// owe notes what takes a change back, unless an earlier one of the same thing does: that one knows what was found.
func (d *debts) owe(what string, back func(context.Context) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.back == nil {
		d.back = map[string]func(context.Context) error{}
	}
	if d.back[what] == nil {
		d.names, d.back[what] = append(d.names, what), back
	}
}

// pay takes one change back. What fails stays owed.
func (d *debts) pay(ctx context.Context, what string) {
	d.mu.Lock()
	back := d.back[what]
	d.mu.Unlock()
	if back == nil || back(ctx) != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.back, what)
	d.names = slices.DeleteFunc(d.names, func(name string) bool { return name == what })
}

// payAll takes back whatever is left, the latest first.
func (d *debts) payAll(ctx context.Context) {
	d.mu.Lock()
	names := slices.Clone(d.names)
	d.mu.Unlock()
	for _, what := range slices.Backward(names) {
		d.pay(ctx, what)
	}
}

// failing is a failure that waits for a transient state.
type failing struct {
	Event  string `json:"event"`
	Left   int    `json:"left,omitempty"`
	Times  int    `json:"times,omitempty"`
	Code   string `json:"code,omitempty"`
	Tenant string `json:"tenant,omitempty"`
	Name   string `json:"name,omitempty"`
}

func (c *control) waiting(ctx context.Context) ([]failing, error) {
	var all struct{ Failures []failing }
	err := c.call(ctx, http.MethodGet, "failures", nil, &all)
	for i := range all.Failures { // left is what is answered, times is what is asked for
		all.Failures[i].Times, all.Failures[i].Left = all.Failures[i].Left, 0
	}
	return all.Failures, err
}

// look takes in what a run finds that its requests may use up or change.
func (c *control) look(ctx context.Context) error {
	err := c.time(ctx, http.MethodGet, "clock", nil, &c.foundClock)
	if err == nil {
		c.foundFailures, err = c.waiting(ctx)
	}
	return err
}

// setAside takes away the conditions that hold and the limits, until the end of the run.
func (c *control) setAside(ctx context.Context) error {
	var found struct{ Given []string }
	if err := c.call(ctx, http.MethodGet, "given", nil, &found); err != nil {
		return err
	}
	for _, name := range found.Given {
		condition := "given/" + name
		c.owe("found "+condition, func(ctx context.Context) error { return c.call(ctx, http.MethodPut, condition, nil, nil) })
		if err := c.call(ctx, http.MethodDelete, condition, nil, nil); err != nil {
			return err
		}
	}
	limits := map[string]any{}
	if err := c.call(ctx, http.MethodGet, "limits", nil, &limits); err != nil {
		return err
	}
	c.owe("found limits", func(ctx context.Context) error { return c.call(ctx, http.MethodPut, "limits", limits, nil) })
	return c.call(ctx, http.MethodPut, "limits", map[string]any{"quota": 0, "calls": 0}, nil) // 0 is no limit
}

// refail lets those failures wait that were found, and none that the run has asked for itself. What others have
// asked for meanwhile stays.
func (c *control) refail(ctx context.Context) error {
	now, err := c.waiting(ctx)
	if err != nil {
		return err
	}
	want := slices.Clone(c.foundFailures)
	for _, f := range now {
		same := func(g failing) bool { f.Times, g.Times = 0, 0; return f == g }
		mine := f.Code == "" && f.Tenant == "" && f.Name == "" && c.asked[f.Event]
		if !mine && !slices.ContainsFunc(want, same) {
			want = append(want, f)
		}
	}
	if slices.Equal(now, want) {
		return nil
	}
	err = c.call(ctx, http.MethodDelete, "failures", nil, nil)
	for _, f := range want {
		if err == nil {
			err = c.call(ctx, http.MethodPost, "failures", f, nil)
		}
	}
	return err
}
