package openapi_test

import (
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract/openapi"
)

// What is made up is the least that the schema accepts. The schema itself has checked it: an answer that it
// refuses is an error.
func TestLeastValue(t *testing.T) {
	for _, row := range []struct{ version, schema, components, want string }{
		{"3.1.0", `{type: object}`, ``, `{}`},
		{"3.1.0", `{type: object, required: [a], properties: {a: {type: integer}, b: {type: string}}}`, ``, `{"a":1}`},
		{"3.1.0", `{type: string}`, ``, `"string"`},
		{"3.1.0", `{type: string, minLength: 9}`, ``, `"stringxxx"`},
		{"3.1.0", `{type: string, maxLength: 3}`, ``, `"str"`},
		{"3.1.0", `{type: string, example: shown, default: other}`, ``, `"shown"`},
		{"3.1.0", `{type: string, examples: [7, second]}`, ``, `"second"`},
		{"3.1.0", `{type: string, default: usual}`, ``, `"usual"`},
		{"3.1.0", `{type: string, default: 7, enum: [a, b]}`, ``, `"a"`},
		{"3.1.0", `{const: {a: [1]}}`, ``, `{"a":[1]}`},
		{"3.1.0", `{const: null}`, ``, `null`},
		{"3.1.0", `{type: string, format: date-time}`, ``, `"2020-01-01T00:00:01Z"`},
		{"3.1.0", `{type: string, format: uuid}`, ``, `"00000000-0000-4000-8000-000000000001"`},
		{"3.1.0", `{type: string, format: email}`, ``, `"user1@example.com"`},
		{"3.1.0", `{type: string, format: ipv6}`, ``, `"2001:db8::1"`},
		{"3.1.0", `{type: string, format: of-our-own}`, ``, `"string"`},
		{"3.1.0", `{type: string, pattern: '^[A-Z]{3}-\d+$'}`, ``, `"AAA-0"`},
		{"3.1.0", `{type: string, pattern: '^(in|out)bound$', minLength: 8}`, ``, `"outbound"`},
		{"3.1.0", `{type: string, pattern: '^a+$', minLength: 6}`, ``, `"aaaaaa"`},
		{"3.1.0", `{type: string, pattern: '(?!lookahead)'}`, ``, `"string"`},
		{"3.1.0", `{type: integer, minimum: 10}`, ``, `10`},
		{"3.1.0", `{type: integer, exclusiveMinimum: 10, multipleOf: 7}`, ``, `14`},
		{"3.1.0", `{type: integer, maximum: -3}`, ``, `-3`},
		{"3.1.0", `{type: number, exclusiveMinimum: 0, exclusiveMaximum: 1}`, ``, `0.5`},
		{"3.0.3", `{type: integer, minimum: 5, exclusiveMinimum: true}`, ``, `6`},
		{"3.0.3", `{type: integer, maximum: 0, exclusiveMaximum: true}`, ``, `-1`},
		{"3.0.3", `{type: string, nullable: true, enum: [a, null]}`, ``, `"a"`},
		{"3.0.3", `{nullable: true, allOf: [{$ref: '#/components/schemas/Never'}]}`, `Never: {not: {}}`, `null`},
		{"3.1.0", `{type: [string, 'null'], maxLength: 0}`, ``, `""`},
		{"3.1.0", `{type: array, items: {type: integer}}`, ``, `[]`},
		{"3.1.0", `{type: array, minItems: 3, uniqueItems: true, items: {type: integer}}`, ``, `[1,2,3]`},
		{"3.1.0", `{type: array, minItems: 2, uniqueItems: true, items: {enum: [a, b]}}`, ``, `["a","b"]`},
		{"3.1.0", `{type: array, minItems: 2, uniqueItems: true, items: {type: string}}`, ``, `["string","string2"]`},
		{"3.1.0", `{type: array, contains: {const: x}, items: {type: string}}`, ``, `["x"]`},
		{"3.1.0", `{type: array, minItems: 2, prefixItems: [{type: string}, {type: boolean}]}`, ``, `["string",true]`},
		{"3.1.0", `{allOf: [{required: [a]}, {properties: {a: {type: boolean}}}]}`, ``, `{"a":true}`},
		{"3.1.0", `{oneOf: [{required: [a]}, {required: [b]}], properties: {a: {type: integer}, b: {type: integer}}}`, ``, `{"a":1}`},
		{"3.1.0", `{oneOf: [{properties: {a: {const: 1}}}, {properties: {a: {const: 2}}, required: [a]}]}`, ``, `{}`},
		{"3.1.0", `{anyOf: [false, {type: boolean}]}`, ``, `true`},
		{"3.1.0", `{type: boolean, not: {const: true}}`, ``, `false`},
		{"3.1.0", `{type: object, minProperties: 2}`, ``, `{"member1":{},"member2":{}}`},
		{"3.1.0", `{type: object, minProperties: 1, additionalProperties: {type: integer}}`, ``, `{"member1":1}`},
		{"3.1.0", `{type: object, minProperties: 1, propertyNames: {pattern: '^x-'}, additionalProperties: {type: integer}}`, ``, `{"x-":1}`},
		{"3.1.0", `{type: object, minProperties: 1, patternProperties: {'^y[0-9]$': {type: integer}}, additionalProperties: false}`, ``, `{"y0":1}`},
		{"3.1.0", `{type: object, required: [a], dependentRequired: {a: [b]}}`, ``, `{"a":{},"b":{}}`},
		{"3.1.0", `{if: {required: [a]}, then: {required: [b]}, else: {required: [c]}, type: object}`, ``, ``},
		{"3.1.0", `{$ref: '#/components/schemas/Tree'}`, `Tree: {type: object, required: [kids], properties: {kids: {type: array, items: {$ref: '#/components/schemas/Tree'}}}}`, `{"kids":[]}`},
		{"3.1.0", `{$ref: '#/components/schemas/List'}`, `List: {type: object, required: [next], properties: {next: {oneOf: [{$ref: '#/components/schemas/List'}, {type: 'null'}]}}}`, ``},
		{"3.1.0", `{type: object, required: [secret, id], properties: {secret: {type: string, writeOnly: true}, id: {type: string, readOnly: true}}}`, ``, `{"id":"string"}`},
		{"3.0.3", `{allOf: [{type: object, additionalProperties: false, required: [a], properties: {a: {type: integer}}}, {type: object, additionalProperties: false, required: [b], properties: {b: {type: integer}}}]}`, ``, `{"a":1,"b":1}`},
		{"3.0.3", `{type: any, required: true, enum: [], minLength: -1}`, ``, `{}`},
		{"3.0.3", `{$ref: '#/components/schemas/Nowhere'}`, ``, ``},
	} {
		a, err := answering(t, row.version, row.schema, row.components).Answer(openapi.Preference{}, "")
		if err != nil {
			t.Errorf("%s: %v", row.schema, err)
			continue
		}
		if row.want != "" && string(a.Body) != row.want {
			t.Errorf("%s: %s, want %s", row.schema, a.Body, row.want)
		}
	}
}

// What no value meets is told with the keyword that stands in the way.
func TestNoValue(t *testing.T) {
	for _, row := range []struct{ schema, components, want string }{
		{`{type: string, minLength: 3, maxLength: 2}`, ``, `"`},
		{`{type: integer, minimum: 3, maximum: 2}`, ``, `could not be met`},
		{`{type: array, minItems: 2, maxItems: 1}`, ``, `"maxItems" could not be met`},
		{`{type: object, required: [a], properties: {a: false}}`, ``, `it contains itself, or demands what it forbids`},
		{`{enum: [a], type: integer}`, ``, `"enum" could not be met`},
		{`{$ref: '#/components/schemas/Loop'}`, `Loop: {type: object, required: [loop], properties: {loop: {$ref: '#/components/schemas/Loop'}}}`, `contains itself`},
	} {
		a, err := answering(t, "3.1.0", row.schema, row.components).Answer(openapi.Preference{}, "")
		if err == nil {
			t.Errorf("%s: answered %s", row.schema, a.Body)
		} else if !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), "api.yaml#/") {
			t.Errorf("%s: %v, want the place and %s", row.schema, err, row.want)
		}
	}
}
