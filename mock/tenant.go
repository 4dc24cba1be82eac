package mock

import (
	"container/heap"

	"github.com/tallystick/tallystick/contract"
)

// tenant holds what belongs to one project. The world's lock guards it.
type tenant struct {
	id    string
	kinds map[*contract.ResourceType]*shop
}

func (t *tenant) isEmpty() bool {
	for _, s := range t.kinds {
		if len(s.byID) > 0 {
			return false
		}
	}
	return true
}

// shop holds the records of one kind.
type shop struct {
	byID   map[string]*record
	unique map[string]*record // by the value of the effect's unique member
	index  *index
	events events
}

func (t *tenant) of(kind *contract.ResourceType) *shop {
	s := t.kinds[kind]
	if s == nil {
		s = &shop{byID: map[string]*record{}, unique: map[string]*record{}, index: newIndex(kind)}
		t.kinds[kind] = s
	}
	return s
}

func (t *tenant) insert(r *record) {
	s := t.of(r.kind)
	s.byID[r.ID] = r
	if u := r.uniqueValue(); u != "" {
		s.unique[u] = r
	}
	r.tenant = t
	t.place(r)
}

// place works out anew where a record stands in the index, and puts it there.
func (t *tenant) place(r *record) {
	if s := t.of(r.kind); s.index.effect != nil {
		s.index.keysOf(r)
	}
	t.index(r)
}

func (t *tenant) remove(r *record) {
	s := t.of(r.kind)
	t.unindex(r)
	delete(s.byID, r.ID)
	if u := r.uniqueValue(); s.unique[u] == r {
		delete(s.unique, u)
	}
}

func (r *record) uniqueValue() string {
	if create := r.kind.Create; create != nil && create.Effect.Unique != nil {
		if r.Form != nil {
			return r.Own
		}
		return text(contract.Value(r.Resource.Body, create.Effect.Unique.By))
	}
	return ""
}

// index puts a record where lists and time will find it.
func (t *tenant) index(r *record) {
	s := t.of(r.kind)
	if s.index.effect != nil {
		s.index.add(r)
	}
	t.schedule(r)
}

// restate lets lists and time know that a record has another state.
func (t *tenant) restate(r *record) {
	s := t.of(r.kind)
	if s.index.effect != nil {
		s.index.restate(r)
	}
	t.schedule(r)
}

func (t *tenant) unindex(r *record) {
	s := t.of(r.kind)
	if s.index.effect != nil {
		s.index.remove(r)
	}
	s.events.cancel(r)
}

// schedule makes time come back to a record when something is due.
func (t *tenant) schedule(r *record) {
	s := t.of(r.kind)
	s.events.cancel(r)
	if !r.due.IsZero() {
		heap.Push(&s.events, r)
	}
}

// events are the records to which time will do something, the next one first: each stands here once, so
// that they take no more memory than the records. A record that stands here must be taken out before its
// due time is changed.
type events []*record

func (e events) Len() int { return len(e) }

// Less puts what is due at the same moment in the order of ids, so that runs repeat.
func (e events) Less(i, j int) bool {
	if c := e[i].due.Compare(e[j].due); c != 0 {
		return c < 0
	}
	return e[i].ID < e[j].ID
}

func (e events) Swap(i, j int) {
	e[i], e[j] = e[j], e[i]
	e[i].slot, e[j].slot = i+1, j+1
}

// Push and Pop are container/heap's.
func (e *events) Push(x any) {
	r, _ := x.(*record)
	*e = append(*e, r)
	r.slot = len(*e)
}

func (e *events) Pop() any {
	old := *e
	last := old[len(old)-1]
	old[len(old)-1], last.slot = nil, 0
	*e = old[:len(old)-1]
	return last
}

// cancel takes a record out, if it is there.
func (e *events) cancel(r *record) {
	if r.slot > 0 {
		heap.Remove(e, r.slot-1)
	}
}

// next is the record to which time will do something next; nil when there is none.
func (s *shop) next() *record {
	if len(s.events) == 0 {
		return nil
	}
	return s.events[0]
}
