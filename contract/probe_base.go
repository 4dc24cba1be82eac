package contract

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// node is a member with bodies that hold it in a valid form and would be accepted: the documented one where
// it has the member, else with as little added as possible.
type node struct {
	spot
	bases   []any
	present bool // in the documented body
}

// grow visits every member below a spot. bases are accepted bodies in which the spot has a value.
func (g *prober) grow(s *stage, at spot, bases []any, depth int) {
	if depth > 8 { // recursive schemas
		return
	}
	for _, m := range at.members() {
		tokens := pointerTokens(m.pointer)
		_, present := memberAt(s.body, tokens)
		n := node{spot: m, present: present}
		for _, base := range bases {
			for _, body := range g.bodiesWith(s, m, base) {
				n.bases = appendNew(n.bases, body)
			}
		}
		s.nodes = append(s.nodes, n)
		if len(n.bases) > 0 {
			g.grow(s, m, n.bases, depth+1)
		}
	}
}

// bodiesWith are accepted bodies that have a member: the base itself or the first value that can be added,
// and one in which the condition of the member's if holds.
func (g *prober) bodiesWith(s *stage, m spot, base any) []any {
	tokens := pointerTokens(m.pointer)
	accepted := func(body any) bool { return g.accepts(s.op, s.withBody(body), s.setup) == nil }
	var out []any
	if v, ok := memberAt(base, tokens); ok && v != nil {
		out = append(out, base)
	} else {
		for _, v := range m.values(0) {
			if body := put(base, tokens, v); v != nil && accepted(body) {
				out = append(out, body)
				break
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	if object, ok := valueAt(out[0], m.pointer).(map[string]any); ok {
		if met, ok := m.meetIf(object); ok {
			if body := put(out[0], tokens, met); accepted(body) {
				out = appendNew(out, body)
			}
		}
	}
	return out
}

func appendNew(list []any, value any) []any {
	text, _ := json.Marshal(value)
	if slices.ContainsFunc(list, func(o any) bool { t, _ := json.Marshal(o); return string(t) == string(text) }) {
		return list
	}
	return append(list, value)
}

// memberAt follows tokens through decoded JSON and tells null from nothing.
func memberAt(value any, tokens []string) (any, bool) {
	for _, token := range tokens {
		switch v := value.(type) {
		case map[string]any:
			member, ok := v[token]
			if !ok {
				return nil, false
			}
			value = member
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// removed is what put takes for taking a member out.
var removed any = &struct{ _ int }{}

// put is the value with a member set or removed; what leads there is copied.
func put(value any, tokens []string, member any) any {
	if len(tokens) == 0 {
		return member
	}
	if list, ok := value.([]any); ok {
		i, err := strconv.Atoi(tokens[0])
		if err != nil || i < 0 || i > len(list) {
			return value
		}
		out := slices.Clone(list)
		if i == len(list) {
			out = append(out, nil)
		}
		if out[i] = put(out[i], tokens[1:], member); out[i] == removed {
			out = slices.Delete(out, i, i+1)
		}
		return out
	}
	object, _ := value.(map[string]any)
	out := make(map[string]any, len(object)+1)
	maps.Copy(out, object)
	if out[tokens[0]] = put(object[tokens[0]], tokens[1:], member); out[tokens[0]] == removed {
		delete(out, tokens[0])
	}
	return out
}
