package otherserver

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
)

// form reads the members of a body and notes what is wrong with them. A member is checked for its type only
// when it is there, so an absent object reads as one without members.
type form struct {
	wrong  []*refusal
	broken func(fault string) bool
}

func (f *form) note(code string, args ...any) { f.wrong = append(f.wrong, refuse(code, args...)) }

// verdict is what to answer: of several mistakes the one noted last.
func (f *form) verdict() *refusal {
	if len(f.wrong) == 0 {
		return nil
	}
	return f.wrong[len(f.wrong)-1]
}

// members reads a whole body, which must be one JSON object.
func (f *form) members(c *call) (map[string]any, *refusal) {
	if f.broken("malformed-body-accepted") && !json.Valid(c.body) {
		return map[string]any{}, nil
	}
	if !isJSON(c.request) {
		return nil, refuse("APIGW.0201")
	}
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.UseNumber()
	var body map[string]any
	if err := d.Decode(&body); err != nil || body == nil {
		return nil, refuse("ModelArts.6400", "body")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, refuse("ModelArts.6400", "body")
	}
	return body, nil
}

// need notes a member that is absent.
func (f *form) need(in map[string]any, name string) {
	if _, ok := in[name]; !ok {
		f.note("ModelArts.6335", name)
	}
}

// text reads a string; ok tells that there is one.
func (f *form) text(in map[string]any, name string) (text string, ok bool) {
	v, there := in[name]
	if !there {
		return "", false
	}
	if n, number := v.(json.Number); number && f.broken("number-as-text-accepted") {
		return n.String(), true
	}
	if text, ok = v.(string); !ok {
		f.note("ModelArts.6332", name, "String")
	}
	return text, ok
}

func (f *form) flag(in map[string]any, name string, absent bool) bool {
	v, there := in[name]
	if !there {
		return absent
	}
	b, ok := v.(bool)
	if !ok {
		f.note("ModelArts.6332", name, "Boolean")
	}
	return b
}

// integer reads a whole number, nil for none.
func (f *form) integer(in map[string]any, name string) *int64 {
	v, there := in[name]
	if !there {
		return nil
	}
	if n, ok := v.(json.Number); ok {
		if i, err := n.Int64(); err == nil {
			return &i
		}
		if x, err := n.Float64(); err == nil && x == math.Trunc(x) && math.Abs(x) < 1<<53 {
			i := int64(x)
			return &i
		}
	}
	f.note("ModelArts.6332", name, "Integer")
	return nil
}

func (f *form) object(in map[string]any, name string) map[string]any {
	v, there := in[name]
	if !there {
		return nil
	}
	o, ok := v.(map[string]any)
	if !ok {
		f.note("ModelArts.6332", name, "Object")
	}
	return o
}

// list reads an array of objects; null is none.
func (f *form) list(in map[string]any, name string) []map[string]any {
	v := in[name]
	if v == nil {
		return nil
	}
	items, ok := v.([]any)
	if !ok {
		f.note("ModelArts.6332", name, "Array")
	}
	var out []map[string]any
	for _, item := range items {
		o, ok := item.(map[string]any)
		if !ok {
			f.note("ModelArts.6332", name, "Object")
			continue
		}
		out = append(out, o)
	}
	return out
}

// strings reads an object of strings; null is none.
func (f *form) strings(in map[string]any, name string) map[string]string {
	if in[name] == nil {
		return nil
	}
	o := f.object(in, name)
	out := map[string]string{}
	for key := range o {
		if text, ok := f.text(o, key); ok {
			out[key] = text
		}
	}
	return out
}
