package openapi

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Operation is an operation of a document. What it takes and answers is looked into when first asked for.
type Operation struct {
	ID         string // operationId, or one made of the method and the path
	Method     string // upper case
	Path       string // template, as in the document
	Summary    string
	Deprecated bool

	at, item place
	once     sync.Once
	inner    parts
}

// parts are what an operation takes and answers.
type parts struct {
	parameters []*Parameter
	body       *Body
	responses  []*Response // exact statuses first, in order; then ranges; then default
	security   [][]requirement
}

// Parameter is what an operation takes outside of its body.
type Parameter struct {
	Name     string
	In       string // path, query, header or cookie
	Required bool

	style   string
	explode bool
	media   *Media // of a parameter with content, nil for one with a schema
	at      place
	schema  place
}

// Body is what an operation takes in its body.
type Body struct {
	Required bool
	Media    []*Media // in the order of the document
}

// Response is one documented answer.
type Response struct {
	Code    string   // 200, 4XX or default
	Media   []*Media // none when it has no body
	Headers []*Header
}

// Header is a documented header of an answer.
type Header struct {
	Name     string
	Required bool
	at       place
}

// Media is one form of a body.
type Media struct {
	Type string // application/json, image/*, …
	at   place

	once   sync.Once
	answer payload
}

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

func (d *Document) readOperations() {
	d.router = &router{root: newSegment()}
	d.readBases(d.root)
	d.root.child("paths").each(func(path string, at place) {
		item := at.resolve()
		if !strings.HasPrefix(path, "/") {
			if !strings.HasPrefix(path, "x-") {
				at.warn("path %q does not begin with '/', so it is not served", path)
			}
			return
		}
		d.readBases(item)
		item.each(func(method string, at place) {
			if !slices.Contains(methods, method) {
				return
			}
			op := &Operation{ID: at.child("operationId").text(), Method: strings.ToUpper(method), Path: path,
				Summary: at.child("summary").text(), Deprecated: at.child("deprecated").truth(), at: at, item: item}
			if op.ID == "" {
				op.ID = method + strings.NewReplacer("/", "-", "{", "", "}", "").Replace(path)
			}
			d.readBases(at)
			if !d.router.add(op) {
				at.warn("another operation has the same method and path, so this one is not served")
				return
			}
			d.operations = append(d.operations, op)
		})
	})
	slices.SortStableFunc(d.router.bases, func(a, b string) int { return len(b) - len(a) })
}

func (op *Operation) parts() *parts {
	op.once.Do(func() {
		op.inner.parameters = op.readParameters()
		if body := op.at.get("requestBody"); body.exists() {
			op.inner.body = &Body{Required: body.child("required").truth(), Media: readMedia(body.get("content"))}
		}
		op.inner.responses = op.readResponses()
		op.inner.security = op.readSecurity()
	})
	return &op.inner
}

// Parameters are those of the operation and of its path.
func (op *Operation) Parameters() []*Parameter { return slices.Clone(op.parts().parameters) }

// Body is what the operation takes; nil when it takes none.
func (op *Operation) Body() *Body { return op.parts().body }

// Responses are the documented answers: exact statuses first, in order, then ranges, then default.
func (op *Operation) Responses() []*Response { return slices.Clone(op.parts().responses) }

// Position names the place of the operation in its file.
func (op *Operation) Position() (file, pointer string) { return op.at.file.name, op.at.pointer }

func (op *Operation) readParameters() []*Parameter {
	var out []*Parameter
	for _, at := range append(op.at.get("parameters").items(), op.item.get("parameters").items()...) {
		p := at.resolve()
		param := &Parameter{Name: p.child("name").text(), In: p.child("in").text(), Required: p.child("required").truth(),
			style: p.child("style").text(), at: p, schema: p.child("schema")}
		if param.Name == "" || !slices.Contains([]string{"path", "query", "header", "cookie"}, param.In) {
			at.warn("want a parameter with a name and in one of path, query, header, cookie; it is ignored")
			continue
		}
		if slices.ContainsFunc(out, func(o *Parameter) bool { return o.Name == param.Name && o.In == param.In }) {
			continue // the operation's own wins over the path's
		}
		if param.In == "path" && !strings.Contains(op.Path, "{"+param.Name+"}") {
			at.warn("path %s has no parameter {%s}; it is ignored", op.Path, param.Name)
			continue
		}
		if param.style == "" {
			param.style = map[string]string{"query": "form", "cookie": "form"}[param.In]
		}
		param.explode = param.style == "form"
		if e := p.child("explode"); e.exists() {
			param.explode = e.truth()
		}
		if media := readMedia(p.get("content")); len(media) > 0 && !param.schema.exists() {
			param.media = media[0]
		}
		out = append(out, param)
	}
	return out
}

func readMedia(content place) []*Media {
	var out []*Media
	content.each(func(name string, at place) { out = append(out, &Media{Type: name, at: at.resolve()}) })
	return out
}

func (op *Operation) readResponses() []*Response {
	var out []*Response
	op.at.get("responses").each(func(code string, at place) {
		if strings.HasPrefix(code, "x-") {
			return
		}
		code = strings.ToUpper(code)
		if code == "DEFAULT" {
			code = "default"
		}
		if !validCode(code) {
			at.warn("want a status such as 200, a range such as 4XX, or default, got %q; it is ignored", code)
			return
		}
		at = at.resolve()
		r := &Response{Code: code, Media: readMedia(at.get("content"))}
		at.get("headers").each(func(name string, h place) {
			h = h.resolve()
			r.Headers = append(r.Headers, &Header{Name: name, Required: h.child("required").truth(), at: h})
		})
		out = append(out, r)
	})
	slices.SortStableFunc(out, func(a, b *Response) int { return a.order() - b.order() })
	return out
}

func validCode(code string) bool {
	if code == "default" {
		return true
	}
	if len(code) != 3 || code[0] < '1' || code[0] > '5' {
		return false
	}
	_, err := strconv.Atoi(code)
	return err == nil || code[1:] == "XX"
}

// order sorts responses.
func (r *Response) order() int {
	switch status, err := strconv.Atoi(r.Code); {
	case err == nil:
		return status
	case r.Code == "default":
		return 2000
	default:
		return 1000 + int(r.Code[0])
	}
}

// response is the documented answer for a status: the exact one, else its range, else default; nil when
// there is none.
func (op *Operation) response(status int) *Response {
	var found *Response
	for _, r := range op.parts().responses {
		switch exact := r.order(); {
		case exact == status:
			return r
		case found == nil && (r.Code == "default" || exact == 1000+int('0')+status/100):
			found = r
		}
	}
	return found
}

// schema of a body in one direction; nil when the document gives none.
func (m *Media) schema(way direction) *Schema {
	return m.at.doc.schemas.at(m.at.child("schema"), way)
}
