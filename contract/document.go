package contract

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is a parsed source together with the places of all its values. Problems gather in it, so
// that one load reports everything.
type document struct {
	name     string
	root     *yaml.Node
	problems Problems
}

func (d *document) addAt(n *yaml.Node, pointer, format string, args ...any) {
	d.problems = append(d.problems, Problem{
		Position: Position{d.name, n.Line, n.Column}, Pointer: pointer, Text: fmt.Sprintf(format, args...)})
}

// top is the document's root.
func (d *document) top() place { return place{doc: d, node: d.root} }

// at finds the value under a JSON pointer; the nearest value above it when there is none.
func (d *document) at(pointer string) (place, bool) {
	p := d.top()
	for _, token := range pointerTokens(pointer) {
		next, ok := p.child(token)
		if !ok {
			return p, false
		}
		p = next
	}
	return p, true
}

// place is a value of a document together with where it stands. The zero place holds nothing.
type place struct {
	doc     *document
	node    *yaml.Node
	key     *yaml.Node // the key it stands under, nil in arrays and at the root
	pointer string
}

func (p place) exists() bool { return p.node != nil }

func (p place) value() *yaml.Node {
	if p.node != nil && p.node.Kind == yaml.AliasNode {
		return p.node.Alias
	}
	return p.node
}

// position is that of the key, because that is what a reader looks for.
func (p place) position() Position {
	if p.key != nil {
		return Position{p.doc.name, p.key.Line, p.key.Column}
	}
	return Position{p.doc.name, p.node.Line, p.node.Column}
}

func (p place) addf(format string, args ...any) {
	p.doc.problems = append(p.doc.problems, Problem{
		Position: p.position(), Pointer: p.pointer, Text: fmt.Sprintf(format, args...)})
}

// child is a member of a mapping or an item of a sequence.
func (p place) child(token string) (place, bool) {
	n := p.value()
	if n == nil {
		return place{}, false
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == token {
				return place{p.doc, n.Content[i+1], n.Content[i], p.pointer + "/" + escapeToken(token)}, true
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(n.Content) {
			return place{p.doc, n.Content[i], nil, p.pointer + "/" + token}, true
		}
	}
	return place{}, false
}

// get is child with references followed.
func (p place) get(tokens ...string) place {
	for _, token := range tokens {
		c, ok := p.child(token)
		if !ok {
			return place{}
		}
		p = c.resolve()
	}
	return p
}

// resolve follows a chain of $ref inside the document; a broken or endless chain ends where it breaks
// (kin-openapi reports it).
func (p place) resolve() place {
	for range 32 {
		ref, ok := p.child("$ref")
		if !ok || !strings.HasPrefix(ref.node.Value, "#/") {
			return p
		}
		target, ok := p.doc.at(ref.node.Value[1:])
		if !ok {
			return p
		}
		p = target
	}
	return p
}

// each visits the members of a mapping, in the order of the document.
func (p place) each(visit func(name string, member place)) {
	n := p.value()
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		visit(name, place{p.doc, n.Content[i+1], n.Content[i], p.pointer + "/" + escapeToken(name)})
	}
}

// items are the values of a sequence.
func (p place) items() []place {
	n := p.value()
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	out := make([]place, len(n.Content))
	for i, c := range n.Content {
		out[i] = place{p.doc, c, nil, p.pointer + "/" + strconv.Itoa(i)}
	}
	return out
}

// text is the value of a string; "" for anything else.
func (p place) text() string {
	if n := p.value(); n != nil && n.Kind == yaml.ScalarNode {
		text, _ := scalar(n).(string)
		return text
	}
	return ""
}

// data is the value as encoding/json would decode it with UseNumber.
func (p place) data() any {
	if p.node == nil {
		return nil
	}
	return nodeData(p.node, func(string) bool { return true })
}

// nodeData decodes a node, with the members whose names are wanted.
func nodeData(n *yaml.Node, wanted func(string) bool) any {
	switch n.Kind {
	case yaml.AliasNode:
		return nodeData(n.Alias, wanted)
	case yaml.MappingNode:
		out := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			if name := n.Content[i].Value; wanted(name) {
				out[name] = nodeData(n.Content[i+1], wanted)
			}
		}
		return out
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, item := range n.Content {
			out[i] = nodeData(item, wanted)
		}
		return out
	}
	return scalar(n)
}

// decode fills a struct whose shape the vocabulary's schema has checked before.
func (p place) decode(into any) bool {
	if err := p.value().Decode(into); err != nil {
		text := strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:\n  ")
		p.addf("not readable: %s", strings.ReplaceAll(text, "\n  ", "; "))
		return false
	}
	return true
}
