package bolt_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"github.com/tallystick/tallystick/mock/store"
	"github.com/tallystick/tallystick/mock/store/bolt"
)

func rowsIn(t testing.TB, f *bolt.File) map[string]string {
	t.Helper()
	out, last := map[string]string{}, ""
	if err := f.Load(context.Background(), func(r store.Row) error {
		name := r.Kind + "\x00" + r.Key
		if name <= last {
			t.Errorf("%q comes after %q", name, last)
		}
		out[r.Kind+" "+r.Key], last = string(r.Value), name
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func opened(t testing.TB, path string) *bolt.File {
	t.Helper()
	f, err := bolt.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func closed(t testing.TB, f *bolt.File) {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func commit(t testing.TB, f *bolt.File, rows ...store.Row) {
	t.Helper()
	if err := f.Commit(context.Background(), rows); err != nil {
		t.Fatal(err)
	}
}

// What was committed is there again, in order; what has gone is not.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	f := opened(t, path)
	commit(t, f, store.Row{Kind: "b", Key: "2", Value: []byte("two")}, store.Row{Kind: "b", Key: "1", Value: []byte("one")}, store.Row{Kind: "a", Key: "", Value: []byte{}})
	commit(t, f, store.Row{Kind: "b", Key: "1", Value: []byte("uno")}, store.Row{Kind: "b", Key: "2"}, store.Row{Kind: "c", Key: "none"})
	want := map[string]string{"a ": "", "b 1": "uno"}
	if got := rowsIn(t, f); !maps.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	closed(t, f)
	f = opened(t, path)
	if got := rowsIn(t, f); !maps.Equal(got, want) {
		t.Errorf("again %q, want %q", got, want)
	}
	if _, err := bolt.Open(path); err == nil || !strings.Contains(err.Error(), path+": another process has the file open; stop that one") {
		t.Errorf("open twice: %v", err)
	}
	closed(t, f)
	stop := errors.New("enough")
	if f, err := bolt.OpenToRead(path); err != nil {
		t.Error(err)
	} else if err := f.Load(context.Background(), func(store.Row) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("stopped: %v", err)
	} else if err := f.Commit(context.Background(), []store.Row{{Kind: "a", Value: []byte("x")}}); err == nil {
		t.Error("a file opened to read was written")
	} else {
		closed(t, f)
	}
	if _, err := bolt.OpenToRead(path + "-none"); err == nil || !strings.Contains(err.Error(), "not exist") {
		t.Errorf("none: %v", err)
	}
}

// many is a file with many rows, some of which have gone, so that there are free pages.
func many(t testing.TB, path string) {
	t.Helper()
	f := opened(t, path)
	for round := range 5 {
		var rows []store.Row
		for i := range 300 {
			rows = append(rows, store.Row{Kind: "resource", Key: fmt.Sprint(i*7919%1000, "/", round), Value: []byte(strings.Repeat("some text ", 50))})
		}
		commit(t, f, rows...)
		for i := range rows[:200] {
			rows[i].Value = nil
		}
		commit(t, f, rows[:200]...)
	}
	closed(t, f)
}

func TestCompact(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	many(t, path)
	f := opened(t, path)
	want := rowsIn(t, f)
	gone := make([]store.Row, 6_000) // bbolt's files grow by doubling: room enough that the size without it is another
	for i := range gone {
		gone[i] = store.Row{Kind: "gone", Key: fmt.Sprint(i), Value: []byte(strings.Repeat("some text ", 50))}
	}
	commit(t, f, gone...)
	for i := range gone {
		gone[i].Value = nil
	}
	commit(t, f, gone...)
	if _, _, err := bolt.Compact(context.Background(), path); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("while it is open: %v", err)
	}
	closed(t, f)
	before, after, err := bolt.Compact(context.Background(), path)
	if err != nil || after >= before || after == 0 {
		t.Errorf("from %d to %d bytes: %v", before, after, err)
	}
	f = opened(t, path)
	if got := rowsIn(t, f); !maps.Equal(got, want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	closed(t, f)
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

// A file that was replaced while it was waited for is not the one that is opened.
func TestCompactMeanwhile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	f := opened(t, path)
	for i := range 3 {
		rows := make([]store.Row, 20_000)
		for j := range rows {
			rows[j] = store.Row{Kind: "a", Key: fmt.Sprint(i, "/", j), Value: []byte(strings.Repeat("text ", 20))}
		}
		commit(t, f, rows...)
	}
	want := len(rowsIn(t, f))
	closed(t, f)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if _, _, err := bolt.Compact(context.Background(), path); err != nil && !strings.Contains(err.Error(), "another process") {
				t.Error(err)
			}
		})
	}
	for key := range 3 {
		all.Go(func() {
			f, err := bolt.Open(path)
			for err != nil && strings.Contains(err.Error(), "another process") {
				f, err = bolt.Open(path)
			}
			if err != nil {
				t.Error(err)
				return
			}
			commit(t, f, store.Row{Kind: "b", Key: fmt.Sprint(key), Value: []byte("new")})
			closed(t, f)
		})
	}
	all.Wait()
	f = opened(t, path)
	if got := len(rowsIn(t, f)); got != want+3 {
		t.Errorf("%d rows, want %d", got, want+3)
	}
	closed(t, f)
}

// What leads to the file, and who may read it, stay; the newest root is not the only one with rows.
func TestCompactKeeps(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "state"), filepath.Join(dir, "link")
	many(t, path)
	if err := errors.Join(os.Chmod(path, 0o640), os.Symlink("state", link)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := bolt.Compact(context.Background(), link); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link: %v, %v", info, err)
	}
	if info, err = os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file: %v, %v", info, err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f := opened(t, path)
	want := rowsIn(t, f)
	closed(t, f)
	for page := range 2 {
		spoilt := slices.Clone(whole)
		spoilt[page*os.Getpagesize()+16] ^= 0xff
		if err := os.WriteFile(path, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		f := opened(t, path)
		if got := rowsIn(t, f); !maps.Equal(got, want) {
			t.Errorf("without root %d: %d rows, want %d", page, len(got), len(want))
		}
		closed(t, f)
	}
}

// A check refuses what cannot be opened for writing.
func TestCheckedAsOpened(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state")
	f := opened(t, path)
	for _, text := range []string{"one", "two", "three"} {
		commit(t, f, store.Row{Kind: "a", Key: "key", Value: []byte(text)})
	}
	closed(t, f)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(name string, data []byte, open func(string) (*bolt.File, error)) error {
		path := filepath.Join(dir, name) // of its own, since a damaged one stays locked by this process
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := open(path)
		if err == nil {
			closed(t, f)
		}
		return err
	}
	refused := 0
	for page := range len(whole) / os.Getpagesize() {
		spoilt := slices.Clone(whole)
		for i := range 64 {
			spoilt[page*os.Getpagesize()+i] ^= 0xff
		}
		checked, open := try(fmt.Sprint("check", page), spoilt, bolt.OpenToCheck), try(fmt.Sprint("open", page), spoilt, bolt.Open)
		if open != nil {
			refused++
		}
		if (open == nil) != (checked == nil) {
			t.Errorf("page %d: opened %v, checked %v", page, open, checked)
		}
	}
	if refused == 0 {
		t.Error("no page matters")
	}
}

// What is no file of ours is refused with its name, and stays as it is.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	foreign, newer := filepath.Join(dir, "foreign"), filepath.Join(dir, "newer")
	change := func(path string, do func(*bbolt.Tx) error) {
		t.Helper()
		db, err := bbolt.Open(path, 0o600, nil)
		if err == nil {
			err = errors.Join(db.Update(do), db.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	change(foreign, func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err })
	closed(t, opened(t, newer))
	change(newer, func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("tally")).Put([]byte("tally"), []byte{0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	})
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database\n", 5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ path, want string }{
		{foreign, "no state of a mock"}, {newer, "layout 9, of a newer version"}, {text, "no state of a mock, or it is damaged"}, {dir, "it is no file"},
		{filepath.Join(dir, "none", "state"), "no such file or directory"},
	} {
		before, _ := os.ReadFile(row.path)
		if _, err := bolt.Open(row.path); err == nil || !strings.HasPrefix(err.Error(), row.path+": ") || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%v, want %s: … %s", err, row.path, row.want)
		}
		if after, _ := os.ReadFile(row.path); string(after) != string(before) {
			t.Errorf("%s has changed", row.path)
		}
	}
}

