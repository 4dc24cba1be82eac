package derive_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/cell"
)

// pageReading is what derive reads on a page, in the form of the truth.
type pageReading struct {
	calls                         map[string]string
	parameters, request, response []truthRow
	constraints                   map[string]map[constraintKey]any // by kind
}

type constraintKey struct{ in, object, name string }

func (c constraint) key() constraintKey { return constraintKey{c.In, c.Object, c.Name} }

func put2[K comparable](m map[string]map[K]any, kind string, k K, v any) {
	if m[kind] == nil {
		m[kind] = map[K]any{}
	}
	m[kind][k] = v
}

// kindsOf pairs the constraints of the truth with those that were read, by kind.
func kindsOf(want, got map[string]map[constraintKey]any) map[string][2]map[constraintKey]any {
	out := map[string][2]map[constraintKey]any{}
	for _, m := range []map[string]map[constraintKey]any{want, got} {
		for kind := range m {
			out[kind] = [2]map[constraintKey]any{want[kind], got[kind]}
		}
	}
	return out
}

func reading(p *derive.Page) *pageReading {
	r := &pageReading{calls: map[string]string{}, constraints: map[string]map[constraintKey]any{}}
	for _, op := range p.Operations {
		r.calls[op.Method+" "+op.Path] = ""
		for in, rows := range map[string][]*derive.Row{"path": op.InPath, "query": op.Query, "header": op.Header} {
			r.parameters = append(r.parameters, r.rows(in, "", rows, 0, nil)...)
		}
		if op.Body != nil {
			r.request = append(r.request, r.rows("request", "", op.Body.Rows, 0, nil)...)
		}
		for _, answer := range op.Responses {
			status, _ := strconv.Atoi(answer.Status)
			switch {
			case answer.Status == "default":
				status = -1
			case status < 400:
				status = 0
			}
			if answer.Object != nil {
				r.response = append(r.response, r.rows("response", "", answer.Object.Rows, status, nil)...)
			}
		}
	}
	return r
}

// rows are rows with those below them. A recursive structure is not unfolded a second time.
func (p *pageReading) rows(in, holder string, rows []*derive.Row, status int, above []*derive.Object) []truthRow {
	var out []truthRow
	for _, r := range rows {
		row := truthRow{Object: holder, Name: r.Name, Type: typeWords(r.Type, r.Object != nil), Status: status}
		inBody := in == "request" || in == "response"
		if !inBody {
			row.In = in
		}
		if in != "response" {
			row.Required = r.Required == cell.Yes
		}
		out = append(out, row)
		p.constrain(constraintKey{in, holder, r.Name}, r)
		if !inBody || r.Object == nil || slices.Contains(above, r.Object) {
			continue
		}
		below := strings.TrimPrefix(holder+"."+r.Name, ".")
		switch r.Type.Base {
		case "array":
			below += "[]"
		case "map":
			below += "{}"
		}
		out = append(out, p.rows(in, below, r.Object.Rows, status, append(slices.Clone(above), r.Object))...)
	}
	return out
}

// typeWords writes a type as the truth does. An array whose items have a table is one of objects.
func typeWords(t cell.Type, members bool) string {
	switch {
	case t.Base == "array" && (t.Elem != nil || members):
		if t.Elem == nil || t.Elem.Base == "" {
			return "array<object>"
		}
		return "array<" + typeWords(*t.Elem, false) + ">"
	case t.Base == "map" && (t.Elem != nil || members):
		if t.Elem == nil || t.Elem.Base == "" {
			return "map<string,object>"
		}
		return "map<string," + typeWords(*t.Elem, false) + ">"
	}
	return t.Base
}

// constrain notes what the description of a row limits.
func (p *pageReading) constrain(k constraintKey, r *derive.Row) {
	f := r.Facts
	note := func(kind string, v any) { put2(p.constraints, kind, k, v) }
	kind := r.Type.Base
	if kind == "array" {
		if kind = "string"; r.Type.Elem != nil {
			kind = r.Type.Elem.Base
		}
	}
	if values := append(slices.Clone(f.Enum), f.Only...); len(values) > 0 && !f.Open {
		all := make([]any, len(values))
		for i, v := range values {
			all[i] = valueOf(v, kind)
		}
		note("enum", all)
	}
	bounds := func(low, high string, b *cell.Bounds) {
		if b == nil {
			return
		}
		if b.Min != "" {
			if b.MinExclusive {
				low = "exclusiveMinimum"
			}
			note(low, json.Number(b.Min))
		}
		if b.Max != "" {
			if b.MaxExclusive {
				high = "exclusiveMaximum"
			}
			note(high, json.Number(b.Max))
		}
	}
	bounds("minimum", "maximum", f.Range)
	bounds("minLength", "maxLength", f.Length)
	bounds("minItems", "maxItems", f.Count)
	if f.Length == nil && r.Type.Max != "" {
		note("maxLength", json.Number(r.Type.Max))
	}
	if d := f.Default; d != nil {
		note("default", defaultOf(d, r.Type))
	}
	if f.Chars != nil {
		note("pattern", f.Chars)
	}
	switch f.Format {
	case "":
	case "layout":
		note("format", f.Layout)
	case "timestamp-13":
		note("format", "timestamp")
	default:
		note("format", f.Format)
	}
}

func defaultOf(d *cell.Value, t cell.Type) any {
	switch {
	case !d.Empty:
		return valueOf(d.Text, t.Base)
	case t.Base == "array":
		return []any{}
	case t.Base == "map" || t.Base == "object":
		return map[string]any{}
	}
	return ""
}

// valueOf is a value as one of a type.
func valueOf(v, kind string) any {
	switch kind {
	case "integer", "number":
		return json.Number(v)
	case "boolean":
		if b, err := strconv.ParseBool(strings.ToLower(v)); err == nil {
			return b
		}
	}
	return v
}

// sameValue compares values of a kind. The order of an enumeration is free, and a pattern is compared by what it
// accepts.
func sameValue(kind string) func(want, got any) bool {
	return func(want, got any) bool {
		switch kind {
		case "pattern":
			chars, ok := got.(*cell.Charset)
			stated, isText := want.(string)
			return ok && isText && sameCharacters(stated, chars)
		case "enum":
			a, b := texts(want), texts(got)
			slices.Sort(a)
			slices.Sort(b)
			return slices.Equal(a, b)
		case "default", "format":
			return reflect.DeepEqual(want, got)
		}
		return fmt.Sprint(want) == fmt.Sprint(got)
	}
}

func texts(v any) []string {
	var out []string
	all, _ := v.([]any)
	for _, one := range all {
		out = append(out, fmt.Sprintf("%T %v", one, one))
	}
	return out
}

// sameCharacters probes a pattern with each character of ASCII and a Chinese one, alone.
func sameCharacters(pattern string, c *cell.Charset) bool {
	want, err := regexp.Compile(pattern)
	if err != nil {
		return false
	}
	class := func(s string) *regexp.Regexp { return regexp.MustCompile("^[" + s + "]$") }
	for r := rune(32); r <= 128; r++ {
		text := string(r)
		if r > 126 {
			text = map[rune]string{127: "中", 128: "é"}[r]
		}
		got := !strings.Contains(c.Forbidden, text)
		for _, s := range []string{c.Allowed, c.First, c.Last} {
			got = got && (s == "" || class(s).MatchString(text))
		}
		if want.MatchString(text) != got {
			return false
		}
	}
	return true
}
