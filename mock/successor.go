package mock

import (
	"fmt"

	"github.com/tallystick/tallystick/mock/control"
)

// successor is a world under another contract: what the world was in a cut.
type successor struct {
	draft *world
	cut   *cut
}

// follow makes the draft what the world is in a later cut, and tells how many resources have changed since.
func (s *successor) follow(k *cut) (int, error) {
	draft, now := s.draft, state{Snapshot: k.head}
	if err := draft.rehead(k.head); err != nil {
		return 0, err
	}
	changed, gone := s.cut.until(k)
	for _, r := range append(gone, changed...) {
		if mine := draft.resource(r.kind.Name, r.Tenant, r.ID); mine != nil {
			draft.drop(mine)
		}
	}
	now.describe(changed)
	for i := range now.Resources {
		in := &now.Resources[i]
		if err := draft.revive(in, now.bodies[i], fmt.Sprintf("%s %q of tenant %q", in.Kind, in.ID, in.Tenant)); err != nil {
			return 0, err
		}
	}
	for i := range k.queues {
		if err := draft.reviveQueue(&k.queues[i], fmt.Sprintf("/queues/%d", i)); err != nil {
			return 0, err
		}
	}
	s.cut = k
	return len(changed) + len(gone), draft.noneIsLost(now)
}

// rehead gives a draft another head. Its resources stay, out of all queues.
func (w *world) rehead(head control.Snapshot) error {
	for _, q := range w.queues {
		for _, r := range q.records {
			r.queue, r.Turn = nil, nil
		}
	}
	before := w.worldState
	fresh, err := w.restoredHead(head)
	if w.worldState = fresh; err == nil {
		w.tenants, w.ready = before.tenants, before.ready
	}
	return err
}

// until gives the records that differ in a later cut, or are new there, and those that are not there any more.
func (k *cut) until(later *cut) (changed, gone []*record) {
	at := make(map[*record]int, len(k.origins))
	for i, r := range k.origins {
		at[r] = i
	}
	for i, r := range later.origins {
		was, known := at[r]
		if known {
			delete(at, r)
		}
		if now := later.value(i); !known || !now.is(k.value(was)) {
			changed = append(changed, now)
		}
	}
	for _, i := range at {
		gone = append(gone, k.value(i))
	}
	return changed, gone
}

// value is a record of a cut.
func (k *cut) value(i int) *record {
	if k.copies == nil {
		return k.origins[i]
	}
	return &k.copies[i]
}
