package mock

import (
	"fmt"
	"math"
	"time"
)

// latest is the end of the mock's time. There is room after it for what is computed from a time, because
// the formats of times end with the year 9999.
var latest = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// clock is the mock's time. It runs on a real clock, faster or slower, or stands still; it never goes
// back, and stands still at its end. The world's lock guards it.
type clock struct {
	real   func() time.Time
	since  time.Time // real time at which base was right
	base   time.Time
	shown  time.Time // the latest that it has shown; a real clock may go back
	speed  float64
	frozen bool
}

func newClock(real func() time.Time, speed float64) *clock {
	if speed == 0 {
		speed = 1
	}
	since := real().UTC()
	start := since
	if start.After(latest) {
		start = latest
	}
	return &clock{real: real, since: since, base: start, shown: start, speed: speed}
}

func (k *clock) now() time.Time {
	if !k.frozen {
		if at := k.after(k.real().Sub(k.since)); at.After(k.shown) {
			k.shown = at
		}
	}
	return k.shown
}

// after is the time that the clock shows when a real time has gone by since base. It works in floating
// point, because a fast clock soon passes what a time.Duration holds.
func (k *clock) after(elapsed time.Duration) time.Time {
	passed := float64(max(elapsed, 0)) * k.speed
	seconds := math.Floor(passed / float64(time.Second))
	if seconds >= float64(latest.Unix()-k.base.Unix()) {
		return latest
	}
	nanoseconds := int64(passed - seconds*float64(time.Second))
	return time.Unix(k.base.Unix()+int64(seconds), int64(k.base.Nanosecond())+nanoseconds).UTC()
}

// set moves the clock forward to a time.
func (k *clock) set(to time.Time) error {
	now := k.now()
	if to.Before(now) {
		return fmt.Errorf("the clock shows %s and cannot go back to %s", now.Format(time.RFC3339Nano), to.Format(time.RFC3339Nano))
	}
	if to.After(latest) {
		return fmt.Errorf("the clock ends at %s and cannot go on to %s", latest.Format(time.RFC3339), to.Format(time.RFC3339Nano))
	}
	k.show(to.UTC())
	return nil
}

func (k *clock) freeze(on bool) {
	k.show(k.now())
	k.frozen = on
}

// show lets the clock go on from a time.
func (k *clock) show(at time.Time) {
	k.base, k.shown, k.since = at, at, k.real()
}
