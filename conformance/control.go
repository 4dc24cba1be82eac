package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// control drives the control API of a Tallystick mock: its clock, and the world around it. nil stands for
// a target without one.
type control struct {
	session *session
	anybody bool // whoever asks gets a token: no users were configured
	debts
	foundClock    clockView
	foundFailures []failing
	asked         map[string]bool // events whose failure the run has asked for
}

const controlPrefix = "/_tally/"

// findControl asks whether the target has a control API.
func findControl(ctx context.Context, s *session) *control {
	c := &control{session: s}
	var health struct {
		Status, Contract string
		Anybody          bool
	}
	if err := c.call(ctx, http.MethodGet, "health", nil, &health); err != nil || health.Status != "ok" || health.Contract == "" {
		return nil
	}
	c.anybody = health.Anybody
	return c
}

func (c *control) call(ctx context.Context, method, path string, body, into any) error {
	out := call{method: method, path: controlPrefix + path}
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		out.body, out.contentType = data, "application/json"
	}
	r := c.session.send(ctx, out)
	if r.err != nil {
		return r.err
	}
	if !r.ok() {
		return fmt.Errorf("control %s %s: %d %s", method, path, r.Status, strings.TrimSpace(string(r.body)))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(r.body, into)
}

func (c *control) freeze(ctx context.Context) error {
	return c.time(ctx, http.MethodPost, "clock/freeze", nil, &clockView{})
}

func (c *control) resume(ctx context.Context) error {
	return c.time(ctx, http.MethodPost, "clock/resume", nil, &clockView{})
}

// now is the time on the target's clock.
func (c *control) now(ctx context.Context) (time.Time, error) {
	var clock clockView
	err := c.time(ctx, http.MethodGet, "clock", nil, &clock)
	return clock.Now, err
}

func (c *control) advance(ctx context.Context, by string) error {
	return c.time(ctx, http.MethodPost, "clock/advance", map[string]any{"by": by}, &clockView{})
}

func (c *control) next(ctx context.Context) error {
	return c.time(ctx, http.MethodPost, "clock/advance", map[string]any{"to": "next"}, &clockView{})
}

// given sets a condition of the world, and gives what takes it back. A condition that holds already stays.
func (c *control) given(ctx context.Context, name string) (undo func(), err error) {
	var found struct{ Given []string }
	if err := c.call(ctx, http.MethodGet, "given", nil, &found); err != nil {
		return nil, err
	}
	what := "given/" + name
	if !slices.Contains(found.Given, name) {
		c.owe(what, func(ctx context.Context) error { return c.call(ctx, http.MethodDelete, what, nil, nil) })
	}
	if err := c.call(ctx, http.MethodPut, what, nil, nil); err != nil {
		return nil, err
	}
	return func() { c.pay(context.WithoutCancel(ctx), what) }, nil // an interrupted run pays too
}

// patch changes a catalogue entry, and gives what takes it back.
func (c *control) patch(ctx context.Context, entry string, patch map[string]any) (undo func(), err error) {
	schema, key, _ := strings.Cut(entry, "/")
	path := "catalogue/" + schema + "/" + url.PathEscape(key)
	var before struct {
		Before map[string]any `json:"before"`
	}
	if err := c.call(ctx, http.MethodPatch, path, patch, &before); err != nil {
		return nil, err
	}
	back := map[string]any{}
	for name := range patch {
		back[name] = before.Before[name] // null, which takes it away, where there was none
	}
	what := fmt.Sprint(path, sortedKeys(patch)) // the members of one entry are taken back by themselves
	c.owe(what, func(ctx context.Context) error { return c.call(ctx, http.MethodPatch, path, back, nil) })
	return func() { c.pay(context.WithoutCancel(ctx), what) }, nil // an interrupted run pays too
}

// count is how many resources of a kind a tenant has.
func (c *control) count(ctx context.Context, kind, tenant string) (int, error) {
	var all struct {
		Resources []struct{ Kind, Tenant string }
	}
	if err := c.call(ctx, http.MethodGet, "resources", nil, &all); err != nil {
		return 0, err
	}
	n := 0
	for _, r := range all.Resources {
		if r.Kind == kind && r.Tenant == tenant {
			n++
		}
	}
	return n, nil
}

// limits sets some of the limits and leaves the others, and gives what sets all of them as they were found.
func (c *control) limits(ctx context.Context, limits map[string]any) (undo func(), err error) {
	found := map[string]any{}
	if err := c.call(ctx, http.MethodGet, "limits", nil, &found); err != nil {
		return nil, err
	}
	c.owe("limits", func(ctx context.Context) error { return c.call(ctx, http.MethodPut, "limits", found, nil) })
	set := maps.Clone(found)
	maps.Copy(set, limits)
	if err := c.call(ctx, http.MethodPut, "limits", set, nil); err != nil {
		return nil, err
	}
	return func() { c.pay(context.WithoutCancel(ctx), "limits") }, nil
}

func (c *control) fail(ctx context.Context, event string) error {
	if c.asked == nil {
		c.asked = map[string]bool{}
	}
	c.asked[event] = true
	return c.call(ctx, http.MethodPost, "failures", map[string]any{"event": event}, nil)
}

func (c *control) fault(ctx context.Context, tenant, id string) error {
	return c.call(ctx, http.MethodPost, "resources/"+url.PathEscape(tenant)+"/"+url.PathEscape(id)+"/fault", nil, nil)
}
