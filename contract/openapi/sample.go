package openapi

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Sample is a request that the operation takes, the same at every call: the parameters that it demands, its
// body and a credential of the first kind that it takes, each an example or the least value. The error says for
// what no value was found.
func (op *Operation) Sample() (Request, error) {
	r := Request{Path: map[string]string{}, Query: url.Values{}, Header: http.Header{}}
	for _, p := range op.parts().parameters {
		if !p.Required && p.In != "path" || p.ignored() {
			continue
		}
		v, err := p.sample()
		if err != nil {
			return r, fmt.Errorf("%s parameter %q: %w", p.In, p.Name, err)
		}
		p.write(&r, v)
	}
	if body := op.parts().body; body != nil {
		if err := body.sample(&r); err != nil {
			return r, fmt.Errorf("body: %w", err)
		}
	}
	if alternatives := op.parts().security; op.Secured() {
		for _, want := range alternatives[0] {
			want.sample(&r)
		}
	}
	return r, nil
}

// URL is the path and the query of a request for the operation.
func (op *Operation) URL(r Request) string {
	path, _, _ := strings.Cut(op.Path, "?")
	path, _, _ = strings.Cut(path, "#")
	for name, value := range r.Path {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	if len(r.Query) > 0 {
		path += "?" + r.Query.Encode()
	}
	return path
}

// sample is an example of the parameter that its schema accepts, or the least value.
func (p *Parameter) sample() (any, error) {
	schema := p.compiled()
	var shown []any
	if one := p.at.child("example"); one.exists() {
		shown = append(shown, plain(one.value))
	}
	p.at.get("examples").each(func(_ string, at place) {
		if value := at.resolve().child("value"); value.exists() {
			shown = append(shown, plain(value.value))
		}
	})
	for _, v := range shown {
		if len(schema.Check("example", v)) == 0 && (p.In != "path" || scalarText(v) != "") {
			return v, nil
		}
	}
	v, err := schema.Value()
	if list, ok := v.([]any); ok && len(list) == 0 && p.media == nil {
		return schema.one(), err // what is empty is not there
	}
	if err == nil && scalarText(v) == "" && p.In != "query" {
		return "0", nil
	}
	return v, err
}

// one is an array of one item.
func (s *Schema) one() []any {
	v, _ := (&generator{steps: maxSteps}).value(shape{parts: everything([]*jsonschema.Schema{s.compiled})}.item(0), 1, 0)
	return []any{v}
}

// write puts a value into a request as the style of the parameter says.
func (p *Parameter) write(r *Request, v any) {
	text := scalarText(v)
	if p.media != nil {
		if data, err := encodeJSON(v); err == nil {
			text = string(data)
		}
	}
	members, isObject := v.(map[string]any)
	items, isArray := v.([]any)
	switch {
	case p.In == "query" && isObject && p.media == nil && (p.style == "deepObject" || p.explode):
		for _, name := range slices.Sorted(maps.Keys(members)) {
			key := name
			if p.style == "deepObject" {
				key = p.Name + "[" + name + "]"
			}
			addField(r.Query, key, members[name])
		}
	case p.In == "query" && isArray && p.media == nil && p.explode:
		for _, item := range items {
			r.Query.Add(p.Name, scalarText(item))
		}
	case p.In == "query":
		r.Query.Set(p.Name, strings.Join(p.joined(v, text), p.separator()))
	case p.In == "header":
		http.Header(r.Header).Set(p.Name, strings.Join(p.joined(v, text), ","))
	case p.In == "cookie":
		r.addCookie(p.Name, strings.Join(p.joined(v, text), ","))
	case p.style == "label":
		r.Path[p.Name] = "." + strings.Join(p.joined(v, text), p.separator())
	case p.style == "matrix":
		r.Path[p.Name] = ";" + p.Name + "=" + strings.Join(p.joined(v, text), p.separator())
	default:
		r.Path[p.Name] = strings.Join(p.joined(v, text), p.separator())
	}
}

// joined are the parts of a value that stand in one text.
func (p *Parameter) joined(v any, text string) []string {
	if p.media != nil {
		return []string{text}
	}
	var out []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			out = append(out, scalarText(item))
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if p.explode {
				out = append(out, name+"="+scalarText(v[name]))
			} else {
				out = append(out, name, scalarText(v[name]))
			}
		}
	default:
		out = append(out, text)
	}
	return out
}

// addField writes a value of a form, members of members in brackets.
func addField(form url.Values, name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, inner := range slices.Sorted(maps.Keys(v)) {
			addField(form, name+"["+inner+"]", v[inner])
		}
	case []any:
		for _, item := range v {
			form.Add(name, scalarText(item))
		}
	default:
		form.Set(name, scalarText(v))
	}
}

// sample puts a body into a request, in the form that is liked best.
func (b *Body) sample(r *Request) error {
	media := preferred(b.Media, "")
	if media == nil {
		return nil
	}
	v, err := media.sample()
	if err != nil {
		return err
	}
	r.ContentType = media.concrete()
	switch {
	case isJSON(r.ContentType):
		r.Body, err = encodeJSON(v)
		return err
	case r.ContentType == "application/x-www-form-urlencoded":
		form := url.Values{}
		if members, ok := v.(map[string]any); ok {
			for name, member := range members {
				addField(form, name, member)
			}
		}
		r.Body = []byte(form.Encode())
	case r.ContentType == "multipart/form-data":
		return writeMultipart(r, v)
	default:
		r.Body = []byte(cmp.Or(scalarText(v), "0"))
	}
	return nil
}

func writeMultipart(r *Request, v any) error {
	form := url.Values{}
	members, _ := v.(map[string]any)
	for name, member := range members {
		addField(form, name, member)
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary("tally-boundary"); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, text := range form[name] {
			if err := w.WriteField(name, text); err != nil {
				return err
			}
		}
	}
	err := w.Close()
	r.Body, r.ContentType = b.Bytes(), w.FormDataContentType()
	return err
}

// sample is an example of a body that its schema accepts, or the least value.
func (m *Media) sample() (any, error) {
	schema := m.schema(inward)
	for _, e := range m.examples() {
		if len(schema.Check("example", e.value)) == 0 {
			return e.value, nil
		}
	}
	return schema.Value()
}
