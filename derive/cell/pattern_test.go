package cell

import "testing"

// Every pattern compiles.
func TestPatterns(t *testing.T) {
	if len(patterns) < 100 {
		t.Fatalf("only %d patterns", len(patterns))
	}
	for _, p := range patterns {
		if p().String() == "" {
			t.Error("an empty pattern")
		}
	}
}