// damage spoils a copy of a file, and sees that what is loaded of it is all that was there, or nothing.
func damage(t testing.TB, whole []byte, want map[string]string, spoil func([]byte) []byte) (refused bool) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state")
	spoilt := spoil(append([]byte{}, whole...))
	copy(spoilt, whole[:2*os.Getpagesize()]) // the two roots: without the newest, bbolt takes the commit before
	if err := os.WriteFile(path, spoilt, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := bolt.Open(path)
	if err != nil {
		return true
	}
	defer func() { _ = f.Close() }() // it may have been given up
	got := map[string]string{}
	err = f.Load(context.Background(), func(r store.Row) error { got[r.Kind+" "+r.Key] = string(r.Value); return nil })
	if err != nil {
		if !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%v does not name the file", err)
		}
		return true
	}
	if !maps.Equal(got, want) && len(got) > 0 {
		t.Errorf("%d rows of %d were loaded", len(got), len(want))
	}
	return false
}

// A file that is cut, or has wrong bytes in it, is refused and never half loaded.
func TestDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	many(t, path)
	f := opened(t, path)
	want := rowsIn(t, f)
	closed(t, f)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if damage(t, whole, want, func(b []byte) []byte { return b }) {
		t.Error("a whole file is refused")
	}
	refused := 0
	for i := range 200 {
		at := (i*104729 + 4096*(i%7)) % len(whole)
		if damage(t, whole, want, func(b []byte) []byte {
			if i%10 == 0 {
				return b[:max(at, 1)]
			}
			for n := range min(1+i%16, len(b)-at) {
				b[at+n] ^= byte(1 + i)
			}
			return b
		}) {
			refused++
		}
	}
	if refused < 20 {
		t.Errorf("%d of 200 damages were found", refused)
	}
}

// Some bytes at any place.
func FuzzDamaged(f *testing.F) {
	path := filepath.Join(f.TempDir(), "state")
	many(f, path)
	file := opened(f, path)
	want := rowsIn(f, file)
	closed(f, file)
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(8192), []byte{1, 2})
	f.Add(uint32(16384), []byte("tally"))
	f.Fuzz(func(t *testing.T, at uint32, with []byte) {
		damage(t, whole, want, func(b []byte) []byte { copy(b[int(at)%len(b):], with); return b })
	})
}
