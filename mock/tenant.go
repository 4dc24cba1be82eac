package mock

import (
	"container/heap"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// tenant holds what belongs to one project. The world's lock guards it.
type tenant struct {
	kinds map[*contract.ResourceType]*shop
	calls int       // in the present window of the rate limit
	until time.Time // end of that window
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

// insert adds a record that has entered its first state.
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
		if shown, err := r.kind.Show(&r.Resource, r.Since); err == nil {
			s.index.keysOf(r, shown)
		}
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
		return text(contract.Value(r.Body, create.Effect.Unique.By))
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

// schedule makes time come back to a record when something is due.
func (t *tenant) schedule(r *record) {
	if !r.due.IsZero() {
		heap.Push(&t.of(r.kind).events, event{r.due, r})
	}
}

func (t *tenant) unindex(r *record) {
	if s := t.of(r.kind); s.index.effect != nil {
		s.index.remove(r)
	}
}

// event is a moment at which time will do something to a record. It is void when the record's own due
// time says otherwise.
type event struct {
	at     time.Time
	record *record
}

type events []event

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at.Before(e[j].at) }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }

// Push and Pop are container/heap's.
func (e *events) Push(x any) { *e = append(*e, x.(event)) }

func (e *events) Pop() any {
	old := *e
	last := old[len(old)-1]
	old[len(old)-1] = event{}
	*e = old[:len(old)-1]
	return last
}

// next is the earliest event that still holds.
func (s *shop) next() (event, bool) {
	for len(s.events) > 0 {
		e := s.events[0]
		if s.byID[e.record.ID] == e.record && e.record.due.Equal(e.at) {
			return e, true
		}
		heap.Pop(&s.events)
	}
	return event{}, false
}

// settleAll does what time has done to all records, so that a list sees true states.
func (w *world) settleAll(s *shop, now time.Time) error {
	for _, name := range sortedKeys(w.queues) {
		if err := w.settleQueue(w.queues[name], now); err != nil {
			return err
		}
	}
	for {
		e, ok := s.next()
		if !ok || e.at.After(now) {
			return nil
		}
		heap.Pop(&s.events)
		if err := w.settle(e.record, now); err != nil {
			return err
		}
	}
}
