package contract

import (
	"slices"
	"strconv"
	"strings"
)

// StatementKind says what a statement is about.
type StatementKind string

// The kinds. A rule is any condition: of an operation, of a lifecycle, of all operations.
const (
	OfParameter StatementKind = "parameter"
	OfMember    StatementKind = "member"
	OfHeader    StatementKind = "header"
	OfSchema    StatementKind = "schema"
	OfOperation StatementKind = "operation"
	OfExample   StatementKind = "example"
	OfCode      StatementKind = "code"
	OfSecurity  StatementKind = "security scheme"
	OfRule      StatementKind = "rule"
	OfOther     StatementKind = "other"
)

// Statement is a place of the document that says where it comes from, with what it says. It does not change.
type Statement struct {
	Kind     StatementKind
	Pointer  string // of the place in the document
	Position Position
	Source   Source
	Name     string   // of a parameter, member, header, code or security scheme
	In       string   // of a parameter: query, path, header or cookie
	Required bool     // of a parameter, member or header
	Status   int      // of a code
	Message  string   // of a code: its template
	Limits   Limits   // of what has a schema
	Demands  []Demand // of a member: the conditions under which it must be there

	place   place
	members []named
}

// Statements lists all places of the document that have a source, in its order. It is computed anew at each call.
func (c *Contract) Statements() []*Statement {
	w := statementWalk{}
	w.walk(c.doc.top(), place{})
	return w.found
}

type statementWalk struct{ found []*Statement }

// walk visits a place that stands in another. Values of the API are no statements.
func (w *statementWalk) walk(p, in place) {
	for _, name := range []string{keySource, "source"} {
		if at, ok := p.child(name); ok && (name == keySource || at.get("basis").exists()) {
			s := &Statement{Pointer: p.pointer, Position: p.position(), place: p}
			if at.decode(&s.Source) {
				s.fill(in)
				w.found = append(w.found, s)
			}
		}
	}
	p.each(func(name string, member place) {
		if strings.HasPrefix(name, keySource) || slices.Contains(payloads, name) && (name != "examples" || !holdsExampleObjects(member)) {
			return
		}
		w.walk(member, p)
	})
	for _, item := range p.items() {
		w.walk(item, p)
	}
}

// fill works out what a statement says.
func (s *Statement) fill(in place) {
	tokens := pointerTokens(s.Pointer)
	s.Kind = kindOf(tokens, s.place)
	if len(tokens) > 0 {
		s.Name = tokens[len(tokens)-1]
	}
	switch s.Kind {
	case OfParameter:
		s.Name, s.In = s.place.get("name").text(), s.place.get("in").text()
		s.schemed()
	case OfHeader:
		s.schemed()
	case OfSchema:
		s.Limits, s.members = limitsOf([]place{s.place}), s.place.valueMembers()
	case OfMember:
		owner, ok := s.place.doc.at(strings.TrimSuffix(in.pointer, "/properties"))
		if ok {
			s.Limits = limitsOf(owner.definitions(s.Name))
			s.Required, s.Limits.Conditional = owner.demands(s.Name)
			s.Demands = owner.demanded(s.Name)
		}
		s.members = s.place.valueMembers()
	case OfCode:
		s.Status, _ = strconv.Atoi(s.place.get("status").literal())
		s.Message = s.place.get("message").text()
		if n := len(tokens); n > 1 && tokens[n-2] == "variants" {
			s.Name = tokens[n-3]
		}
	}
}

// schemed reads what a parameter or header says.
func (s *Statement) schemed() {
	schema, _ := s.place.child("schema")
	s.Required = s.place.get("required").data() == true
	s.Limits, s.members = limitsOf([]place{schema}), schema.valueMembers()
	s.Limits.Deprecated = s.Limits.Deprecated || s.place.get("deprecated").data() == true
}

// kindOf tells the kind by where a statement stands.
func kindOf(tokens []string, p place) StatementKind {
	above := func(i int) string {
		if i > len(tokens) {
			return ""
		}
		return tokens[len(tokens)-i]
	}
	switch {
	case above(2) == "properties" && slices.Contains(tokens, "schemas"), above(2) == "properties" && slices.Contains(tokens, "schema"):
		return OfMember
	case above(2) == "parameters":
		return OfParameter
	case above(2) == "headers":
		return OfHeader
	case above(2) == "securitySchemes":
		return OfSecurity
	case above(2) == "schemas" || above(1) == "schema":
		return OfSchema
	case above(2) == "examples":
		return OfExample
	case slices.Contains(tokens, keyErrors) && (above(2) == "codes" || above(2) == "variants"):
		return OfCode
	case slices.Contains(tokens, keyRules) || slices.Contains(tokens, keyLifecycle):
		return OfRule
	case len(tokens) == 3 && tokens[0] == "paths" && p.get("responses").exists():
		return OfOperation
	}
	return OfOther
}

// Member is the pointer of the member that a value of the statement has, or the items or values of it have; false
// when it has none of that name.
func (s *Statement) Member(name string) (pointer string, ok bool) {
	for _, m := range s.members {
		if m.name == name {
			return m.place.pointer, true
		}
	}
	return "", false
}

// Mentions tells whether the statement has a text in any of its values, its source aside.
func (s *Statement) Mentions(text string) bool {
	return s.place.anyLiteral(func(value string) bool { return strings.Contains(value, text) })
}

// Members are the members of a schema with the pointers of their places; nil for the nil Schema.
func (s *Schema) Members() map[string]string {
	if s == nil {
		return nil
	}
	out := map[string]string{}
	for _, m := range s.place.valueMembers() {
		out[m.name] = m.place.pointer
	}
	return out
}

// valueMembers are the members of a value, or of what a list or map holds.
func (p place) valueMembers() []named {
	for range 4 {
		if members := p.schemaMembers(); len(members) > 0 || !p.exists() {
			return members
		}
		next := place{}
		for _, b := range p.branches() {
			for _, k := range []string{"items", "additionalProperties"} {
				if c, ok := b.child(k); ok {
					next = c
				}
			}
		}
		p = next
	}
	return nil
}
