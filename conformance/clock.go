package conformance

import (
	"context"
	"sync"
	"time"
)

// clockView is what a control API tells of its clock.
type clockView struct {
	Now    time.Time
	Frozen bool
	Speed  float64
}

// targetClock is the time of the target, as far as it is known: what its control API said last, and what has
// gone by since. The zero targetClock is this machine's. It is safe for concurrent use.
type targetClock struct {
	mu    sync.Mutex
	last  clockView
	since time.Time // of this machine, when last was right; zero for never
}

func (k *targetClock) now() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.since.IsZero():
		return time.Now()
	case k.last.Frozen:
		return k.last.Now
	}
	return k.last.Now.Add(time.Duration(float64(time.Since(k.since)) * k.last.Speed))
}

func (k *targetClock) learn(v clockView) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !v.Now.IsZero() {
		k.last, k.since = v, time.Now()
	}
}

// time is a call about the target's clock.
func (c *control) time(ctx context.Context, method, path string, body any, into *clockView) error {
	err := c.call(ctx, method, path, body, into)
	if err == nil {
		c.session.root().clock.learn(*into)
	}
	return err
}
