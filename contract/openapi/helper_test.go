package openapi_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tallystick/tallystick/contract/openapi"
)

// load reads a document made of its members below the head, in YAML.
func load(t testing.TB, version, members string, more ...string) *openapi.Document {
	t.Helper()
	d, err := openapi.Load(folder(version, members, more...), "api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// folder holds a document, and further files as pairs of name and text.
func folder(version, members string, more ...string) fstest.MapFS {
	files := fstest.MapFS{"api.yaml": {Data: []byte("openapi: " + version + "\ninfo: {title: Shop, version: '1'}\n" + members)}}
	for i := 0; i+1 < len(more); i += 2 {
		files[more[i]] = &fstest.MapFile{Data: []byte(more[i+1])}
	}
	return files
}

// answering is a document with one operation, GET /, that answers what a schema (in JSON) describes.
func answering(t testing.TB, version, schema, components string) *openapi.Operation {
	t.Helper()
	d := load(t, version, fmt.Sprintf(`paths:
  /:
    get:
      responses:
        '200': {description: Fine., content: {application/json: {schema: %s}}}
components: {schemas: {%s}}
`, schema, components))
	return d.Operations()[0]
}

func texts[T fmt.Stringer](found []T) string {
	var out []string
	for _, v := range found {
		out = append(out, v.String())
	}
	return strings.Join(out, "; ")
}
