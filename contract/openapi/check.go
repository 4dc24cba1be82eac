package openapi

import (
	"fmt"
	"net/http"
)

// CheckHead lists what the status and the headers of an answer break.
func (op *Operation) CheckHead(status int, header map[string][]string) []Violation {
	r := op.response(status)
	if r == nil {
		return []Violation{{In: "status", Keyword: "status", Text: fmt.Sprintf("status %d is not documented for %s", status, op.ID)}}
	}
	var found []Violation
	for _, h := range r.Headers {
		values := http.Header(header).Values(h.Name)
		switch {
		case len(values) > 0:
			schema := h.at.doc.schemas.at(h.at.child("schema"), outward)
			for _, v := range schema.Check("header", schema.decode((&Parameter{}).split(values[0], schema))) {
				v.Pointer = h.Name + v.Pointer
				found = append(found, v)
			}
		case h.Required:
			found = append(found, Violation{In: "header", Pointer: h.Name, Keyword: "required", Text: "the header is missing"})
		}
	}
	return found
}

// CheckBody lists what the body of an answer breaks. Only JSON is held to its schema. A status that is not
// documented has no body to hold to. Without a contentType the form is taken for the first that is documented.
func (op *Operation) CheckBody(status int, contentType string, data []byte) []Violation {
	r := op.response(status)
	if r == nil || len(data) == 0 {
		return nil
	}
	if len(r.Media) == 0 {
		return []Violation{{In: "body", Keyword: "body", Text: fmt.Sprintf("a body of %d bytes, where none is documented", len(data))}}
	}
	media := (&Body{Media: r.Media}).media(contentType)
	if media == nil {
		return []Violation{{In: "header", Pointer: "Content-Type", Keyword: "contentMediaType",
			Text: fmt.Sprintf("%q, want %s", contentType, (&Body{Media: r.Media}).wanted())}}
	}
	if !isJSON(contentType) && !(contentType == "" && media.judged()) {
		return nil
	}
	value, err := decodeJSON(data)
	if err != nil {
		return []Violation{{In: "body", Keyword: "body", Text: "want JSON: " + err.Error()}}
	}
	return media.schema(outward).Check("body", value)
}

// Examine compiles every schema and holds every example to its own, so that Warnings is complete.
func (d *Document) Examine() {
	for _, op := range d.operations {
		p := op.parts()
		for _, param := range p.parameters {
			param.compiled()
		}
		if p.body != nil {
			examine(p.body.Media, inward)
		}
		for _, r := range p.responses {
			examine(r.Media, outward)
			for _, h := range r.Headers {
				d.schemas.at(h.at.child("schema"), outward)
			}
		}
	}
}

func examine(media []*Media, way direction) {
	for _, m := range media {
		schema := m.schema(way)
		if !m.judged() {
			continue
		}
		for _, e := range m.examples() {
			if found := schema.Check("example", e.value); len(found) > 0 {
				m.at.warn("example %q breaks its schema: %s", e.name, found[0])
			}
		}
	}
}
