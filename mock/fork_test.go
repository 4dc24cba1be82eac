package mock

import (
	"net/http"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/tallystick/tallystick/internal/race"
	"github.com/tallystick/tallystick/mock/control"
)

// Forking a world costs what differs, not what there is: 100,000 instances take less than 5 ms and 1 MB, and
// as long as nobody touches them they stay where they are.
func TestForkCost(t *testing.T) {
	many := 100_000
	if race.Enabled {
		many = 10_000 // the race detector makes filling slow; make whole goes without it
	}
	h := filled(t, many, false).(*Mock)
	h.world.mu.Lock()
	i := h.world.freeze()
	h.world.mu.Unlock()
	h.sandboxes.start = i
	var took []time.Duration
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const forks = 21
	for n := range forks {
		begin := time.Now()
		box, err := h.sandboxes.enter(string(rune('a' + n)))
		took = append(took, time.Since(begin))
		if err != nil || box.world.count() != many {
			t.Fatalf("%v %v", box, err)
		}
	}
	runtime.ReadMemStats(&after)
	slices.Sort(took)
	each := int64(after.TotalAlloc-before.TotalAlloc) / forks
	t.Logf("a fork of %d instances takes %v (median of %d) and %d bytes", many, took[forks/2], forks, each)
	if took[forks/2] > 5*time.Millisecond || each > 1<<20 {
		t.Errorf("a fork takes %v and %d bytes, want at most 5 ms and 1 MB", took[forks/2], each)
	}
	w := h.sandboxes.byName["a"].world
	begin := time.Now()
	w.tenant(scaleProject)
	t.Logf("the first touch of the tenant with all of them takes %v", time.Since(begin))
	if status, _ := callOn(h, "GET", "/v1/"+scaleProject+"/demanager/instances"+listPages["first"], ""); status != 200 {
		t.Errorf("a list of the world that was forked: %d", status)
	}
}

// A copy of an index lists what the original lists, in every order, and neither changes the other.
func TestForkedIndex(t *testing.T) {
	for seed := range uint64(10) {
		o := lived(t, seed)
		before := o.text()
		o.must("POST", "/_tally/snapshots/here", "")
		o.must("PUT", "/_tally/sandboxes/twin", `{"from":"here"}`)
		box, err := o.Handler.(*Mock).sandboxes.enter("twin")
		if err != nil {
			t.Fatal(err)
		}
		twin := &oven{t, callsIn{o.Handler.(*Mock), "twin"}, box.world}
		for _, path := range []string{"/corner/cakes", "/corner/cakes?sort=age", "/corner/cakes?order=down&take=2", "/square/cakes?color=white"} {
			status, a := o.call("GET", path, "")
			again, b := twin.call("GET", path, "")
			if status != again || a != b {
				t.Fatalf("seed %d, %s: %d %s\nbut %d %s", seed, path, again, b, status, a)
			}
		}
		o.restore(before)
		h := &history{oven: twin, rng: nil}
		h.do("POST", "/corner/cakes", `{"name":"zzz","kind":"apple","timer":{"on":true,"seconds":90}}`)
		h.do("POST", "/_tally/clock/advance", `{"by":"1h"}`)
		for _, r := range box.world.tenants {
			for _, s := range r.kinds {
				for _, one := range s.byID {
					h.do("DELETE", "/"+one.Tenant+"/cakes/"+one.ID, "")
				}
			}
			break
		}
		if after := o.text(); after != before {
			t.Fatalf("seed %d: what happened in the sandbox has changed\n%s to\n%s", seed, before, after)
		}
		o.must("POST", "/_tally/reset", "")
	}
}

// callsIn adds the header of a sandbox.
type callsIn struct {
	*Mock
	name string
}

func (c callsIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Header.Set(control.SandboxHeader, c.name)
	c.Mock.ServeHTTP(w, r)
}
