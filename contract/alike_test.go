package contract

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzAlike: values that are alike have the same JSON, and what is decoded twice is alike.
func FuzzAlike(f *testing.F) {
	for _, pair := range [][2]string{
		{`{"name":"a","spec":{"x":[1,true,null,"t"]}}`, `{"spec":{"x":[1,true,null,"t"]},"name":"b"}`}, {`{"":1}`, `{"":2}`}, {`{"a":null}`, `{"b":null}`},
		{`{"a":1}`, `{"a":1.0}`}, {`{"a":{}}`, `{"a":[]}`}, {`{"a":[]}`, `{"a":null}`}, {`{"name":"n"}`, `{}`}, {`{"a":{"":"x"}}`, `{"a":{"":"y"}}`},
	} {
		f.Add([]byte(pair[0]), []byte(pair[1]))
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		decode := func(data []byte) map[string]any {
			v, err := decodeJSON(data)
			object, _ := v.(map[string]any)
			if err != nil {
				return nil
			}
			return object
		}
		a, b, again := decode(one), decode(two), decode(one)
		if a == nil || b == nil {
			return
		}
		if !alike(a, again) || !sameButFor([]string{"name"}, a, again) {
			t.Errorf("%s is not like itself", one)
		}
		text := func(v any) []byte {
			data, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
		if alike(a, b) && !bytes.Equal(text(a), text(b)) {
			t.Errorf("%s and %s are not alike", one, two)
		}
		if _, named := a["name"]; sameButFor([]string{"name"}, a, b) {
			if _, other := b["name"]; named != other {
				t.Errorf("one of %s and %s has a name", one, two)
			}
			delete(a, "name")
			delete(b, "name")
			if !bytes.Equal(text(a), text(b)) {
				t.Errorf("%s and %s differ in more than the name", one, two)
			}
		}
	})
}

// New resources that are alike share a form whichever way it is found; others do not.
func TestShareLike(t *testing.T) {
	kind := Default().Resources()[0]
	body := func(name, description string) map[string]any {
		return map[string]any{"name": name, "description": description, "spec": map[string]any{"n": json.Number("5"), "list": []any{"x"}}}
	}
	f := kind.NewForms()
	share := func(body map[string]any, wantKnown bool) *Form {
		t.Helper()
		form, own, known := f.Share(body)
		if known != wantKnown || own != body["name"] {
			t.Errorf("%v: there before %v, want %v; its own is %q", body, known, wantKnown, own)
		}
		return form
	}
	first := share(body("one", "d"), false)
	second := body("two", "d")
	if share(second, true) != first || second["name"] != "two" {
		t.Errorf("like bodies have two forms, or a wrong name: %v", second)
	}
	other := share(body("three", "another"), false)
	if other == first {
		t.Error("bodies that differ share a form")
	}
	if share(body("four", "d"), true) != first || f.Of(body("five", "another")) != other {
		t.Error("a form was not found again")
	}
	if share(map[string]any{"name": "", "description": "d"}, false) != nil {
		t.Error("a body without a name of its own has a form")
	}
}
