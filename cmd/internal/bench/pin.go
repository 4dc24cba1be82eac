//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// cores are where servers and load run. On a machine with one core they are the same.
type cores struct{ server, load int }

// pickCores takes the last core that this process may use for servers, and the one before it for the load:
// interrupts like the first. It looks once: after pinSelf the process may use the load's core only.
var pickCores = sync.OnceValues(func() (cores, error) {
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return cores{}, fmt.Errorf("which cores may be used: %w", err)
	}
	var found []int
	for i := range len(allowed) * strconv.IntSize {
		if allowed.IsSet(i) {
			found = append(found, i)
		}
	}
	if len(found) == 0 {
		return cores{}, fmt.Errorf("no core may be used")
	}
	last := len(found) - 1
	return cores{server: found[last], load: found[max(last-1, 0)]}, nil
})

// takeCores picks the cores, and keeps this process on the load's.
func takeCores() (cores, error) {
	c, err := pickCores()
	if err != nil {
		return c, err
	}
	return c, pinSelf(c.load)
}

func setOf(core int) *unix.CPUSet {
	var set unix.CPUSet
	set.Set(core)
	return &set
}

// pinSelf keeps all threads of this process on a core; those that come later inherit it.
func pinSelf(core int) error {
	runtime.GOMAXPROCS(1)
	if err := place(setOf(core)); err != nil {
		return fmt.Errorf("pin the load to core %d: %w", core, err)
	}
	return nil
}

// place lets all threads of this process run on these cores.
func place(on *unix.CPUSet) error {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range tasks {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			continue
		}
		if err := unix.SchedSetaffinity(id, on); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	return nil
}

// startOn starts a process on a core: a child inherits the place of the thread that starts it.
func startOn(core int, cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	if err := unix.SchedSetaffinity(0, setOf(core)); err != nil {
		return fmt.Errorf("pin a server to core %d: %w", core, err)
	}
	err := cmd.Start()
	if back := unix.SchedSetaffinity(0, &before); err == nil {
		err = back
	}
	return err
}
