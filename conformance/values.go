package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// kindOf is the JSON type of a decoded value, with its article.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case json.Number, float64, int, int64:
		return "a number"
	case []any:
		return "an array"
	}
	return "an object"
}

// same compares decoded JSON; numbers by value, however they are written.
func same(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && len(x) == len(y) && !slices.ContainsFunc(sortedKeys(x), func(k string) bool {
			v, present := y[k]
			return !present || !same(x[k], v)
		})
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, same)
	}
	if kindOf(a) == "a number" && kindOf(b) == "a number" {
		m, ok1 := exact(a)
		n, ok2 := exact(b)
		if !ok1 || !ok2 {
			return fmt.Sprint(a) == fmt.Sprint(b)
		}
		return m.Cmp(n) == 0
	}
	return a == b
}

// maxDigits bounds the numbers that are compared by value: a few bytes can name one that fills the memory.
const maxDigits = 1000

// exact is a number as it is; false for one that is out of all bounds.
func exact(v any) (*big.Rat, bool) {
	text := fmt.Sprint(v)
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		if exponent, err := strconv.Atoi(text[i+1:]); err != nil || exponent > maxDigits || exponent < -maxDigits {
			return nil, false
		}
	}
	if len(text) > maxDigits {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// difference finds the first member in which two bodies differ, those that may change by themselves aside.
func difference(ignore func(pointer string) bool, pointer string, before, after any) (at string, was, is any) {
	if ignore(pointer) {
		return "", nil, nil
	}
	x, ok1 := before.(map[string]any)
	y, ok2 := after.(map[string]any)
	if !ok1 || !ok2 {
		if same(before, after) {
			return "", nil, nil
		}
		return pointer, before, after
	}
	names := maps.Clone(x)
	maps.Copy(names, y)
	for _, name := range sortedKeys(names) {
		if at, was, is := difference(ignore, pointer+"/"+name, x[name], y[name]); at != "" {
			return at, was, is
		}
	}
	return "", nil, nil
}
