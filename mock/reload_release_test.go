package mock_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// watchedContract is a contract, and a channel that is closed when nobody holds on to it any more.
func watchedContract(t *testing.T) (*contract.Contract, <-chan struct{}) {
	c, err := rewordedContract()
	if err != nil {
		t.Fatal(err)
	}
	released := make(chan struct{})
	runtime.AddCleanup(c, func(done chan struct{}) { close(done) }, released)
	return c, released
}

// A contract that has given way to others is let go of: journals keep entries of the last two alone.
func TestReloadReleasesTheContract(t *testing.T) {
	fresh, released := watchedContract(t)
	last, err := rewordedContract()
	if err != nil {
		t.Fatal(err)
	}
	next := []*contract.Contract{fresh, contract.Default(), last}
	c := start(t, mock.WithSource(func() (*contract.Contract, error) {
		now := next[0]
		next[0], next = nil, next[1:] // so that the mock alone has it
		return now, nil
	}))
	k, box, ctx := &control.Client{Base: c.url}, &control.Client{Base: c.url, Sandbox: "box"}, t.Context()
	lead := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	lead(k.Reload(ctx))
	path := c.create(notebook("kept"))
	in{c, "box"}.must("POST", instances, notebook("boxed"))
	c.do("GET", path+"x", "")
	lead(k.AddFault(ctx, "getInstance:code=ModelArts.6101"))
	lead(k.AddFailure(ctx, control.Failing{Event: "createInstance"}))
	lead(k.Keep(ctx, "one"))
	lead(k.MakeSandbox(ctx, "fork", "one"))
	lead(k.Requests(ctx, control.Filter{}))
	lead(box.Requests(ctx, control.Filter{}))
	lead(k.Reload(ctx))
	lead(k.Reload(ctx))
	lead(k.Health(ctx)) // what the server remembers of a request is of this one
	for late := time.After(time.Minute); ; {
		runtime.GC()
		select {
		case <-released:
			return
		case <-late:
			t.Fatal("the mock still holds on to a contract that it plays no more")
		default:
		}
	}
}
