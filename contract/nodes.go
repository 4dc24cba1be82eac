package contract

import (
	"iter"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/contract/internal/jsontree"
)

// nodes are a tree of YAML, one behind the other as they stand in the document, each before what is in it. A contract
// keeps its document for as long as it lives: in this form it has no pointers that a collector would follow, and takes
// a fifth of the memory.
type nodes struct {
	all  []knot
	text string   // what the scalars say, one behind the other; whoever keeps a part keeps all
	tags []string // each once

	source []*yaml.Node // what they were made of, while the document is read
}

// knot is one of them. Keys of mappings are nodes too, each before its value.
type knot struct {
	kind         uint8 // a yaml.Kind
	flow         bool  // a collection in JSON's form
	tag          int32 // its number
	line, column int32
	text, length int32 // where its text begins; of a scalar
	end          int32 // the number of the node behind it and all that is in it
	alias        int32 // the node that it stands for; of an alias
}

// newNodes copies a tree without endless aliases, of fewer than 2^31 nodes and bytes: the library's own tree of one with
// more would not fit into a machine.
func newNodes(root *yaml.Node) *nodes {
	number, length := measure(root)
	t := &nodes{all: make([]knot, 0, number), source: make([]*yaml.Node, 0, number)}
	var text strings.Builder
	text.Grow(length)
	anchors, tags := map[*yaml.Node]int32{}, map[string]int32{}
	var add func(n *yaml.Node)
	add = func(n *yaml.Node) {
		at := len(t.all)
		if n.Anchor != "" {
			anchors[n] = int32(at)
		}
		tag, known := tags[n.Tag]
		if !known {
			tag, tags[n.Tag], t.tags = int32(len(t.tags)), int32(len(t.tags)), append(t.tags, n.Tag)
		}
		t.all = append(t.all, knot{kind: uint8(n.Kind), tag: tag, flow: n.Style&yaml.FlowStyle != 0, line: int32(n.Line), column: int32(n.Column)})
		t.source = append(t.source, n)
		switch n.Kind {
		case yaml.AliasNode:
			t.all[at].alias = anchors[n.Alias] // which stands before it
		case yaml.ScalarNode:
			t.all[at].text, t.all[at].length = int32(text.Len()), int32(len(n.Value))
			text.WriteString(n.Value)
		}
		for _, c := range n.Content {
			add(c)
		}
		t.all[at].end = int32(len(t.all))
	}
	add(root)
	t.text = text.String()
	return t
}

// measure is the number of nodes in a tree, with the length of all that they say.
func measure(n *yaml.Node) (number, length int) {
	number, length = 1, len(n.Value)
	for _, c := range n.Content {
		more, longer := measure(c)
		number, length = number+more, length+longer
	}
	return number, length
}

// settle lets go of what is needed only while the document is read.
func (t *nodes) settle() { t.source = nil }

// value is the node that an alias stands for, and any other node itself.
func (t *nodes) value(at int32) int32 {
	if t.all[at].kind == uint8(yaml.AliasNode) {
		return t.all[at].alias
	}
	return at
}

// literal is a scalar as the source has it, without quotes.
func (t *nodes) literal(at int32) string {
	n := t.all[at]
	return t.text[n.text : n.text+n.length]
}

// children are the items of a sequence, or the keys and values of a mapping in turn; none of an alias.
func (t *nodes) children(at int32) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for next := at + 1; next < t.all[at].end; next = t.all[next].end {
			if !yield(next) {
				return
			}
		}
	}
}

// width is the number of children.
func (t *nodes) width(at int32) (n int) {
	for range t.children(at) {
		n++
	}
	return n
}

// members are the keys of a mapping with their values.
func (t *nodes) members(at int32) iter.Seq2[int32, int32] {
	return func(yield func(key, value int32) bool) {
		for key := at + 1; key < t.all[at].end; {
			value := t.all[key].end
			if !yield(key, value) {
				return
			}
			key = t.all[value].end
		}
	}
}

// data is a value as encoding/json would decode it with UseNumber, with the members whose names are wanted.
func (t *nodes) data(at int32, wanted func(string) bool) any {
	at = t.value(at)
	switch yaml.Kind(t.all[at].kind) {
	case yaml.MappingNode:
		out := make(map[string]any, t.width(at)/2)
		for key, value := range t.members(at) {
			if name := t.literal(key); wanted(name) {
				out[name] = t.data(value, wanted)
			}
		}
		return out
	case yaml.SequenceNode:
		out := make([]any, 0, t.width(at))
		for item := range t.children(at) {
			out = append(out, t.data(item, wanted))
		}
		return out
	}
	return t.scalar(at)
}

// scalar is the value of a scalar as encoding/json would decode it with UseNumber.
func (t *nodes) scalar(at int32) any { return jsontree.Tagged(t.tags[t.all[at].tag], t.literal(at)) }

// yaml is a value in the library's form: the node that it was made of, or once that is gone a copy, with aliases
// expanded and without styles, from which structs, maps and lists are decoded as from the node.
func (t *nodes) yaml(at int32) *yaml.Node {
	at = t.value(at)
	if t.source != nil {
		return t.source[at]
	}
	n := t.all[at]
	out := &yaml.Node{Kind: yaml.Kind(n.kind), Tag: t.tags[n.tag], Value: t.literal(at), Line: int(n.line), Column: int(n.column)}
	for child := range t.children(at) {
		out.Content = append(out.Content, t.yaml(child))
	}
	return out
}
