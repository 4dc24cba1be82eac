package openapi

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// The validator goes through every branch of a choice to its end. Where branches lead back to the choice, that
// takes time that grows with a power of the depth of the value, so it is worked out beforehand how many steps it
// would take. Working that out looks at each pair of a schema and a value once.
const (
	freeSteps  = 200_000 // that any value may take
	valueSteps = 50      // that each member and item in it may take besides
	guardSteps = 64      // a condition that takes no more is tried, so that only one of its branches counts
	deepValue  = 4       // levels up to which no power of them matters
	depthSteps = 32      // levels for which the validator's notes of its way cost as much as a step
)

// spot is a value inside of a value.
type spot struct {
	value   any
	depth   int
	members map[string]*spot
	items   []*spot
}

// spread lays out a value, and gives the number of values in it and its deepest level.
func spread(value any, depth int) (at *spot, count, deepest int) {
	at, count, deepest = &spot{value: value, depth: depth}, 1, depth
	add := func(inner any) *spot {
		s, n, deep := spread(inner, depth+1)
		count, deepest = count+n, max(deepest, deep)
		return s
	}
	switch v := value.(type) {
	case map[string]any:
		at.members = make(map[string]*spot, len(v))
		for name, member := range v {
			at.members[name] = add(member)
		}
	case []any:
		for _, item := range v {
			at.items = append(at.items, add(item))
		}
	}
	return at, count, deepest
}

type visit struct {
	schema *jsonschema.Schema
	at     *spot
}

// counter counts the steps of the validator up to a bound.
type counter struct {
	most  int
	known map[visit]int
}

// stepsOf is how many steps holding a value to a schema takes at most, and how many it may take.
func stepsOf(s *jsonschema.Schema, value any) (steps, most int) {
	at, count, deepest := spread(value, 0)
	most = freeSteps + valueSteps*count
	if deepest <= deepValue {
		return 0, most
	}
	c := &counter{most, map[visit]int{}}
	return c.steps(s, at), most
}

// tooLong says why a value is not held to the schema; "" when it can be.
func (s *Schema) tooLong(value any) string {
	s.once.Do(func() {
		s.set.mu.Lock()
		defer s.set.mu.Unlock()
		s.repeats = repeats(s.compiled, s.set.repeats)
	})
	if !s.repeats {
		return ""
	}
	if steps, most := stepsOf(s.compiled, value); steps > most {
		return fmt.Sprintf("holding it to its schema, whose choices lead back to themselves, takes more than %d steps: want fewer levels, or a schema whose branches are told apart by a const or an enum", most)
	}
	return ""
}

func (c *counter) steps(s *jsonschema.Schema, at *spot) int {
	key := visit{s, at}
	if n, ok := c.known[key]; ok {
		return n
	}
	if len(c.known) > c.most {
		return c.most + 1
	}
	c.known[key] = 0 // the validator ends where a schema leads to itself in one place
	n := 1 + at.depth/depthSteps
	if s.Always == nil && mayBe(s.Types, at.value) {
		n += c.inPlace(s, at)
		n += c.inside(s, at)
	}
	n = min(n, c.most+1)
	c.known[key] = n
	return n
}

// all adds up, and stays within what can be added up again.
func (c *counter) all(total int, schemas []*jsonschema.Schema, at *spot) int {
	for _, s := range schemas {
		if s != nil {
			total = min(total+c.steps(s, at), c.most+1)
		}
	}
	return total
}

// inPlace are the steps for what else is said of the same value.
func (c *counter) inPlace(s *jsonschema.Schema, at *spot) int {
	n := c.all(0, []*jsonschema.Schema{s.Ref, s.Not}, at)
	n = c.all(c.all(c.all(n, s.AllOf, at), s.AnyOf, at), s.OneOf, at)
	if s.If != nil {
		condition := c.steps(s.If, at)
		branches := []*jsonschema.Schema{s.Then, s.Else}
		if condition <= guardSteps {
			if s.If.Validate(at.value) == nil {
				branches = branches[:1]
			} else {
				branches = branches[1:]
			}
		}
		n = c.all(n+condition, branches, at)
	}
	for name, more := range s.DependentSchemas {
		if at.members[name] != nil {
			n = c.all(n, []*jsonschema.Schema{more}, at)
		}
	}
	return n
}

// inside are the steps for members and items.
func (c *counter) inside(s *jsonschema.Schema, at *spot) int {
	n := 0
	more, _ := s.AdditionalProperties.(*jsonschema.Schema)
	for name, member := range at.members {
		named := s.Properties[name]
		n = c.all(n, []*jsonschema.Schema{named, s.UnevaluatedProperties}, member)
		if named == nil {
			n = c.all(n, []*jsonschema.Schema{more}, member)
		}
		for pattern, p := range s.PatternProperties {
			if pattern.MatchString(name) {
				n = c.all(n, []*jsonschema.Schema{p}, member)
			}
		}
		if s.PropertyNames != nil {
			n = c.all(n, []*jsonschema.Schema{s.PropertyNames}, &spot{value: name, depth: at.depth + 1})
		}
	}
	for i, item := range at.items {
		of := s.Items2020
		if i < len(s.PrefixItems) {
			of = s.PrefixItems[i]
		}
		n = c.all(n, []*jsonschema.Schema{of, s.Contains, s.UnevaluatedItems}, item)
	}
	return n
}

// mayBe tells whether a value has one of some types; none are all of them.
func mayBe(types []string, value any) bool {
	if len(types) == 0 {
		return true
	}
	kinds := []string{"null"}
	switch value.(type) {
	case map[string]any:
		kinds[0] = "object"
	case []any:
		kinds[0] = "array"
	case string:
		kinds[0] = "string"
	case bool:
		kinds[0] = "boolean"
	case json.Number:
		kinds = []string{"number", "integer"}
	}
	return slices.ContainsFunc(kinds, func(kind string) bool { return slices.Contains(types, kind) })
}
