package mock

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/tidwall/btree"

	"github.com/tallystick/tallystick/contract"
)

// index keeps the records of one kind and tenant in every order that a list can ask for. Records that
// agree in all members a list can filter by, the state aside, share a shelf; on it they stand in one tree
// for each sort key, all together and again by state. A page costs what it shows, not what there is.
type index struct {
	effect  *contract.Effect // of the list operation; nil when there is none
	sorts   []string         // sort parameter values, sorted
	shelves map[string]*shelf
	stateAt string // the member that is the state
}

type shelf struct {
	facets []string // in the order of effect.Filters; the state's place is empty
	trees  map[treeKey]*btree.BTreeG[*record]
}

type treeKey struct {
	sort  int
	state string // "" for all
}

func newIndex(kind *contract.ResourceType) *index {
	x := &index{shelves: map[string]*shelf{}, stateAt: kind.PointerOf("state")}
	if list := kind.List(); list != nil {
		x.effect = list.Effect
	}
	if x.effect != nil && x.effect.Sort != nil {
		x.sorts = sortedKeys(x.effect.Sort.Keys)
	}
	return x
}

// keysOf works out under which keys and on which shelf a record stands.
func (x *index) keysOf(r *record, shown map[string]any) {
	r.keys = r.keys[:0]
	for _, s := range x.sorts {
		r.keys = append(r.keys, text(contract.Value(shown, x.effect.Sort.Keys[s])))
	}
	facets := make([]string, len(x.effect.Filters))
	for i, f := range x.effect.Filters {
		if f.Member != x.stateAt || f.Own {
			facets[i] = text(contract.Value(shown, f.Member))
		}
	}
	r.facets = strings.Join(facets, "\x00")
	if x.shelves[r.facets] == nil {
		x.shelves[r.facets] = &shelf{facets: facets, trees: map[treeKey]*btree.BTreeG[*record]{}}
	}
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// compareKeys puts numbers, which are digits of the same sign, in their order.
func compareKeys(a, b string) int {
	if isDigits(a) && isDigits(b) && len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return cmp.Compare(a, b)
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func (s *shelf) tree(k treeKey) *btree.BTreeG[*record] {
	t := s.trees[k]
	if t == nil {
		t = btree.NewBTreeGOptions(lessBy(k.sort), btree.Options{NoLocks: true})
		s.trees[k] = t
	}
	return t
}

// lessBy orders by a sort key, then by id, so that pages neither overlap nor lose anything.
func lessBy(sort int) func(a, b *record) bool {
	return func(a, b *record) bool {
		if sort < len(a.keys) {
			if c := compareKeys(a.keys[sort], b.keys[sort]); c != 0 {
				return c < 0
			}
		}
		return a.ID < b.ID
	}
}

func (x *index) each(r *record, visit func(*btree.BTreeG[*record])) {
	s := x.shelves[r.facets]
	if s == nil {
		return
	}
	for i := range max(len(x.sorts), 1) {
		visit(s.tree(treeKey{i, ""}))
		visit(s.tree(treeKey{i, r.State}))
	}
}

func (x *index) add(r *record) {
	x.each(r, func(t *btree.BTreeG[*record]) { t.Set(r) })
}

func (x *index) remove(r *record) {
	x.each(r, func(t *btree.BTreeG[*record]) { t.Delete(r) })
}

// query is what a list asks for, worked out from its parameters.
type query struct {
	sort          int
	descending    bool
	offset, limit int // limit 0 = none
	state         string
	want          []*string // in the order of effect.Filters; nil = any
}

// page gives the number of all matches and the records of one page.
func (x *index) page(q query) (int, []*record) {
	var trees []*btree.BTreeG[*record]
	total := 0
	for _, name := range sortedKeys(x.shelves) {
		s := x.shelves[name]
		if t := s.trees[treeKey{q.sort, q.state}]; t != nil && t.Len() > 0 && s.matches(q) {
			trees = append(trees, t)
			total += t.Len()
		}
	}
	end := total
	if q.limit > 0 && q.limit < total-q.offset {
		end = q.offset + q.limit
	}
	if q.offset >= end {
		return total, nil
	}
	if len(trees) == 1 {
		return total, slice(trees[0], q.descending, q.offset, end)
	}
	return total, mergeTrees(trees, q, end)
}

func (s *shelf) matches(q query) bool {
	for i, want := range q.want {
		if want != nil && s.facets[i] != *want {
			return false
		}
	}
	return true
}

// slice is the records from one place to another of a tree.
func slice(t *btree.BTreeG[*record], descending bool, from, to int) []*record {
	out := make([]*record, 0, to-from)
	collect := func(r *record) bool {
		out = append(out, r)
		return len(out) < to-from
	}
	if descending {
		first, _ := t.GetAt(t.Len() - 1 - from)
		t.Descend(first, collect)
	} else {
		first, _ := t.GetAt(from)
		t.Ascend(first, collect)
	}
	return out
}

// mergeTrees walks several trees at once, in their common order.
func mergeTrees(trees []*btree.BTreeG[*record], q query, end int) []*record {
	less := lessBy(q.sort)
	heads := make([]btree.IterG[*record], 0, len(trees))
	for _, t := range trees {
		it := t.Iter()
		if (q.descending && it.Last()) || (!q.descending && it.First()) {
			heads = append(heads, it)
		}
	}
	out := make([]*record, 0, end-q.offset)
	for n := 0; n < end; n++ {
		best := 0
		for i := 1; i < len(heads); i++ {
			if less(heads[i].Item(), heads[best].Item()) != q.descending {
				best = i
			}
		}
		if n >= q.offset {
			out = append(out, heads[best].Item())
		}
		more := heads[best].Next
		if q.descending {
			more = heads[best].Prev
		}
		if !more() {
			heads = append(heads[:best], heads[best+1:]...)
		}
	}
	return out
}
