package openapi

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract/internal/jsontree"
)

// normalizer turns the schema objects of a document into JSON Schema 2020-12 that always compiles: what
// OpenAPI 3.0 says in its own way is said in the standard's, and what means nothing is left out with a warning.
type normalizer struct {
	set *schemas
	way direction
}

// schema is the normal form of a schema object: a map or a bool.
func (n *normalizer) schema(p place) any {
	if b, ok := p.value.(bool); ok {
		return b
	}
	if _, ok := p.value.(*object); !ok {
		p.warn("want a schema, which is an object; anything is allowed here")
		return true
	}
	out := map[string]any{}
	if ref, ok := p.child("$ref").value.(string); ok {
		if target := p.resolve(); target.exists() {
			out["$ref"] = n.set.address(target, n.way, false)
		} else if p.follow(ref).exists() {
			p.warn("$ref %q leads in a circle, so it allows anything", ref)
		}
		if p.doc.dialect30() {
			return out // what stands beside a reference means nothing in 3.0
		}
	}
	p.each(func(name string, at place) {
		if keep := keywords[name]; keep != nil {
			if value := keep(n, at); value != nil {
				out[name] = value
			}
		}
	})
	if closesApart(p) {
		n.closeTogether(p, out)
	}
	n.exclusive(p, out, "minimum", "exclusiveMinimum")
	n.exclusive(p, out, "maximum", "exclusiveMaximum")
	if one := p.child("example"); one.exists() {
		list, _ := out["examples"].([]any)
		out["examples"] = append([]any{plain(one.value)}, list...)
	}
	if p.child("nullable").truth() {
		return nullable(out)
	}
	return out
}

// nullable lets a schema accept null too. 3.0 wants a type beside it, and authors often forget that.
func nullable(schema map[string]any) any {
	choice := map[string]any{"anyOf": []any{schema, map[string]any{"type": "null"}}}
	for _, note := range []string{"examples", "default"} {
		if v, ok := schema[note]; ok {
			choice[note] = v
			delete(schema, note)
		}
	}
	return choice
}

// exclusive reads the bool that 3.0 has beside a bound.
func (n *normalizer) exclusive(p place, out map[string]any, bound, exclusive string) {
	if limit, ok := out[bound]; ok && p.child(exclusive).truth() {
		delete(out, bound)
		out[exclusive] = limit
	}
}

// keep reads the value of a keyword; nil leaves it out.
type keep func(n *normalizer, at place) any

// keywords are those that are understood. $id, $anchor, $defs and the like are not among them: references are
// followed by their place in the document.
var keywords map[string]keep

func init() {
	keywords = map[string]keep{
		"type": keepType, "enum": keepList, "const": keepValue, "default": keepValue, "examples": keepExamples,
		"minimum": keepNumber, "maximum": keepNumber, "exclusiveMinimum": keepBound, "exclusiveMaximum": keepBound,
		"multipleOf": keepStep, "pattern": keepPattern, "format": keepText, "uniqueItems": keepBool,
		"required": keepRequired, "dependentRequired": keepDependent,
		"readOnly": keepBool, "writeOnly": keepBool,
		"patternProperties": keepPatterns,
	}
	for _, name := range []string{"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains"} {
		keywords[name] = keepCount
	}
	for _, name := range []string{"not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames", "unevaluatedProperties", "unevaluatedItems"} {
		keywords[name] = func(n *normalizer, at place) any { return n.schema(at) }
	}
	for _, name := range []string{"allOf", "prefixItems"} {
		keywords[name] = keepSchemas
	}
	for _, name := range []string{"anyOf", "oneOf"} {
		keywords[name] = keepChoice
	}
	for _, name := range []string{"properties", "dependentSchemas"} {
		keywords[name] = func(n *normalizer, at place) any {
			out := map[string]any{}
			at.each(func(name string, member place) { out[name] = n.schema(member) })
			return out
		}
	}
}

// drop leaves a keyword out and says so.
func drop(at place, want string) any {
	text, err := json.Marshal(plain(at.value))
	if err != nil || len(text) > 80 {
		text = []byte("something else")
	}
	at.warn("want %s, got %s; it is not checked", want, text)
	return nil
}

var types = []string{"object", "array", "string", "integer", "number", "boolean", "null"}

