package mock

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/internal/race"
)

// What happens between the two parts of a reload is there afterwards, whatever it is: in the world without a name, in
// sandboxes that are changed, made and made anew, and in kept snapshots.
func TestReloadFollowsChanges(t *testing.T) {
	for seed := range uint64(histories) {
		o := lived(t, seed)
		m := o.Handler.(*Mock)
		o.must("POST", "/_tally/snapshots/kept", "")
		boxed := &oven{t, callsIn{m, "box"}, nil}
		boxed.must("GET", "/corner/cakes", "")
		next := edition(t)
		over, err := m.newTakeover(next)
		if err == nil {
			err = over.prepare()
		}
		srv, wrong := m.serverOf(next)
		if err != nil || wrong != nil {
			t.Fatal(seed, err, wrong)
		}
		h := &history{oven: o, rng: rand.New(rand.NewPCG(seed, 9))}
		for range 25 {
			h.step()
		}
		inBox := &history{oven: &oven{t, boxed.Handler, o.world}, rng: h.rng}
		for range 5 {
			inBox.do("POST", "/corner/cakes", `{"name":"`+strings.Repeat("z", 1+h.rng.IntN(20))+`","kind":"apple"}`)
		}
		switch seed % 4 {
		case 1:
			o.must("POST", "/_tally/snapshots/kept", "")
			boxed.must("POST", "/_tally/reset", "")
		case 2:
			o.must("POST", "/_tally/reset", "")
			o.bake("corner", tart)
		case 3:
			o.must("PUT", "/_tally/sandboxes/late", `{"from":"kept"}`)
			o.must("DELETE", "/_tally/sandboxes/box", "")
		}
		all := func() string {
			return o.text() + boxed.must("GET", "/_tally/snapshot", "") + o.must("GET", "/_tally/snapshots", "")
		}
		before := all()
		if err := m.pass(over, srv); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if d := parting(all(), before); d != "" {
			t.Fatalf("seed %d: after the reload %s", seed, d)
		}
		if o.contract != next {
			t.Fatal("the world has the contract of before")
		}
	}
}

// A change that cannot live under the new contract, and comes while a reload is prepared, refuses it; the old one stays.
func TestReloadIsRefusedLate(t *testing.T) {
	o := newOven(t, nil)
	m := o.Handler.(*Mock)
	next := edition(t, "weight: {type: integer}", "weight: {type: integer, maximum: 10}")
	over, err := m.newTakeover(next)
	if err == nil {
		err = over.prepare()
	}
	srv, wrong := m.serverOf(next)
	if err != nil || wrong != nil {
		t.Fatal(err, wrong)
	}
	o.bake("corner", tart)
	before := o.text()
	if err := m.pass(over, srv); err == nil || !strings.Contains(err.Error(), `of tenant "corner"/body`) {
		t.Errorf("%v, want the place of the cake", err)
	}
	if after := o.text(); after != before || o.contract == next {
		t.Errorf("the state was\n%s\nand is\n%s", before, after)
	}
}

// TestWholeBeside: whoever asks for one of 20,000 instances (100,000 with TALLY_LARGE=1) while all of them are described, restored, forgotten or
// taken over by another contract does not wait for that.
func TestWholeBeside(t *testing.T) {
	many := 20_000
	switch {
	case os.Getenv("TALLY_LARGE") != "":
		many = 100_000
	case race.Enabled:
		many = 1_000 // the race detector makes filling slow; make whole goes without it
	}
	h := filled(t, many, false).(*Mock)
	var text string
	must := func(method, path, body string) func() {
		return func() {
			status, answer := callOn(h, method, path, body)
			if text = answer; status != 200 {
				t.Errorf("%s %s: %d %.300s", method, path, status, answer)
			}
		}
	}
	askBeside(t, h, "a snapshot", must("GET", "/_tally/snapshot", ""))
	askBeside(t, h, "its restoring", must("PUT", "/_tally/snapshot", text))
	next, err := contract.Load(os.DirFS(".."), "openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	askBeside(t, h, "a reload", func() {
		if err := h.Reload(next); err != nil {
			t.Error(err)
		}
	})
}
