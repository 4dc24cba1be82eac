// Package bolt keeps the rows of a mock in one file, which bbolt writes. Every row has a checksum, and the file has
// one of them all, so that a damaged file is told from a whole one.
package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"time"

	bbolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/tallystick/tallystick/mock/store"
)

// layout is the version of the file's form, apart from what the rows mean.
const layout = 1

// lockTime is how long another process may take to let go of the file.
const lockTime = time.Second

var (
	rowsBucket  = []byte("rows")  // kind, 0, key → checksum, value
	tallyBucket = []byte("tally") // what says that it is such a file
	tallyKey    = []byte("tally")
	table       = crc32.MakeTable(crc32.Castagnoli)
)

// ErrDamaged says that a file is not as it was written. It was not changed.
var ErrDamaged = errors.New("the file is damaged; put a copy of it in its place, or take another file")

// errEmpty is a file whose maker was stopped before it could put anything in.
var errEmpty = errors.New("there is nothing in the file")

// File is a store in one file, for one process at a time. One goroutine uses it at a time.
type File struct {
	path   string
	db     *bbolt.DB
	broken bool // bbolt stopped in the middle of something
}

var _ store.Store = (*File)(nil)

// Open opens the file for reading and writing. One that is not there, or empty, is made. An error names the file and
// what to do; nothing was overwritten then.
func Open(path string) (*File, error) {
	return open(path, &bbolt.Options{Timeout: lockTime, FreelistType: bbolt.FreelistMapType})
}

// OpenToRead opens a file that is there for reading only.
func OpenToRead(path string) (*File, error) {
	return open(path, &bbolt.Options{Timeout: lockTime, FreelistType: bbolt.FreelistMapType, ReadOnly: true})
}

// OpenToCheck is OpenToRead, and refuses whatever Open would: it reads the list of free pages too, which rows do not need.
func OpenToCheck(path string) (*File, error) {
	return open(path, &bbolt.Options{Timeout: lockTime, FreelistType: bbolt.FreelistMapType, PreLoadFreelist: true, ReadOnly: true})
}

func open(path string, options *bbolt.Options) (*File, error) {
	f := &File{path: path}
	fresh, err := isFresh(path)
	switch {
	case err != nil:
		return nil, f.named(err)
	case fresh && options.ReadOnly:
		if _, err := os.Stat(path); err == nil {
			return nil, f.named(errEmpty)
		}
		return nil, f.named(fs.ErrNotExist)
	}
	var under *os.File // what bbolt has opened
	options.OpenFile = func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
		under, err = openFile(name, flag, mode)
		return under, err
	}
	for {
		if err := f.guarded(func() error { f.db, err = bbolt.Open(path, 0o600, options); return err }); err != nil {
			return nil, f.named(err)
		}
		if is, err := stillAt(path, under); err != nil {
			return nil, errors.Join(f.named(err), f.Close())
		} else if is {
			break
		}
		if err := f.Close(); err != nil { // Compact has put another one there while this one was waited for
			return nil, err
		}
	}
	err = f.guarded(func() error {
		if err := f.db.View(known); options.ReadOnly || !errors.Is(err, errEmpty) {
			return err
		}
		return errors.Join(f.db.Update(begin), syncFolder(path))
	})
	if err != nil {
		return nil, errors.Join(f.named(err), f.Close())
	}
	return f, nil
}

// openFile is os.OpenFile; a test does something after it.
var openFile = os.OpenFile

// isFresh tells whether there is nothing in a file yet.
func isFresh(path string) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, err
	case !info.Mode().IsRegular():
		return false, errors.New("it is no file")
	}
	return info.Size() == 0, nil
}

// stillAt tells whether an open file is the one that has the name.
func stillAt(path string, file *os.File) (bool, error) {
	has, err := file.Stat()
	if err != nil {
		return false, err
	}
	now, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(has, now), err
}

func begin(tx *bbolt.Tx) error {
	_, err := tx.CreateBucket(rowsBucket)
	if err != nil {
		return err
	}
	b, err := tx.CreateBucket(tallyBucket)
	if err != nil {
		return err
	}
	return b.Put(tallyKey, tally{layout: layout}.bytes())
}

// known tells whether a file is one of ours that this version can read.
func known(tx *bbolt.Tx) error {
	if name, _ := tx.Cursor().First(); name == nil {
		return errEmpty
	}
	t, err := tallyOf(tx)
	switch {
	case err != nil:
		return err
	case t.layout > layout:
		return fmt.Errorf("the file has layout %d, of a newer version; this one knows up to %d, so use the newer one; nothing was changed", t.layout, layout)
	case t.layout < 1 || tx.Bucket(rowsBucket) == nil:
		return ErrDamaged
	}
	return nil
}

