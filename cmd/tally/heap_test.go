package main

import (
	"testing"
	"time"
)

// TestPace: the collector runs at 192 MB at the earliest, and at a quarter more than what lives, 72 MB at least. Where it
// would run more often than every half minute, it runs at 320 MB when little lives, and at a half more when much does.
func TestPace(t *testing.T) {
	const mb, soon = 1 << 20, rarely - 1
	for _, tt := range []struct {
		live  uint64
		since time.Duration
		want  int
	}{
		{0, rarely, 4800}, {1 * mb, rarely, 4800}, {32 * mb, rarely, 500}, {64 * mb, rarely, 200}, {96 * mb, rarely, 100},
		{192 * mb, rarely, 37}, {400 * mb, rarely, 25}, {4000 * mb, rarely, 25},
		{1 * mb, soon, 4800}, {32 * mb, soon, 900}, {63 * mb, soon, 407}, {64 * mb, soon, 200}, {140 * mb, soon, 51}, {400 * mb, soon, 50}, {4000 * mb, soon, 50},
	} {
		if got := paceAt(tt.live, tt.since); got != tt.want {
			t.Errorf("%d MB alive, the last time %s before: %d %%, want %d", tt.live/mb, tt.since, got, tt.want)
		}
	}
}
