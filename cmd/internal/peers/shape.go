package peers

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// SameShape tells in what an answer differs from the one that it stands for: members, types and lengths of lists
// must be the same, the values may differ. The first difference is told.
func SameShape(want, got []byte) error {
	var w, g any
	if err := json.Unmarshal(want, &w); err != nil {
		return fmt.Errorf("the answer to compare with: %w", err)
	}
	if err := json.Unmarshal(got, &g); err != nil {
		return fmt.Errorf("the answer is no JSON: %w", err)
	}
	return sameShape("", w, g)
}

func sameShape(pointer string, want, got any) error {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Errorf("%s: %T, want an object", pointer, got)
		}
		names, found := slices.Sorted(maps.Keys(w)), slices.Sorted(maps.Keys(g))
		if !slices.Equal(names, found) {
			return fmt.Errorf("%s: members %v, want %v", pointer, found, names)
		}
		for _, name := range names {
			if err := sameShape(pointer+"/"+name, w[name], g[name]); err != nil {
				return err
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Errorf("%s: %d items (%T), want %d", pointer, len(g), got, len(w))
		}
		for i := range w {
			if err := sameShape(fmt.Sprintf("%s/%d", pointer, i), w[i], g[i]); err != nil {
				return err
			}
		}
	default:
		if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
			return fmt.Errorf("%s: %T, want %T", pointer, got, want)
		}
	}
	return nil
}
