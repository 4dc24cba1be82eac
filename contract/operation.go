package contract

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/contract/openapi"
)

// Operation is an operation of the document.
type Operation struct {
	ID         string // operationId
	Method     string // upper case
	Path       string // template, as in the document
	Summary    string
	Deprecated bool
	Secured    bool // a credential is required
	Parameters []*Parameter
	Body       *Body // nil when it takes none
	Responses  []*Response
	Effect     *Effect // nil for an operation without x-tally-effect
	Rules      []*Rule // the root's first, each in the order of the document
	Examples   []*Example
	Source     Source
	Position   Position

	place      place
	scope      scope
	faults     map[string]Fault
	documented any
	foreign    *openapi.Operation // nil for one of a contract with keys of the vocabulary
}

// Refusal is the answer to a condition that the operation's own x-tally-error names, nil when it names
// none.
func (op *Operation) Refusal(condition string) *Refusal { return refusalFor(op.faults, condition) }

// Parameter is a query or path parameter.
type Parameter struct {
	Name     string
	In       string // query, path, header or cookie
	Required bool
	Schema   *Schema
	Default  any // nil when the schema declares none
	Examples map[string]any
	Source   Source
	Pointer  string // of its place in the document, references followed

	kinds []string
}

// Body is what an operation takes.
type Body struct {
	Required bool
	Schema   *Schema
}

// Response is one documented answer of an operation.
type Response struct {
	Status  int     // 0 for default
	Schema  *Schema // nil when it has no JSON body
	Headers []*Header
	Source  Source
}

// Header is a documented response header.
type Header struct {
	Name     string
	Required bool
	Schema   *Schema
	Default  any
	Source   Source
	Pointer  string // of its place in the document, references followed
}

// Success is the response that the mock gives: the documented 2xx with the lowest status. nil when
// there is none.
func (op *Operation) Success() *Response {
	for _, r := range op.Responses {
		if r.Status >= 200 && r.Status < 300 {
			return r
		}
	}
	return nil
}

// Response is the documented answer for a status, the default one if there is no other, else nil.
func (op *Operation) Response(status int) *Response {
	var fallback *Response
	for _, r := range op.Responses {
		if r.Status == status {
			return r
		}
		if r.Status == 0 {
			fallback = r
		}
	}
	return fallback
}

// Parameter finds a parameter by its place and name.
func (op *Operation) Parameter(in, name string) *Parameter {
	for _, p := range op.Parameters {
		if p.In == in && p.Name == name {
			return p
		}
	}
	return nil
}

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

func (l *loader) operations() {
	rootSecured := secured(l.doc.top(), false)
	l.doc.top().get("paths").each(func(path string, item place) {
		item = item.resolve()
		item.each(func(method string, at place) {
			if !slices.Contains(methods, method) {
				return
			}
			op := &Operation{ID: at.get("operationId").text(), Method: strings.ToUpper(method), Path: path,
				Summary: at.get("summary").text(), Secured: secured(at, rootSecured),
				Source: sourceOf(at), Position: at.position(), place: at}
			op.Deprecated, _ = at.get("deprecated").data().(bool)
			if op.ID == "" {
				op.ID = method + strings.NewReplacer("/", "-", "{", "", "}", "").Replace(path)
			}
			op.faults = readFaults(at.get(keyError), l.c.catalogue, operationKeyword)
			l.parameters(op, item, at)
			l.body(op, at)
			l.responses(op, at)
			l.c.operations = append(l.c.operations, op)
		})
	})
}

// secured tells whether a security requirement is in force; an empty alternative makes it optional.
func secured(p place, inherited bool) bool {
	s, ok := p.child("security")
	if !ok {
		return inherited
	}
	for _, alternative := range s.items() {
		if alternative.isEmpty() {
			return false
		}
	}
	return len(s.items()) > 0
}

func (l *loader) parameters(op *Operation, item, at place) {
	own := at.get("parameters").items()
	for _, p := range append(own, item.get("parameters").items()...) {
		p = p.resolve()
		name, in := p.get("name").text(), p.get("in").text()
		if op.Parameter(in, name) != nil {
			continue // the operation's own wins over the path's
		}
		schema, _ := p.child("schema")
		param := &Parameter{Name: name, In: in, Schema: l.schemas.compile(schema), Source: sourceOf(p), Pointer: p.pointer, Examples: map[string]any{}}
		if param.Schema != nil {
			param.Schema.faults = op.faults
		}
		param.Required, _ = p.get("required").data().(bool)
		if schema.exists() {
			param.Default, _ = schema.schemaDefault()
			param.kinds = schema.schemaKinds()
		}
		p.get("examples").each(func(name string, example place) {
			param.Examples[name] = example.resolve().get("value").data()
		})
		op.Parameters = append(op.Parameters, param)
	}
}

func (l *loader) body(op *Operation, at place) {
	body := at.get("requestBody")
	if !body.exists() {
		return
	}
	media := jsonMedia(body.get("content"))
	schema, _ := media.child("schema")
	op.Body = &Body{Schema: l.schemas.compile(schema)}
	if op.Body.Schema != nil {
		op.Body.Schema.faults = op.faults
	}
	op.Body.Required, _ = body.get("required").data().(bool)
	l.examples(op, media, 0)
}

func (l *loader) responses(op *Operation, at place) {
	at.get("responses").each(func(code string, r place) {
		r = r.resolve()
		status, err := strconv.Atoi(code)
		if err != nil && code != "default" {
			return // ranges such as 4XX promise nothing that could be held
		}
		media := jsonMedia(r.get("content"))
		schema, _ := media.child("schema")
		response := &Response{Status: status, Schema: l.schemas.compile(schema), Source: sourceOf(r)}
		r.get("headers").each(func(name string, h place) {
			h = h.resolve()
			hs, _ := h.child("schema")
			header := &Header{Name: name, Schema: l.schemas.compile(hs), Source: sourceOf(h), Pointer: h.pointer}
			header.Required, _ = h.get("required").data().(bool)
			if hs.exists() {
				header.Default, _ = hs.schemaDefault()
			}
			response.Headers = append(response.Headers, header)
		})
		op.Responses = append(op.Responses, response)
		l.examples(op, media, status)
	})
	slices.SortStableFunc(op.Responses, func(a, b *Response) int { return a.Status - b.Status })
}

var jsonType = regexp.MustCompile(`^(application/json|[^;]+\+json)\s*(;|$)`)

func jsonMedia(content place) place {
	var found place
	content.each(func(media string, p place) {
		if !found.exists() && jsonType.MatchString(media) {
			found = p
		}
	})
	return found
}

// parse turns the text of a parameter into the value its schema speaks of; what does not parse stays a
// string and violates the schema's type.
func (p *Parameter) parse(text string) any {
	for _, kind := range p.kinds {
		switch kind {
		case "integer", "number":
			if numeral.MatchString(text) && json.Valid([]byte(text)) {
				if n, err := tameNumber(json.Number(text)); err == nil {
					return n
				}
			}
		case "boolean":
			if text == "true" || text == "false" {
				return text == "true"
			}
		}
	}
	return text
}

var numeral = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// Values are the strings that an enumeration allows for the parameter; none when there is no enumeration.
func (p *Parameter) Values() []string {
	var out []string
	if p.Schema == nil {
		return nil
	}
	for _, b := range p.Schema.place.branches() {
		for _, item := range b.get("enum").items() {
			out = append(out, plain(item.data()))
		}
	}
	return out
}
