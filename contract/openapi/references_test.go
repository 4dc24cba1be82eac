package openapi_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tallystick/tallystick/contract/openapi"
)

// A name that the author gives means nothing, whatever member of OpenAPI has it too.
func TestReferencesUnderAnyName(t *testing.T) {
	const far = "{$ref: 'https://example.com/r.yaml#/r'}"
	for _, members := range []string{
		"paths: {/: {get: {responses: {default: " + far + "}}}}",
		onePath + "components: {schemas: {value: {items: " + far + "}}}",
		onePath + "components: {schemas: {A: {properties: {example: " + far + "}}}}",
		onePath + "components: {schemas: {A: {properties: {properties: {properties: {default: " + far + "}}}}}}",
		onePath + "components: {schemas: {properties: {allOf: [" + far + "]}}}",
		onePath + "components: {responses: {enum: {headers: {x-left: " + far + "}}}}",
		onePath + "components: {parameters: {const: {schema: " + far + "}}}",
		onePath + "components: {headers: {x-left: {schema: " + far + "}}}",
		onePath + "components: {examples: {default: " + far + "}}",
		"paths: {/: {get: {responses: {'200': {$ref: '#/x-own/r'}}}}}\nx-own: {r: {content: {a/b: {schema: " + far + "}}}}",
		"paths: {/: {get: {responses: {'200': {$ref: 'r.yaml#/default'}}}}}",
	} {
		_, err := openapi.Load(folder("3.1.0", members, "r.yaml", "default: {content: {a/b: {schema: "+far+"}}}"), "api.yaml")
		if err == nil || !strings.Contains(err.Error(), "lies on another server") {
			t.Errorf("%s: %v", members, err)
		}
	}
	for _, members := range []string{
		onePath + "components: {schemas: {A: {default: " + far + ", example: " + far + ", enum: [" + far + "], examples: [" + far + "]}}}",
		onePath + "components: {examples: {A: {value: " + far + "}}}",
		onePath + "x-own: " + far,
		"paths: {/: {get: {responses: {'200': {}, x-own: " + far + "}}}, x-own: " + far + "}",
		"paths: {/: {get: {responses: {'200': {content: {a/b: {example: " + far + ", examples: {default: {value: " + far + "}}}}}}}}}",
	} {
		if _, err := openapi.Load(folder("3.1.0", members), "api.yaml"); err != nil {
			t.Errorf("%s: %v", members, err)
		}
	}
}

// A member that is readOnly is seen wherever the schema stands.
func TestReadOnlyUnderAnyName(t *testing.T) {
	op := load(t, "3.0.3", "paths: {/: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/value'}}}}, responses: {'204': {}}}}}\n"+
		"components: {schemas: {value: {type: object, required: [id], properties: {id: {type: string, readOnly: true}}}}}").Operations()[0]
	if found := op.Read(openapi.Request{ContentType: "application/json", Body: []byte(`{}`)}); len(found) > 0 {
		t.Error(texts(found))
	}
}

// The hash is of all files, which have names.
func TestFiles(t *testing.T) {
	files := folder("3.1.0", "paths: {/: {get: {responses: {'200': {content: {application/json: {schema: {$ref: 'parts/s.yaml#/S'}, examples: {a: {externalValue: e/a.json}}}}}}}}}",
		"parts/s.yaml", "S: {$ref: t.yaml}", "parts/t.yaml", "type: integer", "e/a.json", "1", "other.yaml", "{}")
	read := func() *openapi.Document {
		d, err := openapi.Load(files, "api.yaml")
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	before := read()
	if got := before.Files(); !slices.Equal(got, []string{"api.yaml", "e/a.json", "parts/s.yaml", "parts/t.yaml"}) {
		t.Errorf("%q", got)
	}
	for name, changes := range map[string]bool{"api.yaml": true, "parts/s.yaml": true, "parts/t.yaml": true, "e/a.json": true, "other.yaml": false} {
		was := files[name].Data
		files[name] = &fstest.MapFile{Data: append(slices.Clone(was), " \n"...)}
		if changed := read().SHA256() != before.SHA256(); changed != changes {
			t.Errorf("%s: changed %v, want %v", name, changed, changes)
		}
		files[name] = &fstest.MapFile{Data: was}
	}
}

func TestHasExtension(t *testing.T) {
	for text, want := range map[string]bool{
		"a: {b: [{x-own-key: 1}]}":                                  true,
		"components: {schemas: {A: {x-own-key: 1}}}":                true,
		`{"x-own-key":{}}`:                                          true,
		"info: {description: x-own-key}":                            false,
		"components: {headers: {x-own-key: {}}}":                    false,
		"components: {schemas: {A: {properties: {x-own-key: {}}}}}": false,
		"components: {schemas: {A: {example: {x-own-key: {}}}}}":    false,
		"components: {examples: {A: {value: {x-own-key: {}}}}}":     false,
		"a: [": false,
	} {
		if got := openapi.HasExtension([]byte(text), "x-own-"); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
