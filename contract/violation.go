package contract

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Violation is one way in which a value breaks its schema.
type Violation struct {
	In      string // body, query, path or header; response in an answer
	Pointer string // JSON pointer into the body; the name of a parameter or header
	Keyword string // of JSON Schema, or body for what is no JSON at all
	Schema  string // JSON pointer of the violated schema in the document
	Text    string // for people
	Refusal *Refusal

	class, rank int
}

func (v Violation) String() string {
	where := v.In
	if v.Pointer != "" {
		where += " " + v.Pointer
	}
	return where + ": " + v.Text
}

// leaves flattens a validation error into its ends, ordered by instance and then by schema. A choice
// (anyOf, oneOf, not) is an end: which of its branches was meant is anybody's guess.
func leaves(err *jsonschema.ValidationError) []*jsonschema.ValidationError {
	var out []*jsonschema.ValidationError
	var walk func(e *jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		choice := slices.Contains([]string{"anyOf", "oneOf", "not", "contains", "propertyNames"}, lastToken(e.KeywordLocation))
		if len(e.Causes) == 0 || choice {
			out = append(out, e)
			return
		}
		for _, c := range e.Causes {
			walk(c)
		}
	}
	walk(err)
	slices.SortFunc(out, func(a, b *jsonschema.ValidationError) int {
		return cmp.Or(cmp.Compare(a.InstanceLocation, b.InstanceLocation),
			cmp.Compare(a.AbsoluteKeywordLocation, b.AbsoluteKeywordLocation), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(out, func(a, b *jsonschema.ValidationError) bool {
		return a.InstanceLocation == b.InstanceLocation && a.AbsoluteKeywordLocation == b.AbsoluteKeywordLocation && a.Message == b.Message
	})
}

func lastToken(pointer string) string { return pointer[strings.LastIndexByte(pointer, '/')+1:] }

// Check lists every violation of a value (as encoding/json decodes it with UseNumber), the one that
// decides the error code first: absent members before wrong types before wrong values, each in the
// order in which the document lists the members.
func (s *Schema) Check(in string, value any) []Violation {
	if s.glance.check(value) == yes {
		return nil
	}
	err := s.compiled.Validate(value)
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return []Violation{{In: in, Keyword: "type", Text: err.Error(), Schema: s.place.pointer}}
	}
	var out []Violation
	for _, leaf := range leaves(invalid) {
		out = append(out, s.violations(in, value, leaf)...)
	}
	slices.SortStableFunc(out, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.rank, b.rank), cmp.Compare(a.Pointer, b.Pointer))
	})
	return out
}

func (s *Schema) violations(in string, value any, leaf *jsonschema.ValidationError) []Violation {
	location := leaf.AbsoluteKeywordLocation[strings.IndexByte(leaf.AbsoluteKeywordLocation, '#')+1:]
	cut := strings.LastIndexByte(location, '/')
	v := Violation{In: in, Pointer: leaf.InstanceLocation, Keyword: location[cut+1:], Schema: location[:cut], Text: leaf.Message}
	schema, ok := s.set.doc.at(v.Schema)
	if !ok {
		schema = s.place
	}
	if v.Keyword != "required" {
		s.judge(&v, schema, valueAt(value, v.Pointer))
		return []Violation{v}
	}
	var out []Violation
	object, _ := valueAt(value, v.Pointer).(map[string]any)
	for _, item := range schema.get("required").items() {
		name := item.text()
		if _, present := object[name]; present {
			continue
		}
		missing := v
		missing.Pointer += "/" + escapeToken(name)
		missing.Text = fmt.Sprintf("%q is missing", name)
		at := schema
		if member := schema.schemaAt("/" + escapeToken(name)); member.exists() && s.set.faults[member.pointer]["required"].Error != nil {
			at = member
		}
		s.judge(&missing, at, nil)
		out = append(out, missing)
	}
	return out
}

// judge puts the error of a violation to it.
func (s *Schema) judge(v *Violation, schema place, value any) {
	v.class = 2
	switch v.Keyword {
	case "required", "dependentRequired":
		v.class = 0
	case "type":
		v.class = 1
	}
	v.rank = s.ranks[arrayIndex.ReplaceAllString(v.Pointer, "/*$1")]
	if v.rank == 0 {
		v.rank = len(s.ranks) + 1
	}
	f, ok := s.fault(schema.pointer, v.Keyword)
	if !ok {
		return
	}
	values := map[string]string{"name": nameOf(v.Pointer), "value": plain(value)}
	for _, keyword := range []string{"minimum", "maximum"} {
		if n := schema.get(keyword); n.exists() {
			values[keyword] = n.literal()
		}
	}
	values["type"] = strings.Join(schema.schemaKinds(), " or ")
	values["character"] = forbidden(schema.get("pattern").text(), value)
	v.Refusal = f.refusal(values)
}

var arrayIndex = regexp.MustCompile(`/[0-9]+(/|$)`)

// nameOf is the member that a pointer leads to; for an item, the array's.
func nameOf(pointer string) string {
	tokens := pointerTokens(pointer)
	for i := len(tokens) - 1; i >= 0; i-- {
		if _, err := strconv.Atoi(tokens[i]); err != nil {
			return tokens[i]
		}
	}
	return ""
}

// forbidden is the first character of a text that a pattern of single characters refuses.
func forbidden(pattern string, value any) string {
	text, ok := value.(string)
	if !ok || pattern == "" {
		return ""
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return ""
	}
	for _, r := range text {
		if !re.MatchString(string(r)) {
			return string(r)
		}
	}
	return text
}

// plain is a value as people write it.
func plain(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	b, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(b)
}
