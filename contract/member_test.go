package contract

import "testing"

// A member that the schema names nowhere is found, wherever it stands; in maps whose names nobody fixes, none is.
func TestStray(t *testing.T) {
	body := Default().Operation("createInstance").Body.Schema
	for _, row := range []struct {
		value    any
		at, hint string
	}{
		{map[string]any{"name": "x"}, "", ""},
		{map[string]any{"name": "x", "flavour": "x"}, "/flavour", `; did you mean "flavor"?`},
		{map[string]any{"spec": map[string]any{"storage": map[string]any{"x/y": 1}}}, "/spec/storage/x~1y", ""},
		{map[string]any{"spec": "no object"}, "", ""},
		{[]any{"no object"}, "", ""},
		{nil, "", ""},
	} {
		if at, hint := body.Stray(row.value); at != row.at || hint != row.hint {
			t.Errorf("%v: %q %q, want %q %q", row.value, at, hint, row.at, row.hint)
		}
	}
	if at, _ := (*Schema)(nil).Stray(map[string]any{"x": 1}); at != "" {
		t.Errorf("no schema has a stray member at %s", at)
	}
}
