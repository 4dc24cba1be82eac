package bolt

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/mock/store"
)

// A file that loses its name while somebody waits for its lock is not gone on with, since nobody would find it again:
// the one that has the name now is.
func TestReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	for _, p := range []string{path, path + ".other"} {
		f, err := Open(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Commit(t.Context(), []store.Row{{Kind: "from", Key: filepath.Base(p), Value: []byte("1")}}); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	opened := 0
	openFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		if opened++; err == nil && opened == 1 {
			err = os.Rename(path+".other", path)
		}
		return f, err
	}
	defer func() { openFile = os.OpenFile }()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var keys []string
	if err := f.Load(t.Context(), func(r store.Row) error { keys = append(keys, r.Key); return nil }); err != nil {
		t.Fatal(err)
	}
	if opened != 2 || !slices.Equal(keys, []string{"state.other"}) {
		t.Errorf("opened %d times, it holds %v", opened, keys)
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
