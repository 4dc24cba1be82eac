package openapi_test

import (
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract/openapi"
)

const onePath = "paths: {/: {get: {responses: {'200': {description: Fine.}}}}}\n"

func TestRefused(t *testing.T) {
	for name, row := range map[string]struct{ version, members, want string }{
		"remote reference":  {"3.1.0", "paths: {/: {get: {responses: {'200': {$ref: 'https://example.com/r.yaml#/r'}}}}}", "api.yaml#/paths/~1/get/responses/200: $ref \"https://example.com/r.yaml#/r\" lies on another server; nothing is fetched"},
		"outside reference": {"3.1.0", "paths: {/: {get: {responses: {'200': {$ref: '../r.yaml#/r'}}}}}", "lies outside the folder"},
		"nothing to serve":  {"3.1.0", "webhooks: {}", "there is no operation to serve"},
		"another version":   {"2.0", onePath, "openapi is 2.0; want 3.0 or 3.1"},
		"Swagger":           {"3.0.0\nswagger: '2.0'", onePath, "this is Swagger 2.0; convert it to OpenAPI 3"},
		"no YAML":           {"3.0.0", "paths: {", "not readable as JSON or YAML: line"},
		"endless alias":     {"3.0.0", "a: &a [*a]", "contains itself"},
	} {
		_, err := openapi.Load(folder(row.version, row.members), "api.yaml")
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %s", name, err, row.want)
		}
	}
}

// What does not stand in the way of serving is a warning, with its place.
func TestWarnings(t *testing.T) {
	for _, row := range []struct{ members, want string }{
		{"paths: {/: {get: {responses: {'200': {$ref: '#/nowhere'}}}}}", `api.yaml#/paths/~1/get/responses/200: $ref "#/nowhere" leads nowhere`},
		{"paths: {/: {get: {responses: {'200': {$ref: 'none.yaml#/r'}}}}}", `$ref "none.yaml#/r" cannot be read, so it allows anything: file does not exist`},
		{"paths: {/: {get: {responses: {'200': {content: {application/json: {schema: {type: integer}, example: x}}}}}}}", `application~1json: example "example" breaks its schema: example: expected integer, but got string`},
		{"paths: {/: {get: {responses: {'200': {content: {application/json: {schema: {pattern: '(?=x)'}}}}}}}}", `pattern "(?=x)" cannot be checked`},
		{"paths: {/: {get: {responses: {'200': {content: {application/json: {schema: {type: file}}}}}}}}", `schema/type: want one of object, array`},
		{"paths: {/: {get: {responses: {OK: {}, '200': {}}}}}", `want a status such as 200, a range such as 4XX, or default, got "OK"`},
		{"paths: {/: {get: {security: [{none: []}], responses: {'200': {}}}}}", `security scheme "none" is not defined`},
		{"paths: {/: {get: {responses: {'200': {}}}}, x: {get: {}}}", `path "x" does not begin with '/'`},
		{"paths: {'/{a}': {get: {responses: {'200': {}}}}, '/{b}': {get: {}}}", `another operation has the same method and path`},
	} {
		d := load(t, "3.1.0", row.members)
		d.Examine()
		found := ""
		for _, w := range d.Warnings() {
			found += w.Error() + "\n"
		}
		if !strings.Contains(found, row.want) {
			t.Errorf("%s: warnings %q, want %q", row.members, found, row.want)
		}
	}
}

func TestOtherFiles(t *testing.T) {
	d := load(t, "3.1.0", "paths: {/: {$ref: 'parts/paths.yaml#/root'}}",
		"parts/paths.yaml", "root: {get: {responses: {'200': {content: {application/json: {schema: {$ref: 'more/schemas.yaml#/Item'}}}}}}}",
		"parts/more/schemas.yaml", "Item: {type: object, required: [name], properties: {name: {$ref: '#/Name'}}}\nName: {type: string, default: chair}")
	a, err := d.Operations()[0].Answer(openapi.Preference{}, "")
	if err != nil || string(a.Body) != `{"name":"chair"}` {
		t.Errorf("%v, %v", a, err)
	}
}

func TestMatch(t *testing.T) {
	d := load(t, "3.0.3", `servers: [{url: 'https://example.com/v1/'}, {url: '{scheme}://example.com/{base}', variables: {scheme: {default: https}, base: {default: api}}}]
paths:
  /items: {get: {operationId: list}, post: {operationId: add}}
  /items/{id}: {get: {operationId: one}}
  /items/all: {get: {operationId: all}}
  /items/{id}.json: {get: {operationId: json}}
  /items/{id}.{ext}: {get: {operationId: ext}}
  /compare/{base}...{head}: {get: {operationId: compare}}
  /items:batchGet: {get: {operationId: batch}}
  /items/{id}/sub: {get: {operationId: sub}}
  /items/all/other: {get: {operationId: other}}
  /: {get: {operationId: root}}
`)
	for _, row := range []struct{ method, path, want, values string }{
		{"GET", "/items", "list", ""},
		{"POST", "/v1/items", "add", ""},
		{"GET", "/api/items", "list", ""},
		{"GET", "/v2/items", "", ""},
		{"DELETE", "/items", "", ""},
		{"GET", "/items/7", "one", "7"},
		{"GET", "/items/a%2Fb", "one", "a/b"},
		{"GET", "/items/all", "all", ""},
		{"GET", "/items/7.json", "json", "7"},
		{"GET", "/items/7.xml", "ext", "7 xml"},
		{"GET", "/compare/a...b.c", "compare", "a b.c"},
		{"GET", "/items:batchGet", "batch", ""},
		{"GET", "/items/all/sub", "sub", "all"},
		{"GET", "/items/", "", ""},
		{"GET", "/", "root", ""},
		{"GET", "/v1", "root", ""},
		{"GET", "/v1/", "root", ""},
		{"GET", "/v10", "", ""},
	} {
		m := d.Match(row.method, row.path)
		got, values := "", ""
		if m.Operation != nil {
			got = m.Operation.ID
			for _, name := range []string{"id", "base", "head", "ext"} {
				if v := m.Path[name]; v != "" {
					values = strings.TrimSpace(values + " " + v)
				}
			}
		}
		if got != row.want || values != row.values {
			t.Errorf("%s %s: %q with %q, want %q with %q", row.method, row.path, got, values, row.want, row.values)
		}
	}
	if m := d.Match("DELETE", "/items"); strings.Join(m.Methods, " ") != "GET POST" {
		t.Errorf("methods %v", m.Methods)
	}
}
