package mock

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/mock/store"
)

// scratchRows are all rows of a world, made from nothing.
func scratchRows(t *testing.T, w *world) map[memoryKey]string {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	twin := &world{contract: w.contract, settings: w.settings, progress: w.progress, worldState: w.worldState, changes: newChanges()}
	twin.replaced(&worldState{})
	rows, err := rowsOf(twin.take())
	if err != nil {
		t.Fatal(err)
	}
	out := map[memoryKey]string{}
	for _, r := range rows {
		if r.Value != nil {
			out[memoryKey{r.Kind, r.Key}] = string(r.Value)
		}
	}
	return out
}

func sameRows(t *testing.T, what string, got, want map[memoryKey]string) {
	t.Helper()
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s: row %v is kept as\n%s\nwant\n%s", what, k, got[k], v)
		}
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: row %v is kept, but nothing is there any more: %s", what, k, got[k])
		}
	}
}

// keptOven is an oven on a store, with the settings of random histories.
func keptOven(t testing.TB, seed uint64, k keeping) (*oven, *rand.Rand) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	return newOven(t, func(s *settings) { livelySettings(s, seed, rng); s.keeping = k }), rng
}

// Nothing that changes escapes: after each step of a random history, what is in the store is what is in the world, and
// a world that is loaded from it is the same in every field. TestSnapshotHoldsEverything sees to it that histories set
// them all.
func TestStoreKeepsEverything(t *testing.T) {
	for seed := range uint64(histories) {
		m := newMemoryStore()
		o, rng := keptOven(t, seed, keeping{store: m})
		h := &history{oven: o, rng: rng}
		for n := range 60 {
			h.step()
			switch rng.IntN(90) {
			case 0:
				if seed%4 == 0 {
					h.control("POST", "reset", "")
				}
			case 1:
				h.restore(h.text())
			case 2:
				h.must("POST", "/_tally/snapshots/one", "")
			}
			h.must("GET", "/_tally/clock", "") // what the history did without a request is handed over too
			sameRows(t, fmt.Sprintf("seed %d, step %d", seed, n), m.kept(), scratchRows(t, o.world))
			if t.Failed() {
				return
			}
		}
		again := newOven(t, func(s *settings) { *s = o.settings; s.keeping = keeping{store: m} })
		sameState(t, fmt.Sprint("loaded ", seed), map[string]bool{}, again.world, o.world)
		if a, b := o.text(), again.text(); a != b {
			t.Fatalf("seed %d: loaded as\n%s\nnot\n%s", seed, b, a)
		}
		if t.Failed() {
			return
		}
	}
}

// Time goes on while nobody runs: what was due meanwhile has happened. A frozen clock stays.
func TestTimeGoesOn(t *testing.T) {
	for _, frozen := range []bool{false, true} {
		m, at := newMemoryStore(), time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
		o := newOven(t, func(s *settings) { s.keeping = keeping{store: m}; s.now = func() time.Time { return at } })
		path := o.bake("corner", `{"name":"a","kind":"apple","weight":500,"timer":{"on":false,"seconds":1}}`)
		before := o.must("GET", path, "")
		if frozen {
			o.must("POST", "/_tally/clock/freeze", "")
		}
		at = at.Add(time.Hour)
		again := newOven(t, func(s *settings) { s.keeping = keeping{store: m}; s.now = func() time.Time { return at } })
		after := again.must("GET", path, "")
		if stays := strings.Contains(before, "BAKING") && before == after; stays != frozen {
			t.Errorf("frozen %t: before\n%s\nafter an hour\n%s", frozen, before, after)
		}
		at = at.Add(-2 * time.Hour) // somebody has set the real clock back
		newOven(t, func(s *settings) { s.keeping = keeping{store: m}; s.now = func() time.Time { return at } }).must("GET", path, "")
	}
}

// What cannot be kept is not told of: the request is refused, all later ones too, and the mock is not ready. What was
// acknowledged before is there when it starts again.
func TestStoreFails(t *testing.T) {
	m := newMemoryStore()
	o := newOven(t, func(s *settings) { s.keeping = keeping{store: m} })
	path := o.bake("corner", `{"name":"a","kind":"apple","weight":500,"timer":{"on":false,"seconds":1}}`)
	o.must("GET", "/_tally/ready", "")
	m.mu.Lock()
	m.fail = errors.New("the disk is full")
	m.mu.Unlock()
	for _, call := range [][3]string{{"POST", "/corner/cakes", `{"name":"b","kind":"apple","weight":500,"timer":{"on":false,"seconds":1}}`}, {"GET", path, ""}} {
		if status, text := o.call(call[0], call[1], call[2]); status != 500 || !strings.Contains(text, "the disk is full") {
			t.Errorf("%v: %d %s", call, status, text)
		}
	}
	if status, text := o.call("GET", "/_tally/ready", ""); status != 503 || !strings.Contains(text, "the disk is full") {
		t.Errorf("ready: %d %s", status, text)
	}
	o.must("GET", "/_tally/health", "")
	o.must("GET", "/_tally/requests", "")
	m.fail = nil
	again := newOven(t, func(s *settings) { s.keeping = keeping{store: m} })
	if text := again.text(); !strings.Contains(text, `"name":"a"`) || strings.Contains(text, `"name":"b"`) {
		t.Errorf("again: %s", text)
	}
}

