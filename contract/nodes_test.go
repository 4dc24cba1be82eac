package contract

import (
	"os"
	"reflect"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/contract/internal/jsontree"
)

var trees = []string{
	"a: 1\nb: [x, {y: 2.50, z: null}, []]\n",
	`{"a": {"b": [1, "1", true, "true", 1e3, 0x10]}, "": ""}`,
	"base: &base\n  - one\n  - &two {deep: [2]}\nuse: *base\nagain: [*two, *two]\n",
	"text: |\n  two\n  lines\nfolded: >-\n  one\n  line\nquoted: 'it''s'\n",
	"a: &x 1\nb: *x\nc: &x 2\nd: *x\n",
	"own: !kind x\nnumber: !!str 5\nday: 2024-01-01\nbig: .inf\n",
}

// A document says the same as the tree of the library that it was made of, also when that is gone: values, texts, and
// where each stands.
func TestNodes(t *testing.T) {
	whole, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range append(trees, string(whole)) {
		if !sameNodes(t, source) {
			t.Errorf("not read: %.60q", source)
		}
	}
}

// An alias is what it stands for, wherever a value is looked at.
func TestAliases(t *testing.T) {
	d, ok := parse("dir/a.yaml", []byte(`
link: &link '#/there'
there: {status: 4}
use: {$ref: *link}
file: &file payload.json
example: {externalValue: *file}
rule: {pattern: *file, source: *link}
flow: [{in: path}]
`))
	if !ok {
		t.Fatal(d.problems)
	}
	if got := d.top().get("use", "status"); got.pointer != "/there/status" || got.literal() != "4" {
		t.Errorf("a reference through an alias leads to %q, %q", got.pointer, got.literal())
	}
	if got := payloadFiles(d); len(got) != 1 || got[0] != "dir/payload.json" {
		t.Errorf("files %q", got)
	}
	rule := d.top().get("rule")
	if !rule.anyLiteral(func(text string) bool { return text == "payload.json" }) || rule.anyLiteral(func(text string) bool { return text == "#/there" }) {
		t.Error("a rule mentions what its aliases stand for, and nothing of its sources")
	}
	if got := d.atPosition(8, 9); got.pointer != "/flow/0" {
		t.Errorf("at 8:9 stands %q", got.pointer)
	}
}

func FuzzNodes(f *testing.F) {
	for _, source := range trees {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) { sameNodes(t, source) })
}

// sameNodes holds a document to the library's tree; false when there is none.
func sameNodes(t *testing.T, source string) bool {
	t.Helper()
	d, ok := parse("a.yaml", []byte(source))
	if !ok {
		return false
	}
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(source), &root); err != nil {
		t.Fatal(err)
	}
	var before any
	errBefore := d.tree.yaml(0).Decode(&before)
	d.tree.settle()
	visits := 0
	sameNode(t, d.top(), root.Content[0], nil, &visits)
	var after any
	errAfter := d.tree.yaml(0).Decode(&after)
	if errBefore == nil && (errAfter != nil || !reflect.DeepEqual(plainNaN(before), plainNaN(after))) {
		t.Errorf("decoded as %v (%v), when the tree is gone as %v (%v)", before, errBefore, after, errAfter)
	}
	return true
}

func sameNode(t *testing.T, p place, n, key *yaml.Node, visits *int) {
	t.Helper()
	if *visits++; *visits > 100_000 { // aliases of aliases
		return
	}
	at := n
	if key != nil {
		at = key
	}
	if got := p.position(); got.Line != at.Line || got.Column != at.Column {
		t.Errorf("%s stands at %v, want %d:%d", p.pointer, got, at.Line, at.Column)
	}
	if n.Kind == yaml.AliasNode {
		if !p.isAlias() {
			t.Errorf("%s is no alias", p.pointer)
		}
		n = n.Alias
	}
	if p.form() != n.Kind {
		t.Fatalf("%s is %v, want %v", p.pointer, p.form(), n.Kind)
	}
	switch n.Kind {
	case yaml.ScalarNode:
		if p.literal() != n.Value || p.data() != jsontree.Scalar(n) {
			t.Errorf("%s is %q, %v; want %q, %v", p.pointer, p.literal(), p.data(), n.Value, jsontree.Scalar(n))
		}
	case yaml.MappingNode:
		i := 0
		p.each(func(name string, member place) {
			if name != n.Content[i].Value {
				t.Fatalf("%s has %q, want %q", p.pointer, name, n.Content[i].Value)
			}
			if found, ok := p.child(name); !ok || found != member {
				t.Errorf("%s: %v, want %v", member.pointer, found, member)
			}
			sameNode(t, member, n.Content[i+1], n.Content[i], visits)
			i += 2
		})
		if i != len(n.Content) || p.isEmpty() != (i == 0) {
			t.Errorf("%s has %d members, want %d", p.pointer, i/2, len(n.Content)/2)
		}
	case yaml.SequenceNode:
		items := p.items()
		if len(items) != len(n.Content) || p.isEmpty() != (len(items) == 0) {
			t.Fatalf("%s has %d items, want %d", p.pointer, len(items), len(n.Content))
		}
		for i, item := range items {
			sameNode(t, item, n.Content[i], nil, visits)
		}
	}
}

// plainNaN is a value without what does not equal itself.
func plainNaN(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			v[k] = plainNaN(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = plainNaN(inner)
		}
	case float64:
		if v != v {
			return "not a number"
		}
	}
	return v
}
