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
	tree     *nodes
	problems Problems
}

// top is the document's root.
func (d *document) top() place { return place{doc: d} }

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
	at      int32 // its node
	key     int32 // that of the key it stands under; 0, which is the root's, in arrays and at the root
	pointer string
}

func (p place) exists() bool { return p.doc != nil }

// knot is that of the value, or of an alias that stands for it. The place exists.
func (p place) knot() knot { return p.doc.tree.all[p.at] }

// value is the number of the node of the value itself. The place exists.
func (p place) value() int32 { return p.doc.tree.value(p.at) }

// form is what the value is in YAML; 0 for the zero place.
func (p place) form() yaml.Kind {
	if !p.exists() {
		return 0
	}
	return yaml.Kind(p.doc.tree.all[p.value()].kind)
}

// isAlias tells whether something else in the document stands there too.
func (p place) isAlias() bool { return p.exists() && p.knot().kind == uint8(yaml.AliasNode) }

// isEmpty tells whether nothing is in a mapping or sequence.
func (p place) isEmpty() bool { return p.doc.tree.all[p.value()].end == p.value()+1 }

// literal is a scalar as the source has it, without quotes; "" for anything else.
func (p place) literal() string {
	if p.form() != yaml.ScalarNode {
		return ""
	}
	return p.doc.tree.literal(p.value())
}

// position is that of the key, because that is what a reader looks for.
func (p place) position() Position {
	n := p.knot()
	if p.key != 0 {
		n = p.doc.tree.all[p.key]
	}
	return Position{p.doc.name, int(n.line), int(n.column)}
}

func (p place) addf(format string, args ...any) {
	p.doc.problems = append(p.doc.problems, Problem{
		Position: p.position(), Pointer: p.pointer, Text: fmt.Sprintf(format, args...)})
}

// child is a member of a mapping or an item of a sequence.
func (p place) child(token string) (found place, ok bool) {
	switch p.form() {
	case yaml.MappingNode:
		for key, value := range p.doc.tree.members(p.value()) {
			if p.doc.tree.literal(key) == token {
				return place{p.doc, value, key, p.pointer + "/" + escapeToken(token)}, true
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 {
			for item := range p.doc.tree.children(p.value()) {
				if i--; i < 0 {
					return place{p.doc, item, 0, p.pointer + "/" + token}, true
				}
			}
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
		if !ok || !strings.HasPrefix(ref.literal(), "#/") {
			return p
		}
		target, ok := p.doc.at(ref.literal()[1:])
		if !ok {
			return p
		}
		p = target
	}
	return p
}

// each visits the members of a mapping, in the order of the document.
func (p place) each(visit func(name string, member place)) {
	if p.form() != yaml.MappingNode {
		return
	}
	for key, value := range p.doc.tree.members(p.value()) {
		name := p.doc.tree.literal(key)
		visit(name, place{p.doc, value, key, p.pointer + "/" + escapeToken(name)})
	}
}

// items are the values of a sequence.
func (p place) items() []place {
	if p.form() != yaml.SequenceNode {
		return nil
	}
	out := make([]place, 0, p.doc.tree.width(p.value()))
	for item := range p.doc.tree.children(p.value()) {
		out = append(out, place{p.doc, item, 0, p.pointer + "/" + strconv.Itoa(len(out))})
	}
	return out
}

// text is the value of a string; "" for anything else.
func (p place) text() string {
	if p.form() != yaml.ScalarNode {
		return ""
	}
	text, _ := p.doc.tree.scalar(p.value()).(string)
	return text
}

// data is the value as encoding/json would decode it with UseNumber.
func (p place) data() any { return p.dataOf(func(string) bool { return true }) }

// dataOf is data with the members, at any depth, whose names are wanted.
func (p place) dataOf(wanted func(string) bool) any {
	if !p.exists() {
		return nil
	}
	return p.doc.tree.data(p.at, wanted)
}

// decode fills a struct whose shape the vocabulary's schema has checked before.
func (p place) decode(into any) bool {
	if err := p.doc.tree.yaml(p.at).Decode(into); err != nil {
		text := strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:\n  ")
		p.addf("not readable: %s", strings.ReplaceAll(text, "\n  ", "; "))
		return false
	}
	return true
}
