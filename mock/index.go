package mock

import (
	"cmp"
	"container/heap"
	"encoding/json"
	"strconv"

	"github.com/tidwall/btree"

	"github.com/tallystick/tallystick/contract"
)

// index keeps the records of one kind and tenant in every order that a list can ask for. Records that
// agree in all members a list can filter by, the state aside, share a shelf; on it they stand in one tree
// for each sort key, all together and again by state. Where there are several shelves, all records stand once
// more on a shelf of everything, for lists that want nothing less. A page costs what it shows, not what there is.
type index struct {
	effect  *contract.Effect // of the list operation; nil when there is none
	sorts   []string         // sort parameter values, sorted
	stateAt string           // the member that is the state
	all     *shelf           // of everything; the only shelf where there is one
	shelves map[string]*shelf
	filled  int                  // shelves that have records
	by      []map[string]shelves // in the order of effect.Filters, by the value there
	moved   []*record            // whose state has changed since they were put where they stand
	peeks   peeks
	name    []byte // of the shelf that is looked for
	digits  digits

	gatherings []*gathering // for lists that have been asked for
	uses       uint64       // of gatherings
}

type shelf struct {
	name    string
	facets  []string // in the order of effect.Filters; the state's place is empty
	records int
	trees   map[treeKey]*btree.BTreeG[*record]
}

// shelves are those that have a value in common, and how many records stand on them.
type shelves struct {
	of      map[*shelf]bool
	records int
}

type treeKey struct {
	sort  int
	state string // "" for all
}

func newShelf(name string, facets []string) *shelf {
	return &shelf{name: name, facets: facets, trees: map[treeKey]*btree.BTreeG[*record]{}}
}

