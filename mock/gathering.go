package mock

import (
	"slices"

	"github.com/tidwall/btree"

	"github.com/tallystick/tallystick/contract"
)

// Bounds of merging the trees of several shelves for a page. Beyond them the records that a list asks for are gathered
// in a tree of their own, so that its pages cost no more than those of a single shelf.
const (
	maxMerged = 16    // shelves
	maxWalked = 1_000 // records before the end of the page
)

// maxGatherings bounds the trees that an index has for lists that were asked for. The one that has not been used for
// the longest makes room.
const maxGatherings = 8

// gathering is the records of several shelves in one order, for the lists that want just these. It is made in steps;
// meanwhile it follows the changes of those shelves that it has already.
type gathering struct {
	want  []*string // as in a query
	key   treeKey
	tree  *btree.BTreeG[*record]
	has   map[*shelf]bool
	todo  []*shelf // to be added; the last one first
	after *record  // of the last of todo, the records up to this one are there; nil for none
	used  uint64
	lists int // that wait for it
}

func (g *gathering) is(q query) bool {
	return g.key == treeKey{q.sort, q.state} && slices.EqualFunc(g.want, q.want, func(a, b *string) bool {
		return a == b || (a != nil && b != nil && *a == *b)
	})
}

// covers tells whether a record of a shelf has its place in the tree by now.
func (g *gathering) covers(s *shelf, r *record) bool {
	if g.has[s] {
		return true
	}
	return g.after != nil && g.todo[len(g.todo)-1] == s && !g.tree.Less(g.after, r)
}

// ready is the tree with all matches of a query; nil when there is none.
func (x *index) ready(q query) *btree.BTreeG[*record] {
	for _, g := range x.gatherings {
		if len(g.todo) == 0 && g.is(q) {
			x.uses++
			g.used = x.uses
			return g.tree
		}
	}
	return nil
}

// gather lets what a list asks for stand together, where that pays, until it has had enough. It tells whether it does.
// The list keeps what it waits for in mine, nil at first, and leaves it in the end: others do not take the place of that.
// When lists wait for all that there may be, it waits for one of them to be done.
func (x *index) gather(s contract.Situation, mine **gathering, enough func() bool) bool {
	if x.filled < 2 {
		return true
	}
	q := x.queryOf(s)
	fewest := x.fewest(q)
	if fewest < 0 {
		return true
	}
	of := x.by[fewest][*q.want[fewest]].of
	if len(of) < 2 || (len(of) <= maxMerged && q.end(x.all.records) <= maxWalked) {
		return true
	}
	at := slices.IndexFunc(x.gatherings, func(g *gathering) bool { return g.is(q) })
	if at < 0 {
		at = x.begin(q, of)
	}
	if at < 0 {
		return false
	}
	g := x.gatherings[at]
	g.lists++
	(*mine).leave()
	*mine = g
	x.settle()
	return g.grow(enough)
}

// leave tells that a list does not wait for a gathering any more; nil is none.
func (g *gathering) leave() {
	if g != nil {
		g.lists--
	}
}

// begin puts a new gathering among the others, and gives its place; -1 where there is none.
func (x *index) begin(q query, of map[*shelf]bool) int {
	at := x.place()
	if at < 0 {
		return at
	}
	x.uses++
	g := &gathering{key: treeKey{q.sort, q.state}, tree: newTree(q.sort), has: map[*shelf]bool{}, used: x.uses}
	for _, want := range q.want {
		if want != nil {
			copied := *want
			want = &copied
		}
		g.want = append(g.want, want)
	}
	for s := range of {
		if s.matches(q) {
			g.todo = append(g.todo, s)
		}
	}
	x.gatherings[at] = g
	return at
}

// place is where a new gathering may stand: a free place, or that of the one which has not been used for the longest. It
// is -1 when lists wait for all of them: if they took the places of each other's, none would ever be whole.
func (x *index) place() int {
	if len(x.gatherings) < maxGatherings {
		x.gatherings = append(x.gatherings, nil)
		return len(x.gatherings) - 1
	}
	oldest := -1
	for i, g := range x.gatherings {
		if g.lists == 0 && (oldest < 0 || g.used < x.gatherings[oldest].used) {
			oldest = i
		}
	}
	return oldest
}

// grow adds shelves until it has had enough. It tells whether all are there.
func (g *gathering) grow(enough func() bool) bool {
	for len(g.todo) > 0 {
		s := g.todo[len(g.todo)-1]
		if t := s.trees[g.key]; t != nil && !g.add(t, enough) {
			return false
		}
		g.has[s], g.after, g.todo = true, nil, g.todo[:len(g.todo)-1]
		if enough() {
			break
		}
	}
	return len(g.todo) == 0
}

// add adds the records of one tree that are not there yet.
func (g *gathering) add(t *btree.BTreeG[*record], enough func() bool) bool {
	n, done := 0, true
	collect := func(r *record) bool {
		g.tree.Set(r)
		if n++; n%64 != 0 || !enough() {
			return true
		}
		g.after, done = &record{keys: r.keys}, false // a copy, because the record may move on
		g.after.ID = r.ID
		return false
	}
	if g.after == nil {
		t.Scan(collect)
	} else {
		t.Ascend(g.after, collect)
	}
	return done
}

// gathered lets the gatherings follow a record that comes to a shelf or leaves it: all, or those of its state.
func (x *index) gathered(s *shelf, r *record, comes, stateOnly bool) {
	for _, g := range x.gatherings {
		if (g.key.state == "" && stateOnly) || (g.key.state != "" && g.key.state != r.placed) || !g.covers(s, r) {
			continue
		}
		if comes {
			g.tree.Set(r)
		} else {
			g.tree.Delete(r)
		}
	}
}

// opened lets the gatherings have a new shelf, and closed forget one.
func (x *index) opened(s *shelf) {
	for _, g := range x.gatherings {
		if s.matches(query{want: g.want}) {
			g.has[s] = true
		}
	}
}

func (x *index) closed(s *shelf) {
	for _, g := range x.gatherings {
		delete(g.has, s)
		if len(g.todo) > 0 && g.todo[len(g.todo)-1] == s {
			g.todo, g.after = g.todo[:len(g.todo)-1], nil
		}
	}
}
