package openapi

import (
	"path"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/contract/internal/jsontree"
)

// file is one document of the folder, parsed.
type file struct {
	name string
	root any
}

// place is a value together with where it stands. The zero place holds nothing.
type place struct {
	doc     *Document
	file    *file
	pointer string
	value   any
}

func (p place) exists() bool { return p.file != nil }

// String is the form in which messages name a place.
func (p place) String() string { return p.file.name + "#" + p.pointer }

// child is a member or an item, as it stands.
func (p place) child(token string) place {
	var value any
	switch v := p.value.(type) {
	case *object:
		found, ok := v.get(token)
		if !ok {
			return place{}
		}
		value = found
	case []any:
		i, err := strconv.Atoi(token)
		if err != nil || i < 0 || i >= len(v) {
			return place{}
		}
		value = v[i]
	default:
		return place{}
	}
	return place{p.doc, p.file, p.pointer + "/" + jsontree.Escape(token), value}
}

// get is child with references followed.
func (p place) get(tokens ...string) place {
	for _, token := range tokens {
		if p = p.child(token).resolve(); !p.exists() {
			return place{}
		}
	}
	return p
}

// resolve follows references to where they end; the zero place when they lead nowhere, or in a circle.
func (p place) resolve() place { return p.resolveWithin(maxReferences) }

// maxReferences bounds a chain of references.
const maxReferences = 32

func (p place) resolveWithin(budget int) place {
	for ; budget > 0; budget-- {
		ref, ok := p.child("$ref").value.(string)
		if !ok {
			return p
		}
		p = p.followWithin(ref, budget-1)
	}
	return place{}
}

// follow is what a reference that stands at a place leads to.
func (p place) follow(ref string) place { return p.followWithin(ref, maxReferences) }

func (p place) followWithin(ref string, budget int) place {
	name, fragment, _ := strings.Cut(ref, "#")
	if fragment == "/" {
		fragment = "" // which is wrong, but meant
	}
	target := p.file
	if name != "" {
		target = p.doc.files[path.Join(path.Dir(p.file.name), unescapeURL(name))]
	}
	if target == nil {
		return place{}
	}
	at := place{doc: p.doc, file: target, value: target.root}
	for _, token := range jsontree.Tokens(unescapeURL(fragment)) {
		// A pointer may lead through a reference, which is not allowed but often done.
		next := at.child(token)
		if !next.exists() && at.child("$ref").exists() {
			next = at.resolveWithin(budget).child(token)
		}
		if at = next; !at.exists() {
			return place{}
		}
	}
	return at
}

// each visits the members of an object, in the order of the document.
func (p place) each(visit func(name string, at place)) {
	o, ok := p.value.(*object)
	if !ok {
		return
	}
	for _, m := range o.members {
		visit(m.name, place{p.doc, p.file, p.pointer + "/" + jsontree.Escape(m.name), m.value})
	}
}

// items are the values of an array.
func (p place) items() []place {
	list, _ := p.value.([]any)
	out := make([]place, len(list))
	for i, v := range list {
		out[i] = place{p.doc, p.file, p.pointer + "/" + strconv.Itoa(i), v}
	}
	return out
}

func (p place) text() string { s, _ := p.value.(string); return s }

func (p place) truth() bool { b, _ := p.value.(bool); return b }

func (p place) warn(format string, args ...any) { p.doc.warn(p, format, args...) }
