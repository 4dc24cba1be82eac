//go:build unix

package derive_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tallystick/tallystick/derive"
)

const onePage = "# Get a loaf\n\n## URI\n\nGET /v1/loaves\n"

func save(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// What is no page of its own is refused, and the message names the file.
func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.md")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	first, second := save(t, filepath.Join(dir, "a", "one", "p.md"), onePage), save(t, filepath.Join(dir, "b", "one", "p.md"), onePage)
	latin := save(t, filepath.Join(dir, "c", "latin.md"), "caf\xe9")
	for _, c := range []struct {
		paths []string
		want  []string
	}{
		{[]string{pipe}, []string{pipe, "neither a file nor a folder"}},
		{[]string{"/dev/null"}, []string{"neither a file nor a folder"}},
		{[]string{first, second}, []string{first, second, "has a page p already"}},
		{[]string{latin}, []string{latin + ": not UTF-8"}},
	} {
		_, err := derive.Read(context.Background(), nil, c.paths...)
		for _, w := range c.want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%v: %v, want %s", c.paths, err, w)
			}
		}
	}
}

// A page given twice is one page; a link within a folder is told, and a folder may be one.
func TestReadLinks(t *testing.T) {
	dir := t.TempDir()
	page := save(t, filepath.Join(dir, "real", "p.md"), onePage)
	if err := os.Symlink(page, filepath.Join(dir, "real", "again.md")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "real"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, paths := range [][]string{{filepath.Join(dir, "link")}, {filepath.Join(dir, "real"), page}} {
		s, err := derive.Read(context.Background(), nil, paths...)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Pages) != 1 || len(s.Skipped) != 1 || filepath.Base(s.Skipped[0].File) != "again.md" || len(s.All()) != 1 {
			t.Errorf("%v: %d pages, skipped %+v", paths, len(s.Pages), s.Skipped)
		}
		if s.Pages[0].Edition != filepath.Base(paths[0]) {
			t.Errorf("%v: edition %s", paths, s.Pages[0].Edition)
		}
		if !s.Holds(page) || s.Holds(filepath.Join(dir, "other.md")) {
			t.Error("the set does not know its pages")
		}
	}
}
