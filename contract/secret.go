package contract

import (
	"net/textproto"
	"slices"
)

// Secrets are the places where an operation's exchanges carry what must not be shown. Pointers are JSON
// pointers in which * stands for every item of an array and every member of a map; "" is the whole body.
type Secrets struct {
	Request   []string         // of the request's body
	Responses map[int][]string // of the body of each documented answer, by its status; 0 for default
	Query     []string         // names of query parameters
	Path      []string         // names of parameters in the path
}

// secretMark is the format by which OpenAPI marks a value that is not for everybody's eyes.
const secretMark = "password"

// Secrets lists what the document marks with format: password in the exchanges of the operation.
func (op *Operation) Secrets() Secrets {
	if op.foreign != nil {
		return op.secretsForeign()
	}
	s := Secrets{Responses: map[int][]string{}}
	if op.Body != nil {
		s.Request = op.Body.Schema.secrets()
	}
	for _, r := range op.Responses {
		if found := r.Schema.secrets(); len(found) > 0 {
			s.Responses[r.Status] = found
		}
	}
	for _, p := range op.Parameters {
		switch {
		case !p.Schema.isSecret():
		case p.In == "query":
			s.Query = append(s.Query, p.Name)
		case p.In == "path":
			s.Path = append(s.Path, p.Name)
		}
	}
	return s
}

// SecretHeaders lists the headers that carry secrets, in their canonical form and sorted: those of the security
// schemes, and those that the document marks.
func (c *Contract) SecretHeaders() []string { return remembered(c, "headers", c.secretHeaders) }

func (c *Contract) secretHeaders() []string {
	if c.foreign != nil {
		return c.secretHeadersForeign()
	}
	var out []string
	for _, s := range c.security {
		switch {
		case s.Header != "":
			out = append(out, textproto.CanonicalMIMEHeaderKey(s.Header))
		case s.Type == "http" || s.Type == "oauth2" || s.Type == "openIdConnect":
			out = append(out, "Authorization")
		}
	}
	for _, op := range c.operations {
		for _, p := range op.Parameters {
			if p.In == "header" && p.Schema.isSecret() {
				out = append(out, textproto.CanonicalMIMEHeaderKey(p.Name))
			}
		}
		for _, r := range op.Responses {
			for _, h := range r.Headers {
				if h.Schema.isSecret() {
					out = append(out, textproto.CanonicalMIMEHeaderKey(h.Name))
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// SecretNames lists the names of the members and query parameters that the document marks anywhere, sorted.
func (c *Contract) SecretNames() []string { return remembered(c, "names", c.secretNames) }

func (c *Contract) secretNames() []string {
	var out []string
	for _, op := range c.operations {
		s := op.Secrets()
		out = append(out, s.Query...)
		if op.foreign != nil {
			out = append(out, op.foreign.Secrets().Names...)
			continue
		}
		pointers := slices.Clone(s.Request)
		for _, found := range s.Responses {
			pointers = append(pointers, found...)
		}
		for _, pointer := range pointers {
			if name := nameOf(pointer); name != "" && name != "*" {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// isSecret tells whether the schema itself, not a part of it, carries the mark.
func (s *Schema) isSecret() bool { return s != nil && s.place.isSecret() }

func (p place) isSecret() bool {
	return slices.ContainsFunc(p.branches(), func(b place) bool { return b.get("format").text() == secretMark })
}

// secrets are the pointers to what is marked in values of the schema; none of a nil Schema.
func (s *Schema) secrets() []string {
	if s == nil {
		return nil
	}
	var out []string
	left := maxMembers
	s.place.secrets("", 0, &left, &out)
	slices.Sort(out)
	return slices.Compact(out)
}

// secrets walks a schema. A schema that contains itself is followed as far as ranks are.
func (p place) secrets(pointer string, depth int, left *int, out *[]string) {
	if *left--; depth > 12 || *left < 0 {
		return
	}
	if p.isSecret() {
		*out = append(*out, pointer)
		return
	}
	for _, m := range p.schemaMembers() {
		m.place.secrets(pointer+"/"+escapeToken(m.name), depth+1, left, out)
	}
	for _, b := range p.branches() {
		for _, key := range []string{"items", "additionalProperties"} {
			if c, ok := b.child(key); ok {
				c.secrets(pointer+"/*", depth+1, left, out)
			}
		}
	}
}
