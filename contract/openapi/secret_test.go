package openapi_test

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract/openapi"
)

const secret = "{type: string, format: password, minLength: 30}"

// taking is a document with one operation, POST /{pw}, that takes what a schema describes.
func taking(t testing.TB, media, schema, components string) *openapi.Operation {
	t.Helper()
	return load(t, "3.1.0", fmt.Sprintf(`paths:
  /{pw}:
    post:
      parameters: [{name: pw, in: path, required: true, schema: %s}]
      requestBody: {content: {%s: %s}}
      responses: {'204': {description: Done., headers: {X-New: {schema: {type: string, format: password}}}}}
components: {schemas: {%s}}
`, secret, media, schema, components)).Operations()[0]
}

func TestSecretPlaces(t *testing.T) {
	deep := strings.Repeat("{properties: {a: ", 20) + secret + strings.Repeat("}}", 20)
	many := ""
	for i := range 3 {
		many += fmt.Sprintf("m%d: {$ref: '#/components/schemas/W'}, ", i)
	}
	for name, row := range map[string]struct {
		schema, components string
		want               []string
	}{
		"member":            {"{properties: {a: " + secret + "}}", "", []string{"/a"}},
		"pattern":           {"{patternProperties: {^k: " + secret + "}}", "", []string{"/*"}},
		"further":           {"{additionalProperties: " + secret + "}", "", []string{"/*"}},
		"unevaluated":       {"{unevaluatedProperties: " + secret + "}", "", []string{"/*"}},
		"first item":        {"{prefixItems: [{type: integer}, " + secret + "]}", "", []string{"/1"}},
		"items":             {"{items: " + secret + "}", "", []string{"/*"}},
		"contains":          {"{contains: " + secret + "}", "", []string{"/*"}},
		"unevaluated items": {"{unevaluatedItems: " + secret + "}", "", []string{"/*"}},
		"dependent":         {"{dependentSchemas: {x: {properties: {a: " + secret + "}}}}", "", []string{"/a"}},
		"condition":         {"{if: {properties: {a: " + secret + "}}, then: {properties: {b: " + secret + "}}, else: {properties: {c: " + secret + "}}}", "", []string{"/a", "/b", "/c"}},
		"not":               {"{not: {properties: {a: " + secret + "}}}", "", []string{"/a"}},
		"whole":             {secret, "", []string{""}},
		"too deep":          {deep, "", []string{strings.Repeat("/a", 13)}},
		"none":              {"{properties: {a: {$ref: '#/components/schemas/W'}}}", "W: {properties: {a: {$ref: '#/components/schemas/W'}}}", nil},
		"tree": {"{$ref: '#/components/schemas/T'}", "T: {properties: {s: " + secret + ", k: {$ref: '#/components/schemas/T'}}}", []string{"/k/k/k/k/k/k/k/k/k/k/k/k/k",
			"/k/k/k/k/k/k/k/k/k/k/k/k/s", "/k/k/k/k/k/k/k/k/k/k/k/s", "/k/k/k/k/k/k/k/k/k/k/s", "/k/k/k/k/k/k/k/k/k/s", "/k/k/k/k/k/k/k/k/s", "/k/k/k/k/k/k/k/s", "/k/k/k/k/k/k/s",
			"/k/k/k/k/k/s", "/k/k/k/k/s", "/k/k/k/s", "/k/k/s", "/k/s", "/s"}},
	} {
		op := taking(t, "application/json", "{schema: "+row.schema+"}", row.components)
		s := op.Secrets()
		if !reflect.DeepEqual(s.Request, row.want) {
			t.Errorf("%s: %q, want %q", name, s.Request, row.want)
		}
		if len(s.Path) != 1 || s.Path[0] != "pw" || len(s.Headers) != 1 || s.Headers[0] != "X-New" {
			t.Errorf("%s: %q %q", name, s.Path, s.Headers)
		}
	}
	op := taking(t, "application/json", "{schema: {$ref: '#/components/schemas/W'}}", "W: {properties: {"+many+"s: "+secret+"}}")
	first := op.Secrets()
	if again := op.Secrets(); !reflect.DeepEqual(first, again) {
		t.Error("two calls give two lists")
	}
	for _, at := range []string{"/m0/m1/m2/m0/m1/m2/m0/m1/m2/m0/m1/m2/m0/m1/m2/s", "/s", "/m2/m2/m2/m2/m2/m2/m2/s"} {
		covered := false
		for _, pointer := range first.Request {
			covered = covered || at == pointer || strings.HasPrefix(at, pointer+"/")
		}
		if !covered {
			t.Errorf("%s is not covered by %d pointers", at, len(first.Request))
		}
	}
	if len(first.Names) != 1 || first.Names[0] != "s" {
		t.Errorf("names %q", first.Names)
	}
}

// What a request breaks is told without the secrets in it.
func TestViolationsWithoutSecrets(t *testing.T) {
	const value = "hunter2-hunter2"
	for _, row := range []struct{ schema, body string }{
		{"{oneOf: [{required: [x], properties: {p: " + secret + "}}, {required: [y]}]}", `{"p":"hunter2-hunter2"}`},
		{"{properties: {p: {type: string, format: password, enum: [a]}}}", `{"p":"hunter2-hunter2"}`},
		{"{format: password, anyOf: [{required: [x]}]}", `{"p":"hunter2-hunter2"}`},
		{"{properties: {p: {type: string, format: password, allOf: [{format: ipv4}]}}}", `{"p":"hunter2-hunter2"}`},
		{"{properties: {p: {format: password, properties: {q: {const: 1}}}}}", `{"p":{"q":"hunter2-hunter2"}}`},
		{"{patternProperties: {^p: {type: string, format: password, not: {minLength: 1}}}}", `{"p":"hunter2-hunter2"}`},
		{"{properties: {a: {type: array, items: {anyOf: [{required: [x], properties: {p: " + secret + "}}]}}}}", `{"a":[{"p":"hunter2-hunter2"}]}`},
	} {
		op := taking(t, "application/json", "{schema: "+row.schema+"}", "")
		found := op.Read(openapi.Request{Path: map[string]string{"pw": value}, Query: url.Values{}, ContentType: "application/json", Body: []byte(row.body)})
		if len(found) < 2 || strings.Contains(texts(found), "hunter2") {
			t.Errorf("%s: %s", row.schema, texts(found))
		}
	}
	op := taking(t, "application/json", "{schema: {properties: {n: {type: number, format: password, minimum: 9}, m: {enum: [1]}}}}", "")
	found := texts(op.Read(openapi.Request{ContentType: "application/json", Body: []byte(`{"n":7351,"m":2}`)}))
	if strings.Contains(found, "7351") || !strings.Contains(found, "got 2") {
		t.Error(found)
	}
	op = taking(t, "application/json", "{schema: {properties: {n: {type: number, format: password, maximum: 9}}}}", "")
	if found := texts(op.Read(openapi.Request{ContentType: "application/json", Body: []byte(`{"n":7351}`)})); strings.Contains(found, "7351") || !strings.Contains(found, "maximum is not met") {
		t.Error(found)
	}
}
