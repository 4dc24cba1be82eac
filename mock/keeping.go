package mock

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/store"
)

// ErrKept says that what a store holds cannot be gone on with: it is damaged, of a newer version or of another
// contract, or it cannot be reached. Nothing was changed then.
var ErrKept = errors.New("the kept state")

// keeping says where the state of a mock is kept. The zero value keeps it nowhere but in memory.
type keeping struct {
	store  store.Store
	every  time.Duration
	shared store.Shared
}

// WithStore keeps the state in a store: resources, queues, tokens, clock, and what was changed by the control API.
// The default is nowhere. A mock on a store that holds something goes on where that ends, and what the other options
// say of the start counts for an empty one, and for a reset. Time goes on while no mock runs, unless the clock is
// frozen.
//
// With 0 every answer waits until all that it tells of is in the store; of several requests at a time all wait
// for one Commit. Otherwise the store follows at that interval, and what is younger is lost when the process dies.
// When a Commit fails, nothing more is served until the mock is made anew, and the control API says why.
// Sandboxes, kept snapshots, the journal and metrics are in memory only. The mock owns the store: Close closes it.
func WithStore(s store.Store, every time.Duration) Option {
	return func(to *settings) error {
		if s == nil || every < 0 {
			return fmt.Errorf("WithStore: the store is nil, or the interval %s is below 0", every)
		}
		to.keeping = keeping{store: s, every: every}
		return nil
	}
}

// WithShared keeps the state in a store that other mocks use at the same time, in this process or in others. They are
// one mock then: names, quotas, queues, the clock and the control API are common to all. All of them should have the
// same settings. Every request has its turn at the store. When the store cannot be reached, requests are refused
// until it can be again. What WithStore says of the start, of sandboxes and of Close holds here too.
func WithShared(s store.Shared) Option {
	return func(to *settings) error {
		if s == nil {
			return errors.New("WithShared: the store is nil")
		}
		to.keeping = keeping{shared: s}
		return nil
	}
}

// Close keeps what is not kept yet, and closes the store. Requests that come later are refused. A mock without a
// store has nothing to close.
func (m *Mock) Close() error {
	if m.world.gate == nil {
		return nil
	}
	return m.world.gate.end()
}

// Count is how many resources there are now, of all kinds, in the world without a name. It is safe for concurrent use.
func (m *Mock) Count() int {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	return m.world.count()
}

// keep lets a world that has just begun go on where its store ends.
func (w *world) keep(k keeping, c *contract.Contract) error {
	switch {
	case k.store == nil && k.shared == nil:
		return nil
	case c.Foreign() != nil:
		return errors.New("the document says nothing of state, so that there is none to keep")
	}
	w.changes = newChanges()
	if k.shared != nil {
		return w.share(k.shared)
	}
	return w.keepIn(k.store, k.every)
}

// keepIn keeps a world in a store of its own.
func (w *world) keepIn(s store.Store, every time.Duration) error {
	var rows []store.Row
	if err := s.Load(context.Background(), func(r store.Row) error { rows = append(rows, r); return nil }); err != nil {
		return err
	}
	if len(rows) > 0 {
		to, err := w.loaded(rows)
		if err != nil {
			return err
		}
		to.journal = w.journal
		w.worldState = to
	} else {
		w.replaced(&worldState{})
	}
	w.changes.head |= headMeta
	if err := commit(s, w.take()); err != nil {
		return err
	}
	w.gate = newLedger(w, s, every)
	return nil
}
