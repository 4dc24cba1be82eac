package mock

import (
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/internal/race"
)

// What time has done comes out the same, whether it is done at once or in the smallest steps.
func TestArrearsInSteps(t *testing.T) {
	for seed := range uint64(histories) {
		o := lived(t, seed)
		twin := o.another()
		twin.restore(o.text())
		for _, by := range []time.Duration{time.Second, time.Minute, time.Hour} {
			for _, x := range []*oven{o, twin} {
				x.leap(t, by)
			}
			settleBoth(t, o.world, twin.world)
			if a, b := o.text(), twin.text(); a != b {
				t.Fatalf("seed %d after %s, in steps\n%s\nat once\n%s", seed, by, a, b)
			}
		}
	}
}

// settleBoth settles one world in steps, and another at once.
func settleBoth(t *testing.T, slow, fast *world) {
	t.Helper()
	each := func(w *world, do func(s *shop, now time.Time) error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.thawAll()
		for _, id := range sortedKeys(w.tenants) {
			if err := do(w.tenants[id].of(w.contract.Resources()[0]), w.clock.now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	each(slow, func(s *shop, now time.Time) error {
		for steps := 0; ; steps++ {
			if done, err := slow.settleSome(s, now, always); done || err != nil || steps > 10_000 {
				return err
			}
		}
	})
	each(fast, fast.settleAll)
}

// TestWholeArrears: while time does to 100,000 instances (a million with TALLY_LARGE=1) what an advance has brought due,
// somebody who asks for one of them waits for that one alone.
func TestWholeArrears(t *testing.T) {
	many := 100_000
	switch {
	case os.Getenv("TALLY_LARGE") != "":
		many = 1_000_000
	case race.Enabled:
		many = 5_000 // the race detector makes filling slow; make whole goes without it
	}
	h := filled(t, many, false)
	kind := h.(*Mock).world.contract.Resources()[0]
	forceAll(t, h.(*Mock).world, kind)
	askBeside(t, h, "an advance", func() { callOn(h, "POST", "/_tally/clock/advance", `{"by":"1h"}`) })
	forceAll(t, h.(*Mock).world, kind)
	h.(*Mock).world.leap(t, time.Hour)
	query := "/v1/" + scaleProject + "/demanager/instances?de_type=Notebook&limit=20&status=RUNNING"
	askBeside(t, h, "a list", func() { callOn(h, "GET", query, "") })
	if status, text := callOn(h, "GET", "/v1/"+scaleProject+"/demanager/instances?de_type=Notebook&limit=1&status=RUNNING", ""); status != 200 || !hasTotal(text, many) {
		t.Errorf("%d %s", status, text)
	}
}

func hasTotal(text string, n int) bool {
	tail := fmt.Sprintf(`"total_count":%d}`, n)
	return len(text) > len(tail) && text[len(text)-len(tail):] == tail
}

// forceAll puts every instance into a state that has ended already, as time finds it.
func forceAll(t *testing.T, w *world, kind *contract.ResourceType) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.now()
	for _, r := range w.tenants[scaleProject].of(kind).byID {
		if err := w.enter(r, "CREATING", kind.Create.ID, now); err != nil {
			t.Fatal(err)
		}
	}
}

// leap moves the clock on, and nothing else.
func (w *world) leap(t *testing.T, by time.Duration) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.clock.set(w.clock.now().Add(by)); err != nil {
		t.Fatal(err)
	}
}

// leastBeside is how many requests are answered at least beside work that does not keep the lock for itself. A time
// would tell more of the machine than of the mock.
const leastBeside = 10

// askBeside asks for one instance again and again while something long is done.
func askBeside(t *testing.T, h http.Handler, what string, do func()) {
	t.Helper()
	done := make(chan time.Duration)
	go func() {
		begin := time.Now()
		do()
		done <- time.Since(begin)
	}()
	var longest time.Duration
	for n := 0; ; n++ {
		begin := time.Now()
		if status, text := callOn(h, "GET", "/v1/"+scaleProject+"/demanager/instances/DE-00000001", ""); status != 200 {
			t.Errorf("%d %s", status, text)
		}
		longest = max(longest, time.Since(begin))
		select {
		case took := <-done:
			t.Logf("%s took %v; of %d gets beside it one took %v at most", what, took, n, longest)
			if n < leastBeside {
				t.Errorf("%s let %d gets be answered beside it, want %d or more", what, n, leastBeside)
			}
			return
		default:
		}
	}
}
