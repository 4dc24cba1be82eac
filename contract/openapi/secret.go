package openapi

import (
	"maps"
	"slices"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/tallystick/tallystick/contract/internal/jsontree"
)

// Secrets are the places where the exchanges of an operation carry what must not be shown: credentials, and
// what the document marks with format: password. Pointers are JSON pointers in which * stands for every item of
// an array and every member of a map; "" is the whole body.
type Secrets struct {
	Request   []string
	Responses map[int][]string // by status; 0 for default and for ranges
	Query     []string         // names of query parameters
	Path      []string         // names of parameters in the path
	Headers   []string         // names of headers
	Names     []string         // of members that are marked, wherever they stand in a body
}

const (
	secretMark  = "password"
	secretDepth = 12   // levels of a schema that contains itself; all that stands deeper is secret, if any of it is
	maxSecrets  = 1000 // values that are looked at; all that stands in others is secret, if any of it is
	manySecrets = 4000 // pointers; with more, the whole body is secret
)

// Secrets lists what is secret in the exchanges of the operation, each list sorted.
func (op *Operation) Secrets() Secrets {
	s := Secrets{Responses: map[int][]string{}}
	if body := op.parts().body; body != nil {
		s.Request = secretsOf(body.Media, inward)
		s.Names = namesOf(body.Media, inward)
	}
	for _, r := range op.parts().responses {
		s.Names = append(s.Names, namesOf(r.Media, outward)...)
		status, _ := strconv.Atoi(r.Code)
		if found := secretsOf(r.Media, outward); len(found) > 0 {
			s.Responses[status] = sorted(append(s.Responses[status], found...))
		}
		for _, h := range r.Headers {
			if len(h.at.doc.schemas.at(h.at.child("schema"), outward).secrets()) > 0 {
				s.add("header", h.Name)
			}
		}
	}
	for _, p := range op.parts().parameters {
		if len(p.compiled().secrets()) > 0 {
			s.add(p.In, p.Name)
		}
	}
	for _, all := range op.parts().security {
		for _, r := range all {
			if r.kind == "apiKey" {
				s.add(r.in, r.name)
			}
		}
	}
	s.Query, s.Headers, s.Path, s.Names = sorted(s.Query), sorted(s.Headers), sorted(s.Path), sorted(s.Names)
	return s
}

func (s *Secrets) add(in, name string) {
	switch in {
	case "query":
		s.Query = append(s.Query, name)
	case "header":
		s.Headers = append(s.Headers, name)
	case "path":
		s.Path = append(s.Path, name)
	}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func secretsOf(media []*Media, way direction) []string {
	var out []string
	for _, m := range media {
		out = append(out, m.schema(way).secrets()...)
	}
	return sorted(out)
}

// namesOf are the names of the members that are marked.
func namesOf(media []*Media, way direction) []string {
	var out []string
	for _, m := range media {
		schema := m.schema(way)
		if len(schema.secrets()) == 0 {
			continue
		}
		for s := range leading([]*jsonschema.Schema{schema.compiled}, isMarked) {
			for name, member := range s.Properties {
				if slices.ContainsFunc(applying([]*jsonschema.Schema{member}), isMarked) {
					out = append(out, name)
				}
			}
		}
	}
	return out
}

func isMarked(s *jsonschema.Schema) bool { return s.Format == secretMark }

// secrets are the pointers to what is secret in a value of the schema; none of a nil Schema.
func (s *Schema) secrets() []string {
	if s == nil || s.compiled == nil || !s.place.doc.secretive {
		return nil
	}
	s.looking.Do(func() { s.secret = secretsIn(s.compiled) })
	return s.secret
}

// secretsIn are the pointers to what is secret in a value of a schema, sorted; "" is all of it. What is too deep, or
// too much, to be looked at is secret as a whole.
func secretsIn(s *jsonschema.Schema) []string {
	leads := leading([]*jsonschema.Schema{s}, isMarked)
	type found struct {
		schemas []*jsonschema.Schema
		pointer string
		depth   int
	}
	var out []string
	looked := 0
	for queue := []found{{[]*jsonschema.Schema{s}, "", 0}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if !slices.ContainsFunc(at.schemas, func(s *jsonschema.Schema) bool { return leads[s] }) {
			continue
		}
		if looked++; looked > maxSecrets || at.depth > secretDepth {
			out = append(out, at.pointer)
			continue
		}
		parts := applying(at.schemas)
		if slices.ContainsFunc(parts, isMarked) {
			out = append(out, at.pointer)
			continue
		}
		members := inside(parts)
		for _, token := range slices.Sorted(maps.Keys(members)) {
			queue = append(queue, found{members[token], at.pointer + "/" + jsontree.Escape(token), at.depth + 1})
		}
	}
	if len(out) > manySecrets {
		return []string{""}
	}
	return sorted(out)
}

// applying are the schemas that may speak of one value, in one way or another.
func applying(schemas []*jsonschema.Schema) []*jsonschema.Schema {
	var out []*jsonschema.Schema
	seen := map[*jsonschema.Schema]bool{}
	for queue := schemas; len(queue) > 0; queue = queue[1:] {
		if s := queue[0]; !seen[s] {
			seen[s] = true
			out, queue = append(out, s), append(slices.Clip(queue), sameValue(s)...)
		}
	}
	return out
}

// inside are the schemas of members and items by their tokens; * is for those that may have any.
func inside(parts []*jsonschema.Schema) map[string][]*jsonschema.Schema {
	out := map[string][]*jsonschema.Schema{}
	for _, s := range parts {
		for name, member := range s.Properties {
			out[name] = append(out[name], member)
		}
		for i, item := range s.PrefixItems {
			token := strconv.Itoa(i)
			out[token] = append(out[token], item)
		}
		if rest := anyMember(s); len(rest) > 0 {
			out["*"] = append(out["*"], rest...)
		}
	}
	return out
}
