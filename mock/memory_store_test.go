package mock

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/tallystick/tallystick/mock/store"
)

type memoryKey struct{ kind, key string }

// memoryStore is a store and a shared one at once, in memory.
type memoryStore struct {
	now  func() time.Time // nil for time.Now
	turn chan struct{}    // holds one token while nobody has a turn

	mu       sync.Mutex
	rows     map[memoryKey]memoryRow
	revision int64
	commits  int
	fail     error // of Commit and Begin; nil for none
	failing  int   // how often fail still comes; below 0 for always
	after    bool  // a failing Commit of a turn has happened all the same
	horizon  int64 // changes up to it are forgotten
}

type memoryRow struct {
	value    []byte
	revision int64
}

func newMemoryStore() *memoryStore {
	m := &memoryStore{rows: map[memoryKey]memoryRow{}, turn: make(chan struct{}, 1), failing: -1}
	m.turn <- struct{}{}
	return m
}

// failNow tells whether a call fails. The lock is held.
func (m *memoryStore) failNow() error {
	if m.fail == nil || m.failing == 0 {
		return nil
	}
	m.failing--
	return m.fail
}

func (m *memoryStore) sorted(since int64) []store.Row {
	var rows []store.Row
	for k, r := range m.rows {
		if r.revision > since {
			rows = append(rows, store.Row{Kind: k.kind, Key: k.key, Value: slices.Clone(r.value)})
		}
	}
	slices.SortFunc(rows, func(a, b store.Row) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key)) })
	return rows
}

func (m *memoryStore) Load(_ context.Context, each func(store.Row) error) error {
	m.mu.Lock()
	rows := m.sorted(-1)
	m.mu.Unlock()
	for _, r := range rows {
		if r.Value != nil {
			if err := each(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *memoryStore) Commit(_ context.Context, rows []store.Row) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.failNow(); err != nil {
		return err
	}
	return m.put(rows)
}

func (m *memoryStore) put(rows []store.Row) error {
	m.revision++
	m.commits++
	twice := map[memoryKey]bool{}
	for _, r := range rows {
		k := memoryKey{r.Kind, r.Key}
		if twice[k] || len(r.Kind)+len(r.Key) > 1100 {
			return errors.New("a row twice, or its name too long: " + r.Kind + " " + r.Key)
		}
		twice[k] = true
		m.rows[k] = memoryRow{slices.Clone(r.Value), m.revision}
	}
	return nil
}

// kept are the rows that there are, as text.
func (m *memoryStore) kept() map[memoryKey]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[memoryKey]string{}
	for k, r := range m.rows {
		if r.value != nil {
			out[k] = string(r.value)
		}
	}
	return out
}

func (m *memoryStore) Close() error { return nil }

// memoryShared makes turns of a memoryStore.
type memoryShared struct{ *memoryStore }

type memoryTurn struct {
	*memoryStore
	since int64
	over  bool
}

func (m memoryShared) Begin(ctx context.Context, since int64) (store.Turn, error) {
	select {
	case <-m.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return &memoryTurn{memoryStore: m.memoryStore, since: since}, nil
}

func (t *memoryTurn) end() {
	if !t.over {
		t.over = true
		t.turn <- struct{}{}
	}
}

func (t *memoryTurn) Now() time.Time {
	if t.now != nil {
		return t.now()
	}
	return time.Now()
}

func (t *memoryTurn) Revision() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.revision
}

func (t *memoryTurn) Whole() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.since < t.horizon
}

func (t *memoryTurn) Changes(each func(store.Row) error) error {
	t.mu.Lock()
	since := t.since
	if t.since < t.horizon {
		since = -1
	}
	rows := t.sorted(since)
	t.mu.Unlock()
	for _, r := range slices.Backward(rows) { // in any order
		if r.Value != nil || since >= 0 {
			if err := each(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *memoryTurn) Commit(_ context.Context, rows []store.Row) (int64, error) {
	defer t.end()
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.failNow(); err != nil {
		if t.after {
			err = errors.Join(err, t.put(rows))
		}
		return 0, err
	}
	err := t.put(rows)
	return t.revision, err
}

func (t *memoryTurn) Rollback() error { t.end(); return nil }
