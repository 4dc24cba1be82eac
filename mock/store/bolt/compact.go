package bolt

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tallystick/tallystick/mock/store"
)

// compactRows is how many rows are written at once.
const compactRows = 10_000

// Compact writes a file anew, without the room that what has gone left in it. It gives the sizes before and after, in
// bytes. The file is replaced in one step, and only by one that is whole, with the same mode and owner. Nobody else has it open
// meanwhile, not even to read; where path is a symbolic link, what it leads to is replaced.
func Compact(ctx context.Context, path string) (before, after int64, err error) {
	if before, err = size(path); err != nil {
		return 0, 0, err
	}
	if before == 0 {
		return 0, 0, (&File{path: path}).named(errEmpty)
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return before, 0, err
	}
	from, err := Open(path) // nobody else reads it either: of two that write it anew at once, one would lose the other's
	if err != nil {
		return before, 0, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	other := path + ".compact"
	if err := os.Remove(other); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return before, 0, err
	}
	if err := from.copyTo(ctx, other); err != nil {
		_ = os.Remove(other) // the error tells enough
		return before, 0, err
	}
	if after, err = size(other); err != nil {
		return before, 0, err
	}
	if err := alike(other, path); err != nil {
		_ = os.Remove(other)
		return before, 0, (&File{path: path}).named(err)
	}
	if err := os.Rename(other, path); err != nil {
		return before, 0, err
	}
	return before, after, syncFolder(path)
}

// alike gives a file the mode of another one, and its owner.
func alike(path, other string) error {
	info, err := os.Stat(other)
	if err != nil {
		return err
	}
	if err := os.Chmod(path, info.Mode().Perm()); err != nil {
		return err
	}
	return keepOwner(path, info)
}

func size(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, (&File{path: path}).named(err)
	}
	return info.Size(), nil
}

// copyTo writes all rows into a new file.
func (f *File) copyTo(ctx context.Context, path string) (err error) {
	to, err := Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	var rows []store.Row
	if err := f.Load(ctx, func(r store.Row) error {
		if rows = append(rows, r); len(rows) < compactRows {
			return nil
		}
		full := rows
		rows = nil
		return to.Commit(ctx, full)
	}); err != nil {
		return err
	}
	if err := to.Commit(ctx, rows); err != nil {
		return err
	}
	return to.Commit(ctx, nil) // so that the root before the newest has all rows too
}

// syncFolder lets the name of a file survive a crash.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
