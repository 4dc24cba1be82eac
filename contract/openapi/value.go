package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// raw is a value that came as text: one text, several of them, or members.
type raw struct {
	values  []any // that came as JSON; nil for texts
	texts   []string
	members map[string]raw
	whole   string // of what has been taken apart
}

func (r raw) text() string {
	if len(r.texts) > 0 {
		return r.texts[0]
	}
	return r.whole
}

// kinds are the types that a schema allows by name, in it and in all that it is composed of.
func (s *Schema) kinds() map[string]bool {
	if s == nil || s.compiled == nil {
		return nil
	}
	return kindsOf([]*jsonschema.Schema{s.compiled})
}

func kindsOf(schemas []*jsonschema.Schema) map[string]bool {
	out := map[string]bool{}
	for _, s := range everything(schemas) {
		for _, kind := range s.Types {
			out[kind] = true
		}
		if len(s.Types) == 0 && len(s.Properties) > 0 {
			out["object"] = true
		}
	}
	return out
}

// everything is all that may apply to one value.
func everything(schemas []*jsonschema.Schema) []*jsonschema.Schema {
	var out []*jsonschema.Schema
	var add func(s *jsonschema.Schema)
	add = func(s *jsonschema.Schema) {
		if s == nil || slices.Contains(out, s) {
			return
		}
		out = append(out, s)
		for _, more := range [][]*jsonschema.Schema{{s.Ref, s.Then, s.Else}, s.AllOf, s.AnyOf, s.OneOf} {
			for _, m := range more {
				add(m)
			}
		}
	}
	for _, s := range schemas {
		add(s)
	}
	return out
}

// memberNames are those of an object, sorted.
func (s *Schema) memberNames() []string {
	if s == nil || s.compiled == nil {
		return nil
	}
	var out []string
	for _, part := range everything([]*jsonschema.Schema{s.compiled}) {
		for name := range part.Properties {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// decode turns text into the value that the schema speaks of. What cannot be one stays a string, which then
// breaks the schema.
func (s *Schema) decode(r raw) any {
	if s == nil || s.compiled == nil {
		return r.text()
	}
	return decode([]*jsonschema.Schema{s.compiled}, r)
}

func decode(schemas []*jsonschema.Schema, r raw) any {
	sh := shape{parts: everything(schemas)}
	kinds := kindsOf(schemas)
	if r.values != nil {
		if _, list := r.values[0].([]any); len(r.values) == 1 && (list || !kinds["array"] || len(kinds) > 1) {
			return r.values[0]
		}
		return r.values
	}
	if r.members != nil {
		out := map[string]any{}
		for name, member := range r.members {
			out[name] = decode(sh.member(name), member)
		}
		return out
	}
	if kinds["array"] && (len(r.texts) != 1 || len(kinds) == 1 || !(kinds["string"] || kinds["number"] || kinds["integer"])) {
		out := []any{}
		for i, text := range r.texts {
			out = append(out, decode(sh.item(i), raw{texts: []string{text}}))
		}
		return out
	}
	options := scalars(kinds, r.text())
	for _, v := range options {
		if (&generator{}).accepts(schemas, v, 1) {
			return v
		}
	}
	return options[0]
}

var numeric = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// scalars are what a text may mean.
func scalars(kinds map[string]bool, text string) []any {
	var out []any
	if (kinds["integer"] || kinds["number"]) && numeric.MatchString(text) {
		if n := json.Number(text); tame(n) == nil {
			out = append(out, n)
		}
	}
	if kinds["boolean"] && (text == "true" || text == "false") {
		out = append(out, text == "true")
	}
	if kinds["null"] && (text == "" || text == "null") {
		out = append(out, nil)
	}
	return append(out, text)
}

// isJSON tells whether a media type is JSON.
func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json") || media == "text/json")
}

// decodeJSON reads exactly one JSON value, keeping numbers as they are written.
func decodeJSON(data []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the value")
	}
	return value, tame(value)
}

// Bounds of a number: exact arithmetic, which schemas need, takes time and memory with its exponent.
const (
	maxDigits   = 400
	maxExponent = 400
)

// tame refuses values with numbers beyond the bounds.
func tame(value any) error {
	switch v := value.(type) {
	case json.Number:
		text := string(v)
		if len(text) > maxDigits {
			return fmt.Errorf("a number of %d characters", len(text))
		}
		if e := strings.IndexAny(text, "eE"); e >= 0 {
			if exponent, err := strconv.Atoi(text[e+1:]); err != nil || exponent > maxExponent || exponent < -maxExponent {
				return fmt.Errorf("the number %s is out of range", text)
			}
		}
	case []any:
		for _, item := range v {
			if err := tame(item); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, member := range v {
			if err := tame(member); err != nil {
				return err
			}
		}
	}
	return nil
}
