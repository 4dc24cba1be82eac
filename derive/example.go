package derive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive/page"
)

// contradiction is a place where an example breaks what its tables say.
type contradiction struct{ pointer, says string }

// exampleKey names an example of the document.
func exampleKey(operation, status, name string) string {
	return operation + " " + status + " " + name
}

// examples writes the examples of a part; those with a status of their own belong to that answer. With first, the
// answer takes those without one. nil when there are none.
func (d *drafter) examples(o *opShape, part page.Part, own, key string) *yaml.Node {
	return d.examplesFor(o, part, own, key, true)
}

func (d *drafter) examplesFor(o *opShape, part page.Part, own, key string, first bool) *yaml.Node {
	n := object()
	for _, e := range o.examples {
		if e.Part != part || e.Payload == nil || entry(n, e.name) != nil {
			continue
		}
		if part != page.RequestPart && e.Status != own && !(first && e.Status == "") {
			continue
		}
		value, err := payload(e.Payload)
		if err != nil {
			continue
		}
		d.counts.examples++
		one := object("value", value)
		put(one, "x-tally-source", d.exampleSource(e, d.marked[exampleKey(o.op.ID, key, e.name)]))
		put(n, e.name, one)
	}
	if len(n.Content) == 0 {
		return nil
	}
	return n
}

func (d *drafter) exampleSource(e *shown, marked []contradiction) *yaml.Node {
	var notes []string
	for i, r := range e.Repairs {
		if i == 5 {
			notes = append(notes, fmt.Sprintf("And %d more repairs.", len(e.Repairs)-i))
			break
		}
		notes = append(notes, fmt.Sprintf("Repaired at line %d, column %d: %s.", r.Line, r.Column, r.Text))
	}
	n := source("documented", "example", []Place{e.Place}, notes)
	if len(marked) == 0 {
		return n
	}
	all := list()
	for _, c := range marked {
		all.Content = append(all.Content, object("pointer", quotedText(c.pointer), "says", c.says, "reading", "The table stands."))
	}
	put(n, "contradicts", all)
	return n
}

// judgeExamples holds every example to its schema, as the contract compiles it, and notes where they differ.
func (d *drafter) judgeExamples(doc *yaml.Node) error {
	found := examplesIn(doc)
	data, err := encode(doc)
	if err != nil {
		return err
	}
	c, err := load(data)
	if err != nil {
		return err
	}
	for _, f := range found {
		schema := schemaFor(c.Operation(f.operation), f.status)
		if schema == nil {
			continue
		}
		key := exampleKey(f.operation, f.status, f.name)
		for _, v := range schema.Check("example", f.value) {
			known := slices.ContainsFunc(d.marked[key], func(c contradiction) bool { return c.pointer == v.Pointer })
			if !known {
				d.marked[key] = append(d.marked[key], contradiction{v.Pointer, v.Text})
			}
		}
	}
	return nil
}

type foundExample struct {
	operation, status, name string
	value                   any
}

// examplesIn takes the examples of bodies out of a document.
func examplesIn(doc *yaml.Node) []foundExample {
	var out []foundExample
	take := func(operation, status string, at *yaml.Node) {
		media := entry(entry(at, "content"), "application/json")
		for name, one := range pairs(entry(media, "examples")) {
			if name != "" {
				out = append(out, foundExample{operation, status, name, plainValue(entry(one, "value"))})
			}
		}
		if media != nil {
			drop(media, "examples")
		}
	}
	for _, item := range pairs(entry(doc, "paths")) {
		for _, op := range pairs(item) {
			id := entry(op, "operationId").Value
			take(id, "requestBody", entry(op, "requestBody"))
			for status, r := range pairs(entry(op, "responses")) {
				take(id, status, r)
			}
		}
	}
	return out
}

// pairs goes through the members of a mapping; of nil, through none.
func pairs(n *yaml.Node) func(func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, n.Content[i+1]) {
				return
			}
		}
	}
}

func drop(n *yaml.Node, name string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			n.Content = slices.Delete(n.Content, i, i+2)
			return
		}
	}
}

// plainValue is a payload as the contract decodes it.
func plainValue(n *yaml.Node) any {
	switch {
	case n == nil || n.Tag == "!!null":
		return nil
	case n.Kind == yaml.MappingNode:
		out := map[string]any{}
		for name, v := range pairs(n) {
			out[name] = plainValue(v)
		}
		return out
	case n.Kind == yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, c := range n.Content {
			out[i] = plainValue(c)
		}
		return out
	case n.Tag == "!!bool":
		return n.Value == "true"
	case n.Tag == "!!int" || n.Tag == "!!float":
		return json.Number(n.Value)
	}
	return n.Value
}

func schemaFor(op *contract.Operation, status string) *contract.Schema {
	if op == nil {
		return nil
	}
	if status == "requestBody" {
		if op.Body == nil {
			return nil
		}
		return op.Body.Schema
	}
	n, err := strconv.Atoi(status)
	if err != nil {
		n = 0
	}
	for _, r := range op.Responses {
		if r.Status == n {
			return r.Schema
		}
	}
	return nil
}

// draftName is the file name that problems of a draft carry.
const draftName = "draft.yaml"

// oneFile is a file system that holds the draft and nothing else.
type oneFile []byte

// Open implements fs.FS; the draft is read at once, and there is nothing else.
func (oneFile) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadFile implements fs.ReadFileFS.
func (f oneFile) ReadFile(name string) ([]byte, error) {
	if name != draftName {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return f, nil
}

func load(data []byte) (*contract.Contract, error) {
	c, err := contract.Load(oneFile(data), draftName)
	if err == nil {
		return c, nil
	}
	var problems contract.Problems
	if errors.As(err, &problems) && len(problems) > 3 {
		problems = append(contract.Problems{}, problems[:3]...)
		return nil, fmt.Errorf("the draft is no contract; please report the page that leads to this:\n%s", strings.TrimSpace(problems.Error()))
	}
	return nil, fmt.Errorf("the draft is no contract; please report the page that leads to this:\n%w", err)
}

// loads tells whether a document is a contract.
func loads(data []byte) error {
	_, err := load(data)
	return err
}
