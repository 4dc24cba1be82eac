package openapi

import (
	"maps"
	"regexp"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// sameValue are the schemas that may speak of the same value as a schema does, in an order that is always the same.
func sameValue(s *jsonschema.Schema) []*jsonschema.Schema {
	out := []*jsonschema.Schema{s.Ref, s.Not, s.If, s.Then, s.Else}
	out = append(append(append(out, s.AllOf...), s.AnyOf...), s.OneOf...)
	for _, name := range slices.Sorted(maps.Keys(s.DependentSchemas)) {
		out = append(out, s.DependentSchemas[name])
	}
	return slices.DeleteFunc(out, func(s *jsonschema.Schema) bool { return s == nil })
}

// anyMember are the schemas of members that have no name of their own, and of items that have no place.
func anyMember(s *jsonschema.Schema) []*jsonschema.Schema {
	out := []*jsonschema.Schema{s.UnevaluatedProperties, s.Items2020, s.Contains, s.UnevaluatedItems}
	if more, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
		out = append(out, more)
	}
	for _, p := range patternsOf(s) {
		out = append(out, s.PatternProperties[p])
	}
	return slices.DeleteFunc(out, func(s *jsonschema.Schema) bool { return s == nil })
}

func patternsOf(s *jsonschema.Schema) []*regexp.Regexp {
	return slices.SortedFunc(maps.Keys(s.PatternProperties), func(a, b *regexp.Regexp) int {
		if a.String() < b.String() {
			return -1
		}
		return 1
	})
}

// partsOf are all schemas that a schema leads to in one step.
func partsOf(s *jsonschema.Schema) []*jsonschema.Schema {
	out := append(sameValue(s), anyMember(s)...)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		out = append(out, s.Properties[name])
	}
	out = append(out, s.PrefixItems...)
	if s.PropertyNames != nil {
		out = append(out, s.PropertyNames)
	}
	return out
}

// repeats tells whether a schema leads to one that contains itself. Known is what has been found out so far.
func repeats(s *jsonschema.Schema, known map[*jsonschema.Schema]bool) bool {
	open := map[*jsonschema.Schema]bool{}
	var visit func(s *jsonschema.Schema) bool
	visit = func(s *jsonschema.Schema) bool {
		if open[s] {
			return true
		}
		if found, done := known[s]; done {
			return found
		}
		open[s] = true
		found := slices.ContainsFunc(partsOf(s), visit)
		delete(open, s)
		known[s] = found
		return found
	}
	return visit(s)
}

// leading are the schemas from which one leads to a schema that a condition holds for, those themselves too.
func leading(from []*jsonschema.Schema, holds func(*jsonschema.Schema) bool) map[*jsonschema.Schema]bool {
	before := map[*jsonschema.Schema][]*jsonschema.Schema{}
	seen := map[*jsonschema.Schema]bool{}
	var ends []*jsonschema.Schema
	for queue := slices.Clone(from); len(queue) > 0; {
		s := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if seen[s] {
			continue
		}
		seen[s] = true
		if holds(s) {
			ends = append(ends, s)
		}
		for _, part := range partsOf(s) {
			before[part] = append(before[part], s)
			queue = append(queue, part)
		}
	}
	out := map[*jsonschema.Schema]bool{}
	for len(ends) > 0 {
		s := ends[len(ends)-1]
		ends = ends[:len(ends)-1]
		if !out[s] {
			out[s] = true
			ends = append(ends, before[s]...)
		}
	}
	return out
}
