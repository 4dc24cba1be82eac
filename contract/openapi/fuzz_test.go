package openapi_test

import (
	"net/url"
	"testing"
	"testing/fstest"

	"github.com/tallystick/tallystick/contract/openapi"
)

// Whatever is read as a document, nothing panics, and what is made up is accepted by what it was made from.
func FuzzLoad(f *testing.F) {
	f.Add("openapi: 3.1.0\n" + everyStyle)
	f.Add(`{"openapi":"3.0.0","paths":{"/{a}.{b}":{"get":{"responses":{"2XX":{"content":{"application/json":{"schema":{"$ref":"#/paths"}}}}}}}}}`)
	f.Add("openapi: 3.0.0\npaths: {/: {get: {responses: {200: {content: {a/b: {schema: {allOf: [{minimum: 1}], not: {$ref: '#/x'}}}}}}}}}\nx: {$ref: '#/x/y'}")
	f.Add("openapi: 3.0.0\npaths: {/: {get: {responses: {200: {content: {application/json: {schema: {type: number, multipleOf: 1e-14}}}}}}}}")
	f.Add("openapi: 3.0.0\npaths: {/: {get: {responses: {200: {content: {application/json: {schema: {pattern: '^((()*)*)*x$'}}}}}}}}")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 {
			return
		}
		d, err := openapi.Load(fstest.MapFS{"api.yaml": {Data: []byte(text)}}, "api.yaml")
		if err != nil {
			return
		}
		d.Examine()
		for i, op := range d.Operations() {
			if i > 3 {
				return
			}
			if a, err := op.Answer(openapi.Preference{}, ""); err == nil && a.Note == "" {
				if a.Type == "application/json" && len(a.Body) == 0 {
					t.Errorf("%s answers nothing, and does not say why", op.ID)
				}
				if found := op.CheckBody(a.Status, a.Type, a.Body); len(found) > 0 {
					t.Errorf("%s answers %s, which is wrong: %s", op.ID, a.Body, texts(found))
				}
			}
			if r, err := op.Sample(); err == nil {
				op.Read(r)
				op.Admit(r)
				d.Match(op.Method, op.URL(r))
			}
		}
	})
}

// Whatever comes as a request, nothing panics.
func FuzzRead(f *testing.F) {
	op := load(f, "3.1.0", everyStyle).Operations()[0]
	f.Add("deep[a][b]=1&form=2", "application/json", `{"name":1e9}`, "1;list=2", "code=1")
	f.Add("deep[]=&deep[[]]=", "multipart/form-data; boundary=b", "--b\r\n\r\n", ".", `example="\`)
	f.Fuzz(func(_ *testing.T, query, contentType, body, path, prefer string) {
		q, _ := url.ParseQuery(query)
		op.Read(openapi.Request{Path: map[string]string{"id": path, "list": path}, Query: q,
			Header: map[string][]string{"Cookie": {path}, "X-Count": {path}}, ContentType: contentType, Body: []byte(body)})
		_, _ = op.Answer(openapi.ParsePrefer([]string{prefer}), contentType)
	})
}
