package jsontree_test

import (
	"reflect"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/contract/internal/jsontree"
)

func TestPointers(t *testing.T) {
	value := map[string]any{"a": []any{1, map[string]any{"/~": 2, "": 3}}, "": 4}
	for pointer, want := range map[string]any{"": value, "/a/0": 1, "/a/1/~1~0": 2, "/a/1/": 3, "/": 4, "/b": nil, "/a/2": nil, "/a/x": nil, "/a/-1": nil, "/a/0/x": nil} {
		if got := jsontree.At(value, pointer); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", pointer, got, want)
		}
	}
	if got := jsontree.Tokens("/" + jsontree.Escape("a~/b") + "/c"); !slices.Equal(got, []string{"a~/b", "c"}) {
		t.Errorf("%q", got)
	}
}

func TestScalar(t *testing.T) {
	for text, want := range map[string]string{"1": "json.Number 1", "0x10": "json.Number 16", "1e3": "json.Number 1e3", "true": "bool true", "~": "nil", "x": "string x", "'1'": "string 1", ".inf": "string .inf"} {
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(text), &n); err != nil {
			t.Fatal(err)
		}
		v := jsontree.Scalar(n.Content[0])
		got := "nil"
		if v != nil {
			got = reflect.TypeOf(v).String() + " " + reflect.ValueOf(v).String()
			if b, ok := v.(bool); ok && b {
				got = "bool true"
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
