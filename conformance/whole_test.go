package conformance_test

import (
	"testing"

	"github.com/tallystick/tallystick/internal/race"
)

// whole marks a test of whole runs, whose names begin with TestWhole. The race detector makes them ten times
// slower, and has seen the same code in the others.
func whole(t *testing.T) {
	t.Helper()
	if race.Enabled {
		t.Skip("make whole runs it, without the race detector")
	}
}
