package mock

import (
	"testing"
	"time"
)

// However fast a clock runs and whatever the real one does, it never goes back and never passes its end.
func TestClockNeverGoesBack(t *testing.T) {
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	k := newClock(func() time.Time { return at }, 1e6)
	shown := k.now()
	for _, by := range []time.Duration{time.Millisecond, time.Hour, 10 * time.Hour, -30 * time.Minute, 1000 * time.Hour, 24 * 365 * 200 * time.Hour, -24 * time.Hour} {
		at = at.Add(by)
		now := k.now()
		if now.Before(shown) || now.After(latest) {
			t.Errorf("after %s the clock shows %s, before it was %s", by, now, shown)
		}
		shown = now
	}
	if !shown.Equal(latest) {
		t.Errorf("the clock shows %s, want %s", shown, latest)
	}
}

func TestClockIsExact(t *testing.T) {
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	k := newClock(func() time.Time { return at }, 0.5)
	at = at.Add(3*time.Hour + 2*time.Nanosecond)
	if want := time.Date(2020, 1, 1, 1, 30, 0, 1, time.UTC); !k.now().Equal(want) {
		t.Errorf("%s, want %s", k.now(), want)
	}
}

// The real clock may have been wrong: the end of time holds from the start.
func TestClockStartsBeforeItsEnd(t *testing.T) {
	k := newClock(func() time.Time { return latest.AddDate(1000, 0, 0) }, 1)
	if !k.now().Equal(latest) {
		t.Errorf("%s", k.now())
	}
}
