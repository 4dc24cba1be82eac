package openapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// field is a field of a form as it came.
type field struct {
	name string
	kind string // its Content-Type; "" when it has none
	text string
}

// form turns the fields of a form into members. One whose Content-Type is JSON, its own or that of the document's
// encoding, is read as JSON; so is one without any that can only be an object or an array of objects, where it is
// JSON.
func (m *Media) form(fields []field, schema *Schema) (raw, error) {
	texts, values := url.Values{}, map[string][]any{}
	for _, f := range fields {
		kind, said := f.kind, f.kind
		if encoding := m.at.child("encoding").child(f.name).child("contentType").text(); kind == "" {
			kind, said = encoding, encoding
		}
		if kind == "" && schema.memberIsJSON(f.name) {
			kind = "application/json"
		}
		if isJSON(kind) {
			value, err := decodeJSON([]byte(f.text))
			if err == nil {
				values[f.name] = append(values[f.name], value)
				continue
			}
			if said != "" {
				return raw{}, fmt.Errorf("field %q is not readable as %s: %w", f.name, kind, err)
			}
		}
		texts.Add(f.name, f.text)
	}
	members := formMembers(texts)
	for name, list := range values {
		for _, text := range texts[name] {
			list = append(list, text)
		}
		members[name] = raw{values: list}
	}
	return raw{members: members}, nil
}

// memberIsJSON tells whether a member is nothing that a text could be.
func (s *Schema) memberIsJSON(name string) bool {
	if s == nil || s.compiled == nil {
		return false
	}
	of := shape{parts: everything([]*jsonschema.Schema{s.compiled})}.member(name)
	kinds := kindsOf(of)
	if kinds["array"] && len(kinds) == 1 {
		kinds = kindsOf(shape{parts: everything(of)}.item(0))
	}
	return kinds["object"] && len(kinds) == 1
}

// urlencoded are the fields of a form in the encoding of a query, ordered by name.
func urlencoded(body string) ([]field, error) {
	values, err := url.ParseQuery(body)
	var out []field
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, text := range values[name] {
			out = append(out, field{name: name, text: text})
		}
	}
	return out, err
}

// formMembers are the fields of a form, with a[b] as members of members.
func formMembers(form url.Values) map[string]raw {
	nested := url.Values{}
	for name, values := range form {
		head, rest, found := strings.Cut(name, "[")
		if found && strings.HasSuffix(rest, "]") {
			nested["form["+head+"]["+rest] = values
			continue
		}
		nested["form["+name+"]"] = values
	}
	return bracketed(nested, "form")
}

// readMultipart reads the parts of a form; a file is a text like others.
func readMultipart(body []byte, boundary string) ([]field, error) {
	if boundary == "" {
		return nil, errors.New("the Content-Type has no boundary")
	}
	var out []field
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		out = append(out, field{part.FormName(), part.Header.Get("Content-Type"), string(data)})
	}
}
