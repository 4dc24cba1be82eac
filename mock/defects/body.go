package defects

import (
	"bytes"
	"encoding/json"
	"maps"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// decode reads JSON as the contract does, with numbers as they are written; nil for what is none.
func decode(data []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil
	}
	return value
}

// at is a member by JSON pointer; nil when it is absent.
func at(body any, pointer string) any {
	object, _ := body.(map[string]any)
	return contract.Value(object, pointer)
}

func tokens(pointer string) []string { return strings.Split(strings.TrimPrefix(pointer, "/"), "/") }

// with is a body in which a member has another value; nil takes it away. What leads to the member is
// copied, so that the body itself stays as it is.
func with(body any, pointer string, value any) any {
	return put(body, tokens(pointer), value)
}

func put(body any, path []string, value any) any {
	switch v := body.(type) {
	case map[string]any:
		out := maps.Clone(v)
		switch {
		case len(path) > 1:
			if inner := put(v[path[0]], path[1:], value); inner != nil {
				out[path[0]] = inner
			}
		case value == nil:
			delete(out, path[0])
		default:
			out[path[0]] = value
		}
		return out
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= len(v) {
			return v
		}
		out := append([]any{}, v...)
		if out[i] = value; len(path) > 1 {
			out[i] = put(v[i], path[1:], value)
		}
		return out
	case nil:
		if value == nil {
			return nil
		}
		if len(path) == 1 {
			return map[string]any{path[0]: value}
		}
		return map[string]any{path[0]: put(nil, path[1:], value)}
	}
	return body
}

// object is a body that must be an object.
func object(body any) map[string]any {
	o, _ := body.(map[string]any)
	return o
}

// replaced is a body in which every text that equals one of the keys is another.
func replaced(body any, texts map[string]string) any {
	switch v := body.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			out[name] = replaced(member, texts)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = replaced(item, texts)
		}
		return out
	case string:
		if other, ok := texts[v]; ok {
			return other
		}
	}
	return body
}

// stripped is a body without the members whose value is one of the texts.
func stripped(body any, texts ...string) any {
	o, ok := body.(map[string]any)
	if !ok {
		return body
	}
	out := map[string]any{}
members:
	for name, member := range o {
		for _, t := range texts {
			if member == any(t) {
				continue members
			}
		}
		out[name] = stripped(member, texts...)
	}
	return out
}

// equal tells whether two decoded values are the same JSON.
func equal(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// pointersOf lists the members of a body, the outer ones before theirs; of arrays, the first item's.
func pointersOf(body any) []string {
	var out []string
	level := []string{""}
	for len(level) > 0 {
		var next []string
		for _, p := range level {
			value := body
			if p != "" {
				value = at(body, p)
			}
			switch v := value.(type) {
			case map[string]any:
				for _, name := range sortedKeys(v) {
					next = append(next, p+"/"+name)
				}
			case []any:
				if len(v) > 0 {
					next = append(next, p+"/0")
				}
			}
		}
		out, level = append(out, next...), next
	}
	return out
}
