package openapi

import (
	"fmt"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// maxMade bounds the members and items of a value.
const maxMade = 1000

// objects makes an object of the members that are demanded; a full one has those that are allowed too.
func (g *generator) objects(sh shape, full bool, depth int) []any {
	out := map[string]any{}
	least := 0
	var required, optional []string
	for _, s := range sh.parts {
		required = append(required, s.Required...)
		least = max(least, s.MinProperties)
		for name := range s.Properties {
			optional = append(optional, name)
		}
	}
	slices.Sort(optional) // the order of a map is none
	for len(required) > 0 {
		name := required[0]
		required = required[1:]
		if _, done := out[name]; done {
			continue
		}
		v, ok := g.value(sh.member(name), depth+1, 0)
		if !ok {
			return nil
		}
		out[name] = v
		for _, s := range sh.parts {
			required = append(required, s.DependentRequired[name]...)
		}
	}
	for _, name := range slices.Compact(optional) {
		if _, done := out[name]; done || (!full && len(out) >= least) || (full && depth > 2) {
			continue
		}
		if v, ok := g.value(sh.member(name), depth+1, 0); ok {
			out[name] = v
		}
	}
	for i := 1; len(out) < min(least, maxMade) && i <= maxMade; i++ {
		name := sh.memberName(i)
		if v, ok := g.value(sh.member(name), depth+1, 0); ok {
			out[name] = v
		}
	}
	return []any{out}
}

// memberName is a name for a member that the schemas do not name.
func (sh shape) memberName(i int) string {
	for _, s := range sh.parts {
		if s.PropertyNames != nil {
			if v, ok := (&generator{steps: maxSteps}).value([]*jsonschema.Schema{s.PropertyNames}, 1, i-1); ok {
				if name, ok := v.(string); ok {
					return name
				}
			}
		}
		for pattern := range s.PatternProperties {
			if name, ok := matching(pattern.String(), i, i-1); ok {
				return name
			}
		}
	}
	return fmt.Sprintf("member%d", i)
}

// member is what the parts say about a member.
func (sh shape) member(name string) []*jsonschema.Schema {
	var out []*jsonschema.Schema
	for _, s := range sh.parts {
		found := false
		if p := s.Properties[name]; p != nil {
			out, found = append(out, p), true
		}
		for pattern, p := range s.PatternProperties {
			if pattern.MatchString(name) {
				out, found = append(out, p), true
			}
		}
		if more, ok := s.AdditionalProperties.(*jsonschema.Schema); ok && !found {
			out, found = append(out, more), true
		}
		if s.UnevaluatedProperties != nil && !found && s.UnevaluatedProperties.Always == nil {
			out = append(out, s.UnevaluatedProperties)
		}
	}
	return out
}

// arrays makes an array of as many items as are demanded; a full one has one at least.
func (g *generator) arrays(sh shape, full bool, depth int) []any {
	least, unique := 0, false
	for _, s := range sh.parts {
		least = max(least, s.MinItems)
		unique = unique || s.UniqueItems
		if s.Contains != nil {
			least = max(least, s.MinContains)
		}
	}
	if full {
		least = max(least, 1)
	}
	out := []any{}
	for i := range min(least, maxMade) {
		turn := 0
		if unique {
			turn = i
		}
		v, ok := g.value(sh.item(i), depth+1, turn)
		if !ok {
			return []any{[]any{}}
		}
		out = append(out, v)
	}
	return []any{out}
}

// item is what the parts say about an item.
func (sh shape) item(i int) []*jsonschema.Schema {
	var out []*jsonschema.Schema
	for _, s := range sh.parts {
		switch {
		case i < len(s.PrefixItems):
			out = append(out, s.PrefixItems[i])
		case s.Items2020 != nil:
			out = append(out, s.Items2020)
		}
		if s.Contains != nil && i < s.MinContains {
			out = append(out, s.Contains)
		}
	}
	return out
}
