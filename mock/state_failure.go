package mock

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/tallystick/tallystick/mock/control"
	"github.com/tallystick/tallystick/mock/fault"
)

// What goes wrong on purpose, and what has gone wrong, in a snapshot.

func (f *failure) describe() control.Failure {
	return control.Failure{Event: f.event, Left: f.left, Code: f.reason, Tenant: f.tenant, Name: f.name}
}

func (w *world) describeFailures() []control.Failure {
	out := []control.Failure{}
	for _, f := range w.failures {
		out = append(out, f.describe())
	}
	return out
}

func (w *world) restoredFailures(in []control.Failure) ([]*failure, error) {
	if len(in) > maxFailureKinds {
		return nil, damaged("/failures", "%d kinds of failures: want at most %d", len(in), maxFailureKinds)
	}
	var out []*failure
	left, failable := 0, w.failable()
	for i, f := range in {
		at := fmt.Sprintf("/failures/%d", i)
		if left += max(f.Left, 0); !slices.Contains(failable, f.Event) || f.Left < 1 || left > maxFailures {
			return nil, damaged(at, "event %q, %d left: want one of %v, with 1 to %d in all", f.Event, f.Left, failable, maxFailures)
		}
		if f.Code != "" && w.contract.Error(f.Code) == nil {
			return nil, damaged(at+"/code", "%q is not in the catalogue", f.Code)
		}
		out = append(out, &failure{event: f.Event, left: f.Left, reason: f.Code, tenant: f.Tenant, name: f.Name})
	}
	return out, nil
}

// describe is nil when there has never been a fault.
func (fs *faults) describe() *control.SnapshotFaults {
	if fs.last == 0 {
		return nil
	}
	out := &control.SnapshotFaults{Last: fs.last, Planted: []control.SnapshotFault{}}
	for _, p := range fs.planted {
		chance, err := p.source.MarshalBinary()
		if err != nil {
			panic(err) // it has no error to give
		}
		out.Planted = append(out.Planted, control.SnapshotFault{ID: p.id, Spec: p.String(), Matched: p.matched, Fired: p.fired, Chance: chance})
	}
	return out
}

func (w *world) restoredFaults(in *control.SnapshotFaults) (*faults, error) {
	out := &faults{seed: w.settings.seed}
	if in == nil {
		return out, nil
	}
	for i, f := range in.Planted {
		p, err := w.restoredFault(f)
		if err != nil {
			return nil, damaged(fmt.Sprintf("/faults/planted/%d", i), "%v", err)
		}
		var n int
		if _, err := fmt.Sscanf(f.ID, "f%d", &n); err != nil || n <= out.last || n > in.Last {
			return nil, damaged(fmt.Sprintf("/faults/planted/%d/id", i), "%q: want f1 to f%d, each once and in order", f.ID, in.Last)
		}
		out.last = n
		out.planted = append(out.planted, p)
	}
	out.last = in.Last
	return out, nil
}

func (w *world) restoredFault(in control.SnapshotFault) (*planted, error) {
	f, err := fault.Parse(in.Spec)
	if err != nil {
		return nil, err
	}
	p, err := newPlanted(w.contract, f)
	if err != nil {
		return nil, err
	}
	p.id, p.matched, p.fired, p.source = in.ID, in.Matched, in.Fired, &rand.PCG{}
	if err := p.source.UnmarshalBinary(in.Chance); err != nil {
		return nil, fmt.Errorf("chance: %w", err)
	}
	p.chance = rand.New(p.source)
	return p, nil
}

// describeKeys are the keys with failures, in the order of their ids.
func (k *keyring) describeKeys() []control.SnapshotKey {
	var out []control.SnapshotKey
	for _, access := range sortedKeys(k.keys) {
		if key := k.keys[access]; key.failures > 0 || !key.locked.IsZero() {
			out = append(out, control.SnapshotKey{Access: access, Failures: key.failures, Locked: moment(key.locked)})
		}
	}
	return out
}

// maxKeyFailures is the most that a contract can let a key survive.
const maxKeyFailures = 1000

// restoreKeys tells the keys what had become of them. Those that the mock does not have are left out: which it
// has is a setting.
func (k *keyring) restoreKeys(in []control.SnapshotKey) error {
	for i, key := range in {
		if key.Failures < 0 || key.Failures > maxKeyFailures {
			return damaged(fmt.Sprintf("/keys/%d/failures", i), "%d: want 0 to %d", key.Failures, maxKeyFailures)
		}
		mine := k.keys[key.Access]
		if mine == nil {
			continue
		}
		if mine.failures = key.Failures; key.Locked != nil {
			mine.locked = key.Locked.UTC()
		}
	}
	return nil
}

// describe is nil for none.
func (b *comeback) describe() *control.SnapshotBack {
	if b == nil {
		return nil
	}
	out := &control.SnapshotBack{State: b.to, At: instant(b.at)}
	if b.failure != nil {
		out.Failure = b.failure.Ref
	}
	return out
}

func (w *world) restoreBack(r *record, in *control.SnapshotBack, at string) error {
	if in == nil {
		return nil
	}
	lc := r.kind.Lifecycle
	if lc == nil || lc.State(in.State) == nil || in.State == lc.Gone {
		return damaged(at+"/back/state", "%q: want a state of a live %s", in.State, r.kind.Name)
	}
	r.back = &comeback{to: in.State, at: in.At.UTC(), failure: w.contract.Error(in.Failure)}
	if in.Failure != "" && r.back.failure == nil {
		return damaged(at+"/back/failure", "%q is not in the catalogue", in.Failure)
	}
	return nil
}
