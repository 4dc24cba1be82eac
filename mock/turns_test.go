package mock

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// sharing is several mocks on one store, with one clock that is moved by hand.
type sharing struct {
	*memoryStore
	mu sync.Mutex
	at time.Time
}

func newSharing(t *testing.T, n int, change func(*settings)) (*sharing, []*oven) {
	t.Helper()
	s := &sharing{memoryStore: newMemoryStore(), at: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)}
	s.now = func() time.Time {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.at
	}
	var all []*oven
	for i := range n {
		all = append(all, newOven(t, func(to *settings) {
			own := time.Date(2000+i, 1, 1, 0, 0, 0, 0, time.UTC) // the clocks of the machines do not matter
			to.now = func() time.Time { return own }
			to.keeping = keeping{shared: memoryShared{s.memoryStore}}
			if change != nil {
				change(to)
			}
		}))
		t.Cleanup(func() { _ = all[i].Handler.(*Mock).Close() })
	}
	return s, all
}

func (s *sharing) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

func cake(name, kind string) string {
	return fmt.Sprintf(`{"name":%q,"kind":%q,"weight":500,"timer":{"on":false,"seconds":1}}`, name, kind)
}

// everywhere checks that all mocks tell the same.
func everywhere(t *testing.T, all []*oven, path string) string {
	t.Helper()
	want := all[0].must("GET", path, "")
	for i, o := range all[1:] {
		if got := o.must("GET", path, ""); got != want {
			t.Fatalf("%s of mock %d:\n%s\nof the first:\n%s", path, i+2, got, want)
		}
	}
	return want
}

// Names and the quota hold across mocks, however many requests there are at a time.
func TestSharedNames(t *testing.T) {
	quota := 40
	_, all := newSharing(t, 3, func(s *settings) { s.world.Quota = &quota })
	var wg sync.WaitGroup
	var mu sync.Mutex
	made := map[string]int{}
	for i := range 180 {
		wg.Go(func() {
			name := strings.Repeat("a", 1+i%60)
			if status, _ := all[i%3].call("POST", "/corner/cakes", cake(name, "cheese")); status < http.StatusMultipleChoices {
				mu.Lock()
				defer mu.Unlock()
				made[name]++
			}
		})
	}
	wg.Wait()
	if len(made) != quota {
		t.Errorf("%d names were taken, want the quota of %d", len(made), quota)
	}
	for name, n := range made {
		if n != 1 {
			t.Errorf("%s was made %d times", name, n)
		}
	}
	if text := everywhere(t, all, "/_tally/snapshot"); strings.Count(text, `"kind":"Cake"`) < quota {
		t.Errorf("the snapshot: %s", text)
	}
}

// One clock, one lifecycle, one queue: what one mock begins, time and the others carry on.
func TestSharedTime(t *testing.T) {
	none := 0
	s, all := newSharing(t, 3, func(s *settings) { s.world.Quota = &none })
	var paths []string
	for i := range 6 {
		paths = append(paths, all[i%3].bake("corner", cake(strings.Repeat("b", i+1), "apple")))
	}
	for range 12 {
		for _, path := range append(paths, "/corner/cakes", "/_tally/clock", "/_tally/snapshot") {
			everywhere(t, all, path)
		}
		s.pass(700 * time.Millisecond)
	}
	all[1].must("POST", "/_tally/clock/advance", `{"by":"10h"}`)
	everywhere(t, all, "/_tally/clock")
	all[2].must("POST", "/_tally/clock/freeze", "")
	before := everywhere(t, all, "/_tally/clock")
	s.pass(time.Hour)
	if after := everywhere(t, all, "/_tally/clock"); after != before || !strings.Contains(after, `"frozen":true`) {
		t.Errorf("a frozen clock shows %s, then %s", before, after)
	}
}

// What one mock is told by the control API, all do: faults, failures, conditions, limits, catalogue, reset.
func TestSharedControl(t *testing.T) {
	s, all := newSharing(t, 3, nil)
	all[0].must("POST", "/_tally/faults", `{"spec":"listCakes:status=418:first=3"}`)
	hit := 0
	for i := range 9 {
		if status, _ := all[i%3].call("GET", "/corner/cakes", ""); status == http.StatusTeapot {
			hit++
		}
	}
	if hit != 3 {
		t.Errorf("the fault hit %d requests of all mocks, want 3", hit)
	}
	everywhere(t, all, "/_tally/faults")
	all[1].must("PUT", "/_tally/given/shop-closed", "")
	all[2].must("PATCH", "/_tally/catalogue/Recipe/apple", `{"season":"always"}`)
	all[0].must("PUT", "/_tally/limits", `{"quota":1}`)
	all[1].must("DELETE", "/_tally/given/shop-closed", "")
	all[1].bake("corner", cake("one", "apple"))
	if status, _ := all[2].call("POST", "/corner/cakes", cake("two", "apple")); status < 400 {
		t.Errorf("beyond the quota of the others: %d", status)
	}
	everywhere(t, all, "/_tally/snapshot")
	s.pass(time.Second)
	all[2].must("POST", "/_tally/reset", "")
	if text := everywhere(t, all, "/_tally/snapshot"); strings.Contains(text, "one") || strings.Contains(text, `"quota"`) {
		t.Errorf("after a reset: %s", text)
	}
}

