// Package watch tells when a file, or one of those beside it that it may refer to, has other content.
//
// It looks at the files time and again: that works on every file system, for editors that write in place as
// for those that put a new file under the old name.
package watch

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxFiles bounds the files beside the one that is named.
const maxFiles = 1000

// suffixes are those of files that a contract may refer to.
var suffixes = []string{".yaml", ".yml", ".json"}

// Watcher looks at the files of one folder. It is for one goroutine.
type Watcher struct {
	folder, name string
	stamp        string // sizes and times, as seen last
	content      [sha256.Size]byte
	restless     bool // something has changed since the content was read
}

// Files watches a file with the YAML and JSON files of its folder. An error means that it cannot be read.
func Files(path string) (*Watcher, error) {
	w := &Watcher{folder: filepath.Dir(path), name: filepath.Base(path)}
	w.stamp = w.look()
	var err error
	w.content, err = w.read()
	return w, err
}

// Follow looks at the files at every tick until the context ends, and calls changed for each new content.
func (w *Watcher) Follow(ctx context.Context, ticks <-chan time.Time, changed func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, more := <-ticks:
			if !more {
				return
			}
			if w.Poll() {
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
	if err != nil {
		return false // it will be there again
	}
	w.restless = false
	before := w.content
	w.content = content
	return content != before
}

// names are the files that are watched, sorted.
func (w *Watcher) names() []string {
	entries, err := os.ReadDir(w.folder)
	if err != nil {
		return []string{w.name}
	}
	names := []string{w.name}
	for _, e := range entries {
		ours := slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(strings.ToLower(e.Name()), s) })
		if ours && e.Name() != w.name && !strings.HasPrefix(e.Name(), ".") && len(names) < maxFiles {
			names = append(names, e.Name())
		}
	}
	return names
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
func (w *Watcher) read() (sum [sha256.Size]byte, err error) {
	hash := sha256.New()
	for _, name := range w.names() {
		data, err := os.ReadFile(filepath.Join(w.folder, name))
		if err != nil && name == w.name {
			return sum, err
		}
		if err == nil {
			_, _ = fmt.Fprintf(hash, "%q %d\n%s", name, len(data), data) // a hash has no errors
		}
	}
	return [sha256.Size]byte(hash.Sum(nil)), nil
}
