package mock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/contract"
)

// The control API stands beside the API that is played. It is for tests: it moves the clock, forces
// states and changes the world. It answers loopback only and is never counted.
const controlPrefix = "/_tally/"

const maxControlBody = 1 << 20

// control is one call of the control API: what it reads from the body goes into args.
type control struct {
	echo.Context
	world *world
	args  controlArgs
}

// controlArgs are the members of all control requests.
type controlArgs struct {
	Now    *time.Time     `json:"now"`    // clock: RFC 3339
	By     string         `json:"by"`     // clock/advance: a duration such as 90s or 1h30m
	To     string         `json:"to"`     // clock/advance: next
	State  string         `json:"state"`  // resources/…/state
	Event  string         `json:"event"`  // failures: what begins the transient state that shall fail
	Times  int            `json:"times"`  // failures: how often; 0 = once
	Quota  *int           `json:"quota"`  // limits: resources of a tenant; absent = as the mock was started
	Calls  *int           `json:"calls"`  // limits: calls of a tenant in a window; absent = as the mock was started
	Window string         `json:"window"` // limits: minute, hour or day
	Patch  map[string]any `json:"-"`      // catalogue: the whole body
}

// badControl is a control request that cannot be carried out.
type badControl struct {
	status int
	text   string
}

func (b badControl) Error() string { return b.text }

func bad(format string, args ...any) error {
	return badControl{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

func mountControl(e *echo.Echo, w *world) {
	for _, r := range []struct {
		method, path string
		do           func(*control) (any, error)
	}{
		{http.MethodGet, "health", (*control).health},
		{http.MethodPost, "reset", (*control).reset},
		{http.MethodGet, "clock", (*control).readClock},
		{http.MethodPut, "clock", (*control).setClock},
		{http.MethodPost, "clock/advance", (*control).advance},
		{http.MethodPost, "clock/freeze", (*control).freeze},
		{http.MethodPost, "clock/resume", (*control).resume},
		{http.MethodGet, "resources", (*control).resources},
		{http.MethodPut, "resources/:tenant/:id/state", (*control).setState},
		{http.MethodPost, "resources/:tenant/:id/finish", (*control).finish},
		{http.MethodPost, "resources/:tenant/:id/fault", (*control).fault},
		{http.MethodPost, "failures", (*control).fail},
		{http.MethodPut, "limits", (*control).setLimits},
		{http.MethodGet, "given", (*control).listGiven},
		{http.MethodPut, "given/:name", (*control).give},
		{http.MethodDelete, "given/:name", (*control).take},
		{http.MethodGet, "catalogue", (*control).catalogue},
		{http.MethodPatch, "catalogue/:schema/:key", (*control).patchCatalogue},
	} {
		e.Add(r.method, controlPrefix+r.path, controlHandler(w, r.do))
	}
	notFound := controlHandler(w, func(*control) (any, error) {
		return nil, badControl{http.StatusNotFound, "no such control call; GET " + controlPrefix + "health lists them"}
	})
	e.Any(controlPrefix+"*", notFound)
}

// controlCalls is what health tells a newcomer.
var controlCalls = []string{
	"GET health", "POST reset", "GET clock", "PUT clock {now}", "POST clock/advance {by} or {to: next}",
	"POST clock/freeze", "POST clock/resume", "GET resources", "PUT resources/TENANT/ID/state {state}",
	"POST resources/TENANT/ID/finish", "POST resources/TENANT/ID/fault", "POST failures {event, times}",
	"PUT limits {quota, calls, window}", "GET given", "PUT given/NAME", "DELETE given/NAME", "GET catalogue", "PATCH catalogue/SCHEMA/KEY (merge patch)",
}

func controlHandler(w *world, do func(*control) (any, error)) echo.HandlerFunc {
	return func(ec echo.Context) error {
		c := &control{Context: ec, world: w}
		body, err := any(nil), c.guard()
		if err == nil {
			err = c.read()
		}
		if err == nil {
			body, err = do(c)
		}
		var refused badControl
		switch {
		case errors.As(err, &refused):
			return ec.JSON(refused.status, map[string]any{"error": refused.text})
		case err != nil:
			return ec.JSON(http.StatusInternalServerError, map[string]any{"error": err.Error()})
		}
		return ec.JSON(http.StatusOK, body)
	}
}

// guard lets in only this machine, and no page of another origin that a browser here happens to show.
func (c *control) guard() error {
	r := c.Request()
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return badControl{http.StatusForbidden, "the control API answers this machine only"}
	}
	if name := hostName(r.Host); name != "localhost" {
		if ip := net.ParseIP(name); ip == nil || !ip.IsLoopback() {
			return badControl{http.StatusForbidden, "the control API answers under localhost or a loopback address only"}
		}
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
			return badControl{http.StatusForbidden, "the control API refuses requests from origin " + origin}
		}
	}
	return nil
}

