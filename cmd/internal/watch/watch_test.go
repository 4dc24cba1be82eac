package watch

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func write(t *testing.T, path, text string, age int) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2030, 1, 1, 0, 0, age, 0, time.UTC) // clocks of file systems may be coarse
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestPoll(t *testing.T) {
	folder := t.TempDir()
	spec, beside := filepath.Join(folder, "api.yaml"), filepath.Join(folder, "schemas.json")
	write(t, spec, "one", 1)
	w, err := Files(spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name string
		do   func()
		want []bool // of the looks that follow
	}{
		{"nothing", func() {}, []bool{false, false}},
		{"written in place", func() { write(t, spec, "two", 2) }, []bool{false, true, false}},
		{"touched", func() { write(t, spec, "two", 3) }, []bool{false, false, false}},
		{"another file beside it", func() { write(t, beside, "{}", 4) }, []bool{false, true, false}},
		{"a file that is none of ours", func() { write(t, filepath.Join(folder, "notes.txt"), "x", 5) }, []bool{false, false}},
		{"a swap file", func() { write(t, filepath.Join(folder, ".api.yaml"), "x", 5) }, []bool{false, false}},
		{"renamed over", func() {
			write(t, spec+"~", "three", 6)
			if err := os.Rename(spec+"~", spec); err != nil {
				t.Fatal(err)
			}
		}, []bool{false, true, false}},
		{"gone for a moment", func() { _ = os.Remove(spec) }, []bool{false, false, false}},
		{"there again as before", func() { write(t, spec, "three", 7) }, []bool{false, false, false}},
		{"gone again", func() { _ = os.Remove(spec) }, []bool{false}},
		{"there again, changed", func() { write(t, spec, "four", 8) }, []bool{false, true, false}},
		{"the one beside it gone", func() { _ = os.Remove(beside) }, []bool{false, true, false}},
	} {
		step.do()
		for i, want := range step.want {
			if got := w.Poll(); got != want {
				t.Errorf("%s, look %d: %t, want %t", step.name, i+1, got, want)
			}
		}
	}
	if _, err := Files(filepath.Join(folder, "none.yaml"), nil); err == nil {
		t.Error("a file that is not there was accepted")
	}
}

// A file that is still being written is left alone until two looks agree.
func TestFollow(t *testing.T) {
	spec := filepath.Join(t.TempDir(), "api.yaml")
	write(t, spec, "0", 0)
	w, err := Files(spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) { // so that a look has ended before the next is due
		ticks, changed := make(chan time.Time), 0
		ctx, stop := context.WithCancel(t.Context())
		go w.Follow(ctx, ticks, func() { changed++ }, func(err error) { t.Errorf("told of an absence: %v", err) })
		look := func() {
			ticks <- time.Time{}
			synctest.Wait()
		}
		for i := range 5 {
			write(t, spec, "half", i+1)
			look()
		}
		look()
		look()
		stop()
		synctest.Wait()
		if changed != 1 {
			t.Errorf("%d changes were told, want 1", changed)
		}
	})
}

// A file that goes away is told once, however long it stays away, and once more when it is back. One that is there
// again at the next look has not been away.
func TestFollowAbsence(t *testing.T) {
	spec := filepath.Join(t.TempDir(), "api.yaml")
	write(t, spec, "0", 0)
	w, err := Files(spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	ticks := make(chan time.Time)
	var told []bool // whether it was there
	changed := 0
	done := make(chan struct{})
	go func() {
		w.Follow(t.Context(), ticks, func() { changed++ }, func(err error) { told = append(told, err == nil) })
		close(done)
	}()
	look := func(n int) {
		for range n {
			ticks <- time.Time{}
		}
	}
	remove := func() {
		if err := os.Remove(spec); err != nil {
			t.Error(err)
		}
	}
	remove()
	look(1)
	write(t, spec, "0", 1)
	look(3)
	remove()
	look(5)
	write(t, spec, "0", 2)
	look(5)
	remove()
	look(3)
	write(t, spec, "1", 3)
	look(3)
	close(ticks)
	<-done
	if want := []bool{false, true, false, true}; !slices.Equal(told, want) || changed != 1 {
		t.Errorf("told %v, want %v; %d changes, want 1", told, want, changed)
	}
}
