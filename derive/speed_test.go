//go:build unix

package derive_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/internal/race"
)

// TestWholeSpeed reads and drafts 140 pages: the folder more, copied under further names. It takes at most 300 MB, and
// at most 5 seconds of all processors together, which is less than 5 seconds on two of them. The time that passes
// would tell more about what else the machine does.
func TestWholeSpeed(t *testing.T) {
	root := docs(t)
	if race.Enabled {
		t.Skip("the race detector takes its own time and memory")
	}
	folder := manyPages(t, filepath.Join(root, "more"), 140)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(200 << 20)) // as the command does
	done := make(chan struct{})
	var peak atomic.Uint64
	go watch(&peak, done)
	start := processorTime(t)
	set, err := derive.Read(t.Context(), nil, folder)
	if err != nil {
		t.Fatal(err)
	}
	d, err := set.Draft("")
	if err != nil {
		t.Fatal(err)
	}
	took := processorTime(t) - start
	close(done)
	t.Logf("%d pages, %d operations in %v of processor time, %d MB at most", d.Coverage.Pages, d.Coverage.Operations, took, peak.Load()>>20)
	if d.Coverage.Pages != 140 {
		t.Errorf("%d pages are read, want 140", d.Coverage.Pages)
	}
	if took > 5*time.Second {
		t.Errorf("140 pages take %v, want at most 5s", took)
	}
	if peak.Load() > 300<<20 {
		t.Errorf("140 pages take %d MB, want at most 300", peak.Load()>>20)
	}
}

// processorTime is what the process has used so far.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// watch keeps the largest size that the process asks the system for.
func watch(peak *atomic.Uint64, done <-chan struct{}) {
	for {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak.Store(max(peak.Load(), m.Sys-m.HeapReleased))
		select {
		case <-done:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// manyPages copies the pages below a folder under further names, with paths of their own, until there are enough.
func manyPages(t *testing.T, from string, enough int) string {
	t.Helper()
	to := t.TempDir()
	for n := 0; n < enough; {
		before := n
		err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || n == enough || filepath.Ext(path) != ".md" {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			round := string(rune('a' + n/52))
			text := strings.NewReplacer("GET /", "GET /"+round+"/", "POST /", "POST /"+round+"/", "PUT /", "PUT /"+round+"/", "DELETE /", "DELETE /"+round+"/").Replace(string(data))
			n++
			return os.WriteFile(filepath.Join(to, round+filepath.Base(path)), []byte(text), 0o600)
		})
		if err != nil {
			t.Fatal(err)
		}
		if n == before {
			t.Fatalf("%s has no pages", from)
		}
	}
	return to
}
