package watch

import (
	"os"
	"path/filepath"
	"testing"
)

// Files in folders below are watched as long as they are named, and the names may become others.
func TestPollFolders(t *testing.T) {
	folder := t.TempDir()
	below := filepath.Join(folder, "a", "b")
	if err := os.MkdirAll(below, 0o700); err != nil {
		t.Fatal(err)
	}
	spec, first, second := filepath.Join(folder, "api.yaml"), filepath.Join(below, "first.txt"), filepath.Join(below, "second.json")
	outside := filepath.Join(filepath.Dir(folder), "outside.yaml")
	for _, path := range []string{spec, first, second, outside} {
		write(t, path, "one", 1)
	}
	named := []string{"api.yaml", "a/b/first.txt", "../outside.yaml", "/etc/hostname", ""}
	w, err := Files(spec, func() []string { return named })
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name string
		do   func()
		want []bool // of the looks that follow
	}{
		{"nothing", func() {}, []bool{false, false}},
		{"one that is named", func() { write(t, first, "two", 2) }, []bool{false, true, false}},
		{"one that is not", func() { write(t, second, "two", 2) }, []bool{false, false}},
		{"one outside", func() { write(t, outside, "two", 2) }, []bool{false, false}},
		{"another one is named, and may have changed by then", func() { named = append(named, "a/b/second.json") }, []bool{false, true, false}},
		{"that one", func() { write(t, second, "three", 3) }, []bool{false, true, false}},
		{"it is gone", func() { _ = os.Remove(second) }, []bool{false, true, false}},
		{"it is there again", func() { write(t, second, "three", 4) }, []bool{false, true, false}},
		{"a new one beside the named file", func() { write(t, filepath.Join(folder, "new.yaml"), "x", 5) }, []bool{false, true, false}},
	} {
		step.do()
		for i, want := range step.want {
			if got := w.Poll(); got != want {
				t.Errorf("%s, look %d: %t, want %t", step.name, i+1, got, want)
			}
		}
	}
}
