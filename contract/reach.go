package contract

import (
	"slices"
	"strings"
)

// Part is a member that a schema has at any depth.
type Part struct {
	Name    string
	Pointer string // of its place in the document
}

// Parts are the members of a schema with those below them, each once, in the order of the document; none for the nil
// Schema.
func (s *Schema) Parts() []Part {
	if s == nil {
		return nil
	}
	var out []Part
	seen := map[string]bool{}
	var walk func(p place)
	walk = func(p place) {
		for _, m := range p.valueMembers() {
			if !seen[m.place.pointer] {
				seen[m.place.pointer] = true
				out = append(out, Part{m.name, m.place.pointer})
				walk(m.place)
			}
		}
	}
	walk(s.place)
	return out
}

// Reach is the pointers of all places that a schema is made of, those that it refers to included; empty for the nil
// Schema.
func (s *Schema) Reach() map[string]bool {
	seen := map[string]bool{}
	if s != nil {
		s.place.reach(seen)
	}
	return seen
}

func (p place) reach(seen map[string]bool) {
	if !p.exists() || seen[p.pointer] {
		return
	}
	seen[p.pointer] = true
	if _, ok := p.child("$ref"); ok {
		p.resolve().reach(seen)
	}
	names := strings.HasSuffix(p.pointer, "/properties")
	p.each(func(name string, member place) {
		if names || !slices.Contains(payloads, name) && !strings.HasPrefix(name, "x-tally-") {
			member.reach(seen)
		}
	})
	for _, item := range p.items() {
		item.reach(seen)
	}
}
