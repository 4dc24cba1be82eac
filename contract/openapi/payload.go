package openapi

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// payload is a body that is ready to be sent.
type payload struct {
	data []byte
	name string // of the example
	note string
	err  error // nothing can be answered: an Unmet
}

// example is a documented value of a body.
type example struct {
	name  string
	value any // as encoding/json decodes it
}

// examples are the documented values, in the order of the document. One that has no name is called example.
func (m *Media) examples() []example {
	var out []example
	if one := m.at.child("example"); one.exists() {
		out = append(out, example{"example", plain(one.value)})
	}
	m.at.get("examples").each(func(name string, at place) {
		at = at.resolve()
		if external := at.child("externalValue").text(); external != "" {
			if value, ok := m.external(external, at); ok {
				out = append(out, example{name, value})
			}
			return
		}
		if value := at.child("value"); value.exists() {
			out = append(out, example{name, plain(value.value)})
		}
	})
	return out
}

// external reads an example that stands in a file beside the document.
func (m *Media) external(name string, at place) (any, bool) {
	file := path.Join(path.Dir(at.file.name), unescapeURL(name))
	if strings.Contains(name, "://") || !fs.ValidPath(file) {
		at.warn("externalValue %q lies outside the folder of the document; nothing is fetched", name)
		return nil, false
	}
	data, err := fs.ReadFile(at.doc.fsys, file)
	if err != nil {
		at.warn("externalValue %q: %v", name, reason(err))
		return nil, false
	}
	if isJSON(m.Type) {
		if value, err := decodeJSON(data); err == nil {
			return value, true
		}
	}
	return string(data), true
}

// usual is the body where no example is asked for. It is worked out once.
func (m *Media) usual() payload {
	m.once.Do(func() { m.answer = m.find() })
	return m.answer
}

func (m *Media) find() payload {
	schema := m.schema(outward)
	examples := m.examples()
	for _, e := range examples {
		if !m.judged() || len(schema.Check("example", e.value)) == 0 {
			return m.encode(e.name, e.value)
		}
		if text, ok := e.value.(string); ok { // JSON in quotes is a common slip
			if value, err := decodeJSON([]byte(text)); err == nil && len(schema.Check("example", value)) == 0 {
				return m.encode(e.name, value)
			}
		}
	}
	value, err := schema.Value()
	switch {
	case err == nil && m.judged():
		p := m.encode("", value)
		if len(examples) > 0 {
			p.note = fmt.Sprintf("example %q breaks its schema, so the body is made from the schema", examples[0].name)
		}
		return p
	case len(examples) > 0:
		p := m.encode(examples[0].name, examples[0].value)
		p.note = strings.TrimPrefix(p.note+"; the example breaks its schema", "; ")
		return p
	case err != nil && m.judged():
		return payload{err: &Unmet{err.Error()}}
	}
	return m.encode("", value)
}

// judged tells whether a schema can speak of this form of a body.
func (m *Media) judged() bool { return isJSON(m.concrete()) }

// encode writes a value in the form of the media. What is no JSON is sent as it stands, if it is a text.
func (m *Media) encode(name string, value any) payload {
	if m.judged() {
		if value == nil && name == "" && !m.at.child("schema").exists() {
			return payload{note: "the body is empty: the document gives it neither an example nor a schema"}
		}
		data, err := encodeJSON(value)
		if err != nil {
			return payload{err: &Unmet{fmt.Sprintf("the value of %s cannot be written as JSON: %v", m.at, err)}}
		}
		return payload{data: data, name: name}
	}
	text, isText := value.(string)
	kind, _, _ := strings.Cut(m.Type, "/")
	switch {
	case isText && name != "":
		return payload{data: []byte(text), name: name}
	case strings.Contains(m.Type, "xml") || kind != "text" && kind != "application":
	case isText || kind == "text" && value != nil:
		return payload{data: []byte(scalarText(value)), name: name}
	}
	return payload{name: name, note: fmt.Sprintf("the body is empty: %s has no example that is a text", m.Type)}
}

// Examples counts the documented bodies of the operation, requests and answers.
func (op *Operation) Examples() int {
	n := 0
	if body := op.parts().body; body != nil {
		for _, m := range body.Media {
			n += len(m.examples())
		}
	}
	for _, r := range op.parts().responses {
		for _, m := range r.Media {
			n += len(m.examples())
		}
	}
	return n
}