func hostName(hostport string) string {
	u := url.URL{Host: hostport}
	return u.Hostname()
}

// read takes in the body: JSON with known members, or nothing.
func (c *control) read() error {
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxControlBody))
	if err != nil {
		return bad("the body cannot be read: %v", err)
	}
	if len(body) == 0 {
		return nil
	}
	if c.Request().Method == http.MethodPatch {
		if err := json.Unmarshal(body, &c.args.Patch); err != nil {
			return bad("the body must be a JSON object, a merge patch: %v", err)
		}
		return nil
	}
	if err := decodeStrictly(body, &c.args); err != nil {
		return bad("the body is not right: %v", err)
	}
	return nil
}

func (c *control) health() (any, error) {
	return map[string]any{"status": "ok", "contract": c.world.contract.Title, "version": c.world.contract.Version, "calls": controlCalls}, nil
}

func (c *control) reset() (any, error) {
	return map[string]any{"status": "ok"}, c.world.reset()
}

func (c *control) fail() (any, error) {
	event := c.args.Event
	if !c.world.canFail(event) {
		return nil, bad("event %q begins no transient state that can fail; those that do: %v", event, c.world.failable())
	}
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	c.world.failures[event] += max(c.args.Times, 1)
	return map[string]any{"event": event, "left": c.world.failures[event]}, nil
}

func (w *world) canFail(event string) bool {
	for _, known := range w.failable() {
		if event == known {
			return true
		}
	}
	return false
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
	if c.args.Calls != nil {
		rate = RateLimit{Calls: *c.args.Calls, Window: c.args.Window}
	}
	if err := checkLimits(quota, rate); err != nil {
		return nil, bad("%v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.quota, w.rate = quota, rate
	for _, t := range w.tenants {
		t.calls = 0
	}
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
	name := c.Param("name")
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
	key, err := url.PathUnescape(c.Param("key"))
	if err != nil {
		return nil, bad("key %q: %v", c.Param("key"), err)
	}
	name := c.Param("schema") + "/" + key
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

// resourceView is what the control API tells of a resource.
type resourceView struct {
	Kind   string     `json:"kind"`
	Tenant string     `json:"tenant"`
	ID     string     `json:"id"`
	State  string     `json:"state"`
	Since  time.Time  `json:"since"`
	Due    *time.Time `json:"due,omitempty"`
}

func viewOf(r *record) resourceView {
	v := resourceView{Kind: r.kind.Name, Tenant: r.Tenant, ID: r.ID, State: r.State, Since: r.Since}
	if at := r.dueTime(); !at.IsZero() {
		v.Due = &at
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

func (c *control) resources() (any, error) {
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.now()
	views := []resourceView{}
	for _, tenantID := range sortedKeys(w.tenants) {
		for _, kind := range w.contract.Resources() {
			shop := w.tenants[tenantID].of(kind)
			if err := w.settleAll(shop, now); err != nil {
				return nil, err
			}
			for _, id := range sortedKeys(shop.byID) {
				views = append(views, viewOf(shop.byID[id]))
			}
		}
	}
	return map[string]any{"resources": views}, nil
}

// one finds the resource that the path names; of the kinds, the first that has the id.
func (c *control) one(do func(r *record, now time.Time) error) (any, error) {
	w := c.world
	id, err := url.PathUnescape(c.Param("id"))
	if err != nil {
		return nil, bad("id %q: %v", c.Param("id"), err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.now()
	t := w.tenants[c.Param("tenant")]
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
	return nil, badControl{http.StatusNotFound, fmt.Sprintf("tenant %q has no resource %q", c.Param("tenant"), id)}
}

// setState puts a resource into any state of the table; the gone state takes it away.
func (c *control) setState() (any, error) {
	return c.one(func(r *record, now time.Time) error {
		if r.kind.Lifecycle.State(c.args.State) == nil {
			return bad("state %q is not in the lifecycle of %s", c.args.State, r.kind.Name)
		}
		if c.args.State == r.kind.Lifecycle.Gone {
			c.world.drop(r)
			r.State = c.args.State
			return nil
		}
		return c.world.enter(r, c.args.State, "", now)
	})
}

// finish ends a transient state or serves the turn, as progress by hand wants it.
func (c *control) finish() (any, error) {
	return c.one(func(r *record, now time.Time) error {
		switch {
		case r.kind.Lifecycle.Passage(r.State) != nil:
			return c.world.step(r, now)
		case r.Turn != nil:
			return c.world.serve(c.world.queueOf(r), r, now)
		}
		return bad("state %s does not end by itself; transient states and queues can be finished", r.State)
	})
}

// fault lets the platform fail the resource.
func (c *control) fault() (any, error) {
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
