package main

import (
	"runtime/debug"
	"testing"
)

// However many servers start at once, the collector is off while one of them does, and as it was before after that.
func TestUncollected(t *testing.T) {
	before := debug.SetGCPercent(-1)
	debug.SetGCPercent(before)
	if before < 0 {
		t.Skip("the collector is off, or a server starts beside this test")
	}
	var h holders
	h.hold()
	h.hold()
	h.release()
	if now := debug.SetGCPercent(-1); now != -1 {
		t.Errorf("while one starts, GOGC is %d", now)
	}
	h.release()
	if now := debug.SetGCPercent(before); now != before {
		t.Errorf("after that, GOGC is %d, want %d", now, before)
	}
}
