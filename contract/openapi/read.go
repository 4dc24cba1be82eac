package openapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Request is a request as it came over the wire, routed to its operation.
type Request struct {
	Path        map[string]string // unescaped values of the path's parameters
	Query       url.Values
	Header      map[string][]string // canonical names; nil when unknown: then neither headers nor cookies are judged
	ContentType string              // "" when the header is absent
	Body        []byte
}

func (r Request) cookie(name string) string {
	q := &http.Request{Header: r.Header}
	if c, err := q.Cookie(name); err == nil {
		return c.Value
	}
	return ""
}

func (r *Request) addCookie(name, value string) {
	q := &http.Request{Header: r.Header}
	q.AddCookie(&http.Cookie{Name: name, Value: value})
}

// Read decodes a request and lists everything in which it breaks the document: parameters in their order, then
// the body. What the document does not name is ignored. Credentials are judged by Admit.
func (op *Operation) Read(r Request) []Violation {
	var found []Violation
	for _, p := range op.parts().parameters {
		if r.Header == nil && (p.In == "header" || p.In == "cookie") {
			continue
		}
		found = append(found, p.read(r)...)
	}
	if body := op.parts().body; body != nil {
		found = append(found, body.read(r)...)
	}
	return found
}

// ignored are headers that OpenAPI gives no parameter the say of.
func (p *Parameter) ignored() bool {
	return p.In == "header" && (strings.EqualFold(p.Name, "Accept") || strings.EqualFold(p.Name, "Content-Type") || strings.EqualFold(p.Name, "Authorization"))
}

func (p *Parameter) read(r Request) []Violation {
	if p.ignored() {
		return nil
	}
	schema := p.compiled()
	raw, present := p.raw(r, schema)
	if !present {
		if !p.Required {
			return nil
		}
		return []Violation{{In: p.In, Pointer: p.Name, Keyword: "required", Text: fmt.Sprintf("%s parameter %q is missing", p.In, p.Name)}}
	}
	if p.media != nil && isJSON(p.media.Type) {
		value, err := decodeJSON([]byte(raw.text()))
		if err != nil {
			return []Violation{{In: p.In, Pointer: p.Name, Keyword: "body", Text: "want JSON: " + err.Error()}}
		}
		return p.named(schema.Check(p.In, value))
	}
	return p.named(schema.Check(p.In, schema.decode(raw)))
}

// named puts the name of the parameter before the pointers into its value.
func (p *Parameter) named(found []Violation) []Violation {
	for i := range found {
		found[i].Pointer = p.Name + found[i].Pointer
	}
	return found
}

func (p *Parameter) compiled() *Schema {
	if p.media != nil {
		return p.media.schema(inward)
	}
	return p.at.doc.schemas.at(p.schema, inward)
}

// raw is the text of a parameter, taken apart as its style says.
func (p *Parameter) raw(r Request, s *Schema) (raw, bool) {
	switch p.In {
	case "path":
		text, ok := r.Path[p.Name]
		return p.split(p.withoutMark(text), s), ok
	case "query":
		return p.query(r.Query, s)
	case "header":
		values := http.Header(r.Header).Values(p.Name)
		return p.split(strings.Join(values, ","), s), len(values) > 0
	}
	text := r.cookie(p.Name)
	return p.split(text, s), text != ""
}

// withoutMark takes away what the styles of a path put before a value.
func (p *Parameter) withoutMark(text string) string {
	switch p.style {
	case "label":
		return strings.TrimPrefix(text, ".")
	case "matrix":
		return strings.TrimPrefix(strings.TrimPrefix(text, ";"), p.Name+"=")
	}
	return text
}

// separator of the items in one text.
func (p *Parameter) separator() string {
	switch {
	case p.style == "spaceDelimited":
		return " "
	case p.style == "pipeDelimited":
		return "|"
	case p.style == "label" && p.explode:
		return "."
	case p.style == "matrix" && p.explode:
		return ";"
	}
	return ","
}

// split takes apart a text that holds a whole value.
func (p *Parameter) split(text string, s *Schema) raw {
	kinds := s.kinds()
	if p.media != nil || !kinds["array"] && !kinds["object"] {
		return raw{texts: []string{text}}
	}
	parts := strings.Split(text, p.separator())
	if text == "" {
		parts = nil
	}
	for i := range parts {
		if p.style == "matrix" && !kinds["object"] {
			parts[i] = strings.TrimPrefix(parts[i], p.Name+"=")
		}
	}
	if !kinds["object"] || kinds["array"] {
		return raw{texts: parts, whole: text}
	}
	members := map[string]raw{}
	if p.explode {
		for _, part := range parts {
			name, value, _ := strings.Cut(part, "=")
			members[name] = raw{texts: []string{value}}
		}
	} else {
		for i := 0; i+1 < len(parts); i += 2 {
			members[parts[i]] = raw{texts: []string{parts[i+1]}}
		}
	}
	return raw{members: members, whole: text}
}

func (p *Parameter) query(q url.Values, s *Schema) (raw, bool) {
	if p.style == "deepObject" || s.kinds()["object"] {
		if members := bracketed(q, p.Name); len(members) > 0 {
			return raw{members: members}, true
		}
	}
	values, ok := q[p.Name]
	if !ok {
		values, ok = q[p.Name+"[]"]
	}
	switch {
	case !ok && p.explode && s.kinds()["object"] && !s.kinds()["array"]:
		members := map[string]raw{}
		for _, name := range s.memberNames() {
			if v, present := q[name]; present {
				members[name] = raw{texts: v}
			}
		}
		return raw{members: members}, len(members) > 0
	case !ok:
		return raw{}, false
	case len(values) == 1 && !p.explode:
		return p.split(values[0], s), true
	}
	return raw{texts: values}, true
}

// maxBrackets bounds the nesting of a[b][c].
const maxBrackets = 20

// bracketed collects the members that stand as name[member] in a query.
func bracketed(q url.Values, name string) map[string]raw {
	out := map[string]raw{}
	for key, values := range q {
		rest, ok := strings.CutPrefix(key, name+"[")
		if !ok || !strings.HasSuffix(rest, "]") {
			continue
		}
		path := strings.Split(strings.TrimSuffix(rest, "]"), "][")
		if len(path) > maxBrackets || path[0] == "" {
			continue
		}
		into := out
		for i, token := range path {
			if i == len(path)-1 || path[i+1] == "" {
				into[token] = raw{members: into[token].members, texts: values}
				break
			}
			if into[token].members == nil {
				into[token] = raw{members: map[string]raw{}, texts: into[token].texts}
			}
			into = into[token].members
		}
	}
	return out
}
