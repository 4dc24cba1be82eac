package contract_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick"
)

// statement is a place of the embedded document with the source it gives, read without package contract, so
// that the tests do not judge the loader by itself.
type statement struct {
	pointer string
	line    int
	node    *yaml.Node
	source  *source // nil when it gives none
}

type source struct {
	Basis string
	At    []citation
	line  int
}

type citation struct {
	Edition, Page, Row, Part string
	Table                    int
}

func (s statement) cites() bool {
	return s.source != nil && slices.ContainsFunc(s.source.At, func(c citation) bool { return c.Page != "" })
}

// found is a statement that names a page, or why it does not: the text of a test's failure.
func (s statement) wanting() string {
	switch {
	case s.source == nil:
		return fmt.Sprintf("openapi.yaml:%d: %s has no source", s.line, s.pointer)
	case !s.cites() && s.source.Basis != "assumed":
		return fmt.Sprintf("openapi.yaml:%d: %s is %s, but names no page", s.line, s.pointer, s.source.Basis)
	}
	return ""
}

// member finds a member of a mapping and the line of its key.
func member(n *yaml.Node, name string) (*yaml.Node, int) {
	if n == nil {
		return nil, 0
	}
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1], n.Content[i].Line
		}
	}
	return nil, 0
}

// at follows names from the root of the document.
func at(t *testing.T, root *yaml.Node, names ...string) *yaml.Node {
	t.Helper()
	for _, name := range names {
		next, _ := member(root, name)
		if next == nil {
			t.Fatalf("the document has no %s in %s", name, strings.Join(names, "/"))
		}
		root = next
	}
	return root
}

// sourceIn reads a source that stands under a key.
func sourceIn(t *testing.T, n *yaml.Node, key string) *source {
	t.Helper()
	v, line := member(n, key)
	if v == nil {
		return nil
	}
	s := &source{line: line}
	if err := v.Decode(s); err != nil {
		t.Fatal(err)
	}
	return s
}

func document(t *testing.T) *yaml.Node {
	t.Helper()
	data, err := fs.ReadFile(tallystick.Files, tallystick.Document)
	if err != nil {
		t.Fatal(err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	return root.Content[0]
}

// each makes a statement of every member of a mapping; key is where their source stands.
func each(t *testing.T, n *yaml.Node, pointer, key string) []statement {
	t.Helper()
	var out []statement
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		out = append(out, statement{pointer + "/" + name, n.Content[i].Line, n.Content[i+1], sourceIn(t, n.Content[i+1], key)})
	}
	return out
}

// properties are the members of all component schemas, also those of objects within them, by schema.
func properties(t *testing.T, root *yaml.Node) map[string][]statement {
	t.Helper()
	out := map[string][]statement{}
	var walk func(schema, pointer string, n *yaml.Node)
	walk = func(schema, pointer string, n *yaml.Node) {
		if members, _ := member(n, "properties"); members != nil {
			for _, s := range each(t, members, pointer, "x-tally-source") {
				out[schema] = append(out[schema], s)
				walk(schema, s.pointer, s.node)
			}
		}
		if items, _ := member(n, "items"); items != nil {
			walk(schema, pointer+"/*", items)
		}
	}
	for _, s := range each(t, at(t, root, "components", "schemas"), "", "x-tally-source") {
		walk(s.pointer[1:], s.pointer[1:], s.node)
	}
	return out
}

// operations calls visit for each operation of the document.
func operations(t *testing.T, root *yaml.Node, visit func(id string, op *yaml.Node)) {
	t.Helper()
	for _, path := range each(t, at(t, root, "paths"), "", "x-tally-source") {
		for _, op := range each(t, path.node, path.pointer, "x-tally-source") {
			if id, _ := member(op.node, "operationId"); id != nil {
				visit(id.Value, op.node)
			}
		}
	}
}

// listed makes a statement of every item of a list, whose source is a member.
func listed(t *testing.T, n *yaml.Node, pointer string) []statement {
	t.Helper()
	var out []statement
	if n == nil {
		return nil
	}
	for i, item := range n.Content {
		name := fmt.Sprint(i)
		if id, _ := member(item, "id"); id != nil {
			name = id.Value
		}
		out = append(out, statement{pointer + "/" + name, item.Line, item, sourceIn(t, item, "source")})
	}
	return out
}

func (c citation) String() string {
	text := c.Edition + " " + c.Page
	if c.Table != 0 {
		text += fmt.Sprintf(" table %d", c.Table)
	}
	if c.Row != "" {
		text += " row " + c.Row
	}
	if c.Part != "" {
		text += " " + c.Part
	}
	return text
}
