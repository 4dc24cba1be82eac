package main

import (
	"runtime/debug"
	"sync"
)

// uncollected keeps the garbage collector from running until the given function is called, so that a server answers
// sooner: what is made at its start is small, and mostly kept.
func uncollected() (end func()) {
	starts.hold()
	return sync.OnceFunc(starts.release)
}

// begin begins the start of a mock. What it reads besides the built-in contract can have any size, so that the
// collector has to run then.
func (m *mockSettings) begin() (end func()) {
	if m.spec != "" || m.seedFlag() != "" || m.keep.place != "" {
		return func() {}
	}
	return uncollected()
}

// holders count who keeps the collector off, since several servers may start at once.
type holders struct {
	mu     sync.Mutex
	n      int
	before int // GOGC, for the last one to put back
}

var starts holders

func (h *holders) hold() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.n++; h.n == 1 {
		h.before = debug.SetGCPercent(-1)
	}
}

func (h *holders) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.n--; h.n == 0 {
		debug.SetGCPercent(h.before)
	}
}
