package openapi

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Document is an OpenAPI document that has been read. It is safe for concurrent use.
type Document struct {
	Title   string
	Version string // of the API: info.version
	OpenAPI string // of the format: 3.0.x or 3.1.x

	fsys       fs.FS
	sums       map[string][sha256.Size]byte // of the files that have been read
	files      map[string]*file
	root       place
	operations []*Operation
	router     *router
	schemas    *schemas
	directed   bool // some member is readOnly or writeOnly
	secretive  bool // some schema has the mark of secrets

	mu       sync.Mutex
	warnings map[Problem]bool
}

// Problem is something that is wrong with a document.
type Problem struct {
	File    string
	Pointer string // JSON pointer, "" for the whole file
	Text    string
}

func (p Problem) Error() string {
	if p.Pointer == "" {
		return p.File + ": " + p.Text
	}
	return p.File + "#" + p.Pointer + ": " + p.Text
}

// Problems are what stands in the way of serving a document.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Form is the error of a file that is no OpenAPI document at all.
type Form struct{ Problem }

// Load reads a document, and the files in its folder that it refers to. The error is a Form, Problems (all
// that keep it from being served), or the error of reading the file.
func Load(fsys fs.FS, name string) (*Document, error) {
	d := &Document{fsys: fsys, files: map[string]*file{}, sums: map[string][sha256.Size]byte{}, warnings: map[Problem]bool{}}
	root, err := d.open(name)
	if err != nil {
		return nil, err
	}
	d.root = place{doc: d, file: root, value: root.root}
	if err := d.checkForm(); err != nil {
		return nil, err
	}
	info := d.root.get("info")
	d.Title, d.Version = cmp.Or(info.get("title").text(), name), info.get("version").text()
	if problems := d.readReferences(root); len(problems) > 0 {
		return nil, problems
	}
	d.schemas = newSchemas(d)
	d.readOperations()
	if len(d.operations) == 0 {
		return nil, Problems{{name, "/paths", "there is no operation to serve"}}
	}
	return d, nil
}

// open reads and parses a file of the folder, once.
func (d *Document) open(name string) (*file, error) {
	data, err := fs.ReadFile(d.fsys, name)
	if err != nil {
		return nil, err
	}
	d.sums[name] = sha256.Sum256(data)
	tree, err := parse(data)
	if err != nil {
		return nil, Form{Problem{File: name, Text: err.Error()}}
	}
	f := &file{name, tree}
	d.files[name] = f
	return f, nil
}

func (d *Document) checkForm() error {
	wrong := func(format string, args ...any) error {
		return Form{Problem{File: d.root.file.name, Text: fmt.Sprintf(format, args...)}}
	}
	if _, ok := d.root.value.(*object); !ok {
		return wrong("want an object with the members openapi, info and paths")
	}
	d.OpenAPI = fmt.Sprint(d.root.child("openapi").value)
	switch {
	case d.root.child("swagger").exists():
		return wrong("this is Swagger %v; convert it to OpenAPI 3", d.root.child("swagger").value)
	case !d.root.child("openapi").exists():
		return wrong("member openapi is missing; want 3.0 or 3.1")
	case !strings.HasPrefix(d.OpenAPI, "3."):
		return wrong("openapi is %s; want 3.0 or 3.1", d.OpenAPI)
	}
	return nil
}

// dialect30 tells whether schemas are those of OpenAPI 3.0, a dialect of its own.
func (d *Document) dialect30() bool { return strings.HasPrefix(d.OpenAPI, "3.0") }

func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func unescapeURL(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}

// maxWarnings bounds what a document with one mistake a thousand times over can say.
const maxWarnings = 10_000

func (d *Document) warn(at place, format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := Problem{at.file.name, at.pointer, fmt.Sprintf(format, args...)}
	if len(d.warnings) < maxWarnings {
		d.warnings[p] = true
	}
}

// Warnings is what has been found wrong so far without standing in the way, ordered by place. Examine looks
// for all of it.
func (d *Document) Warnings() []Problem {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.SortedFunc(maps.Keys(d.warnings), func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Text, b.Text))
	})
}

// Operations lists the operations in the order of the document.
func (d *Document) Operations() []*Operation { return slices.Clone(d.operations) }

// Operation finds an operation by its method and path template; nil when there is none.
func (d *Document) Operation(method, path string) *Operation {
	for _, op := range d.operations {
		if op.Method == method && op.Path == path {
			return op
		}
	}
	return nil
}