// A token is good everywhere, in the order in which they were issued.
func TestSharedTokens(t *testing.T) {
	_, all := newSharing(t, 2, func(s *settings) { s.auth.Mode = Strict })
	var values []string
	for i := range 4 {
		o := all[i%2]
		if err := o.gate.pass(func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			values = append(values, o.keys.issue(grant{project: "corner", expires: o.clock.now().Add(tokenLife)}, o.clock.now()))
		}); err != nil {
			t.Fatal(err)
		}
	}
	everywhere(t, all, "/_tally/snapshot")
	for i, o := range all {
		for _, v := range values {
			if _, condition, _ := o.keys.check(credential{token: v}, "corner", o.clock.now()); condition != "" {
				t.Errorf("mock %d: a token is %s", i+1, condition)
			}
		}
	}
}

// Whatever happens on whichever mock, all are the same, and what is in the store is what is in them.
func TestSharedHistories(t *testing.T) {
	for seed := range uint64(histories / 4) {
		m := newMemoryStore()
		at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
		m.now = func() time.Time { return at }
		o, rng := keptOven(t, seed, keeping{shared: memoryShared{m}})
		all := []*oven{o}
		for range 2 {
			all = append(all, newOven(t, func(s *settings) { *s = o.settings; s.keeping = keeping{shared: memoryShared{m}} }))
		}
		h := &history{oven: o, rng: rng}
		for n := range 60 {
			h.oven = all[rng.IntN(len(all))]
			if h.step(); rng.IntN(10) == 0 {
				h.must("POST", "/_tally/snapshots/one", "")
			}
			if m.mu.Lock(); rng.IntN(5) == 0 {
				m.horizon = m.revision - 1
			}
			m.mu.Unlock()
			everywhere(t, all, "/_tally/snapshot")
			for i, o := range all {
				if sameRows(t, fmt.Sprintf("seed %d, step %d, mock %d", seed, n, i), m.kept(), scratchRows(t, o.world)); t.Failed() {
					return
				}
			}
		}
		for i, o := range all[1:] {
			sameState(t, fmt.Sprintf("seed %d, mock %d", seed, i+2), map[string]bool{}, o.world, all[0].world)
		}
		for _, o := range all {
			_ = o.Handler.(*Mock).Close()
		}
		if t.Failed() {
			return
		}
	}
}

// A turn that cannot be committed has not been: the copy is forgotten, and the next turn begins with what the store
// has. It has, too, where only the answer to the commit was lost.
func TestSharedCommitFails(t *testing.T) {
	for _, after := range []bool{false, true} {
		s, all := newSharing(t, 2, nil)
		all[0].bake("corner", cake("one", "cheese"))
		s.memoryStore.mu.Lock()
		s.fail, s.failing, s.after = errors.New("the connection is gone"), 1, after
		s.memoryStore.mu.Unlock()
		if status, text := all[0].call("POST", "/corner/cakes", cake("two", "cheese")); status != 500 || !strings.Contains(text, "the connection is gone") {
			t.Errorf("%d %s", status, text)
		}
		text := everywhere(t, all, "/_tally/snapshot")
		if strings.Contains(text, `"name":"two"`) != after || !strings.Contains(text, `"name":"one"`) {
			t.Errorf("after %t: %s", after, text)
		}
		all[1].must("GET", "/_tally/ready", "")
	}
}

// A request that panics in its turn takes nobody with it.
func TestSharedPanic(t *testing.T) {
	_, all := newSharing(t, 2, nil)
	func() {
		defer func() {
			if p := recover(); p != "now" {
				t.Errorf("the panic is %v", p)
			}
		}()
		_ = all[0].gate.pass(func() { panic("now") })
	}()
	all[0].bake("corner", cake("one", "cheese"))
	everywhere(t, all, "/_tally/snapshot")
	if err := all[0].Handler.(*Mock).Close(); err != nil {
		t.Error(err)
	}
	if status, _ := all[0].call("GET", "/corner/cakes", ""); status != 500 {
		t.Errorf("after Close: %d", status)
	}
}
