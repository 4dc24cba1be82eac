package main

import "testing"

// TestPace: the collector runs at 128 MB at the earliest, and at a quarter more than what lives, 48 MB at least.
func TestPace(t *testing.T) {
	const mb = 1 << 20
	for live, want := range map[uint64]int{0: 3200, 1 * mb: 3200, 32 * mb: 300, 64 * mb: 100, 96 * mb: 50, 192 * mb: 25, 400 * mb: 25, 4000 * mb: 25} {
		if got := paceAt(live); got != want {
			t.Errorf("%d MB alive: %d %%, want %d", live/mb, got, want)
		}
	}
}
