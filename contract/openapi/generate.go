package openapi

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Bounds of the search for a value. A schema that wants more is told apart from one that nothing satisfies
// by nobody.
const (
	maxSteps   = 3_000
	maxNesting = 40
)

// Value is the least value that the schema accepts, the same at every call: an example or a default where it
// has one, the members that it demands, no item that it does not demand. What is given is always accepted; the
// error says what could not be met. A nil Schema has the value nil.
func (s *Schema) Value() (any, error) {
	if s == nil || s.compiled == nil {
		return nil, nil
	}
	g := &generator{steps: maxSteps}
	v, ok := g.value([]*jsonschema.Schema{s.compiled}, 0, 0)
	if ok {
		return v, nil
	}
	if !g.tried {
		return nil, fmt.Errorf("no value was found for the schema at %s: it contains itself, or demands what it forbids", s.place)
	}
	for _, broken := range s.Check("value", g.last) {
		text, _ := json.Marshal(g.last) // decoded JSON
		return nil, fmt.Errorf("no value was found for the schema at %s: %q could not be met: %s (tried %s)", s.place, broken.Keyword, broken, clip(text))
	}
	return nil, fmt.Errorf("no value was found for the schema at %s within %d steps", s.place, maxSteps)
}

func clip(text []byte) string {
	if len(text) > 200 {
		return string(text[:200]) + "…"
	}
	return string(text)
}

// generator looks for values. It is used for one value only.
type generator struct {
	steps int
	last  any // the outermost value that was refused
	tried bool
}

// accepts tells whether all of some schemas accept a value.
func (g *generator) accepts(all []*jsonschema.Schema, v any, depth int) bool {
	for _, s := range all {
		if steps, most := stepsOf(s, v); steps > most || s.Validate(v) != nil {
			if depth == 0 {
				g.last, g.tried = v, true
			}
			return false
		}
	}
	return true
}

// shape is what a group of schemas that hold for one value say together.
type shape struct {
	parts   []*jsonschema.Schema
	choices [][][]*jsonschema.Schema // of each choice its branches
}

// with adds a schema and all that applies to the same value.
func (sh shape) with(s *jsonschema.Schema) shape {
	if s == nil || slices.Contains(sh.parts, s) {
		return sh
	}
	sh.parts = append(slices.Clip(sh.parts), s)
	for _, also := range append([]*jsonschema.Schema{s.Ref}, s.AllOf...) {
		sh = sh.with(also)
	}
	for _, options := range [][]*jsonschema.Schema{s.OneOf, s.AnyOf} {
		if len(options) == 0 {
			continue
		}
		branches := make([][]*jsonschema.Schema, len(options))
		for i, o := range options {
			branches[i] = []*jsonschema.Schema{o}
		}
		sh.choices = append(slices.Clip(sh.choices), branches)
	}
	switch {
	case s.If == nil:
	case s.Else != nil && s.Else.Always != nil && !*s.Else.Always: // a guard: there is one way only
		sh = sh.with(s.If).with(s.Then)
	default:
		sh.choices = append(slices.Clip(sh.choices), [][]*jsonschema.Schema{{s.If, s.Then}, {s.Else}})
	}
	return sh
}

// value finds a value that all of some schemas accept. Each turn gives another value, where there are others.
func (g *generator) value(all []*jsonschema.Schema, depth, turn int) (any, bool) {
	if g.steps--; g.steps < 0 || depth > maxNesting {
		return nil, false
	}
	var sh shape
	for _, s := range all {
		sh = sh.with(s)
	}
	accepted := 0
	for _, v := range sh.candidates() {
		if g.accepts(all, v, depth) {
			if accepted == turn {
				return v, true
			}
			accepted++
		}
	}
	for _, full := range []bool{false, true} {
		if v, ok := g.choose(all, sh, full, depth, turn); ok {
			return v, true
		}
	}
	return nil, false
}

// candidates are the values that the schemas themselves name.
func (sh shape) candidates() []any {
	var out []any
	for _, s := range sh.parts {
		out = append(out, s.Constant...)
		out = append(out, s.Examples...)
		if s.Default != nil {
			out = append(out, s.Default)
		}
	}
	for _, s := range sh.parts {
		out = append(out, s.Enum...)
	}
	return out
}

// choose goes through the branches of all choices until one leads to a value.
func (g *generator) choose(all []*jsonschema.Schema, sh shape, full bool, depth, turn int) (any, bool) {
	if g.steps--; g.steps < 0 {
		return nil, false
	}
	if len(sh.choices) == 0 {
		for _, v := range sh.candidates() {
			if turn == 0 && g.accepts(all, v, depth) {
				return v, true
			}
		}
		return g.build(all, sh, full, depth, turn)
	}
	branches := sh.choices[0]
	rest := shape{sh.parts, sh.choices[1:]}
	for _, branch := range branches {
		chosen := rest
		for _, s := range branch {
			chosen = chosen.with(s)
		}
		if v, ok := g.choose(all, chosen, full, depth, turn); ok {
			return v, true
		}
	}
	return nil, false
}

// build makes a value of one of the types that are allowed.
func (g *generator) build(all []*jsonschema.Schema, sh shape, full bool, depth, turn int) (any, bool) {
	for _, kind := range sh.kinds() {
		var made []any
		switch kind {
		case "object":
			made = g.objects(sh, full, depth)
		case "array":
			made = g.arrays(sh, full, depth)
		case "string":
			made = sh.strings(turn)
		case "integer", "number":
			made = sh.numbers(kind == "integer", turn)
		case "boolean":
			made = []any{turn%2 == 0, turn%2 != 0}
		default:
			made = []any{nil}
		}
		for _, v := range made {
			if g.accepts(all, v, depth) {
				return v, true
			}
		}
	}
	return nil, false
}

// kinds are the types to try: those that all parts allow, null at the end; where none is named, the one that
// the other keywords are about.
func (sh shape) kinds() []string {
	var kinds []string
	for _, s := range sh.parts {
		switch {
		case len(s.Types) == 0:
		case kinds == nil:
			kinds = slices.Clone(s.Types)
		default:
			kinds = common(kinds, s.Types)
		}
	}
	if kinds == nil {
		return sh.guess()
	}
	slices.SortStableFunc(kinds, func(a, b string) int {
		switch {
		case a == "null" && b != "null":
			return 1
		case b == "null" && a != "null":
			return -1
		}
		return 0
	})
	return kinds
}

func common(a, b []string) []string {
	out := []string{}
	for _, kind := range a {
		switch {
		case slices.Contains(b, kind), kind == "integer" && slices.Contains(b, "number"):
			out = append(out, kind)
		case kind == "number" && slices.Contains(b, "integer"):
			out = append(out, "integer")
		}
	}
	return out
}

func (sh shape) guess() []string {
	for _, s := range sh.parts {
		switch {
		case s.Properties != nil || len(s.Required) > 0 || s.MinProperties > 0 || s.AdditionalProperties != nil:
			return []string{"object"}
		case s.Items2020 != nil || s.MinItems > 0 || s.Contains != nil || s.PrefixItems != nil:
			return []string{"array"}
		case s.Pattern != nil || s.MinLength > 0 || s.Format != "":
			return []string{"string"}
		case s.Minimum != nil || s.Maximum != nil || s.MultipleOf != nil || s.ExclusiveMinimum != nil || s.ExclusiveMaximum != nil:
			return []string{"number"}
		}
	}
	return []string{"object", "string", "integer", "array", "boolean", "null"}
}