func keepType(_ *normalizer, at place) any {
	if name := at.text(); slices.Contains(types, name) {
		return name
	}
	var names []any
	for _, item := range at.items() {
		if slices.Contains(types, item.text()) && !slices.Contains(names, any(item.text())) {
			names = append(names, item.text())
		}
	}
	if len(names) == 0 || len(names) < len(at.items()) {
		return drop(at, "one of "+strings.Join(types, ", "))
	}
	return names
}

func keepValue(_ *normalizer, at place) any {
	if at.value == nil { // nil means leaving it out
		if strings.HasSuffix(at.pointer, "/const") {
			return json.RawMessage("null")
		}
		return nil
	}
	return plain(at.value)
}

func keepList(_ *normalizer, at place) any {
	if list, ok := at.value.([]any); ok && len(list) > 0 {
		return plain(list)
	}
	return drop(at, "an array of values")
}

func keepExamples(_ *normalizer, at place) any {
	if list, ok := at.value.([]any); ok {
		return plain(list)
	}
	var out []any
	at.each(func(_ string, one place) { out = append(out, plain(one.value)) })
	return out
}

func keepNumber(_ *normalizer, at place) any {
	if number, ok := at.value.(json.Number); ok {
		return number
	}
	return drop(at, "a number")
}

// keepBound reads an exclusive bound; the bool of 3.0 is read where its number is.
func keepBound(n *normalizer, at place) any {
	if _, ok := at.value.(bool); ok {
		return nil
	}
	return keepNumber(n, at)
}

func keepStep(_ *normalizer, at place) any {
	if number, ok := at.value.(json.Number); ok {
		if r, ok := new(big.Rat).SetString(string(number)); ok && r.Sign() > 0 {
			return number
		}
	}
	return drop(at, "a number above 0")
}

func keepCount(_ *normalizer, at place) any {
	if number, ok := at.value.(json.Number); ok {
		if i, err := number.Int64(); err == nil && i >= 0 {
			return number
		}
	}
	return drop(at, "a whole number from 0")
}

func keepBool(_ *normalizer, at place) any {
	if b, ok := at.value.(bool); ok {
		return b
	}
	return drop(at, "true or false")
}

func keepText(_ *normalizer, at place) any {
	if s, ok := at.value.(string); ok {
		return s
	}
	return drop(at, "a string")
}

// compiles tells whether Go knows a regular expression. ECMA's have more than it does, such as lookahead.
func compiles(at place, pattern string) bool {
	if _, err := regexp.Compile(pattern); err != nil {
		at.warn("pattern %q cannot be checked: %v", pattern, err)
		return false
	}
	return true
}

func keepPattern(_ *normalizer, at place) any {
	if s, ok := at.value.(string); !ok {
		return drop(at, "a regular expression")
	} else if compiles(at, s) {
		return s
	}
	return nil
}

func keepPatterns(n *normalizer, at place) any {
	out := map[string]any{}
	at.each(func(pattern string, member place) {
		if compiles(member, pattern) {
			out[pattern] = n.schema(member)
		}
	})
	return out
}

func keepSchemas(n *normalizer, at place) any {
	var out []any
	for _, item := range at.items() {
		out = append(out, n.schema(item))
	}
	if len(out) == 0 {
		return drop(at, "an array of schemas")
	}
	return out
}

func keepDependent(_ *normalizer, at place) any {
	out := map[string]any{}
	at.each(func(name string, list place) { out[name] = names(list) })
	return out
}

// names are the different strings of an array.
func names(p place) []string {
	out := []string{}
	for _, item := range p.items() {
		if s, ok := item.value.(string); ok && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// keepRequired leaves out members that go the other way only: one that is readOnly is not sent, one that is
// writeOnly is not answered.
func keepRequired(n *normalizer, at place) any {
	if _, ok := at.value.([]any); !ok {
		return drop(at, "an array of names")
	}
	mark := map[direction]string{inward: "readOnly", outward: "writeOnly"}[n.way]
	properties := parent(at).child("properties")
	return slices.DeleteFunc(names(at), func(name string) bool {
		member := properties.child(name)
		return mark != "" && (member.child(mark).truth() || member.resolve().child(mark).truth())
	})
}

// parent is the object that a member stands in.
func parent(at place) place {
	p := place{doc: at.doc, file: at.file, value: at.file.root}
	tokens := jsontree.Tokens(at.pointer)
	for _, token := range tokens[:len(tokens)-1] {
		p = p.child(token)
	}
	return p
}