// tally is the sum of all rows, by which one that has been lost is missed.
type tally struct {
	layout, sum uint32
	rows        uint64
}

func (t tally) bytes() []byte {
	out := binary.BigEndian.AppendUint32(nil, t.layout)
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(out, t.sum), t.rows)
}

func tallyOf(tx *bbolt.Tx) (t tally, err error) {
	b := tx.Bucket(tallyBucket)
	if b == nil {
		return t, errors.New("the file is no state of a mock; take another one; nothing was changed")
	}
	data := b.Get(tallyKey)
	if len(data) < 16 {
		return t, ErrDamaged
	}
	return tally{binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:]), binary.BigEndian.Uint64(data[8:])}, nil
}

func checksum(name, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(name, table), table, value)
}

// Load is store.Store's. A row that is not as it was written is an error, and so is one too many or too few.
func (f *File) Load(ctx context.Context, each func(store.Row) error) error {
	return f.named(f.guarded(func() error {
		return f.db.View(func(tx *bbolt.Tx) error { return load(ctx, tx, each) })
	}))
}

func load(ctx context.Context, tx *bbolt.Tx, each func(store.Row) error) error {
	want, err := tallyOf(tx)
	if err != nil {
		return err
	}
	got, rows := tally{layout: want.layout}, tx.Bucket(rowsBucket)
	if rows == nil {
		return ErrDamaged
	}
	err = rows.ForEach(func(name, data []byte) error {
		kind, key, ok := bytes.Cut(name, []byte{0})
		if !ok || len(data) < 4 || got.rows == want.rows {
			return ErrDamaged
		}
		sum := binary.BigEndian.Uint32(data)
		if checksum(name, data[4:]) != sum {
			return fmt.Errorf("row %s %.100q: %w", kind, key, ErrDamaged)
		}
		got.rows, got.sum = got.rows+1, got.sum^sum
		if err := ctx.Err(); err != nil {
			return err
		}
		return each(store.Row{Kind: string(kind), Key: string(key), Value: bytes.Clone(data[4:])})
	})
	if err == nil && got != want {
		return fmt.Errorf("%d rows are there of %d: %w", got.rows, want.rows, ErrDamaged)
	}
	return err
}

// Commit is store.Store's.
func (f *File) Commit(_ context.Context, rows []store.Row) error {
	return f.named(f.guarded(func() error {
		return f.db.Update(func(tx *bbolt.Tx) error { return put(tx, rows) })
	}))
}

func put(tx *bbolt.Tx, rows []store.Row) error {
	t, err := tallyOf(tx)
	if err != nil {
		return err
	}
	b := tx.Bucket(rowsBucket)
	for _, r := range rows {
		name := append(append([]byte(r.Kind), 0), r.Key...)
		if old := b.Get(name); len(old) >= 4 {
			t.rows, t.sum = t.rows-1, t.sum^binary.BigEndian.Uint32(old)
		}
		if r.Value == nil {
			if err := b.Delete(name); err != nil {
				return err
			}
			continue
		}
		sum := checksum(name, r.Value)
		t.rows, t.sum = t.rows+1, t.sum^sum
		if err := b.Put(name, append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(r.Value)), sum), r.Value...)); err != nil {
			return err
		}
	}
	return tx.Bucket(tallyBucket).Put(tallyKey, t.bytes())
}

// Close is store.Store's.
func (f *File) Close() error {
	if f.db == nil || f.broken {
		return nil // what bbolt has stopped in cannot be waited for
	}
	return f.named(f.guarded(f.db.Close))
}

// guarded does something with the file. What bbolt finds damaged, it may panic about; a part of the file that is
// missing faults.
func (f *File) guarded(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			f.broken = true
			err = fmt.Errorf("%w (%v)", ErrDamaged, p)
		}
	}()
	return do()
}

// named is an error with the file that it is about.
func (f *File) named(err error) error {
	var at *fs.PathError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, berrors.ErrTimeout):
		err = errors.New("another process has the file open; stop that one, or take another file")
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum),
		strings.HasPrefix(err.Error(), "file size too small"):
		err = fmt.Errorf("the file is no state of a mock, or it is damaged; take another one; nothing was changed (%w)", err)
	case errors.As(err, &at):
		err = at.Err
	}
	return fmt.Errorf("%s: %w", f.path, err)
}
