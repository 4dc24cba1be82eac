package contract

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"go.yaml.in/yaml/v3"
)

// VocabularySchema is the JSON Schema of the x-tally keys, for editors.
//
//go:embed x-tally.schema.json
var VocabularySchema []byte

const (
	keySource    = "x-tally-source"
	keyErrors    = "x-tally-errors"
	keyError     = "x-tally-error"
	keyRules     = "x-tally-rules"
	keyLifecycle = "x-tally-lifecycle"
	keyEffect    = "x-tally-effect"
)

// key is one of the six: where it may stand and the schema of its value.
type key struct {
	name   string
	where  string // in words, for the message
	places *regexp.Regexp
}

var operationPlace = `^/paths/[^/]+/(get|put|post|delete|options|head|patch|trace)`

var keys = []key{
	{name: keySource, where: "anywhere", places: regexp.MustCompile(``)},
	{name: keyErrors, where: "in components", places: regexp.MustCompile(`^/components$`)},
	{name: keyError, where: "at the root, in an operation, in a schema or in a security scheme",
		places: regexp.MustCompile(`^$|/schemas?(/|$)|^/components/securitySchemes/[^/]+$|` + operationPlace + `$`)},
	{name: keyRules, where: "at the root or in an operation", places: regexp.MustCompile(`^$|` + operationPlace + `$`)},
	{name: keyLifecycle, where: "in a schema under components.schemas", places: regexp.MustCompile(`^/components/schemas/[^/]+$`)},
	{name: keyEffect, where: "in an operation", places: regexp.MustCompile(operationPlace + `$`)},
}

// keySchemas are the schemas of the values of the keys, by the name of the key. They are compiled when a document
// is checked, since the start of a program that checks none need not wait for them.
var keySchemas = sync.OnceValue(func() map[string]*jsonschema.Schema {
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft2020
	const url = "https://tallystick.invalid/x-tally.schema.json"
	if err := compiler.AddResource(url, strings.NewReader(string(VocabularySchema))); err != nil {
		panic(err)
	}
	schemas := map[string]*jsonschema.Schema{}
	for _, k := range keys {
		schemas[k.name] = compiler.MustCompile(url + "#/$defs/" + strings.TrimPrefix(k.name, "x-tally-"))
	}
	return schemas
})

// payloads are members whose value is data of the API, not document.
var payloads = []string{"example", "examples", "default", "enum", "const", "value"}

// checkVocabulary finds every x-tally key of the document and holds it to its place and its schema. It
// reports whether all are well formed.
func checkVocabulary(p place) bool {
	ok := true
	p.each(func(name string, member place) {
		if strings.HasPrefix(name, "x-tally") {
			ok = checkKey(p.pointer, name, member) && ok
			return
		}
		if !slices.Contains(payloads, name) || (name == "examples" && holdsExampleObjects(member)) {
			ok = checkVocabulary(member) && ok
		}
	})
	for _, item := range p.items() {
		ok = checkVocabulary(item) && ok
	}
	return ok
}

// holdsExampleObjects tells OpenAPI's map of Example Objects from JSON Schema's list of values.
func holdsExampleObjects(p place) bool {
	return p.form() == yaml.MappingNode && !strings.Contains(p.pointer, "/schema")
}

func checkKey(parent, name string, at place) bool {
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
	if i < 0 {
		names := make([]string, len(keys))
		for i, k := range keys {
			names[i] = k.name
		}
		at.addf("key %q is unknown; the vocabulary has %s%s", name, strings.Join(names, ", "), suggest(name, names))
		return false
	}
	if !keys[i].places.MatchString(parent) {
		at.addf("key %q means nothing here; it stands %s", name, keys[i].where)
		return false
	}
	return reportViolations(at, keySchemas()[name])
}

// reportViolations checks a value against a schema and reports each violation at its place.
func reportViolations(at place, schema *jsonschema.Schema) bool {
	var invalid *jsonschema.ValidationError
	err := schema.Validate(at.data())
	if err == nil {
		return true
	}
	if !errors.As(err, &invalid) {
		at.addf("not checked against the vocabulary: %v", err)
		return false
	}
	for _, leaf := range leaves(invalid) {
		where, _ := at.doc.at(at.pointer + leaf.InstanceLocation)
		path := lastToken(at.pointer) + leaf.InstanceLocation
		if lastToken(leaf.KeywordLocation) == "additionalProperties" {
			reportUnknown(where, path, leaf)
		} else {
			where.addf("%s: %s", path, describe(where, leaf))
		}
	}
	return false
}

// reportUnknown reports each member that the vocabulary does not have, where it stands.
func reportUnknown(object place, path string, leaf *jsonschema.ValidationError) {
	known, _ := vocabularyAt(leaf, "/properties").(map[string]any)
	names := sortedKeys(known)
	object.each(func(name string, member place) {
		if !slices.Contains(names, name) {
			member.addf("%s: unknown member %q; known are %s%s", path, name, strings.Join(names, ", "), suggest(name, names))
		}
	})
}

// describe words a violation of the vocabulary for the reader of the document.
func describe(where place, leaf *jsonschema.ValidationError) string {
	switch keyword := lastToken(leaf.KeywordLocation); keyword {
	case "required":
		return strings.Replace(leaf.Message, "missing properties: ", "missing: ", 1)
	case "enum":
		if strings.HasSuffix(leaf.KeywordLocation, "/propertyNames/enum") {
			known := list(vocabularyAt(leaf, "/enum"))
			return "unknown keyword; known are " + known + suggest(lastToken(where.pointer), strings.Split(known, ", "))
		}
		return fmt.Sprintf("wanted one of %s, got %s", list(vocabularyAt(leaf, "/enum")), plain(where.data()))
	case "pattern":
		if form, ok := vocabularyAt(leaf, "/description").(string); ok {
			return fmt.Sprintf("wanted %s, got %q", form, plain(where.data()))
		}
	case "anyOf", "oneOf":
		var names []string
		branches, _ := vocabularyAt(leaf, "/"+keyword).([]any)
		for _, b := range branches {
			names = append(names, list(valueAt(b, "/required")))
		}
		quantity := map[string]string{"anyOf": "at least", "oneOf": "exactly"}[keyword]
		return fmt.Sprintf("wanted %s one of %s", quantity, strings.Join(names, ", "))
	}
	return leaf.Message
}

// vocabularyAt is a part of the schema that a violation breaks, by pointer from that schema.
func vocabularyAt(leaf *jsonschema.ValidationError, pointer string) any {
	_, broken, _ := strings.Cut(leaf.AbsoluteKeywordLocation, "#")
	return valueAt(vocabulary(), strings.TrimSuffix(broken, "/"+lastToken(broken))+pointer)
}

var vocabulary = sync.OnceValue(func() any {
	v, err := decodeJSON(VocabularySchema)
	if err != nil {
		panic(err)
	}
	return v
})

func list(values any) string {
	items, _ := values.([]any)
	texts := make([]string, len(items))
	for i, v := range items {
		texts[i] = plain(v)
	}
	return strings.Join(texts, ", ")
}
