package poll

import (
	"sync"
	"sync/atomic"
	"time"
)

// What is known of a direction.
const (
	unknown int32 = iota // nothing new since it was last tried
	ready                // it may be worth a try
	awaited              // as unknown, and somebody waits in half.wait
)

// half is one direction of a connection.
type half struct {
	using   sync.Mutex // held by the one who reads, or writes
	state   atomic.Int32
	wake    chan struct{} // gets one for each state that was awaited
	expired atomic.Bool   // its deadline has passed

	mu    sync.Mutex
	timer *time.Timer
	turn  int // of the deadline, so that an earlier one's timer is no more heeded
}

// rouse makes a direction ready, and lets whoever waits try.
func (h *half) rouse() {
	if h.state.Swap(ready) == awaited {
		h.wake <- struct{}{}
	}
}

// wait waits until the direction is ready, which it is not any more then.
func (h *half) wait() {
	if h.state.CompareAndSwap(unknown, awaited) {
		<-h.wake
	}
	h.state.Store(unknown) // what makes it ready from now on is found by the try that follows, or rouses again
}

// setDeadline is for net.Conn's; zero is none.
func (h *half) setDeadline(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.turn++
	if h.timer != nil {
		h.timer.Stop()
		h.timer = nil
	}
	h.expired.Store(false)
	if t.IsZero() {
		return
	}
	patience := time.Until(t)
	if patience <= 0 {
		h.expire()
		return
	}
	turn := h.turn
	h.timer = time.AfterFunc(patience, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.turn == turn {
			h.expire()
		}
	})
}

func (h *half) expire() {
	h.expired.Store(true)
	h.rouse()
}
