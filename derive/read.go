package derive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/tallystick/tallystick/derive/page"
)

// The bounds of a run.
const (
	maxPages = 20_000
	maxBytes = 16 << 20 // of a file; page.Read has its own, narrower one
)

// ErrNothing tells that no page describes an operation.
var ErrNothing = errors.New("no page describes an operation")

var endings = []string{".md", ".markdown"}

// Progress hears of each page that has been read; nil for nobody. It is called by one goroutine at a time.
type Progress func(done, all int)

// Read reads the pages at the given paths, each a file or a folder that is walked. The edition of a page is the name
// of the folder that was given, or that the file lies in. The error joins what is wrong with each page that cannot be
// read.
func Read(ctx context.Context, progress Progress, paths ...string) (*Set, error) {
	files, passed, err := filesAt(paths)
	if err != nil {
		return nil, err
	}
	if files, err = distinct(files); err != nil {
		return nil, err
	}
	pages, err := readAll(ctx, progress, files)
	if err != nil {
		return nil, err
	}
	s := &Set{byName: map[[2]string]*Page{}, Skipped: passed}
	for _, p := range pages {
		s.byName[[2]string{p.Edition, p.Name}] = p
	}
	for _, p := range pages {
		s.understand(p)
	}
	for _, p := range pages {
		s.connect(p)
	}
	for _, p := range pages {
		if reason := p.useless(); reason != "" {
			s.Skipped = append(s.Skipped, Skipped{p.File, reason, p})
			continue
		}
		s.Pages = append(s.Pages, p)
	}
	s.ops = s.merge()
	return s, nil
}

// file is a page that is to be read.
type file struct{ path, edition string }

// filesAt finds the pages at the paths, and the links to pages within folders, which are not followed.
func filesAt(paths []string) (files []file, passed []Skipped, err error) {
	for _, root := range paths {
		info, err := os.Stat(root)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", root, reason(err))
		}
		if !info.IsDir() {
			if !info.Mode().IsRegular() {
				return nil, nil, fmt.Errorf("%s: neither a file nor a folder, but a device or a pipe; save the page to a file", root)
			}
			files = append(files, file{root, filepath.Base(absolute(filepath.Dir(root)))})
			continue
		}
		found, links, err := walk(root)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", root, reason(err))
		}
		files, passed = append(files, found...), append(passed, links...)
		if len(found) == 0 {
			return nil, nil, fmt.Errorf("%s: the folder has no page; pages end in %s", root, strings.Join(endings, " or "))
		}
	}
	return files, passed, nil
}

// walk finds the pages of a folder, which may be given as a link.
func walk(root string) (files []file, passed []Skipped, err error) {
	err = filepath.WalkDir(root+string(filepath.Separator), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !slices.Contains(endings, strings.ToLower(filepath.Ext(path))) {
			return nil
		}
		switch path = filepath.Clean(path); {
		case entry.Type().IsRegular():
			files = append(files, file{path, filepath.Base(absolute(filepath.Dir(path)))})
		case entry.Type()&fs.ModeSymlink != 0:
			passed = append(passed, Skipped{path, "a link; links within a folder are not followed", nil})
		}
		if len(files) > maxPages || len(passed) > maxPages {
			return fmt.Errorf("more than %d pages", maxPages)
		}
		return nil
	})
	return files, passed, err
}

// distinct drops the files that are given twice. Two files that one name would stand for are an error.
func distinct(files []file) ([]file, error) {
	seen, named := map[string]bool{}, map[[2]string]string{}
	var out []file
	for _, f := range files {
		real := absolute(f.path)
		if target, err := filepath.EvalSymlinks(real); err == nil {
			real = target
		}
		if seen[real] {
			continue
		}
		seen[real] = true
		key := [2]string{f.edition, nameOf(f.path)}
		if other, ok := named[key]; ok {
			return nil, fmt.Errorf("%s: edition %s has a page %s already, %s; rename one of the files or folders", f.path, key[0], key[1], other)
		}
		named[key] = f.path
		out = append(out, f)
	}
	return out, nil
}

// nameOf is the name of a page, as citations give it.
func nameOf(path string) string {
	base := filepath.Base(path)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// reason is an error of the file system without the call and the path.
func reason(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

func readAll(ctx context.Context, progress Progress, files []file) ([]*Page, error) {
	pages, errs := make([]*Page, len(files)), make([]error, len(files))
	next, done := make(chan int), 0
	var workers sync.WaitGroup
	var told sync.Mutex
	for range min(runtime.GOMAXPROCS(0), 4) {
		workers.Go(func() {
			for i := range next {
				pages[i], errs[i] = readOne(files[i])
				told.Lock()
				if done++; progress != nil {
					progress(done, len(files))
				}
				told.Unlock()
			}
		})
	}
	for i := range files {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return pages, errors.Join(errs...)
}

func readOne(f file) (*Page, error) {
	in, err := os.Open(f.path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, reason(err))
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, reason(err))
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%s: larger than any page (%d bytes)", f.path, maxBytes)
	}
	p, err := page.Read(f.edition, nameOf(f.path), data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	return &Page{Page: p, File: f.path, objects: map[*page.Table]*Object{}}, nil
}

// useless says why a page has nothing for a contract; "" when it has.
func (p *Page) useless() string {
	if len(p.Page.Operations) > 0 {
		return ""
	}
	for _, t := range p.Tables {
		if t.Kind != page.OtherTable {
			return ""
		}
	}
	if len(p.Tables) > 0 {
		return "no operation, and no table of parameters, codes or permissions"
	}
	return "no operation and no table"
}
