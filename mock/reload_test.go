package mock

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/tallystick/tallystick/contract"
)

// edition is the bakery's contract with changes, each a text and what stands in its place.
func edition(t testing.TB, changes ...string) *contract.Contract {
	t.Helper()
	text, err := os.ReadFile("../contract/testdata/good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(string(text), changes[i]) {
			t.Fatalf("the bakery has no %q", changes[i])
		}
		text = []byte(strings.ReplaceAll(string(text), changes[i], changes[i+1]))
	}
	c, err := contract.Load(fstest.MapFS{"good.yaml": {Data: text}}, "good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A reload keeps all state, of every sandbox and kept snapshot too, to the byte; the mock goes on as one that
// was not reloaded.
func TestReloadKeepsTheState(t *testing.T) {
	for seed := range uint64(histories / 2) {
		o := lived(t, seed)
		m := o.Handler.(*Mock)
		o.must("POST", "/_tally/snapshots/kept", "")
		o.must("PUT", "/_tally/sandboxes/twin", `{"from":"kept"}`)
		o.must("PUT", "/_tally/sandboxes/changed", `{"from":"kept"}`)
		changed, twin := callsIn{m, "changed"}, callsIn{m, "twin"}
		callOn(changed, "POST", "/corner/cakes", `{"name":"zzz","kind":"apple","timer":{"on":true,"seconds":90}}`)
		_, other := callOn(changed, "GET", "/_tally/snapshot", "")
		before := o.text()
		if err := m.Reload(edition(t)); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		_, inTwin := callOn(twin, "GET", "/_tally/snapshot", "")
		_, after := callOn(changed, "GET", "/_tally/snapshot", "")
		for _, pair := range [][2]string{{o.text(), before}, {inTwin, before}, {after, other}} {
			if d := parting(pair[0], pair[1]); d != "" {
				t.Fatalf("seed %d: after the reload %s", seed, d)
			}
		}
		for _, h := range []callsIn{{m, "late"}, changed} { // from the start, and back to the kept snapshot
			if status, text := callOn(h, "POST", "/_tally/reset", ""); status != 200 {
				t.Fatalf("%d %s", status, text)
			}
		}
		_, text := callOn(changed, "GET", "/_tally/snapshot", "")
		if d := parting(text, before); d != "" {
			t.Fatalf("seed %d: after a reset %s", seed, d)
		}
	}
}

// parting shows where two texts begin to differ; "" when they do not.
func parting(got, want string) string {
	if got == want {
		return ""
	}
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	from := max(at-80, 0)
	return fmt.Sprintf("…%.200s…, want …%.200s…", got[from:], want[from:])
}

// A contract under which the state cannot live is refused with the place, and the old one stays.
func TestReloadIsRefused(t *testing.T) {
	for _, row := range []struct {
		changes []string
		want    string
	}{
		{[]string{"READY", "DONE"}, `/resources/0/state: "READY" is none of a live Cake`},
		{[]string{"Cake:\n", "Pie:\n", "schemas/Cake'", "schemas/Pie'", "resource: Cake", "resource: Pie"}, `/resources/0/kind: "Cake" is not in the contract`},
		{[]string{"weight: {type: integer}", "weight: {type: integer, maximum: 10}"}, "/resources/0/body"},
		{[]string{"given: shop-closed", "given: shop-shut"}, `condition "shop-closed" is not in the contract`},
	} {
		o := newOven(t, nil)
		m := o.Handler.(*Mock)
		o.bake("corner", tart)
		o.must("POST", "/_tally/clock/advance", `{"by":"1s"}`)
		o.must("PUT", "/_tally/given/shop-closed", "")
		before := o.text()
		if err := m.Reload(edition(t, row.changes...)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%v: %v, want %q", row.changes, err, row.want)
		}
		if after := o.text(); after != before {
			t.Errorf("%v: the state was\n%s\nand is\n%s", row.changes, before, after)
		}
	}
}

// A request that was read before a reload, and comes to the world after it, is read again: it is answered
// under the new contract, once.
func TestReloadBetweenReadingAndDoing(t *testing.T) {
	stricter := edition(t, "weight: {type: integer, default: 500}", "weight: {type: integer, default: 700}", "Name taken.", "Taken.")
	var m *Mock
	var once sync.Once
	o := newOven(t, func(s *settings) {
		s.world.RateLimit = RateLimit{Calls: 100, Window: "day"}
		s.tampering.Arrive = func(*contract.Request) {
			once.Do(func() {
				if err := m.Reload(stricter); err != nil {
					t.Error(err)
				}
			})
		}
	})
	m = o.Handler.(*Mock)
	if text := o.must("POST", "/corner/cakes", tart); !strings.Contains(text, `"weight":700`) {
		t.Errorf("made under the old contract: %s", text)
	}
	if n := o.calls.of["corner"]; n != 1 {
		t.Errorf("it was counted %d times", n)
	}
	if _, text := o.call("POST", "/corner/cakes", tart); !strings.Contains(text, `"Taken."`) {
		t.Errorf("%s", text)
	}
}

// Under load, every answer is one of the two contracts', and none is a failure.
func TestReloadUnderLoad(t *testing.T) {
	o := newOven(t, func(s *settings) { s.world.Quota = new(int) })
	m := o.Handler.(*Mock)
	editions := []*contract.Contract{edition(t, "message: None.", "message: Nothing."), edition(t)}
	var group sync.WaitGroup
	var done atomic.Bool
	var served atomic.Int64
	for i := range 8 {
		group.Go(func() {
			h := callsIn{m, fmt.Sprint("box", i)}
			name := string(rune('a' + i))
			for !done.Load() {
				name += "x"
				status, text := callOn(h, "POST", "/corner/cakes", `{"name":"`+name+`","kind":"apple","timer":{"on":true,"seconds":90}}`)
				var made struct{ ID string }
				if json.Unmarshal([]byte(text), &made) != nil || status != 201 {
					t.Errorf("%d %s", status, text)
					return
				}
				if status, text := callOn(h, "GET", "/corner/cakes/"+made.ID, ""); status >= 300 {
					t.Errorf("what was made is not there: %d %s", status, text)
				}
				if _, text := callOn(h, "GET", "/corner/cakes/none", ""); !strings.Contains(text, `"None."`) && !strings.Contains(text, `"Nothing."`) {
					t.Errorf("%s", text)
				}
				if status, text := callOn(h, "GET", "/_tally/clock", ""); status != 200 {
					t.Errorf("%d %s", status, text)
				}
				served.Add(1)
				if len(name) > 20 {
					callOn(h, "POST", "/_tally/reset", "")
					return
				}
			}
		})
	}
	for n := range 20 {
		if err := m.Reload(editions[n%2]); err != nil {
			t.Error(err)
		}
	}
	group.Wait()
	done.Store(true)
	if served.Load() == 0 {
		t.Error("nothing was served meanwhile")
	}
}

// The control API reloads from the source, says what has changed, and refuses without one.
func TestReloadCall(t *testing.T) {
	o := newOven(t, nil)
	if status, text := o.call("POST", "/_tally/reload", ""); status != 409 || !strings.Contains(text, "nothing to read again") {
		t.Errorf("without a source: %d %s", status, text)
	}
	next, problem := edition(t), error(nil)
	o = newOven(t, func(s *settings) {
		s.source = func() (*contract.Contract, error) { return next, problem }
	})
	if text := o.must("POST", "/_tally/reload", ""); text != `{"changes":[]}`+"\n" {
		t.Errorf("the same again: %s", text)
	}
	next = edition(t, "Cake.0009", "Cake.0010", "version: 1.0.0", "version: 1.1.0")
	if text := o.must("POST", "/_tally/reload", ""); !strings.Contains(text, "Bakery 1.1.0, before Bakery 1.0.0") || !strings.Contains(text, "errors: +Cake.0010 -Cake.0009") {
		t.Errorf("%s", text)
	}
	problem = contract.Problems{{}}
	if status, text := o.call("POST", "/_tally/reload", ""); status != 422 {
		t.Errorf("with problems: %d %s", status, text)
	}
}
