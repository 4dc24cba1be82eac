package contract

import (
	"io/fs"
	"path"
	"strings"
)

// Example is a named payload of an operation. The request and the responses of one documented exchange
// have the same name.
type Example struct {
	Name     string
	Status   int    // 0 for a request
	Payload  any    // decoded JSON
	File     string // where the payload stands; "" for one inside the document
	Source   Source
	Position Position
}

// Example finds an operation's example; status 0 is the request.
func (op *Operation) Example(name string, status int) *Example {
	for _, e := range op.Examples {
		if e.Name == name && e.Status == status {
			return e
		}
	}
	return nil
}

// DocumentedRequest is the first request example that its schema accepts, the base of triggers and probes.
// nil when there is none.
func (op *Operation) DocumentedRequest() any { return op.documented }

// examples reads the named examples of a media type and holds each to its schema.
func (l *loader) examples(op *Operation, media place, status int) {
	if !media.exists() {
		return
	}
	at, _ := media.child("schema")
	if one, ok := media.child("example"); ok {
		op.Examples = append(op.Examples, &Example{Name: "example", Status: status, Payload: one.data(), Position: one.position()})
	}
	media.get("examples").each(func(name string, p place) {
		p = p.resolve()
		e := &Example{Name: name, Status: status, Source: sourceOf(p), Position: p.position()}
		if external, ok := p.child("externalValue"); ok {
			e.File = path.Join(path.Dir(l.doc.name), external.text())
			if !l.readPayload(e, external) {
				return
			}
		} else {
			e.Payload = p.get("value").data()
		}
		if schema := l.schemas.compile(at); schema != nil {
			violations := schema.Check("example", e.Payload)
			l.checkExample(e, violations, p)
			if status == 0 && op.documented == nil && len(violations) == 0 {
				op.documented = e.Payload
			}
		}
		op.Examples = append(op.Examples, e)
	})
}

func (l *loader) readPayload(e *Example, at place) bool {
	if strings.Contains(at.text(), "://") {
		at.addf("example %q: %s is not a path beside the document; nothing is fetched", e.Name, at.text())
		return false
	}
	data, err := fs.ReadFile(l.fsys, e.File)
	if err != nil {
		at.addf("example %q: %v", e.Name, err)
		return false
	}
	if e.Payload, err = decodeJSON(data); err != nil {
		at.addf("example %q: %s: %v", e.Name, e.File, err)
		return false
	}
	return true
}

// under words a pointer into a payload.
func under(pointer string) string {
	if pointer == "" {
		return ""
	}
	return " at " + pointer
}

// checkExample reports violations that the example's source does not own up to, and the other way round.
func (l *loader) checkExample(e *Example, violations []Violation, at place) {
	known := map[string]bool{}
	for _, c := range e.Source.Contradicts {
		known[c.Pointer] = true
		if valueAt(e.Payload, c.Pointer) == nil && c.Pointer != "" {
			parent := c.Pointer[:strings.LastIndexByte(c.Pointer, '/')]
			if valueAt(e.Payload, parent) == nil {
				at.addf("example %q is said to contradict at %s, where it has nothing", e.Name, c.Pointer)
			}
		}
	}
	for _, v := range violations {
		if !known[v.Pointer] {
			part := at
			if value, ok := at.child("value"); ok {
				part, _ = at.doc.at(value.pointer + v.Pointer)
			}
			part.addf("example %q breaks its schema%s: %s; correct one of them, or say so in contradicts of its x-tally-source", e.Name, under(v.Pointer), v.Text)
		}
	}
}
