package peers

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/tallystick/tallystick/contract"
)

// TestSchema: the schema stands alone, takes the documented request and refuses a wrong type.
func TestSchema(t *testing.T) {
	op := contract.Default().Operation("createInstance")
	schema, err := document(t).Schema(op)
	if err != nil {
		t.Fatal(err)
	}
	data := asJSON(t, schema)
	if bytes.Contains(data, []byte(`"x-`)) || bytes.Contains(data, []byte("#/components")) {
		t.Errorf("the schema has extensions, or refers to the document: %.500s", data)
	}
	compiled, err := jsonschema.CompileString("schema.json", string(data))
	if err != nil {
		t.Fatal(err)
	}
	in, err := op.DocumentedInput()
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(in.Body, &body); err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(body); err != nil {
		t.Errorf("the documented request: %v", err)
	}
	body["name"] = 7.0
	if compiled.Validate(body) == nil {
		t.Error("a number as name passes")
	}
	if schema, err := document(t).Schema(contract.Default().Operation("getInstance")); schema != nil || err != nil {
		t.Errorf("an operation without a body has %v, %v", schema, err)
	}
}

// TestDocumentJSON: examples stand where they are looked for, and the original stays as it is.
func TestDocumentJSON(t *testing.T) {
	s := scene(t)
	before := asJSON(t, s.Document.tree)
	for _, only := range []bool{false, true} {
		data, err := s.Document.JSON(contract.Default(), Examples{Path: map[string]string{"instance_id": "DE-7"}, Answers: s.Answers, Successes: only})
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := json.Unmarshal(data, &tree); err != nil {
			t.Fatal(err)
		}
		media := mediaType
		if only {
			media = contentType
		}
		create := at(tree, "paths", "/v1/{project_id}/demanager/instances", "post")
		if got := at(create, "responses", "200", "content", media, "example", "name"); got != "bench-1" {
			t.Errorf("successes only %v: the example of an answer that is referred to is %v", only, got)
		}
		if at(create, "requestBody", "content", mediaType, "example", "name") == nil {
			t.Error("the request has no example")
		}
		if got := at(tree, "components", "parameters", "instance_id", "example"); got != "DE-7" {
			t.Errorf("the path parameter has the example %v", got)
		}
		if got := at(tree, "paths", "/v3/auth/tokens", "post", "responses", "201", "headers", "X-Subject-Token", "example"); got != "t" {
			t.Errorf("the header has the example %v", got)
		}
		if refused := at(create, "responses", "400") != nil; refused == only {
			t.Errorf("successes only %v: a refusal is there: %v", only, refused)
		}
	}
	if !bytes.Equal(before, asJSON(t, s.Document.tree)) {
		t.Error("the document was changed")
	}
}

func TestReadDocumentRefuses(t *testing.T) {
	for name, text := range map[string]string{"no YAML": "a: [", "no paths": "openapi: 3.1.0", "a list": "- a"} {
		if _, err := ReadDocument(fstest.MapFS{"x.yaml": {Data: []byte(text)}}, "x.yaml"); err == nil || !strings.Contains(err.Error(), "x.yaml") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	d, err := ReadDocument(fstest.MapFS{"x.yaml": {Data: []byte(`paths:
  /v1/{project_id}/demanager/instances:
    post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Nope'}}}}}`)}}, "x.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Schema(contract.Default().Operation("createInstance")); err == nil || !strings.Contains(err.Error(), "Nope") {
		t.Errorf("a reference to nothing: error %v", err)
	}
}
