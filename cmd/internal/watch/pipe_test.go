//go:build unix

package watch

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe that nobody writes to is not waited for, whether it was there before or comes in place of a file.
func TestPollPipe(t *testing.T) {
	folder := t.TempDir()
	spec, pipe, named := filepath.Join(folder, "api.yaml"), filepath.Join(folder, "pipe.yaml"), filepath.Join(folder, "named.txt")
	write(t, spec, "one", 1)
	for _, path := range []string{pipe, named} {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w, err := Files(spec, func() []string { return []string{"named.txt"} })
	if err != nil {
		t.Fatal(err)
	}
	write(t, spec, "two", 2)
	if w.Poll() || !w.Poll() {
		t.Error("a change beside a pipe is not seen")
	}
	if err := os.Remove(spec); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(spec, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if w.Poll() {
			t.Error("a pipe counts as a change")
		}
	}
	if _, err := Files(pipe, nil); err == nil {
		t.Error("a pipe was accepted")
	}
	file, err := openFile(pipe) // as if it had become one just now
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
}
