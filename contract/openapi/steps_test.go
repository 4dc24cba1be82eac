package openapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

const choices = `
    Told:
      oneOf:
        - {type: object, required: [type], properties: {type: {enum: [a]}, child: {$ref: '#/components/schemas/Told'}}}
        - {$ref: '#/components/schemas/B'}
        - {allOf: [{$ref: '#/components/schemas/C'}], properties: {child: {$ref: '#/components/schemas/Told'}}}
    B: {type: object, required: [type], properties: {type: {enum: [b]}, child: {$ref: '#/components/schemas/Told'}}}
    C: {type: object, required: [type], properties: {type: {enum: [c]}}}
    Same:
      anyOf:
        - {type: object, required: [a], properties: {child: {$ref: '#/components/schemas/Same'}}}
        - {type: object, required: [b], properties: {child: {$ref: '#/components/schemas/Same'}}}
    Tree: {type: object, required: [name], properties: {name: {type: string}, kids: {type: array, items: {$ref: '#/components/schemas/Tree'}}}}
`

func choiceOf(t *testing.T, name string) *Schema {
	t.Helper()
	text := "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {/: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/" + name +
		"'}}}}, responses: {'204': {description: Done.}}}}}\ncomponents:\n  schemas:" + choices
	d, err := Load(fstest.MapFS{"api.yaml": {Data: []byte(text)}}, "api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := d.Operations()[0].Body().Media[0].schema(inward)
	if s.compiled == nil {
		t.Fatal(d.Warnings())
	}
	return s
}

// nested is a value of some levels, each with its members.
func nested(t *testing.T, levels int, members, inner string) any {
	t.Helper()
	v, err := decodeJSON([]byte(strings.Repeat("{"+members+","+inner, levels) + "{" + members + "}" + strings.Repeat("}", levels)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// What a choice costs that leads back to itself does not grow with a power of the depth where its branches are told
// apart; where they are not, too deep a value is refused.
func TestSteps(t *testing.T) {
	for _, row := range []struct {
		schema, members, inner string
		levels                 int
		linear, fits           bool
		text                   string
	}{
		{"Told", `"type":"c"`, `"child":`, 60, true, true, ""},
		{"Told", `"type":"b"`, `"child":`, 60, true, true, ""},
		{"Told", `"type":"x"`, `"child":`, 60, true, true, "oneOf failed"},
		{"Same", `"a":1`, `"child":`, 8, false, true, ""},
		{"Same", `"a":1`, `"child":`, 60, false, false, "takes more than"},
		{"Same", `"c":1`, `"child":`, 60, false, false, "takes more than"},
		{"Tree", `"name":"x"`, `"kids":`, 3, true, true, "expected array"},
	} {
		t.Run(fmt.Sprint(row.schema, row.members, row.levels), func(t *testing.T) {
			s := choiceOf(t, row.schema)
			value := nested(t, row.levels, row.members, row.inner)
			steps, most := stepsOf(s.compiled, value)
			if fits := steps <= most; fits != row.fits {
				t.Fatalf("%d steps of %d", steps, most)
			}
			if row.linear && steps > 40*row.levels {
				t.Errorf("%d steps for %d levels", steps, row.levels)
			}
			found := ""
			for _, v := range s.Check("body", value) {
				found += v.String()
			}
			if (found == "") != (row.text == "") || !strings.Contains(found, row.text) {
				t.Errorf("%q, want %q", found, row.text)
			}
		})
	}
}

// A long list is no deep value: what a body costs may grow with its size.
func TestStepsOfLists(t *testing.T) {
	s := choiceOf(t, "Tree")
	leaf := map[string]any{"name": "x"}
	wide := make([]any, 20_000)
	for i := range wide {
		wide[i] = leaf
	}
	var value any = map[string]any{"name": "x", "kids": wide}
	for range deepValue {
		value = map[string]any{"name": "x", "kids": []any{value}}
	}
	if found := s.Check("body", value); len(found) > 0 {
		t.Error(found)
	}
}

// The bound holds for a document that is only deep, too: each level costs the validator the way to it.
func TestStepsOfDepth(t *testing.T) {
	s := choiceOf(t, "Told")
	if found := s.Check("body", nested(t, 4000, `"type":"a"`, `"child":`)); len(found) != 1 || found[0].Keyword != "steps" {
		t.Error(found)
	}
}

// The count is never below the steps that the validator takes.
func TestStepsAreEnough(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	taken := 0
	compiler.RegisterExtension("count", jsonschema.MustCompileString("meta.json", "{}"), counting{&taken})
	compiler.Draft = jsonschema.Draft2020
	schema := `{"$defs":{"n":{"count":1,"anyOf":[{"count":1,"properties":{"c":{"$ref":"#/$defs/n"}}},{"count":1,"patternProperties":{"^c":{"$ref":"#/$defs/n"}},"if":{"count":1,"required":["d"]},"then":{"count":1,"not":{"count":1}},"else":{"count":1}},` +
		`{"count":1,"additionalProperties":{"$ref":"#/$defs/n"},"items":{"$ref":"#/$defs/n"},"dependentSchemas":{"c":{"count":1}}}]}},"$ref":"#/$defs/n"}`
	if err := compiler.AddResource("s.json", strings.NewReader(schema)); err != nil {
		t.Fatal(err)
	}
	s, err := compiler.Compile("s.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`{}`, `{"c":{"c":{"c":{"c":{"c":{"c":[1,{}]}}}}}}`, `{"d":1,"c":{"c":{"d":[[[[[{"c":1}]]]]]}}}`} {
		value, _ := decodeJSON([]byte(text))
		at, _, _ := spread(value, 0)
		counted := (&counter{1 << 40, map[visit]int{}}).steps(s, at)
		taken = 0
		_ = s.Validate(value)
		if taken == 0 || counted < taken {
			t.Errorf("%s: %d steps are counted, %d are taken", text, counted, taken)
		}
	}
}

// counting is a keyword that counts how often it is looked at.
type counting struct{ taken *int }

func (c counting) Compile(_ jsonschema.CompilerContext, m map[string]any) (jsonschema.ExtSchema, error) {
	if m["count"] == nil {
		return nil, nil
	}
	return c, nil
}

func (c counting) Validate(jsonschema.ValidationContext, any) error {
	*c.taken++
	return nil
}

// A pattern whose repeats write nothing ends.
func TestMatchingNothing(t *testing.T) {
	if _, ok := matching("^"+strings.Repeat("(", 30)+strings.Repeat(")*", 30)+"x$", 9, 0); ok {
		t.Error("more steps were taken than are allowed")
	}
	if text, ok := matching("^((a*)*)*b$", 2, 0); !ok || !strings.HasSuffix(text, "b") {
		t.Errorf("%q", text)
	}
}

// Every number is written as JSON reads it.
func TestNumeral(t *testing.T) {
	for schema, want := range map[string]string{"0.00000000000001": "0.00000000000001", "1e-300": "0." + strings.Repeat("0", 299) + "1", "0.5": "0.5", "3": "3"} {
		s, err := jsonschema.CompileString("s.json", `{"type":"number","multipleOf":`+schema+`}`)
		if err != nil {
			t.Fatal(err)
		}
		got := numeral(s.MultipleOf)
		if string(got) != want || !json.Valid([]byte(got)) {
			t.Errorf("%s is written as %s", schema, got)
		}
	}
}
