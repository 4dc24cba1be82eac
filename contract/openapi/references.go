package openapi

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/contract/internal/jsontree"
)

// payloads are members whose value is data of the API, not document.
var payloads = []string{"example", "examples", "default", "enum", "const", "value"}

// mapsOfNames are members whose value has names in it that the author has given: among them, no name means
// anything.
var mapsOfNames = []string{"properties", "patternProperties", "dependentSchemas", "$defs", "definitions", "paths", "webhooks",
	"schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links", "callbacks", "pathItems",
	"content", "encoding", "variables", "mapping", "scopes"}

// extensible are those of them that may have extensions among the names.
var extensible = []string{"paths", "responses", "callbacks"}

// referrer looks at every reference of a document once: reads the files that are referred to, warns of what leads
// nowhere, refuses what lies outside.
type referrer struct {
	doc      *Document
	problems Problems
	targets  map[string]bool // that have been looked at
}

func (d *Document) readReferences(f *file) Problems {
	r := &referrer{doc: d, targets: map[string]bool{}}
	r.walk(place{doc: d, file: f, value: f.root}, "")
	return r.problems
}

// walk goes through a value. In is the member of mapsOfNames that it is, "" for an object with members of OpenAPI.
func (r *referrer) walk(at place, in string) {
	if list, ok := at.value.([]any); ok {
		for i := range list {
			r.walk(at.child(strconv.Itoa(i)), "")
		}
		return
	}
	o, _ := at.value.(*object)
	if o == nil {
		return
	}
	if ref, ok := at.child("$ref").value.(string); ok {
		r.read(at, ref)
	}
	for _, m := range o.members {
		inner, isObject := m.value.(*object)
		switch _, isList := m.value.([]any); {
		case !isObject && !isList:
			r.note(at, m)
		case isData(m.name, in, isObject):
		case in == "" && slices.Contains(mapsOfNames, m.name) && inner != nil:
			r.walk(at.child(m.name), m.name)
		default:
			r.walk(at.child(m.name), "")
		}
	}
}

// isData tells whether a member holds data rather than document. A map of examples holds Example Objects.
func isData(name, in string, isObject bool) bool {
	switch {
	case strings.HasPrefix(name, "x-"):
		return in == "" || slices.Contains(extensible, in)
	case in != "":
		return false
	case name == "examples" && isObject:
		return false
	}
	return slices.Contains(payloads, name)
}

// note sees what a member says of the whole document. An example that stands in a file of its own is read, so that a
// change of it is seen.
func (r *referrer) note(at place, m member) {
	if m.value == true && (m.name == "readOnly" || m.name == "writeOnly") {
		r.doc.directed = true
	}
	text, _ := m.value.(string)
	if m.name == "format" && text == secretMark {
		r.doc.secretive = true
	}
	if m.name != "externalValue" || text == "" || strings.Contains(text, "://") {
		return
	}
	file := path.Join(path.Dir(at.file.name), unescapeURL(text))
	if fs.ValidPath(file) {
		if data, err := fs.ReadFile(r.doc.fsys, file); err == nil {
			r.doc.sums[file] = sha256.Sum256(data)
		}
	}
}

// read looks at one reference, and at where it leads if that has been taken for data.
func (r *referrer) read(at place, ref string) {
	d, f := r.doc, at.file
	refuse := func(format string) {
		r.problems = append(r.problems, Problem{f.name, at.pointer, fmt.Sprintf(format, ref)})
	}
	name, _, _ := strings.Cut(ref, "#")
	if strings.Contains(name, "://") || strings.HasPrefix(name, "//") {
		refuse("$ref %q lies on another server; nothing is fetched, so put a copy into the folder of the document and refer to that")
		return
	}
	if name != "" {
		joined := path.Join(path.Dir(f.name), unescapeURL(name))
		if !fs.ValidPath(joined) {
			refuse("$ref %q lies outside the folder of the document; only files in it are read")
			return
		}
		if d.files[joined] == nil {
			other, err := d.open(joined)
			if err != nil {
				at.warn("$ref %q cannot be read, so it allows anything: %v", ref, reason(err))
				return
			}
			r.walk(place{doc: d, file: other, value: other.root}, "")
		}
	}
	target := at.follow(ref)
	if !target.exists() {
		at.warn("$ref %q leads nowhere, so it allows anything", ref)
		return
	}
	if key := target.String(); !r.targets[key] {
		r.targets[key] = true
		if r.wasSkipped(target) {
			r.walk(target, "")
		}
	}
}

// wasSkipped tells whether a place lies in what has been taken for data.
func (r *referrer) wasSkipped(p place) bool {
	at, in := place{doc: p.doc, file: p.file, value: p.file.root}, ""
	for _, token := range jsontree.Tokens(p.pointer) {
		at = at.child(token)
		_, isObject := at.value.(*object)
		if isData(token, in, isObject) {
			return true
		}
		if in == "" && isObject && slices.Contains(mapsOfNames, token) {
			in = token
		} else {
			in = ""
		}
	}
	return false
}

// Files are the files that have been read, the document first, then those that it refers to by name: parts of it, and
// examples.
func (d *Document) Files() []string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(d.sums)), func(name string) bool { return name == d.root.file.name })
	return append([]string{d.root.file.name}, names...)
}

// SHA256 is a hash of all files that have been read, in hex; of a document in one file it is that of the file.
func (d *Document) SHA256() string {
	names := d.Files()
	if len(names) == 1 {
		sum := d.sums[names[0]]
		return hex.EncodeToString(sum[:])
	}
	h := sha256.New()
	for _, name := range names {
		_, _ = fmt.Fprintf(h, "%s\x00%x\n", name, d.sums[name]) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))
}

// HasExtension tells whether some object of a document has a member whose name begins with a prefix, outside of data
// and of names that its author has given. It is false for what cannot be read.
func HasExtension(data []byte, prefix string) bool {
	tree, err := parse(data)
	if err != nil {
		return false
	}
	var has func(value any, in string) bool
	has = func(value any, in string) bool {
		if list, ok := value.([]any); ok {
			return slices.ContainsFunc(list, func(item any) bool { return has(item, "") })
		}
		o, ok := value.(*object)
		return ok && slices.ContainsFunc(o.members, func(m member) bool {
			_, isObject := m.value.(*object)
			switch {
			case isData(m.name, in, isObject):
				return strings.HasPrefix(m.name, prefix)
			case in == "" && isObject && slices.Contains(mapsOfNames, m.name):
				return has(m.value, m.name)
			}
			return has(m.value, "")
		})
	}
	return has(tree, "")
}
