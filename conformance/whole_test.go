package conformance_test

import "testing"

// whole marks a test of whole runs, whose names begin with TestWhole. The race detector makes them ten times
// slower, and has seen the same code in the others.
func whole(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("make whole runs it, without the race detector")
	}
}
