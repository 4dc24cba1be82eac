package mock

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tallystick/tallystick/mock/store"
)

// ledger keeps a world in a store of its own. Requests run side by side; what they have changed is written by one
// goroutine, for all that wait at once.
type ledger struct {
	world *world
	store store.Store
	every time.Duration // 0 when every answer waits
	wake  chan struct{} // holds one token when there is something to write
	stop  chan struct{}
	ended chan struct{} // closed when the writer has gone

	mu      sync.Mutex // taken after that of the world
	open    *batch     // that takes what comes; nil when nothing has
	writing *batch     // nil when nothing is
	failed  error      // why nothing can be kept any more; nil as long as it can
	closing bool
}

// batch is what is written at once.
type batch struct {
	pieces []piece
	done   chan struct{} // closed when it is written, or cannot be
	err    error         // set before that
}

// closed is of batches that nobody has to wait for.
var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// maxOpen is how many pieces may wait where no answer does. Beyond that they wait all the same.
const maxOpen = 100_000

var errClosed = errors.New("the mock is closed")

func newLedger(w *world, s store.Store, every time.Duration) *ledger {
	l := &ledger{world: w, store: s, every: every, wake: make(chan struct{}, 1), stop: make(chan struct{}), ended: make(chan struct{})}
	go l.write()
	return l
}

func (l *ledger) pass(part func()) error {
	if err := l.state(); err != nil {
		return unkept(err)
	}
	b, crowded := l.run(part)
	if b == nil || l.every > 0 && !crowded {
		return nil
	}
	<-b.done
	return unkept(b.err)
}

func (l *ledger) state() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing && l.failed == nil {
		return errClosed
	}
	return l.failed
}

// run runs a part and gives the batch that holds all that it may have seen; nil when all of that is written.
func (l *ledger) run(part func()) (b *batch, crowded bool) {
	defer func() { b, crowded = l.hand() }() // also when the part panics
	part()
	return nil, false
}

// hand hands over what has changed. The order of the batches is that of the changes, because both locks are held.
func (l *ledger) hand() (b *batch, crowded bool) {
	l.world.mu.Lock()
	defer l.world.mu.Unlock()
	pieces := l.world.take()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return &batch{done: closed, err: l.failed}, false
	}
	if len(pieces) > 0 && l.open == nil {
		l.open = &batch{done: make(chan struct{})}
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
	if l.open == nil {
		return l.writing, false
	}
	l.open.pieces = append(l.open.pieces, pieces...)
	return l.open, len(l.open.pieces) > maxOpen
}

// write writes batches until the ledger ends.
func (l *ledger) write() {
	defer close(l.ended)
	for more := true; more; {
		select {
		case <-l.wake:
			more = l.pause()
		case <-l.stop:
			more = false
		}
		l.writeOpen()
	}
}

// pause waits for the interval. It is false when the ledger ends meanwhile.
func (l *ledger) pause() bool {
	if l.every == 0 {
		return true
	}
	timer := time.NewTimer(l.every)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.stop:
		return false
	}
}

// writeOpen writes what has come by now.
func (l *ledger) writeOpen() {
	l.mu.Lock()
	b := l.open
	l.open, l.writing = nil, b
	err := l.failed
	l.mu.Unlock()
	if b == nil {
		return
	}
	if err == nil {
		err = commit(l.store, b.pieces)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writing, b.pieces, b.err = nil, nil, err
	if l.failed == nil {
		l.failed = err
	}
	close(b.done)
}

func commit(s store.Store, pieces []piece) error {
	rows, err := rowsOf(pieces)
	if err != nil {
		return err
	}
	return s.Commit(context.Background(), rows)
}

func (l *ledger) end() error {
	l.hand() // what nobody has passed the gate for, such as a reload
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		return nil
	}
	l.closing = true
	l.mu.Unlock()
	close(l.stop)
	<-l.ended
	l.mu.Lock()
	b, err := l.open, l.failed // what a request has handed over at the last moment
	l.open, l.failed = nil, cmp.Or(err, errClosed)
	l.mu.Unlock()
	if b != nil {
		if err == nil {
			err = commit(l.store, b.pieces)
		}
		b.err = err
		close(b.done)
	}
	return errors.Join(err, l.store.Close())
}
