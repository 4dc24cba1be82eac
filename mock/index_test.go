package mock

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// cakes fills an index of the bakery with records of these colours.
func cakes(t *testing.T, colours ...string) *index {
	t.Helper()
	kind := bakery(t).Resources()[0]
	x := newIndex(kind)
	for i, colour := range colours {
		r := &record{kind: kind}
		r.ID = fmt.Sprintf("C-%04d", (i*7919)%10007)
		r.State = []string{"READY", "BURNT"}[i%2]
		r.Resource.Body = map[string]any{"name": fmt.Sprintf("n%d", i%5), "owner": "me", "box": map[string]any{"color": colour}}
		x.keysOf(r)
		x.add(r)
	}
	return x
}

// Values may hold any character: records are told apart all the same.
func TestShelvesAreTold(t *testing.T) {
	kind := bakery(t).Resources()[0]
	x := newIndex(kind)
	a, b := &record{kind: kind}, &record{kind: kind}
	a.Resource.Body = map[string]any{"box": map[string]any{"color": "a\x00b"}, "owner": "c"}
	b.Resource.Body = map[string]any{"box": map[string]any{"color": "a"}, "owner": "b\x00c"}
	x.keysOf(a)
	x.keysOf(b)
	if a.shelf == b.shelf {
		t.Error("two cakes that differ stand on one shelf")
	}
}

// Whichever way a page is found, it is the part of the sorted whole that was asked for.
func TestPagesOfManyShelves(t *testing.T) {
	colours := make([]string, 200)
	for i := range colours {
		colours[i] = fmt.Sprintf("c%d", i%40)
		if i%3 == 0 {
			colours[i] = "red"
		}
	}
	x := cakes(t, colours...)
	colour := slices.IndexFunc(x.effect.Filters, func(f contract.Filter) bool { return f.Parameter == "color" })
	mine := slices.IndexFunc(x.effect.Filters, func(f contract.Filter) bool { return f.Own })
	everybody, red, me := (*string)(nil), "red", "me"
	for _, want := range []struct{ colour, mine *string }{{everybody, nil}, {&red, nil}, {nil, &me}, {&red, &me}} {
		for _, descending := range []bool{false, true} {
			q := query{sort: 1, descending: descending, want: make([]*string, len(x.effect.Filters))}
			q.want[colour], q.want[mine] = want.colour, want.mine
			total, whole := x.page(q)
			if total != len(whole) || total == 0 || !slices.IsSortedFunc(whole, func(a, b *record) int {
				if lessBy(1)(a, b) != descending {
					return -1
				}
				return 1
			}) {
				t.Errorf("%+v: %d of %d", q, len(whole), total)
			}
			q.offset, q.limit = 7, 11
			if _, part := x.page(q); !slices.Equal(part, whole[7:18]) {
				t.Errorf("%+v: a page is no part of the whole", q)
			}
		}
	}
}

// Shelves and trees go with the last record on them.
func TestEmptyShelvesGo(t *testing.T) {
	x := cakes(t, "red", "blue", "red")
	_, all := x.page(query{want: make([]*string, len(x.effect.Filters))})
	for _, r := range all {
		x.remove(r)
	}
	if len(all) != 3 || len(x.shelves) != 0 || len(x.all.trees) != 0 {
		t.Errorf("%d cakes; %d shelves and %d trees are left", len(all), len(x.shelves), len(x.all.trees))
	}
	for _, shelves := range x.by {
		if len(shelves) != 0 {
			t.Errorf("values are left: %v", shelves)
		}
	}
}
