package bolt

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file that loses its name while somebody waits for its lock is not gone on with: nobody would find it again.
func TestReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	for _, p := range []string{path, path + ".other"} {
		f, err := Open(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	openFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		if err == nil {
			err = os.Rename(path+".other", path)
		}
		return f, err
	}
	defer func() { openFile = os.OpenFile }()
	if f, err := Open(path); err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), "try again") {
		t.Errorf("it opens %v, error %v", f, err)
	}
}

// A file that somebody reads is not written anew.
func TestCompactAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := OpenToRead(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Compact(context.Background(), path); err == nil || !strings.Contains(err.Error(), "another process has the file open") {
		t.Errorf("error %v", err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Compact(context.Background(), path); err != nil {
		t.Error(err)
	}
}
