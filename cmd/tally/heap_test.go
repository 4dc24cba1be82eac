package main

import "testing"

// TestPace: the collector runs at 192 MB at the earliest, and at a quarter more than what lives, 72 MB at least.
func TestPace(t *testing.T) {
	const mb = 1 << 20
	for live, want := range map[uint64]int{0: 4800, 1 * mb: 4800, 32 * mb: 500, 64 * mb: 200, 96 * mb: 100, 192 * mb: 37, 400 * mb: 25, 4000 * mb: 25} {
		if got := paceAt(live); got != want {
			t.Errorf("%d MB alive: %d %%, want %d", live/mb, got, want)
		}
	}
}
