package mock

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tallystick/tallystick/mock/store"
)

// turns keeps a world in a store that others share. What is in memory is a copy of what the store had at the last
// turn; it is read and changed in turns only, by one goroutine, which runs all that waits in one.
type turns struct {
	world    *world
	store    store.Shared
	waiting  chan *part
	stop     chan struct{}
	ended    chan struct{} // closed when the goroutine has gone
	ending   sync.Once
	revision int64     // that the copy has; 0 when it is worth nothing
	now      time.Time // of the store, in the last turn; the world's lock guards it
}

// part is what waits for its turn.
type part struct {
	do       func()
	done     chan struct{} // closed when its turn is over
	err      error         // set before that
	panicked any
}

const (
	maxTurn  = 256 // parts in one turn
	turnTime = 15 * time.Second
)

// share keeps a world in a store that others share, and takes part in what they have.
func (w *world) share(s store.Shared) error {
	t := &turns{world: w, store: s, waiting: make(chan *part, maxTurn), stop: make(chan struct{}), ended: make(chan struct{})}
	w.settings.now = func() time.Time { return t.now }
	if _, err := t.take(nil); err != nil {
		return err
	}
	w.gate = t
	go t.serve()
	return nil
}

func (t *turns) pass(do func()) error {
	p := &part{do: do, done: make(chan struct{})}
	select {
	case t.waiting <- p:
	case <-t.stop:
		return unkept(errClosed)
	}
	select {
	case <-p.done:
	case <-t.ended:
		select {
		case <-p.done: // it had the last turn
		default:
			return unkept(errClosed)
		}
	}
	if p.panicked != nil {
		panic(p.panicked)
	}
	return unkept(p.err)
}

// serve gives turns until it is stopped.
func (t *turns) serve() {
	defer close(t.ended)
	for {
		select {
		case first := <-t.waiting:
			parts, err := t.take([]*part{first})
			for _, p := range parts {
				p.err = err
				close(p.done)
			}
		case <-t.stop:
			return
		}
	}
}

// gather adds all that waits by now, but no more than fits into a turn.
func (t *turns) gather(parts []*part) []*part {
	for len(parts) < maxTurn {
		select {
		case p := <-t.waiting:
			parts = append(parts, p)
		default:
			return parts
		}
	}
	return parts
}

// take runs parts in a turn, and those that have come until then. When the copy is far behind, there are turns before
// that only read: while the copy is brought up to date, others go on. It gives the parts back that have run, or that
// are refused.
func (t *turns) take(parts []*part) ([]*part, error) {
	for n := 1; ; n++ {
		var over bool
		var err error
		if parts, over, err = t.turn(parts, n == catchUps); err != nil {
			return t.gather(parts), err // what waits longer would only hear the same, later
		}
		if over {
			return parts, nil
		}
	}
}

const (
	catchUps = 5    // turns until the copy is brought up to date while the others wait
	fewRows  = 1000 // that are put in place in a turn
)

// turn runs parts in one turn, and what else waits then. It is not over when the copy was too far behind: it is not any
// more, but nothing has run. After an error the copy in memory is forgotten: it may be ahead of the store.
func (t *turns) turn(parts []*part, last bool) (all []*part, over bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), turnTime)
	defer cancel()
	turn, err := t.store.Begin(ctx, t.revision)
	if err != nil {
		return parts, false, err // nothing has run, and the copy is as good as before
	}
	defer func() { _ = turn.Rollback() }() // what ended otherwise has nothing to take back
	revision := int64(0)
	defer func() { t.revision = revision }()
	var rows []store.Row
	if err := turn.Changes(func(r store.Row) error { rows = append(rows, r); return nil }); err != nil {
		return parts, false, err
	}
	if len(rows) > fewRows && !last {
		if err := turn.Rollback(); err != nil {
			return parts, false, err
		}
		if err := t.catchUp(turn, rows); err != nil {
			return parts, false, err
		}
		revision = turn.Revision()
		return parts, false, nil
	}
	if err := t.catchUp(turn, rows); err != nil {
		return parts, false, err
	}
	parts = t.gather(parts)
	revision, err = t.play(ctx, turn, parts)
	return parts, true, err
}

// play runs parts, and commits what they have changed.
func (t *turns) play(ctx context.Context, turn store.Turn, parts []*part) (revision int64, err error) {
	for _, p := range parts {
		p.run()
	}
	t.world.mu.Lock()
	pieces := t.world.take()
	t.world.mu.Unlock()
	if len(pieces) == 0 {
		return turn.Revision(), nil
	}
	rows, err := rowsOf(pieces)
	if err != nil {
		return 0, err
	}
	return turn.Commit(ctx, rows)
}

// catchUp makes the copy what the store has.
func (t *turns) catchUp(turn store.Turn, rows []store.Row) error {
	w := t.world
	w.mu.Lock()
	defer w.mu.Unlock()
	t.now = turn.Now()
	switch {
	case t.revision > 0 && !turn.Whole():
		return w.apply(rows)
	case len(rows) == 0:
		return w.beginKept()
	}
	w.changes.forget()
	to, err := w.loaded(rows)
	if err != nil {
		return err
	}
	to.journal = w.journal
	w.worldState = to
	return nil
}

// beginKept begins anew, with all of it to be kept.
func (w *world) beginKept() error {
	before := w.journal
	if err := w.begin(); err != nil {
		return err
	}
	w.journal = before
	w.changes.forget()
	w.changes.rows = map[string][]byte{}
	w.replaced(&worldState{})
	return nil
}

// run runs a part in the turn. Its panic is for who waits for it.
func (p *part) run() {
	defer func() { p.panicked = recover() }()
	p.do()
}

func (t *turns) end() error {
	var err error
	t.ending.Do(func() {
		close(t.stop)
		<-t.ended
		if err = t.store.Close(); err != nil {
			err = fmt.Errorf("closing the store: %w", err)
		}
	})
	return err
}
