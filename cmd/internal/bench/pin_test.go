//go:build linux

package main

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// atStart is where this process may run before a test has pinned it.
var atStart = func() (set unix.CPUSet) {
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		panic(err)
	}
	return set
}()

// TestCoresStay: one part of a comparison pins the load to its core, and the next part still has another for servers.
func TestCoresStay(t *testing.T) {
	if err := place(&atStart); err != nil { // tests before this one pin too
		t.Fatal(err)
	}
	processors := runtime.GOMAXPROCS(0)
	t.Cleanup(func() {
		runtime.GOMAXPROCS(processors)
		if err := place(&atStart); err != nil {
			t.Error(err)
		}
	})
	first, err := pickCores()
	if err != nil {
		t.Fatal(err)
	}
	if err := pinSelf(first.load); err != nil {
		t.Fatal(err)
	}
	second, err := pickCores()
	if err != nil || second != first || (atStart.Count() > 1 && second.server == second.load) {
		t.Errorf("first %+v, then %+v of %d cores, %v", first, second, atStart.Count(), err)
	}
}
