package openapi_test

import (
	"errors"
	"testing"

	"github.com/tallystick/tallystick/contract/openapi"
)

// The header Accept is read as RFC 9110 (12.5.1) says.
func TestAccept(t *testing.T) {
	op := load(t, "3.1.0", `paths:
  /:
    get:
      responses:
        '200':
          description: Fine.
          content:
            text/csv: {example: 'a,b'}
            application/json: {example: 1}
            application/vnd.shop+json; version=2: {example: 2}
            application/vnd.shop+json; version=3: {example: 3}
            text/*: {example: any}
`).Operations()[0]
	for accept, want := range map[string]string{
		"":                                 "application/json",
		"*/*":                              "application/json",
		"text/csv":                         "text/csv",
		"text/csv;q=0.5, application/json": "application/json",
		"application/json;q=0.5, text/csv": "text/csv",
		"text/csv, application/json":       "text/csv",
		"application/json, text/csv":       "application/json",
		"application/json;q=0, */*":        "application/vnd.shop+json; version=2",
		"*/*, application/json;q=0.1":      "application/vnd.shop+json; version=2",
		"text/*;q=0.9, */*;q=0.8":          "text/csv",
		"text/*, text/csv;q=0.2":           "text/plain",
		"text/plain":                       "text/plain",
		"TEXT/CSV":                         "text/csv",
		"application/vnd.shop+json;version=3, application/json;q=0.9": "application/vnd.shop+json; version=3",
		"application/vnd.shop+json;version=2":                         "application/vnd.shop+json; version=2",
		"application/*;q=0.4, text/csv;q=0.3":                         "application/json",
		"application/vnd.other+json":                                  "application/json",
		"nonsense, text/csv":                                          "text/csv",
		"text/csv;q=2":                                                "application/json",
	} {
		a, err := op.Answer(openapi.Preference{}, accept)
		if err != nil || a.Type != want {
			t.Errorf("%s: %+v, %v, want %s", accept, a, err, want)
		}
	}
	for _, accept := range []string{"video/mp4", "*/*;q=0", "text/csv;q=0.000", "application/xml", "application/other+json;q=0"} {
		a, err := op.Answer(openapi.Preference{}, accept)
		if unacceptable := new(openapi.Unacceptable); !errors.As(err, &unacceptable) || unacceptable.Accept != accept || len(unacceptable.Known) != 5 {
			t.Errorf("%s: %+v, %v, want an openapi.Unacceptable", accept, a, err)
		}
	}
}

// The longest base path goes first: what stands behind it may look like a path without one.
func TestBasesFirst(t *testing.T) {
	d := load(t, "3.1.0", `servers: [{url: 'https://h/v1'}, {url: 'https://h/v1/beta'}]
paths:
  /pets: {get: {operationId: pets, responses: {'200': {description: Fine.}}}}
  /{owner}/{repo}: {get: {operationId: repo, responses: {'200': {description: Fine.}}}}
`)
	for path, want := range map[string]string{"/v1/pets": "pets", "/pets": "pets", "/v1/beta/pets": "pets", "/v1/a/b": "repo", "/a/b": "repo", "/v1x/pets": "repo", "/v1/beta": "repo"} {
		if m := d.Match("GET", path); m.Operation == nil || m.Operation.ID != want {
			t.Errorf("%s: %+v, want %s", path, m.Operation, want)
		}
	}
}
