package derive

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/derive/page"
)

// Draft is an OpenAPI 3.1 document that says what the pages say.
type Draft struct {
	Document []byte // YAML
	Coverage Coverage
}

// drafter writes the document of a set.
type drafter struct {
	set      *Set
	ops      []*merged
	schemas  *schemas
	bodies   *bodies
	codes    []*Code
	shaper   *shaper
	marked   map[string][]contradiction // of examples, by pointer to the example in the document
	attached map[*page.Table]bool
	failed   bool // a response speaks of the body of failures
	counts   counts
}

type counts struct{ parameters, examples int }

// merged is an operation with the pages that describe it, the latest last.
type merged struct {
	*Operation
	all []*Operation
}

// Operations lists the operations of all pages, one for each method and path, as the last page describes it that does.
func (s *Set) Operations() []*Operation {
	var out []*Operation
	for _, m := range s.ops {
		out = append(out, m.Operation)
	}
	return out
}

// merge joins what different pages say of the same method and path. Names of path parameters do not count.
func (s *Set) merge() []*merged {
	byKey := map[string]*merged{}
	var out []*merged
	for _, p := range s.Pages {
		for _, op := range p.Operations {
			key := op.Method + " " + pathKey(op.Path)
			if m := byKey[key]; m != nil {
				m.all = append(m.all, op)
				m.Operation = op
				continue
			}
			byKey[key] = &merged{op, []*Operation{op}}
			out = append(out, byKey[key])
		}
	}
	slices.SortStableFunc(out, func(a, b *merged) int {
		return cmp.Or(cmp.Compare(pathKey(a.Path), pathKey(b.Path)), cmp.Compare(a.Method, b.Method))
	})
	ops := make([]*Operation, len(out))
	for i, m := range out {
		ops[i] = m.Operation
	}
	operationIDs(ops)
	return out
}

// pathKey is a path with its parameters nameless.
func pathKey(path string) string {
	for _, hole := range holes(path) {
		path = strings.Replace(path, "{"+hole+"}", "{}", 1)
	}
	return path
}

// Draft writes the document. The title may be empty. The error is ErrNothing when no page describes an operation,
// or says what keeps the document from being a contract, which is a defect of this package.
func (s *Set) Draft(title string) (*Draft, error) { return s.draft(title, false) }

func (s *Set) draft(title string, apart bool) (*Draft, error) {
	d := &drafter{set: s, ops: s.ops, codes: s.Codes(), marked: map[string][]contradiction{}, attached: map[*page.Table]bool{}}
	if len(d.ops) == 0 {
		return nil, ErrNothing
	}
	d.shaper = &shaper{made: map[*Object]*shape{}}
	d.schemas = &schemas{names: map[string]*shape{}, of: map[*member]string{}, apart: apart}
	d.bodies = newBodies(d.codes)
	if title == "" {
		title = d.title()
	}
	shapes := d.shapes()
	d.write(title, shapes) // finds the structures that are one
	d.attach()
	if err := d.judgeExamples(d.write(title, shapes)); err != nil {
		return nil, err
	}
	data, err := encode(d.write(title, shapes))
	if err != nil {
		return nil, err
	}
	if err := loads(data); err != nil {
		return nil, err
	}
	return &Draft{Document: data, Coverage: d.coverage()}, nil
}

// attach gives tables that no row refers to as sources to the structures that they describe once more.
func (d *drafter) attach() {
	used := d.set.used()
	for _, p := range d.set.Pages {
		for _, t := range p.Tables {
			o := p.objects[t]
			if used[t] || !p.spare(t) || o.Name == "" || len(o.Rows) == 0 {
				continue
			}
			if d.schemas.attach(d.shaper.object(o)) {
				d.attached[t] = true
			}
		}
	}
}

func (d *drafter) title() string {
	if product := d.set.Pages[len(d.set.Pages)-1].Labels["product"]; product != "" {
		return "Draft of " + product
	}
	return "Draft"
}

func encode(n *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return nil, fmt.Errorf("the draft cannot be written: %w", err)
	}
	return b.Bytes(), e.Close()
}

