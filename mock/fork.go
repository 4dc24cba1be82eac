package mock

import (
	"maps"
	"slices"
	"time"

	"github.com/tidwall/btree"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
)

// image is the state of a world at a moment, for worlds to begin as. It is never changed: worlds share its
// tenants, and take a copy of one when they first touch it. Bodies stay shared even then.
type image struct {
	head      control.Snapshot // all but resources and queues
	tenants   map[string]*tenant
	queues    map[string]*queue
	resources int
}

// shared is the part of a world's state that it has in common with others until it touches it.
type shared struct {
	base   *image          // nil for none
	thawed map[string]bool // tenants of base that are the world's own by now, or have gone
	queued bool            // the queues of base are the world's own by now
}

// freeze makes an image of a world, and lets the world go on from it. The world's lock is held.
func (w *world) freeze() *image {
	for _, t := range w.tenants {
		t.settleIndexes() // an image is never changed
	}
	i := &image{head: w.head(), tenants: w.tenants, queues: w.queues}
	if base := w.base; base != nil {
		switch {
		case len(w.thawed) == 0 && len(w.tenants) == 0:
			i.tenants = base.tenants
		default:
			i.tenants = maps.Clone(w.tenants)
			for id, t := range base.tenants {
				if !w.thawed[id] {
					i.tenants[id] = t
				}
			}
		}
		if !w.queued {
			i.queues = base.queues
		}
	}
	for _, t := range i.tenants {
		i.resources += t.count()
	}
	w.tenants, w.queues, w.shared = map[string]*tenant{}, map[string]*queue{}, shared{base: i, thawed: map[string]bool{}}
	return i
}

// forked is the state of a world that begins as an image.
func (w *world) forked(i *image) (worldState, error) {
	out, err := w.restoredHead(i.head)
	out.shared = shared{base: i, thawed: map[string]bool{}}
	return out, err
}

// count is how many resources a tenant has.
func (t *tenant) count() int {
	n := 0
	for _, s := range t.kinds {
		n += len(s.byID)
	}
	return n
}

// count is how many resources a world has.
func (w *world) count() int {
	n := 0
	for _, t := range w.tenants {
		n += t.count()
	}
	if w.base == nil {
		return n
	}
	if len(w.thawed) == 0 {
		return n + w.base.resources
	}
	for id, t := range w.base.tenants {
		if !w.thawed[id] {
			n += t.count()
		}
	}
	return n
}

// own finds a tenant with resources, and makes it the world's own; nil when there is none.
func (w *world) own(id string) *tenant {
	w.thawQueues()
	w.thaw(id)
	return w.tenants[id]
}

// thaw makes a tenant of the base the world's own.
func (w *world) thaw(id string) {
	if w.base == nil || w.thawed[id] {
		return
	}
	if t := w.base.tenants[id]; t != nil {
		w.thawed[id], w.tenants[id] = true, t.clone()
	}
}

// thawQueues makes the queues of the base the world's own, and the tenants whose resources wait in them.
func (w *world) thawQueues() {
	if w.base == nil || w.queued {
		return
	}
	w.queued = true
	for name, q := range w.base.queues {
		mine := &queue{name: q.name, last: q.last, takes: q.takes}
		for _, r := range q.records {
			w.thaw(r.tenant.id)
			copied := w.tenants[r.tenant.id].kinds[r.kind].byID[r.ID]
			copied.queue = mine
			mine.records = append(mine.records, copied)
		}
		w.queues[name] = mine
	}
}

// thawAll makes all tenants the world's own. Whoever goes through the tenants calls it first.
func (w *world) thawAll() {
	w.thawQueues()
	if w.base == nil {
		return
	}
	for id := range w.base.tenants {
		w.thaw(id)
	}
	w.shared = shared{} // nothing is left of it, so that it need not be kept for this world
}

// thawDue makes those tenants the world's own to which time has done something by now, and tells of the
// others when it will.
func (w *world) thawDue(now time.Time, consider func(time.Time)) {
	w.thawQueues()
	if w.base == nil {
		return
	}
	for id, t := range w.base.tenants {
		if w.thawed[id] {
			continue
		}
		for _, s := range t.kinds {
			if r := s.next(); r != nil && !r.due.After(now) {
				w.thaw(id)
				break
			} else if r != nil {
				consider(r.due)
			}
		}
	}
}

// clone copies a tenant with its records; their bodies, which are never changed in place, are shared.
func (t *tenant) clone() *tenant {
	out := &tenant{id: t.id, kinds: make(map[*contract.ResourceType]*shop, len(t.kinds))}
	for kind, s := range t.kinds {
		out.kinds[kind] = s.clone(out)
	}
	return out
}

func (s *shop) clone(owner *tenant) *shop {
	out := &shop{byID: make(map[string]*record, len(s.byID)), unique: make(map[string]*record, len(s.unique)), events: make(events, len(s.events))}
	for id, r := range s.byID {
		copied := *r
		copied.tenant, copied.queue = owner, nil
		out.byID[id] = &copied
	}
	for value, r := range s.unique {
		out.unique[value] = out.byID[r.ID]
	}
	for i, r := range s.events {
		out.events[i] = out.byID[r.ID]
	}
	out.index = s.index.clone(out.byID)
	return out
}

// clone copies an index for copies of its records.
func (x *index) clone(records map[string]*record) *index {
	out := &index{effect: x.effect, sorts: x.sorts, stateAt: x.stateAt, filled: x.filled, shelves: make(map[string]*shelf, len(x.shelves))}
	for name, s := range x.shelves {
		out.shelves[name] = s.clone(records)
		if x.all == s {
			out.all = out.shelves[name]
		}
	}
	if out.all == nil {
		out.all = x.all.clone(records)
	}
	for _, groups := range x.by {
		copied := make(map[string]shelves, len(groups))
		for value, group := range groups {
			of := make(map[*shelf]bool, len(group.of))
			for s := range group.of {
				of[out.shelves[s.name]] = true
			}
			copied[value] = shelves{of: of, records: group.records}
		}
		out.by = append(out.by, copied)
	}
	return out
}

func (s *shelf) clone(records map[string]*record) *shelf {
	out := &shelf{name: s.name, facets: slices.Clone(s.facets), records: s.records, trees: make(map[treeKey]*btree.BTreeG[*record], len(s.trees))}
	for key, tree := range s.trees {
		copied := out.tree(key)
		tree.Scan(func(r *record) bool { // in order, so that each is put at the end
			copied.Load(records[r.ID])
			return true
		})
	}
	return out
}
