package mock

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/tallystick/tallystick/mock/control"
)

// cut is what a world was at a moment. It is taken under the world's lock, quickly, and described without it, while
// the world goes on.
type cut struct {
	head    control.Snapshot
	tenants map[string]*tenant // those of the world, by which a world that has begun anew is told
	origins []*record          // the world's own records
	copies  []record           // in the order of origins; nil for a glance
	images  []*record          // records of an image, which nobody changes
	queues  []control.SnapshotQueue
}

// cut copies what a world has of its own; whole is with what it shares. The world's lock is held.
func (w *world) cut(whole bool) *cut {
	k := w.glance()
	k.copies = make([]record, len(k.origins))
	for i, r := range k.origins {
		k.copies[i] = *r
	}
	if whole && w.base != nil {
		for id, t := range w.base.tenants {
			if !w.thawed[id] {
				k.images = append(k.images, t.records()...)
			}
		}
	}
	return k
}

// glance is a cut that is good as long as the world's lock is held.
func (w *world) glance() *cut {
	k := &cut{head: w.head(), tenants: w.tenants}
	n := 0
	for _, t := range w.tenants {
		n += t.count()
	}
	k.origins = make([]*record, 0, n)
	for _, t := range w.tenants {
		for _, s := range t.kinds {
			for _, r := range s.byID {
				k.origins = append(k.origins, r)
			}
		}
	}
	for _, name := range sortedKeys(w.queues) {
		if q := w.queues[name]; len(q.records) > 0 {
			k.queues = append(k.queues, q.describe())
		}
	}
	return k
}

// records are all of a tenant, in no order.
func (t *tenant) records() []*record {
	out := make([]*record, 0, t.count())
	for _, s := range t.kinds {
		for _, r := range s.byID {
			out = append(out, r)
		}
	}
	return out
}

// state describes a cut. No lock need be held.
func (k *cut) state() state {
	records := k.images
	for i := range k.origins {
		records = append(records, k.value(i))
	}
	s := state{Snapshot: k.head}
	s.describe(records)
	s.Queues = append(s.Queues, k.queues...)
	return s
}

// describe adds resources to a snapshot, in canonical order. It changes nothing, so that what several worlds share
// can be described too.
func (s *state) describe(records []*record) {
	slices.SortFunc(records, func(a, b *record) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.kind.Name, b.kind.Name), cmp.Compare(a.ID, b.ID))
	})
	for _, r := range records {
		s.Resources, s.bodies = append(s.Resources, r.describe()), append(s.bodies, r.Body())
	}
}

// is tells whether a record is still what its copy is, in all that a snapshot says of it, its place in a queue apart.
func (r *record) is(was *record) bool {
	a, b := &r.Resource, &was.Resource
	return r.reads == was.reads && a.State == b.State && a.Since == b.Since && r.due == was.due && a.Deadline == b.Deadline &&
		a.Form == b.Form && a.Own == b.Own && sameMap(a.Body, b.Body) && a.Updated == b.Updated && a.Created == b.Created &&
		a.Previous == b.Previous && a.Owner == b.Owner && a.Failure == b.Failure && r.policy == was.policy &&
		r.failing == was.failing && r.reason == was.reason && r.back == was.back
}

// sameMap tells whether two maps are one. Bodies are replaced, never changed in place.
func sameMap[V any](a, b map[string]V) bool {
	return reflect.ValueOf(a).UnsafePointer() == reflect.ValueOf(b).UnsafePointer()
}
