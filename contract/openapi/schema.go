package openapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// direction tells requests from answers: a member that is readOnly stands in answers only.
type direction int

const (
	inward direction = iota
	outward
)

// base is the address under which schemas are known to the compiler; it is never fetched.
const base = "https://tallystick.invalid/"

// schemas compiles schema objects, each when it is first needed, together with what it refers to.
type schemas struct {
	doc      *Document
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	names    map[target]string // addresses
	places   []target          // by the number in the address
	compiled map[string]*Schema
	repeats  map[*jsonschema.Schema]bool // whether it leads to one that contains itself, where that is known
}

// target is a schema object in one of the two directions.
type target struct {
	file, pointer string
	way           direction
	open          bool // further members are allowed, whatever it says
}

// Schema is a schema object of the document, compiled. It is safe for concurrent use; a nil Schema accepts
// everything.
type Schema struct {
	set      *schemas
	place    place
	compiled *jsonschema.Schema // nil when it does not compile: then everything is accepted

	once    sync.Once
	repeats bool // it leads to a schema that contains itself

	looking sync.Once
	secret  []string // pointers to what must not be shown
}

func newSchemas(d *Document) *schemas {
	s := &schemas{doc: d, compiler: jsonschema.NewCompiler(), names: map[target]string{}, compiled: map[string]*Schema{},
		repeats: map[*jsonschema.Schema]bool{}}
	s.compiler.Draft = jsonschema.Draft2020
	s.compiler.AssertFormat = true
	s.compiler.ExtractAnnotations = true
	s.compiler.LoadURL = s.load
	return s
}

// address is where the compiler finds the schema object of a place. The caller holds the lock.
func (s *schemas) address(p place, way direction, open bool) string {
	if !s.doc.directed {
		way = outward
	}
	t := target{p.file.name, p.pointer, way, open}
	name, known := s.names[t]
	if !known {
		name = base + strconv.Itoa(len(s.places))
		s.names[t] = name
		s.places = append(s.places, t)
	}
	return name
}

// load gives the compiler the normal form of a schema object.
func (s *schemas) load(address string) (io.ReadCloser, error) {
	i, err := strconv.Atoi(strings.TrimPrefix(address, base))
	if err != nil || i < 0 || i >= len(s.places) {
		return nil, fmt.Errorf("%s lies outside the document; nothing is fetched", address)
	}
	t := s.places[i]
	f := s.doc.files[t.file]
	at := (place{doc: s.doc, file: f, value: f.root}).follow("#" + strings.ReplaceAll(t.pointer, "%", "%25"))
	n := &normalizer{s, t.way}
	normal := n.schema
	if t.open {
		normal = n.opened
	}
	data, err := json.Marshal(normal(at))
	return io.NopCloser(bytes.NewReader(data)), err
}

// at is the schema of a place; nil for the zero place.
func (s *schemas) at(p place, way direction) *Schema {
	if !p.exists() {
		return nil
	}
	resolved := p
	if s.doc.dialect30() || !p.child("$ref").exists() {
		if resolved = p.resolve(); !resolved.exists() {
			return nil // which has been warned of
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	address := s.address(resolved, way, false)
	if known, ok := s.compiled[address]; ok {
		return known
	}
	schema := &Schema{set: s, place: resolved}
	var err error
	if schema.compiled, err = s.compiler.Compile(address); err != nil {
		text, _, _ := strings.Cut(strings.ReplaceAll(err.Error(), base, ""), "\n")
		s.doc.warn(resolved, "the schema does not compile, so it accepts anything: %s", text)
		schema.compiled = nil
	}
	s.compiled[address] = schema
	return schema
}

// Check lists what a value (as encoding/json decodes it with UseNumber) breaks. In says where the value
// comes from.
func (s *Schema) Check(in string, value any) []Violation {
	if s == nil || s.compiled == nil {
		return nil
	}
	if text := s.tooLong(value); text != "" {
		return []Violation{{In: in, Keyword: "steps", Schema: s.place.String(), Text: text}}
	}
	err := s.compiled.Validate(value)
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return []Violation{{In: in, Keyword: "type", Text: err.Error()}}
	}
	var out []Violation
	for _, leaf := range leaves(invalid) {
		keyword := leaf.KeywordLocation[strings.LastIndexByte(leaf.KeywordLocation, '/')+1:]
		out = append(out, Violation{In: in, Pointer: leaf.InstanceLocation, Keyword: keyword,
			Schema: s.set.source(leaf.AbsoluteKeywordLocation), Text: s.worded(keyword, leaf.Message, value, leaf.InstanceLocation)})
	}
	return out
}

// source is the place in the document of a location of the compiler's.
func (s *schemas) source(location string) string {
	number, pointer, _ := strings.Cut(strings.TrimPrefix(location, base), "#")
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, err := strconv.Atoi(number); err == nil && i < len(s.places) {
		return s.places[i].file + "#" + s.places[i].pointer + pointer
	}
	return location
}

// leaves flattens a validation error into its ends, ordered by instance and then by schema. A choice is an
// end: which of its branches was meant is anybody's guess.
func leaves(err *jsonschema.ValidationError) []*jsonschema.ValidationError {
	var out []*jsonschema.ValidationError
	var walk func(e *jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		last := e.KeywordLocation[strings.LastIndexByte(e.KeywordLocation, '/')+1:]
		if len(e.Causes) == 0 || slices.Contains([]string{"anyOf", "oneOf", "not", "contains", "propertyNames"}, last) {
			out = append(out, e)
			return
		}
		for _, c := range e.Causes {
			walk(c)
		}
	}
	walk(err)
	slices.SortFunc(out, func(a, b *jsonschema.ValidationError) int {
		return cmp.Or(cmp.Compare(a.InstanceLocation, b.InstanceLocation), cmp.Compare(a.KeywordLocation, b.KeywordLocation))
	})
	return out
}
