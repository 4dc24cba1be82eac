package contract

import (
	"maps"
	"slices"
)

// The functions here treat decoded JSON as immutable: they copy along the path that changes and share
// the rest, so that resources and catalogue entries may be read by many at once.

// merge lays one value over another: objects member by member, anything else replaces.
func merge(under, over any) any {
	u, ok := under.(map[string]any)
	o, ok2 := over.(map[string]any)
	if !ok || !ok2 {
		return over
	}
	out := make(map[string]any, len(u)+len(o))
	maps.Copy(out, u)
	for name, v := range o {
		if old, present := out[name]; present {
			v = merge(old, v)
		}
		out[name] = v
	}
	return out
}

// MergePatch applies a JSON merge patch (RFC 7396): null removes a member.
func MergePatch(value, patch any) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	out := map[string]any{}
	if v, ok := value.(map[string]any); ok {
		maps.Copy(out, v)
	}
	for name, change := range p {
		if change == nil {
			delete(out, name)
			continue
		}
		out[name] = MergePatch(out[name], change)
	}
	return out
}

// without is the value with the member under a pointer taken out.
func without(value map[string]any, tokens []string) map[string]any {
	child, present := value[tokens[0]]
	if !present {
		return value
	}
	out := maps.Clone(value)
	if len(tokens) == 1 {
		delete(out, tokens[0])
		return out
	}
	if object, ok := child.(map[string]any); ok {
		out[tokens[0]] = without(object, tokens[1:])
	}
	return out
}

// with is the value with the member under a pointer set; objects on the way are made.
func with(value map[string]any, tokens []string, member any) map[string]any {
	out := make(map[string]any, len(value)+1)
	maps.Copy(out, value)
	if len(tokens) == 1 {
		out[tokens[0]] = member
		return out
	}
	object, _ := out[tokens[0]].(map[string]any)
	out[tokens[0]] = with(object, tokens[1:], member)
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
