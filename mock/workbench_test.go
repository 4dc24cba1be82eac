package mock_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tallystick/tallystick/fixtures"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// hours is a clock that the test moves, an hour at a time.
func hours() (passed *atomic.Int64, now mock.Option) {
	passed = &atomic.Int64{}
	begin := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	return passed, mock.WithNow(func() time.Time { return begin.Add(time.Duration(passed.Load()) * time.Hour) })
}

// Two sandboxes that are made at different times both show the time that it is.
func TestSandboxClocks(t *testing.T) {
	passed, now := hours()
	first := start(t, now)
	first.create(notebook("nb"))
	all, err := (&control.Client{Base: first.url}).Resources(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	c := start(t, now, mock.WithInstances(fixtures.Snapshot{Instances: []fixtures.Instance{{Kind: all[0].Kind, Tenant: project, ID: "DE-1", State: "STOPPED",
		Body: first.must("GET", instances+"/"+all[0].ID, "").body}}}))
	for hour, name := range []string{"a", "b"} {
		passed.Store(int64(hour))
		k := &control.Client{Base: c.url, Sandbox: name}
		if clock, err := k.Clock(t.Context()); err != nil || clock.Now.Hour() != hour {
			t.Errorf("sandbox %s: %+v %v", name, clock, err)
		}
		if in, err := k.Resources(t.Context()); err != nil || len(in) != 1 {
			t.Errorf("sandbox %s: %+v %v", name, in, err)
		}
	}
}

// A sandbox that nobody uses goes, also when only the world without a name is used. What is about all of them
// makes none, and neither does a call that is refused.
func TestSandboxesGoUnused(t *testing.T) {
	passed, now := hours()
	c := start(t, now)
	k := &control.Client{Base: c.url, Sandbox: "x"}
	if _, err := k.Sandboxes(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := k.SetState(t.Context(), "p", "none", ""); err == nil {
		t.Error("an empty state was taken")
	}
	if _, err := k.Advance(t.Context(), -time.Second); err == nil {
		t.Error("the clock went back")
	}
	if err := k.DeleteSandbox(t.Context(), "y"); err == nil {
		t.Error("a sandbox that is not there was deleted")
	}
	box := func() int {
		all, err := (&control.Client{Base: c.url}).Sandboxes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if _, err := k.Clock(t.Context()); err != nil || box() != 1 {
		t.Errorf("%d sandboxes, %v", box(), err)
	}
	passed.Store(24)
	c.must("GET", instances+"?de_type=Notebook", "")
	if n := box(); n != 0 {
		t.Errorf("a day later there are %d sandboxes", n)
	}
}

// Whatever fault is planted, its line can be read again.
func TestFaultLinesCanBeRead(t *testing.T) {
	c := start(t, fixed())
	if a := c.do("POST", "/_tally/faults", `{"operation":"listInstances","drop":"connection","path":"`+strings.Repeat(":", 4090)+`"}`); a.status != 400 {
		t.Errorf("a fault that no line can hold: %d %.200s", a.status, a.raw)
	}
	c.must("POST", "/_tally/faults", `{"operation":"listInstances","status":503,"path":"`+strings.Repeat(":", 2000)+`"}`)
	k := &control.Client{Base: c.url}
	snapshot, err := k.Snapshot(t.Context())
	if err == nil {
		err = k.Restore(t.Context(), snapshot)
	}
	if err != nil {
		t.Error(err)
	}
}

// A URL in the query of a request is none of the request.
func TestJournalAddress(t *testing.T) {
	c := start(t, fixed())
	c.do("GET", instances+"?u=http://a/b", "")
	page, err := (&control.Client{Base: c.url}).Requests(t.Context(), control.Filter{})
	if err != nil || len(page.Requests) != 1 || !strings.HasPrefix(page.Requests[0].URL, c.url) {
		t.Errorf("%+v %v", page, err)
	}
}
