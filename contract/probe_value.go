package contract

import (
	"encoding/json"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

// values are small values that the schemas of a spot allow, the likeliest first; what a rule or a
// condition makes of them is for the caller to find out.
func (s spot) values(depth int) []any {
	var out []any
	for _, keyword := range []string{"const", "default", "example"} {
		for _, at := range s.all(keyword) {
			out = appendNew(out, at.data())
		}
	}
	for _, keyword := range []string{"examples", "enum"} {
		for _, at := range s.all(keyword) {
			for _, item := range at.items() {
				out = appendNew(out, item.data())
			}
		}
	}
	out = slices.DeleteFunc(out, func(v any) bool { return v == nil })
	if len(out) > 0 || depth > 6 {
		return out
	}
	for _, kind := range s.kinds() {
		switch kind {
		case "string":
			if text, ok := s.text(int(max(1, slices.Max(append(s.numbers("minLength"), 1))))); ok {
				out = append(out, text)
			}
		case "integer", "number":
			out = append(out, integer(slices.Max(append(s.numbers("minimum"), 1))))
		case "boolean":
			out = append(out, false, true)
		case "array":
			out = append(out, s.lists(depth)...)
		case "object":
			out = append(out, s.objects(depth)...)
		}
	}
	return out
}

func integer(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }

func (s spot) lists(depth int) []any {
	var out []any
	for _, m := range s.members() {
		for _, v := range m.values(depth + 1) {
			out = append(out, []any{v})
		}
	}
	return append(out, []any{})
}

// objects has the required members only: first with the first value of each, then with one of the other
// values at a time.
func (s spot) objects(depth int) []any {
	base := map[string]any{}
	var others []any
	choices := map[string][]any{}
	for _, m := range s.members() {
		if !m.required {
			continue
		}
		values := m.values(depth + 1)
		if len(values) == 0 {
			return nil
		}
		name := lastOf(m.pointer)
		base[name], choices[name] = values[0], values[1:]
	}
	for _, name := range sortedKeys(choices) {
		for _, v := range choices[name] {
			other := maps.Clone(base)
			other[name] = v
			others = append(others, other)
		}
	}
	return append([]any{base}, others...)
}

func lastOf(pointer string) string {
	tokens := pointerTokens(pointer)
	return tokens[len(tokens)-1]
}

// meetIf is the object with what the condition of an if asks for, and what its then requires; false when
// there is no if.
func (s spot) meetIf(object map[string]any) (map[string]any, bool) {
	met := false
	for _, b := range s.branches() {
		condition, ok := b.child("if")
		if !ok {
			continue
		}
		met = true
		object = maps.Clone(object)
		condition.get("properties").each(func(name string, p place) {
			if values := (spot{places: []place{p}}).values(0); len(values) > 0 {
				object[name] = values[0]
			}
		})
		for _, from := range []place{condition, b.get("then")} {
			for _, r := range from.get("required").items() {
				if _, there := object[r.text()]; there {
					continue
				}
				for _, m := range s.members() {
					if values := m.values(0); lastOf(m.pointer) == r.text() && len(values) > 0 {
						object[r.text()] = values[0]
					}
				}
			}
		}
	}
	return object, met
}

// text is a text of a length that fits the patterns.
func (s spot) text(length int) (string, bool) {
	for _, letter := range []string{"a", "A", "0", "-", " "} {
		if text := strings.Repeat(letter, length); s.matches(text) {
			return text, true
		}
	}
	return "", false
}

func (s spot) matches(text string) bool {
	for _, pattern := range s.texts("pattern") {
		if re, err := regexp.Compile(pattern); err != nil || !re.MatchString(text) {
			return false
		}
	}
	return true
}

// ofCharacters tells whether a pattern only says which characters may occur.
func ofCharacters(pattern string) bool {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil || tree.Op != syntax.OpConcat || len(tree.Sub) != 3 {
		return false
	}
	switch repeat := tree.Sub[1]; repeat.Op {
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		inner := repeat.Sub[0].Op
		return inner == syntax.OpCharClass || inner == syntax.OpAnyCharNotNL || inner == syntax.OpAnyChar
	}
	return false
}
