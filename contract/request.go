package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"
	"strings"
)

// Input is a request as it came over the wire, routed to its operation.
type Input struct {
	Path        map[string]string // unescaped values of the path's parameters
	Query       url.Values
	Header      map[string][]string // canonical names; nil when unknown: only foreign documents have a say in them
	ContentType string              // "" when the header is absent
	Body        []byte
}

// Request is a request that has been read: parameters typed by their schemas, defaults filled in.
type Request struct {
	Operation *Operation
	Path      map[string]any
	Query     map[string]any
	Body      any // decoded JSON; nil without a body

	objects *objects // that ReadInto and Decide have made maps with; nil for new ones
}

// Reuse gives the memory of the body, and of what Decide has made of it, to the next request that is read into r.
// Nobody may have kept any of it: a resource that was created, for one, must keep its body in a form that was there.
func (r *Request) Reuse() {
	r.Body = nil
	if r.objects != nil {
		r.objects.reuse()
	}
}

// Forget leaves that memory to those who have it.
func (r *Request) Forget() {
	r.Body = nil
	if r.objects != nil {
		r.objects.forget()
	}
}

// Read decodes a request and lists its violations, the deciding one first. Unknown members, unknown query
// names and repetitions of a parameter are ignored. The Request is usable only without violations.
func (op *Operation) Read(in Input) (*Request, []Violation) {
	if op.foreign != nil {
		return op.readForeign(in)
	}
	req := &Request{Path: map[string]any{}, Query: map[string]any{}}
	return req, op.readInto(req, in)
}

// ReadInto is Read into a Request whose maps are emptied and used again, so that none are made for a request that
// nobody keeps. The zero Request gets some. Such a Request is for one goroutine, Decide with it too; Reuse and Forget
// end with it.
func (op *Operation) ReadInto(req *Request, in Input) []Violation {
	if op.foreign != nil {
		read, found := op.readForeign(in)
		*req = *read
		return found
	}
	req.Path, req.Query = emptied(req.Path), emptied(req.Query)
	if req.Forget(); req.objects == nil {
		req.objects = &objects{}
	}
	return op.readInto(req, in)
}

func emptied(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	clear(m)
	return m
}

// readInto reads into a Request with empty maps.
func (op *Operation) readInto(req *Request, in Input) []Violation {
	req.Operation = op
	var found []Violation
	for _, p := range op.Parameters {
		switch p.In {
		case "path":
			text, present := in.Path[p.Name]
			found = append(found, p.read(req.Path, text, present)...)
		case "query":
			text, present := op.queryValue(in.Query, p.Name)
			found = append(found, p.read(req.Query, text, present)...)
		}
	}
	if op.Body == nil {
		return found
	}
	body, violations := op.readBody(in, req.objects)
	req.Body = body
	return append(found, violations...)
}

// queryValue is a parameter's first value, under its own name or the first of its aliases.
func (op *Operation) queryValue(query url.Values, name string) (value string, present bool) {
	if values, ok := query[name]; ok {
		return values[0], true
	}
	if op.Effect == nil || len(query) == 0 {
		return "", false
	}
	first := ""
	for alias, of := range op.Effect.Alias {
		if values, ok := query[alias]; ok && of == name && (!present || alias < first) {
			first, value, present = alias, values[0], true
		}
	}
	return value, present
}

func (p *Parameter) read(into map[string]any, text string, present bool) []Violation {
	if !present {
		if p.Default != nil {
			into[p.Name] = p.Default
		}
		if !p.Required || p.Schema == nil {
			return nil
		}
		v := Violation{In: p.In, Pointer: p.Name, Keyword: "required", Schema: p.Schema.place.pointer,
			Text: fmt.Sprintf("parameter %q is missing", p.Name)}
		p.Schema.judge(&v, p.Schema.place, nil)
		return []Violation{v}
	}
	value := p.parse(text)
	into[p.Name] = value
	if p.Schema == nil {
		return nil
	}
	found := p.Schema.Check(p.In, value)
	for i := range found {
		inner := found[i].Pointer
		found[i].Pointer = p.Name + inner
		if r := found[i].Refusal; r != nil && inner == "" {
			found[i].Refusal = p.named(found[i], r, value)
		}
	}
	return found
}

// named gives the parameter's name to a refusal: its schema does not know it.
func (p *Parameter) named(v Violation, r *Refusal, value any) *Refusal {
	s := p.Schema
	at, ok := s.set.doc.at(v.Schema)
	if !ok {
		return r
	}
	again := Violation{Pointer: "/" + escapeToken(p.Name), Keyword: v.Keyword}
	s.judge(&again, at, value)
	return again.Refusal
}

var errNotJSON = errors.New("not JSON")

func (op *Operation) readBody(in Input, o *objects) (any, []Violation) {
	if len(bytes.TrimSpace(in.Body)) == 0 {
		if !op.Body.Required {
			return nil, nil
		}
		return nil, op.unreadable("the body is empty, JSON is required")
	}
	if in.ContentType != "" && !isJSON(in.ContentType) {
		return nil, op.unreadable(fmt.Sprintf("the Content-Type is %q, application/json is required", in.ContentType))
	}
	value, err := decodeWith(o, in.Body)
	if err != nil {
		return nil, op.unreadable(err.Error())
	}
	if op.Body.Schema == nil {
		return value, nil
	}
	found := op.Body.Schema.Check("body", value)
	for i, v := range found {
		if v.Keyword == "type" && v.Pointer == "" {
			return value, append(op.unreadable("the body is "+v.Text), found[i+1:]...)
		}
	}
	return value, found
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

// decodeJSON reads exactly one JSON value, keeping numbers as they are written.
func decodeJSON(data []byte) (any, error) { return decodeWith(nil, data) }

func decodeWith(o *objects, data []byte) (any, error) {
	if value, ok := quickDecode(o, data); ok {
		return value, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("%w: %w", errNotJSON, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows the value", errNotJSON)
	}
	return tame(value)
}

// Unreadable is what is wrong with a request whose body broke off on its way. The operation must take a body.
func (op *Operation) Unreadable(err error) []Violation {
	return op.unreadable("the body cannot be read: " + err.Error())
}

func (op *Operation) unreadable(text string) []Violation {
	v := Violation{In: "body", Keyword: "body", Text: text, class: -1}
	if op.Body.Schema == nil {
		return []Violation{v}
	}
	v.Schema = op.Body.Schema.place.pointer
	if f, ok := op.Body.Schema.fault("", "body"); ok {
		v.Refusal = f.refusal(nil)
	}
	return []Violation{v}
}

// variables are what expressions see of a request.
func (r *Request) variables() map[string]any {
	if r == nil {
		return map[string]any{}
	}
	return map[string]any{"body": r.Body, "query": r.Query, "path": r.Path}
}