func newIndex(kind *contract.ResourceType) *index {
	x := &index{all: newShelf("", nil), shelves: map[string]*shelf{}, stateAt: kind.PointerOf("state")}
	if list := kind.List(); list != nil {
		x.effect = list.Effect
		for range x.effect.Filters {
			x.by = append(x.by, map[string]shelves{})
		}
	}
	if x.effect != nil && x.effect.Sort != nil {
		x.sorts = sortedKeys(x.effect.Sort.Keys)
	}
	return x
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// digits are a number as text: one that comes again, as the time of much that is made at once does, has the same memory.
type digits struct {
	of   int64
	text string // "" before there is a number
}

// text is the key of a value.
func (x *index) text(v any) string {
	n, whole := v.(int64)
	if !whole {
		return text(v)
	}
	if d := &x.digits; d.text == "" || d.of != n {
		*d = digits{n, text(n)}
	}
	return x.digits.text
}

// compareKeys puts numbers, which are digits of the same sign, in their order.
func compareKeys(a, b string) int {
	if len(a) != len(b) && isDigits(a) && isDigits(b) {
		return cmp.Compare(len(a), len(b))
	}
	return cmp.Compare(a, b)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func (s *shelf) tree(k treeKey) *btree.BTreeG[*record] {
	t := s.trees[k]
	if t == nil {
		t = newTree(k.sort)
		s.trees[k] = t
	}
	return t
}

func newTree(sort int) *btree.BTreeG[*record] {
	return btree.NewBTreeGOptions(lessBy(sort), btree.Options{NoLocks: true})
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

// put adds a record to the trees of a shelf.
func (s *shelf) put(r *record, sorts int) {
	for i := range max(sorts, 1) {
		s.tree(treeKey{i, ""}).Set(r)
	}
	s.putState(r, sorts)
	s.records++
}

func (s *shelf) putState(r *record, sorts int) {
	for i := range max(sorts, 1) {
		s.tree(treeKey{i, r.State}).Set(r)
	}
}

// take removes a record from the trees of a shelf.
func (s *shelf) take(r *record, sorts int) {
	for i := range max(sorts, 1) {
		s.takeFrom(treeKey{i, ""}, r)
	}
	s.takeState(r, sorts)
	s.records--
}

func (s *shelf) takeState(r *record, sorts int) {
	for i := range max(sorts, 1) {
		s.takeFrom(treeKey{i, r.placed}, r)
	}
}

// takeFrom removes a record from a tree, and a tree that is empty then.
func (s *shelf) takeFrom(k treeKey, r *record) {
	t := s.trees[k]
	if t == nil {
		return
	}
	if t.Delete(r); t.Len() == 0 {
		delete(s.trees, k)
	}
}

func (x *index) add(r *record) {
	s := x.shelves[r.shelf]
	r.stands, r.placed = true, r.State
	if s.records == 0 {
		x.open(s)
	}
	s.put(r, len(x.sorts))
	if x.all != s {
		x.all.put(r, len(x.sorts))
	}
	x.gathered(s, r, true, false)
	for i, value := range s.facets {
		group := x.by[i][value]
		if group.of == nil {
			group.of = map[*shelf]bool{}
		}
		if s.records == 1 {
			group.of[s] = true
		}
		group.records++
		x.by[i][value] = group
	}
}

func (x *index) remove(r *record) {
	s := x.shelves[r.shelf]
	if s == nil || !r.stands {
		return
	}
	x.gathered(s, r, false, false)
	s.take(r, len(x.sorts))
	if x.all != s {
		x.all.take(r, len(x.sorts))
	}
	if s.records == 0 {
		x.close(s)
	}
	for i, value := range s.facets {
		group := x.by[i][value]
		if group.records--; s.records == 0 {
			delete(group.of, s)
		}
		if x.by[i][value] = group; group.records == 0 {
			delete(x.by[i], value)
		}
	}
	r.stands = false
}

// query is what a list asks for, worked out from its parameters.
type query struct {
	sort          int
	descending    bool
	offset, limit int // limit 0 = none
	state         string
	want          []*string // in the order of effect.Filters; nil = any
}

// end is where the page ends of so many matches.
func (q query) end(total int) int {
	if q.limit > 0 && q.limit < total-q.offset {
		return q.offset + q.limit
	}
	return total
}

// page gives the number of all matches and the records of one page.
func (x *index) page(q query) (int, []*record) {
	x.settle()
	trees, total := x.treesFor(q)
	end := q.end(total)
	if q.offset >= end {
		return total, nil
	}
	if len(trees) == 1 {
		return total, slice(trees[0], q.descending, q.offset, end)
	}
	return total, mergeTrees(trees, q, end)
}

// treesFor finds the trees that hold exactly the matches of a query, in its order, and counts the matches.
func (x *index) treesFor(q query) (trees []*btree.BTreeG[*record], total int) {
	collect := func(s *shelf) {
		if t := s.trees[treeKey{q.sort, q.state}]; t != nil {
			trees = append(trees, t)
			total += t.Len()
		}
	}
	fewest := x.fewest(q)
	if fewest < 0 {
		collect(x.all)
		return trees, total
	}
	if t := x.ready(q); t != nil {
		return append(trees, t), t.Len()
	}
	for s := range x.by[fewest][*q.want[fewest]].of {
		if s.matches(q) {
			collect(s)
		}
	}
	return trees, total
}

// fewest is, of the filters that leave something out, the one that leaves the fewest shelves; -1 where none does.
func (x *index) fewest(q query) int {
	fewest := -1
	for i, want := range q.want {
		if want == nil || x.by[i][*want].records == x.all.records {
			continue
		}
		if fewest < 0 || len(x.by[i][*want].of) < len(x.by[fewest][*q.want[fewest]].of) {
			fewest = i
		}
	}
	return fewest
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
	h := &heads{less: lessBy(q.sort), descending: q.descending}
	for _, t := range trees {
		it := t.Iter()
		if (q.descending && it.Last()) || (!q.descending && it.First()) {
			h.at = append(h.at, &it)
		}
	}
	heap.Init(h)
	out := make([]*record, 0, end-q.offset)
	for n := 0; n < end && len(h.at) > 0; n++ {
		best := h.at[0]
		if n >= q.offset {
			out = append(out, best.Item())
		}
		more := best.Next
		if q.descending {
			more = best.Prev
		}
		if more() {
			heap.Fix(h, 0)
		} else {
			heap.Pop(h)
		}
	}
	return out
}

// heads are places in several trees, the one that comes next at the top.
type heads struct {
	at         []*btree.IterG[*record]
	less       func(a, b *record) bool
	descending bool
}

func (h *heads) Len() int           { return len(h.at) }
func (h *heads) Less(i, j int) bool { return h.less(h.at[i].Item(), h.at[j].Item()) != h.descending }
func (h *heads) Swap(i, j int)      { h.at[i], h.at[j] = h.at[j], h.at[i] }

// Push and Pop are container/heap's. Nothing is pushed.
func (h *heads) Push(any) {}

func (h *heads) Pop() any {
	last := h.at[len(h.at)-1]
	h.at = h.at[:len(h.at)-1]
	return last
}
