package mock

import (
	"sync"
	"time"

	"github.com/tallystick/tallystick/mock/control"
)

// metrics count what the process has answered. They belong to it and not to its world: a reset leaves them, as
// whoever plots them expects. It is safe for concurrent use.
type metrics struct {
	started time.Time

	mu          sync.RWMutex
	byOperation map[string]*tally
}

func newMetrics() *metrics {
	return &metrics{started: time.Now(), byOperation: map[string]*tally{}}
}

// durations are the upper bounds of the histogram's buckets, in seconds; one without a bound follows.
var durations = []float64{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 10}

// tally counts the requests of one operation. The names and numbers in it come from the contract, so that no
// client can make it grow.
type tally struct {
	mu         sync.Mutex
	statuses   []statusCount // few, in the order in which they came first
	codes      map[string]int64
	violations int64
	buckets    [12]int64 // by the first of durations that is not below
	seconds    float64
}

type statusCount struct {
	status int
	n      int64
}

func (t *tally) countStatus(status int) {
	for i := range t.statuses {
		if t.statuses[i].status == status {
			t.statuses[i].n++
			return
		}
	}
	t.statuses = append(t.statuses, statusCount{status, 1})
}

// of is the tally of an operation; control.Unmatched stands for none.
func (m *metrics) of(operation string) *tally {
	m.mu.RLock()
	t := m.byOperation[operation]
	m.mu.RUnlock()
	if t != nil {
		return t
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if t = m.byOperation[operation]; t == nil {
		t = &tally{codes: map[string]int64{}}
		m.byOperation[operation] = t
	}
	return t
}

// count counts an exchange that is over.
func (m *metrics) count(c *exchange, took time.Duration) {
	operation := control.Unmatched
	if c.operation != nil {
		operation = c.operation.ID
	}
	t := m.of(operation)
	seconds := took.Seconds()
	bucket := 0
	for bucket < len(durations) && seconds > durations[bucket] {
		bucket++
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.countStatus(c.status)
	if c.code != "" {
		t.codes[c.code]++
	}
	t.violations += int64(len(c.violations))
	t.buckets[bucket]++
	t.seconds += seconds
}
