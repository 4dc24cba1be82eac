package contract

import (
	"encoding/json"
	"reflect"
	"slices"
)

// sameButFor tells whether two objects are equal apart from some members. It may be false where they are.
func sameButFor(skip []string, a, b map[string]any) bool {
	if len(a) != len(b) {
		return false
	}
	for name, v := range a {
		other, present := b[name]
		if !present || (!alike(v, other) && !slices.Contains(skip, name)) {
			return false
		}
	}
	return true
}

// alike tells whether two values of decoded JSON are equal. It is false for numbers that are written in different
// ways, and for what is no decoded JSON.
func alike(a, b any) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case bool:
		other, ok := b.(bool)
		return ok && a == other
	case string:
		other, ok := b.(string)
		return ok && a == other
	case json.Number:
		other, ok := b.(json.Number)
		return ok && a == other
	case int64:
		other, ok := b.(int64)
		return ok && a == other
	case map[string]any:
		other, ok := b.(map[string]any)
		if !ok || (a == nil) != (other == nil) {
			return false
		}
		return reflect.ValueOf(a).UnsafePointer() == reflect.ValueOf(other).UnsafePointer() || sameButFor(nil, a, other)
	case []any:
		other, ok := b.([]any)
		return ok && (a == nil) == (other == nil) && slices.EqualFunc(a, other, alike)
	}
	return false
}