// With an interval nobody waits, and Close keeps the rest.
func TestInterval(t *testing.T) {
	m := newMemoryStore()
	var h *Mock
	o := newOven(t, func(s *settings) { s.keeping = keeping{store: m, every: time.Hour} })
	h = o.Handler.(*Mock)
	before := len(m.kept())
	o.bake("corner", `{"name":"a","kind":"apple","weight":500,"timer":{"on":false,"seconds":1}}`)
	if n := len(m.kept()); n != before {
		t.Errorf("%d rows before the interval is over, want %d", n, before)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(m.kept()); n != before+1 {
		t.Errorf("%d rows after Close, want %d", n, before+1)
	}
	if status, _ := o.call("GET", "/corner/cakes", ""); status != 500 {
		t.Errorf("a request after Close: %d", status)
	}
}

// Rows that cannot be gone on with are refused by their names, and stay as they are.
func TestBadRows(t *testing.T) {
	m := newMemoryStore()
	o := newOven(t, func(s *settings) { s.keeping = keeping{store: m} })
	o.bake("corner", `{"name":"a","kind":"apple","weight":500,"timer":{"on":false,"seconds":1}}`)
	o.bake("corner", `{"name":"b","kind":"cheese","weight":2000}`)
	good := m.rows
	find := func(kind, part string) memoryKey {
		for k, r := range good {
			if k.kind == kind && strings.Contains(k.key+string(r.value), part) {
				return k
			}
		}
		t.Fatalf("there is no %s with %s in %v", kind, part, good)
		return memoryKey{}
	}
	for _, row := range []struct {
		kind, part, from, to, want string
	}{
		{"meta", "", `"format":1`, `"format":2`, "format 2, of a newer version"},
		{"meta", "", `"title":"`, `"title":"Another `, "belongs to the contract \"Another "},
		{"meta", "", `{`, ``, "row meta state: "},
		{"head", "clock", `"speed":1`, `"speed":0`, "row head : /clock/speed: "},
		{"head", "clock", `{`, `[`, "row head clock: "},
		{"resource", `"name":"a"`, `"state":"BAKING"`, `"state":"EATEN"`, "/state: "},
		{"resource", `"name":"a"`, `"state":"BAKING"`, `"state":"WAITING"`, "/queue: "},
		{"resource", `"name":"a"`, `"name":"a"`, `"name":"b"`, "is that of"},
		{"resource", `"name":"a"`, `"body":{`, `"body":[{`, "row resource Cake/corner/"},
	} {
		k := find(row.kind, row.part)
		bad := newMemoryStore()
		for name, r := range good {
			bad.rows[name] = r
		}
		value := strings.Replace(string(good[k].value), row.from, row.to, 1)
		if value == string(good[k].value) {
			t.Errorf("%s is not in %s", row.from, value)
			continue
		}
		bad.rows[k] = memoryRow{[]byte(value), 1}
		s := defaults()
		s.keeping = keeping{store: bad}
		_, _, err := assemble(bakery(t), s)
		if !errors.Is(err, ErrKept) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s for %s: %v, want %q", row.to, row.from, err, row.want)
		}
		if bad.commits != 0 {
			t.Errorf("%s for %s: something was written", row.to, row.from)
		}
	}
}

// However the rows are spoilt, a mock begins on them and serves, or refuses them.
func FuzzRows(f *testing.F) {
	m := newMemoryStore()
	o, rng := keptOven(f, 1, keeping{store: m})
	h := &history{oven: o, rng: rng}
	for range 40 {
		h.step()
	}
	var keys []memoryKey
	for k, r := range m.rows {
		if r.value != nil {
			keys = append(keys, k)
			f.Add(k.kind, k.key, r.value)
		}
	}
	f.Fuzz(func(t *testing.T, kind, key string, value []byte) {
		spoilt := newMemoryStore()
		for _, k := range keys {
			spoilt.rows[k] = m.rows[k]
		}
		spoilt.rows[memoryKey{kind, key}] = memoryRow{value, 1}
		s := o.settings
		s.keeping = keeping{store: spoilt}
		h, w, err := assemble(o.contract, s)
		if err != nil {
			return
		}
		again := &oven{t, h, w}
		for _, path := range []string{"/_tally/resources", "/corner/cakes", "/_tally/snapshot"} {
			if status, text := again.call("GET", path, ""); status >= 500 {
				t.Errorf("%s: %d %s after row %s %s\n%s", path, status, text, kind, key, value)
			}
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
}

var _ store.Store = (*memoryStore)(nil)
