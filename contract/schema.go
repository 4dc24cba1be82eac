package contract

import (
	"bytes"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// schemas compiles the document's own schema objects, each once.
type schemas struct {
	doc      *document
	compiler *jsonschema.Compiler        // nil when all is compiled
	compiled map[string]*Schema          // by pointer; nil for one that does not compile, and when all is compiled
	faults   map[string]map[string]Fault // schema pointer → keyword → fault
	defaults map[string]Fault
}

// fault finds the error of a violation: the schema's own, else the operation's, else the document's.
func (s *Schema) fault(schema, keyword string) (Fault, bool) {
	for _, faults := range []map[string]Fault{s.set.faults[schema], s.faults, s.set.defaults} {
		if f, ok := faults[keyword]; ok {
			return f, true
		}
	}
	return Fault{}, false
}

// base is the address under which the document is known to the schema compiler; it is never fetched.
const base = "https://tallystick.invalid/document.json"

func newSchemas(d *document, data []byte) (*schemas, error) {
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft2020
	compiler.AssertFormat = true
	compiler.LoadURL = refuseToFetch
	if err := compiler.AddResource(base, bytes.NewReader(data)); err != nil {
		return nil, err
	}
	return &schemas{doc: d, compiler: compiler, compiled: map[string]*Schema{}, faults: map[string]map[string]Fault{}}, nil
}

// settle lets go of what only compiling needs: the document as values, which are more than a quarter of the objects that
// a contract has for the garbage collector to mark.
func (s *schemas) settle() { s.compiler, s.compiled = nil, nil }

// Schema is a schema object of the document, compiled. It is safe for concurrent use.
type Schema struct {
	set      *schemas
	place    place
	compiled *jsonschema.Schema
	glance   *glance
	ranks    map[string]int   // instance pointer with * for array items → order in the document
	faults   map[string]Fault // of the operation it serves, before the document's
}

// compile gives the schema at a place, or reports why there is none. The zero place has a nil Schema.
// Each call gives a Schema of its own, because operations put their own faults into it.
func (s *schemas) compile(p place) *Schema {
	if !p.exists() {
		return nil
	}
	p = p.resolve()
	if known, done := s.compiled[p.pointer]; done {
		if known == nil {
			return nil
		}
		again := *known
		return &again
	}
	s.compiled[p.pointer] = nil
	fragment := (&url.URL{Fragment: p.pointer}).EscapedFragment()
	compiled, err := s.compiler.Compile(base + "#" + fragment)
	if err != nil {
		reportSchema(p, err)
		return nil
	}
	schema := &Schema{set: s, place: p, compiled: compiled, glance: newGlance(compiled), ranks: map[string]int{}}
	schema.rank(p, "", 0)
	again := *schema
	s.compiled[p.pointer] = &again
	return schema
}

// reportSchema reports why a schema does not compile, at the faulty part of it.
func reportSchema(p place, err error) {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		text := strings.ReplaceAll(err.Error(), base, "")
		if _, cause, ok := strings.Cut(text, " compilation failed: "); ok {
			text = cause
		}
		p.addf("schema does not compile: %s", text)
		return
	}
	for _, leaf := range leaves(invalid) {
		at, _ := p.doc.at(leaf.InstanceLocation)
		at.addf("not a valid schema: %s: %s", lastToken(leaf.InstanceLocation), leaf.Message)
	}
}

// maxMembers bounds what is worked out ahead for a schema that contains itself many times over.
const maxMembers = 4000

// rank numbers the members of a body in the order in which the document lists them.
func (s *Schema) rank(p place, pointer string, depth int) {
	if depth > 12 || len(s.ranks) > maxMembers { // recursive schemas: the rest share the rank of none, which sorts last
		return
	}
	for _, m := range p.schemaMembers() {
		at := pointer + "/" + escapeToken(m.name)
		if _, done := s.ranks[at]; !done {
			s.ranks[at] = len(s.ranks) + 1
		}
		s.rank(m.place, at, depth+1)
	}
	if items, ok := p.resolve().child("items"); ok {
		s.rank(items, pointer+"/*", depth+1)
	}
}

// named is a member of an object schema.
type named struct {
	name  string
	place place // not resolved, so that what stands beside a $ref is seen
}

// branches are the schemas that apply to the same value: the schema itself, what it refers to, and the
// parts it is composed of.
func (p place) branches() []place {
	var out []place
	var walk func(p place, depth int)
	walk = func(p place, depth int) {
		if !p.exists() || depth > 16 || slices.ContainsFunc(out, func(o place) bool { return o.pointer == p.pointer }) {
			return
		}
		out = append(out, p)
		if _, ok := p.child("$ref"); ok {
			walk(p.resolve(), depth+1)
		}
		for _, k := range []string{"allOf", "anyOf", "oneOf"} {
			if c, ok := p.child(k); ok {
				for _, item := range c.items() {
					walk(item, depth+1)
				}
			}
		}
		for _, k := range []string{"then", "else"} {
			if c, ok := p.child(k); ok {
				walk(c, depth+1)
			}
		}
	}
	walk(p, 0)
	return out
}

// schemaMembers lists the members that a schema names, in the order of the document.
func (p place) schemaMembers() []named {
	var out []named
	for _, b := range p.branches() {
		if properties, ok := b.child("properties"); ok {
			properties.each(func(name string, at place) {
				if !slices.ContainsFunc(out, func(m named) bool { return m.name == name }) {
					out = append(out, named{name, at})
				}
			})
		}
	}
	return out
}

// schemaAt follows a JSON pointer of an instance through a schema; the zero place when it leads out.
func (p place) schemaAt(pointer string) place {
	for _, token := range pointerTokens(pointer) {
		next := place{}
		for _, m := range p.schemaMembers() {
			if m.name == token {
				next = m.place
			}
		}
		if !next.exists() {
			for _, b := range p.branches() {
				if c, ok := b.child("additionalProperties"); ok && c.get("type").exists() {
					next = c
				}
				if c, ok := b.child("items"); ok && token == "*" {
					next = c
				}
			}
		}
		if !next.exists() {
			return place{}
		}
		p = next
	}
	return p
}

// schemaKinds are the JSON types that a schema allows by name; none when it does not say.
func (p place) schemaKinds() []string {
	var kinds []string
	for _, b := range p.branches() {
		t, ok := b.child("type")
		if !ok {
			continue
		}
		if one := t.text(); one != "" {
			kinds = append(kinds, one)
		}
		for _, item := range t.items() {
			kinds = append(kinds, item.text())
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// schemaDefault is the default that a schema declares, beside its $ref or behind it.
func (p place) schemaDefault() (any, bool) {
	for _, b := range p.branches() {
		if d, ok := b.child("default"); ok {
			return d.data(), true
		}
	}
	return nil, false
}

// describesObject tells whether a schema has members of its own.
func (p place) describesObject() bool { return len(p.schemaMembers()) > 0 }

// Default is the default that the schema gives to a member (JSON pointer); false when it gives none.
func (s *Schema) Default(pointer string) (any, bool) {
	at := s.place.schemaAt(pointer)
	if !at.exists() {
		return nil, false
	}
	return at.schemaDefault()
}