// write makes the document anew. What the structures are is kept from one time to the next.
func (d *drafter) write(title string, shapes []*opShape) *yaml.Node {
	d.schemas.dropped, d.counts, d.failed = nil, counts{}, false
	paths := object()
	for _, op := range shapes {
		item := entry(paths, op.path)
		if item == nil {
			item = object()
			put(paths, op.path, item)
		}
		put(item, strings.ToLower(op.op.Method), d.operation(op))
	}
	components := object()
	all := object()
	for i := 0; i < len(d.schemas.ordered); i++ {
		name := d.schemas.ordered[i]
		put(all, name, d.schemas.structure(d.schemas.names[name]))
	}
	if d.failed {
		put(all, d.failureName(), d.failure())
	}
	if len(all.Content) > 0 {
		put(components, "schemas", all)
	}
	if errors := d.catalogue(); errors != nil {
		put(components, "x-tally-errors", errors)
	}
	doc := object("openapi", "3.1.0", "info", object("title", title, "version", text("0.1.0"),
		"description", "Drafted by tally derive. Every statement names the row of the page that it comes from."),
		"servers", list(object("url", "http://127.0.0.1:8080")), "paths", paths)
	if len(components.Content) > 0 {
		put(doc, "components", components)
	}
	return doc
}

// catalogue writes x-tally-errors; nil without codes.
func (d *drafter) catalogue() *yaml.Node {
	if len(d.codes) == 0 {
		return nil
	}
	shapes := object()
	for _, name := range d.bodies.names {
		put(shapes, name, anyNode(d.bodies.shapes[name]))
	}
	if len(d.bodies.names) == 0 {
		put(shapes, "body1", object("code", "${code}", "message", "${message}"))
	}
	codes := object()
	for i := 0; i < len(d.codes); {
		end := i + 1
		for end < len(d.codes) && d.codes[end].Code == d.codes[i].Code {
			end++
		}
		put(codes, d.codes[i].Code, d.code(d.codes[i:end]))
		i = end
	}
	return object("bodies", shapes, "codes", codes)
}

// code writes one code; rows that give it another status or message are its variants.
func (d *drafter) code(rows []*Code) *yaml.Node {
	n := d.codeEntry(rows[0])
	operations := list()
	for _, id := range d.bodies.shown[rows[0].Code] {
		operations.Content = append(operations.Content, text(id))
	}
	at := len(n.Content) - 2 // before the source
	n.Content = slices.Insert(n.Content, at, text("operations"), flow(operations))
	if body := d.bodies.body[rows[0].Code]; body != "" && body != d.bodies.names[0] {
		put(n, "body", text(body))
	}
	if len(rows) > 1 {
		variants := object()
		for i, r := range rows[1:] {
			put(variants, "v"+strconv.Itoa(i+2), d.codeEntry(r))
		}
		put(n, "variants", variants)
	}
	return n
}

func (d *drafter) codeEntry(c *Code) *yaml.Node {
	status, basis := c.Status, "documented"
	var notes []string
	if status == 0 {
		status, basis = 400, "inferred"
		if c.Internal {
			status = 500
		}
		notes = append(notes, "The table gives no status.")
	}
	message := Template(c.Message)
	if message == "" {
		message = "{}"
		notes = append(notes, "The table gives no message.")
	}
	return object("status", number(strconv.Itoa(status)), "message", quotedText(message), "meaning", reference(c.Places[0]),
		"provoke", "none", "source", source(basis, "text", c.Places, notes))
}

// Template is a message of a table with the placeholders of the vocabulary, {}, for those of C.
func Template(message string) string { return percent.Replace(message) }

// percent makes placeholders of C those of the vocabulary.
var percent = strings.NewReplacer("%s", "{}", "%d", "{}", "%v", "{}")

// anyNode writes decoded JSON with sorted members.
func anyNode(v any) *yaml.Node {
	switch v := v.(type) {
	case map[string]any:
		n := object()
		for _, name := range sortedKeys(v) {
			put(n, name, anyNode(v[name]))
		}
		return n
	case string:
		return quotedText(v)
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
}
