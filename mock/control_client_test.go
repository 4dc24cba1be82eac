package mock_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/mock/control"
)

// The typed client does what its calls say, and gives refusals as errors of its own.
func TestControlClient(t *testing.T) {
	c := start(t, fixed())
	path := c.create(notebook("a"))
	id := path[strings.LastIndex(path, "/")+1:]
	k, ctx := &control.Client{Base: c.url}, t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	health, err := k.Health(ctx)
	if must(err); health.Status != "ok" || len(health.Calls) == 0 {
		t.Errorf("health: %+v", health)
	}
	before, err := k.Freeze(ctx)
	must(err)
	after, err := k.Advance(ctx, time.Minute)
	if must(err); after.Now.Sub(before.Now) != time.Minute || !after.Frozen {
		t.Errorf("advanced from %v to %+v", before.Now, after)
	}
	r, err := k.SetState(ctx, project, id, "STOPPED")
	if must(err); r.State != "STOPPED" {
		t.Errorf("forced: %+v", r)
	}
	all, err := k.Resources(ctx)
	if must(err); len(all) != 1 || all[0] != r {
		t.Errorf("resources: %+v, want %+v", all, r)
	}
	if _, err := k.AddFailure(ctx, control.Failing{Event: "start", Times: 2}); err != nil {
		t.Error(err)
	}
	var refused *control.Error
	if _, err := k.SetState(ctx, project, "none", "STOPPED"); !errors.As(err, &refused) || refused.Status != 404 {
		t.Errorf("a resource that is not there: %v", err)
	}
	given, err := k.Give(ctx, "obs-denied")
	if must(err); len(given.Given) != 1 || len(given.Known) == 0 {
		t.Errorf("given: %+v", given)
	}
	must(k.Reset(ctx))
	if all, err := k.Resources(ctx); err != nil || len(all) != 0 {
		t.Errorf("after a reset: %v %v", all, err)
	}
}
