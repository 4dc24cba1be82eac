package mock

import (
	"fmt"
	"time"
)

// clock is the mock's time. It runs on a real clock, faster or slower, or stands still; it never goes
// back. The world's lock guards it.
type clock struct {
	real   func() time.Time
	since  time.Time // real time at which base was right
	base   time.Time
	speed  float64
	frozen bool
}

func newClock(real func() time.Time, speed float64) *clock {
	if speed == 0 {
		speed = 1
	}
	start := real().UTC()
	return &clock{real: real, since: start, base: start, speed: speed}
}

func (k *clock) now() time.Time {
	if k.frozen {
		return k.base
	}
	elapsed := k.real().Sub(k.since)
	if elapsed < 0 {
		elapsed = 0
	}
	return k.base.Add(time.Duration(float64(elapsed) * k.speed))
}

// set moves the clock forward to a time.
func (k *clock) set(to time.Time) error {
	now := k.now()
	if to.Before(now) {
		return fmt.Errorf("the clock shows %s and cannot go back to %s", now.Format(time.RFC3339Nano), to.Format(time.RFC3339Nano))
	}
	k.base, k.since = to.UTC(), k.real()
	return nil
}

func (k *clock) freeze(on bool) {
	k.base, k.since, k.frozen = k.now(), k.real(), on
}
