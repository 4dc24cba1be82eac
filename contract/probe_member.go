package contract

import (
	"slices"
	"strconv"
	"strings"
)

// spot is a place in a body or a parameter, with all schemas that speak of it.
type spot struct {
	pointer  string  // JSON pointer into the body; "" for all of it
	places   []place // not empty
	required bool
	choice   string // anyOf or oneOf when one of several alternatives requires it
	source   Source
}

func (s spot) name() string { return strings.TrimPrefix(s.pointer, "/") }

func (s spot) branches() []place {
	var out []place
	for _, p := range s.places {
		for _, b := range p.branches() {
			if !slices.ContainsFunc(out, func(o place) bool { return o.pointer == b.pointer }) {
				out = append(out, b)
			}
		}
	}
	return out
}

func (s spot) kinds() []string {
	var out []string
	for _, p := range s.places {
		out = append(out, p.schemaKinds()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// all gathers the values of a keyword.
func (s spot) all(keyword string) []place {
	var out []place
	for _, b := range s.branches() {
		if at, ok := b.child(keyword); ok {
			out = append(out, at)
		}
	}
	return out
}

// texts are the texts under a keyword, which holds one or a list.
func (s spot) texts(keyword string) []string {
	var out []string
	for _, at := range s.all(keyword) {
		for _, p := range append(at.items(), at) {
			if text, ok := p.data().(string); ok && !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

// numbers are the values of a numeric keyword, each once.
func (s spot) numbers(keyword string) []int64 {
	var out []int64
	for _, at := range s.all(keyword) {
		if n, err := strconv.ParseInt(at.literal(), 10, 64); err == nil && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// members are the members of an object, the items of an array as the member 0, and any member of a map.
func (s spot) members() []spot {
	var out []spot
	add := func(name string, p place) {
		pointer := s.pointer + "/" + escapeToken(name)
		i := slices.IndexFunc(out, func(m spot) bool { return m.pointer == pointer })
		if i < 0 {
			i = len(out)
			out = append(out, spot{pointer: pointer})
		}
		out[i].places = append(out[i].places, p)
	}
	for _, b := range s.branches() {
		b.get("properties").each(add)
		if items, ok := b.child("items"); ok {
			add("0", items)
		}
		if values, ok := b.child("additionalProperties"); ok && values.resolve().get("type").exists() {
			add("key", values)
		}
	}
	for i := range out {
		m := &out[i]
		m.source = m.ownSource(s.source)
		for _, b := range s.branches() {
			for _, r := range b.get("required").items() {
				if s.pointer+"/"+escapeToken(r.text()) != m.pointer {
					continue
				}
				if choice := choiceOf(b); choice != "" {
					m.choice = choice
				} else {
					m.required = true
				}
			}
		}
	}
	return out
}

// choiceOf is the keyword whose alternative a branch is, "" for none.
func choiceOf(b place) string {
	tokens := pointerTokens(b.pointer)
	if n := len(tokens); n >= 2 && (tokens[n-2] == "anyOf" || tokens[n-2] == "oneOf") {
		return tokens[n-2]
	}
	return ""
}

// ownSource is what stands at the member, behind its reference, or above it.
func (s spot) ownSource(above Source) Source {
	for _, b := range s.branches() {
		if source := sourceOf(b); source.Basis != "" {
			return source
		}
	}
	return above
}
