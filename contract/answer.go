package contract

import (
	"fmt"
	"net/textproto"
	"slices"
	"strings"
)

// Answer is a response as it came over the wire.
type Answer struct {
	Status int
	Header map[string][]string // canonical names, as in http.Header
	Body   []byte
}

// Check lists what an answer of an operation breaks: the documented statuses, headers and schemas, and
// the catalogue's word on error bodies. A nil operation stands for a request that no operation matches,
// of which only the error body is known. Extra members and headers break nothing.
func (c *Contract) Check(op *Operation, a Answer) []Violation {
	if op != nil && op.foreign != nil { // of several forms of a body, the one that was sent counts
		return append(c.CheckHead(op, a), violationsOf(op.foreign.CheckBody(a.Status, first(a.Header["Content-Type"]), a.Body))...)
	}
	return append(c.CheckHead(op, a), c.CheckBody(op, a.Status, a.Body)...)
}

// CheckHead is the part of Check that is about the status and the headers.
func (c *Contract) CheckHead(op *Operation, a Answer) []Violation {
	if op == nil {
		return nil
	}
	if op.foreign != nil {
		return violationsOf(op.foreign.CheckHead(a.Status, a.Header))
	}
	r := op.Response(a.Status)
	if r == nil {
		return []Violation{{In: "status", Keyword: "status", Text: fmt.Sprintf("status %d is not documented for %s", a.Status, op.ID)}}
	}
	found := r.checkHeaders(a.Header)
	if contentType := first(a.Header["Content-Type"]); r.Schema != nil && !isJSON(contentType) {
		found = append(found, Violation{In: "header", Pointer: "Content-Type", Keyword: "contentMediaType",
			Text: fmt.Sprintf("%q, want application/json", contentType)})
	}
	return found
}

// CheckBody is the other part. It depends on nothing but the operation, the status and the body, so that
// whoever sees the same answer again and again need not ask again. A status that is not documented has no
// body to hold to.
func (c *Contract) CheckBody(op *Operation, status int, data []byte) []Violation {
	if c.foreign != nil {
		return c.checkForeignBody(op, status, data)
	}
	var schema *Schema
	if op != nil {
		r := op.Response(status)
		switch {
		case r == nil:
			return nil
		case r.Schema == nil && len(data) > 0:
			return []Violation{{In: "body", Keyword: "body", Text: fmt.Sprintf("a body of %d bytes, where none is documented", len(data))}}
		case r.Schema == nil:
			return nil
		}
		schema = r.Schema
	}
	body, err := decodeJSON(data)
	if err != nil {
		return []Violation{{In: "body", Keyword: "body", Text: err.Error()}}
	}
	var found []Violation
	if schema != nil {
		found = schema.Check("body", body)
	}
	return append(found, c.checkCode(op, status, body)...)
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func (r *Response) checkHeaders(header map[string][]string) []Violation {
	var found []Violation
	for _, h := range r.Headers {
		values := header[textproto.CanonicalMIMEHeaderKey(h.Name)]
		if len(values) == 0 {
			if h.Required {
				found = append(found, Violation{In: "header", Pointer: h.Name, Keyword: "required", Text: "the header is missing"})
			}
			continue
		}
		if h.Schema == nil {
			continue
		}
		parsed := (&Parameter{kinds: h.Schema.place.schemaKinds()}).parse(values[0])
		for _, v := range h.Schema.Check("header", parsed) {
			v.Pointer = h.Name
			found = append(found, v)
		}
	}
	return found
}

// checkCode holds the error code of a body to the catalogue.
func (c *Contract) checkCode(op *Operation, status int, body any) []Violation {
	code, _ := c.ErrorIn(body)
	bad := func(format string, args ...any) []Violation {
		return []Violation{{In: "body", Pointer: c.codePointer(), Keyword: "code", Text: fmt.Sprintf(format, args...)}}
	}
	switch {
	case status < 400 && code != "":
		return bad("a success with the error code %s", code)
	case status < 400 || code == "":
		return nil // a body without a code is its schema's business
	}
	var statuses []int
	for _, e := range c.catalogue.entries {
		if e.Code == code {
			statuses = append(statuses, e.Status)
		}
	}
	switch {
	case len(statuses) == 0:
		return bad("error code %q is not in the catalogue", code)
	case !slices.Contains(statuses, status):
		return bad("error code %s with status %d, the catalogue has it with %v", code, status, statuses)
	}
	return nil
}

func (c *Contract) codePointer() string {
	for _, name := range sortedKeys(c.catalogue.bodies) {
		if at := c.catalogue.bodies[name].PointerOf("code"); at != "" {
			return at
		}
	}
	return ""
}

// ErrorIn finds the error code and the messages of a decoded body, wherever one of the catalogue's shapes
// has them; empty when there are none.
func (c *Contract) ErrorIn(body any) (code string, messages []string) {
	for _, name := range sortedKeys(c.catalogue.bodies) {
		t := c.catalogue.bodies[name]
		if at := t.PointerOf("code"); at != "" && code == "" {
			code, _ = valueAt(body, at).(string)
		}
		for _, at := range t.pointersOf("message") {
			if m, ok := valueAt(body, at).(string); ok && !slices.Contains(messages, m) {
				messages = append(messages, m)
			}
		}
	}
	return code, messages
}

// pointersOf are all places where a placeholder stands by itself.
func (t *Template) pointersOf(placeholder string) []string {
	if at := t.PointerOf(placeholder); at == "/" {
		return []string{""}
	}
	var out []string
	for _, member := range t.members {
		for _, at := range member.pointersOf(placeholder) {
			out = append(out, "/"+strings.TrimSuffix(escapeToken(member.name)+at, "/"))
		}
	}
	return out
}
