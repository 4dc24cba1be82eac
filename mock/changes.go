package mock

import (
	"time"

	"github.com/tallystick/tallystick/contract"
)

// changes are what has changed in a world since it was last kept. The world's lock guards them. A nil *changes
// notes nothing, for worlds that are not kept.
type changes struct {
	records map[recordName]struct{}
	queues  map[string]struct{}
	head    headSet
	forgot  []uint64 // numbers of tokens that are not among first to last, but may have rows

	// What was kept last, to compare with where nobody notes.
	made        uint64
	first, last uint64 // numbers of the tokens; the first is beyond the last when there are none
	keys        map[string]keyMark
	rows        map[string][]byte // of the head, by part
}

// recordName is what a record is known by, whatever becomes of it.
type recordName struct{ kind, tenant, id string }

func nameOf(r *record) recordName { return recordName{r.kind.Name, r.Tenant, r.ID} }

// keyMark is what had become of an access key.
type keyMark struct {
	failures int
	locked   time.Time
}

func newChanges() *changes {
	return &changes{records: map[recordName]struct{}{}, queues: map[string]struct{}{}, first: 1, keys: map[string]keyMark{}, rows: map[string][]byte{}}
}

// touch notes that a record has come, changed or gone.
func (w *world) touch(r *record) {
	if w.changes != nil {
		w.changes.records[nameOf(r)] = struct{}{}
	}
}

// touchQueue notes that a queue has come, gone, or served a turn.
func (w *world) touchQueue(name string) {
	if w.changes != nil {
		w.changes.queues[name] = struct{}{}
	}
}

// touchHead notes that parts of the head have changed, or may have.
func (w *world) touchHead(parts headSet) {
	if w.changes != nil {
		w.changes.head |= parts
	}
}

// replaced notes that another state stands in place of one.
func (w *world) replaced(before *worldState) {
	w.rewritten(before)
	if c := w.changes; c != nil {
		for n := c.first; n <= c.last; n++ {
			c.forgot = append(c.forgot, n)
		}
		c.first, c.last, c.made = 1, 0, 0
	}
}

// rewritten notes that the same state stands in place of one, perhaps in another form, with the same tokens under the
// same numbers.
func (w *world) rewritten(before *worldState) {
	c := w.changes
	if c == nil {
		return
	}
	for _, s := range []*worldState{before, &w.worldState} {
		eachRecord(s, w.touch)
		for name := range queuesOf(s) {
			w.touchQueue(name)
		}
	}
	c.head = wholeHead
}

// eachRecord goes through all records, also those that are shared with other worlds.
func eachRecord(s *worldState, do func(*record)) {
	each := func(t *tenant) {
		for _, shop := range t.kinds {
			for _, r := range shop.byID {
				do(r)
			}
		}
	}
	for _, t := range s.tenants {
		each(t)
	}
	if s.base != nil {
		for id, t := range s.base.tenants {
			if !s.thawed[id] {
				each(t)
			}
		}
	}
}

// queuesOf are all queues, also those that are shared with other worlds.
func queuesOf(s *worldState) map[string]*queue {
	if s.base != nil && !s.queued {
		return s.base.queues
	}
	return s.queues
}

// lookUp finds a record by its name, and leaves it to those that it is shared with; nil when there is none.
func lookUp(s *worldState, name recordName, kinds []*contract.ResourceType) *record {
	t := s.tenants[name.tenant]
	if t == nil && s.base != nil && !s.thawed[name.tenant] {
		t = s.base.tenants[name.tenant]
	}
	if t == nil {
		return nil
	}
	for _, kind := range kinds {
		if shop := t.kinds[kind]; shop != nil && kind.Name == name.kind {
			return shop.byID[name.id]
		}
	}
	return nil
}

// take gives what has changed since it was last called, and the names of what has gone.
func (w *world) take() []piece {
	c := w.changes
	var out []piece
	for name := range c.records {
		out = append(out, w.pieceOf(name))
	}
	clear(c.records)
	queues := queuesOf(&w.worldState)
	for name := range c.queues {
		out = append(out, queuePiece(name, queues[name]))
	}
	clear(c.queues)
	out = w.takeTokens(out)
	c.compare(w)
	if c.head != 0 {
		out = append(out, w.takeHead()...)
	}
	return out
}

// forget forgets what was noted.
func (c *changes) forget() {
	clear(c.records)
	clear(c.queues)
	c.head, c.forgot = 0, nil
}

// takeTokens goes by the numbers of the tokens, which are given in order and taken away in order.
func (w *world) takeTokens(out []piece) []piece {
	c, issued := w.changes, w.keys.issued
	for _, n := range c.forgot {
		out = append(out, tokenPiece(n, tokenHash{}, nil))
	}
	c.forgot = nil
	first, last := c.last+1, c.last
	if len(issued) > 0 {
		first, last = w.keys.grants[issued[0]].number, w.keys.grants[issued[len(issued)-1]].number
	}
	for n := c.first; n <= c.last && n < first; n++ {
		out = append(out, tokenPiece(n, tokenHash{}, nil))
	}
	for i := len(issued) - 1; i >= 0; i-- {
		g := w.keys.grants[issued[i]]
		if g.number <= c.last {
			break
		}
		out = append(out, tokenPiece(g.number, issued[i], &g))
	}
	c.first, c.last = first, last
	return out
}

// compare finds what has changed in the head where nobody notes it.
func (c *changes) compare(w *world) {
	if c.made != w.made {
		c.made = w.made
		c.head |= headIDs
	}
	for access, key := range w.keys.keys {
		if mark := (keyMark{key.failures, key.locked}); c.keys[access] != mark {
			c.keys[access] = mark
			c.head |= headKeys
		}
	}
}
