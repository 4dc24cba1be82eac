// Package watch tells when a file, or one of those that it refers to or may refer to, has other content.
//
// It looks at the files time and again: that works on every file system, for editors that write in place as
// for those that put a new file under the old name.
package watch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxFiles bounds the files beside the one that is named, without those that it is known to refer to.
const maxFiles = 1000

// suffixes are those of files that a contract may refer to.
var suffixes = []string{".yaml", ".yml", ".json"}

// Watcher looks at the files of one folder and what is below it. It is for one goroutine.
type Watcher struct {
	folder, name string
	more         func() []string
	stamp        string                       // sizes and times, as seen last
	content      map[string][sha256.Size]byte // of each file
	restless     bool                         // something has changed since the content was read
	absence      error                        // why the named file could not be read when all had rested; nil when it could
	untold       bool                         // the absence has begun or ended, and Follow has not told it
}

// Files watches a file with the YAML and JSON files of its folder, which it may refer to some day, and with those
// that it is known to refer to: more names them, relative to the folder and with slashes. It is asked at every look,
// so that the files can become others; nil knows of none, and a name that leads out of the folder is left out. An
// error means that the file cannot be read. Only regular files are watched.
func Files(path string, more func() []string) (*Watcher, error) {
	w := &Watcher{folder: filepath.Dir(path), name: filepath.Base(path), more: more}
	w.stamp = w.look()
	var err error
	w.content, err = w.read()
	return w, err
}

// Follow looks at the files at every tick until the context ends, and calls changed for each new content. When the
// named file cannot be read any more it calls absent once with the reason, and once with nil when it can again.
func (w *Watcher) Follow(ctx context.Context, ticks <-chan time.Time, changed func(), absent func(error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, more := <-ticks:
			if !more {
				return
			}
			again := w.Poll()
			if w.untold {
				w.untold = false
				absent(w.absence)
			}
			if again {
				changed()
			}
		}
	}
}

// Poll looks once. It reports a new content at the look after the one that saw the last change, so that a
// file that is being written is left alone until it rests. A file that has gone for a moment, or is as it was
// before, is no change.
func (w *Watcher) Poll() bool {
	if stamp := w.look(); stamp != w.stamp {
		w.stamp, w.restless = stamp, true
		return false
	}
	if !w.restless {
		return false
	}
	content, err := w.read()
	if (err == nil) != (w.absence == nil) {
		w.absence, w.untold = err, true
	}
	if err != nil {
		return false // it will be there again
	}
	w.restless = false
	before := w.content
	w.content = content
	return !maps.Equal(content, before)
}

// names are the files that are watched: the one that is named, those that it refers to, and those beside it.
func (w *Watcher) names() []string {
	names := []string{w.name}
	if w.more != nil {
		for _, name := range w.more() {
			if name = filepath.FromSlash(name); filepath.IsLocal(name) {
				names = append(names, filepath.Clean(name))
			}
		}
	}
	entries, err := os.ReadDir(w.folder)
	if err != nil {
		entries = nil // it will be there again
	}
	most := len(names) + maxFiles
	for _, e := range entries {
		ours := slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(strings.ToLower(e.Name()), s) })
		if ours && !strings.HasPrefix(e.Name(), ".") && len(names) < most {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// look sums up what tells of a change without reading.
func (w *Watcher) look() string {
	var b strings.Builder
	for _, name := range w.names() {
		if info, err := os.Stat(filepath.Join(w.folder, name)); err == nil && info.Mode().IsRegular() {
			_, _ = fmt.Fprintf(&b, "%q %d %d\n", name, info.Size(), info.ModTime().UnixNano()) // a builder has no errors
		}
	}
	return b.String()
}

// read sums up the content; an error when the named file cannot be read.
func (w *Watcher) read() (map[string][sha256.Size]byte, error) {
	content := map[string][sha256.Size]byte{}
	for _, name := range w.names() {
		sum, err := sumOf(filepath.Join(w.folder, name))
		switch {
		case err == nil:
			content[name] = sum
		case name == w.name:
			return nil, err
		}
	}
	return content, nil
}

var errNoFile = errors.New("it is not a regular file")

// sumOf sums up a regular file, of whatever size. Others are not opened, because that can wait for ever.
func sumOf(path string) (sum [sha256.Size]byte, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return sum, err
	}
	if !info.Mode().IsRegular() {
		return sum, &os.PathError{Op: "read", Path: path, Err: errNoFile}
	}
	file, err := openFile(path)
	if err != nil {
		return sum, err
	}
	defer file.Close()
	if info, err = file.Stat(); err == nil && !info.Mode().IsRegular() {
		err = &os.PathError{Op: "read", Path: path, Err: errNoFile} // it has become one meanwhile
	}
	hash := sha256.New()
	if err == nil {
		_, err = io.Copy(hash, file)
	}
	return [sha256.Size]byte(hash.Sum(nil)), err
}
