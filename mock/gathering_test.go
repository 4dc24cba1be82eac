package mock

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// always has had enough after every step.
func always() bool { return true }

// A gathering that is made step by step holds what matches at the end, whatever comes, goes and moves meanwhile.
func TestGatheringFollows(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		colours := make([]string, 300)
		for i := range colours {
			colours[i] = fmt.Sprint("c", i%100)
			if seed%2 == 0 {
				colours[i] = fmt.Sprint("c", i%3) // few shelves with many records
			}
		}
		x := cakes(t, colours...)
		mine := slices.IndexFunc(x.effect.Filters, func(f contract.Filter) bool { return f.Own })
		me := "me"
		q := query{sort: int(seed % 2), descending: seed%3 == 0, want: make([]*string, len(x.effect.Filters)), state: []string{"", "READY"}[seed/2%2]}
		q.want[mine] = &me
		_, records := x.page(query{want: make([]*string, len(x.effect.Filters))})
		change(x, rng, records[:30]) // some belong to somebody else
		g := x.gatherings
		at := x.begin(q, x.by[mine][me].of)
		if len(g) != 0 || at != 0 {
			t.Fatalf("place %d of %d", at, len(g))
		}
		slow := func() bool { return rng.IntN(3) == 0 }
		for steps := 0; !x.gatherings[0].grow(slow); steps++ {
			change(x, rng, records)
			if steps > 10_000 {
				t.Fatal("it never ends")
			}
		}
		change(x, rng, records)
		x.settle()
		sameAsMerged(t, x, q, seed)
	}
}

// change lets some records go, come back elsewhere, or have another state.
func change(x *index, rng *rand.Rand, records []*record) {
	for range 10 {
		r := records[rng.IntN(len(records))]
		switch rng.IntN(4) {
		case 0:
			x.remove(r)
		case 1:
			r.State = []string{"READY", "BURNT", "BAKING"}[rng.IntN(3)]
			x.restate(r)
		default:
			x.remove(r)
			r.Resource.Body = map[string]any{"name": fmt.Sprint("n", rng.IntN(9)), "owner": []string{"me", "you"}[rng.IntN(2)],
				"box": map[string]any{"color": fmt.Sprint("c", rng.IntN(120))}}
			x.keysOf(r)
			x.add(r)
		}
	}
}

// sameAsMerged compares the pages of a gathering with those that are merged from the shelves.
func sameAsMerged(t *testing.T, x *index, q query, seed uint64) {
	t.Helper()
	if x.ready(q) == nil {
		t.Fatalf("seed %d: nothing is gathered", seed)
	}
	total, got := x.page(q)
	x.gatherings = nil
	if all, want := x.page(q); total != all || !slices.Equal(got, want) || total == 0 {
		t.Errorf("seed %d: %d of %d are gathered, %d of %d match", seed, len(got), total, len(want), all)
	}
}

// There are so many gatherings and no more; the one that has not been used for the longest gives way.
func TestGatheringsAreBounded(t *testing.T) {
	colours := make([]string, 200)
	for i := range colours {
		colours[i] = fmt.Sprint("c", i)
	}
	x := cakes(t, colours...)
	mine := slices.IndexFunc(x.effect.Filters, func(f contract.Filter) bool { return f.Own })
	ask := func(state string) query {
		me := "me"
		q := query{want: make([]*string, len(x.effect.Filters)), state: state}
		q.want[mine] = &me
		if x.ready(q) == nil {
			x.gatherings[x.begin(q, x.by[mine][me].of)].grow(func() bool { return false })
		}
		return q
	}
	first := ask("0")
	for i := range 3 * maxGatherings {
		ask(fmt.Sprint(i))
		ask("0")
	}
	if len(x.gatherings) != maxGatherings || x.ready(first) == nil {
		t.Errorf("%d gatherings, and the one that is used again and again is there: %v", len(x.gatherings), x.ready(first) != nil)
	}
}

// Where one shelf is left, records stand once; where there are several, what is done to one shelf leaves the others.
func TestOnlyShelfIsAll(t *testing.T) {
	x := cakes(t, "red", "red", "blue")
	any := query{want: make([]*string, len(x.effect.Filters))}
	_, all := x.page(any)
	if len(all) != 3 || x.shelves[x.all.name] == x.all {
		t.Fatalf("%d cakes; the shelf of everything is one of two", len(all))
	}
	for _, r := range all {
		if contract.Value(r.Body(), "/box/color") == "blue" {
			x.remove(r)
		}
	}
	if total, left := x.page(any); total != 2 || len(left) != 2 || len(x.shelves) != 1 || x.shelves[x.all.name] != x.all {
		t.Errorf("%d cakes are left on %d shelves", total, len(x.shelves))
	}
}

// More lists at a time than there may be gatherings wait for one another, and all of them end.
func TestListsTakeTurns(t *testing.T) {
	h, _ := varied(t, 2000).(*Mock)
	w := h.world
	kind := w.contract.Resources()[0]
	x := w.tenants[scaleProject].of(kind).index
	var lists []contract.Situation
	for _, sort := range []string{"name", "creation_timestamp"} {
		for _, state := range []string{"", "RUNNING", "STOPPED", "STARTING", "STOPPING"} {
			asked := url.Values{"de_type": {"Notebook"}, "pool_id": {"half"}, "sortby": {sort}, "show_self": {"false"}}
			if state != "" {
				asked.Set("status", state)
			}
			req, found := kind.List().Read(contract.Input{Path: map[string]string{"project_id": scaleProject}, Query: asked})
			if len(found) > 0 {
				t.Fatal(found[0])
			}
			lists = append(lists, contract.Situation{Request: req})
		}
	}
	mine, left := make([]*gathering, len(lists)), len(lists)
	over := make([]bool, len(lists))
	for steps := 0; left > 0; steps++ {
		if steps > 100_000 {
			t.Fatalf("%d of %d lists never end", left, len(lists))
		}
		i := steps % len(lists)
		if !over[i] && x.gather(lists[i], &mine[i], always) {
			over[i] = true
			left--
			mine[i].leave()
		}
	}
	for _, g := range x.gatherings {
		if g.lists != 0 {
			t.Errorf("%d lists still wait for a gathering", g.lists)
		}
	}
	if len(x.gatherings) != maxGatherings {
		t.Errorf("%d gatherings", len(x.gatherings))
	}
}
