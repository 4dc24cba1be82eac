package openapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/contract/openapi"
)

const everyStyle = `paths:
  /{id}/{list}:
    post:
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: list, in: path, required: true, style: label, schema: {type: array, items: {type: integer}}}
        - {name: form, in: query, schema: {type: array, items: {type: integer}}}
        - {name: comma, in: query, explode: false, schema: {type: array, items: {type: integer}}}
        - {name: pipe, in: query, style: pipeDelimited, schema: {type: array, items: {type: integer}}}
        - {name: deep, in: query, style: deepObject, schema: {type: object, properties: {a: {type: integer}, b: {type: object, properties: {c: {type: boolean}}}}, additionalProperties: false}}
        - {name: flat, in: query, schema: {type: object, properties: {x: {type: integer}}}}
        - {name: json, in: query, content: {application/json: {schema: {type: object, required: [k]}}}}
        - {name: must, in: query, required: true, schema: {type: string, enum: [a, b]}}
        - {name: X-Count, in: header, schema: {type: integer, maximum: 9}}
        - {name: session, in: cookie, schema: {type: string, minLength: 3}}
      requestBody:
        required: true
        content:
          application/json: {schema: {type: object, required: [name, id], properties: {id: {type: string, readOnly: true}, name: {type: string}, size: {type: integer}}}}
          application/x-www-form-urlencoded: {schema: {type: object, required: [name], properties: {name: {type: string}, size: {type: integer}}}}
          multipart/form-data: {schema: {type: object, required: [name], properties: {name: {type: string}}}}
          text/plain: {schema: {type: string, maxLength: 5}}
          application/xml: {}
      responses: {'204': {description: Done.}}
`

func TestRead(t *testing.T) {
	op := load(t, "3.1.0", everyStyle).Operations()[0]
	const multipart = "--b\r\nContent-Disposition: form-data; name=\"name\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n"
	for _, row := range []struct{ query, header, contentType, body, want string }{
		{"", "", "application/json", `{"name":"x"}`, ""},
		{"must=c", "", "application/json", `{"name":"x"}`, `query must: value must be one of "a", "b", got "c"`},
		{"must=", "", "application/json", `{"name":"x"}`, `query must`},
		{"form=1&form=2&comma=1,2&pipe=1|2", "", "application/json", `{"name":"x"}`, ""},
		{"form=1&form=x", "", "application/json", `{"name":"x"}`, "query form/1: expected integer, but got string"},
		{"comma=1,x", "", "application/json", `{"name":"x"}`, "query comma/1: expected integer"},
		{"pipe=1|x", "", "application/json", `{"name":"x"}`, "query pipe/1: expected integer"},
		{"deep[a]=1&deep[b][c]=true", "", "application/json", `{"name":"x"}`, ""},
		{"deep[a]=x", "", "application/json", `{"name":"x"}`, "query deep/a: expected integer"},
		{"deep[b][c]=x", "", "application/json", `{"name":"x"}`, "query deep/b/c: expected boolean"},
		{"deep[z]=x", "", "application/json", `{"name":"x"}`, "query deep: additionalProperties 'z' not allowed"},
		{"x=abc", "", "application/json", `{"name":"x"}`, "query flat/x: expected integer"},
		{`json={"k":1}`, "", "application/json", `{"name":"x"}`, ""},
		{`json={}`, "", "application/json", `{"name":"x"}`, "query json: missing properties: 'k'"},
		{`json={`, "", "application/json", `{"name":"x"}`, "query json: want JSON"},
		{"", "X-Count=10", "application/json", `{"name":"x"}`, "header X-Count: must be <= 9 but found 10"},
		{"", "Cookie=session=ab", "application/json", `{"name":"x"}`, "cookie session: length must be >= 3"},
		{"", "", "application/json", `{"size":"x"}`, "body: missing properties: 'name'; body /size: expected integer, but got string"},
		{"", "", "application/json", `{"name":`, "body: not readable as application/json"},
		{"", "", "application/json", `{"name":1e999999999}`, "out of range"},
		{"", "", "application/json", ``, "body: the body is empty, want application/json or"},
		{"", "", "image/png", `x`, `body: the Content-Type is "image/png", want application/json or`},
		{"", "", "application/x-www-form-urlencoded", `name=x&size=1`, ""},
		{"", "", "application/x-www-form-urlencoded", `size=x`, "body: missing properties: 'name'; body /size: expected integer"},
		{"", "", "multipart/form-data; boundary=b", multipart, ""},
		{"", "", "multipart/form-data", multipart, "the Content-Type has no boundary"},
		{"", "", "text/plain; charset=utf-8", `longer`, "body: length must be <= 5"},
		{"", "", "application/xml", `<anything/>`, ""},
	} {
		query, err := url.ParseQuery(row.query)
		if err != nil {
			t.Fatal(err)
		}
		if !query.Has("must") {
			query.Set("must", "a")
		}
		header := http.Header{}
		if name, value, ok := strings.Cut(row.header, "="); ok {
			header.Set(name, value)
		}
		r := openapi.Request{Path: map[string]string{"id": "1", "list": ".1,2"}, Query: query, Header: header, ContentType: row.contentType, Body: []byte(row.body)}
		got := texts(op.Read(r))
		if (row.want == "") != (got == "") || !strings.Contains(got, row.want) {
			t.Errorf("?%s %s %s %s:\n got %q\nwant %q", row.query, row.header, row.contentType, row.body, got, row.want)
		}
	}
	wrong := openapi.Request{Path: map[string]string{"id": "x", "list": ".1,y"}, ContentType: "application/json", Body: []byte(`{"name":"x"}`)}
	if got := texts(op.Read(wrong)); !strings.Contains(got, "path id: expected integer") || !strings.Contains(got, "path list/1: expected integer") || !strings.Contains(got, `query parameter "must" is missing`) {
		t.Errorf("path: %s", got)
	}
}

// What Sample makes, Read and Admit take; many at once, because schemas are compiled when first needed.
func TestSample(t *testing.T) {
	d := load(t, "3.1.0", everyStyle+`security: [{key: [], basic: []}]
components: {securitySchemes: {key: {type: apiKey, in: cookie, name: k}, basic: {type: http, scheme: basic}}}
`)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			op := d.Operations()[0]
			r, err := op.Sample()
			if err != nil {
				t.Error(err)
				return
			}
			if found := op.Read(r); len(found) > 0 {
				t.Errorf("%s: %s", op.URL(r), texts(found))
			}
			if _, missing := op.Admit(r); missing != nil {
				t.Error(missing)
			}
			if m := d.Match(op.Method, "/1/.1"); m.Operation != op {
				t.Errorf("%v", m)
			}
		})
	}
	group.Wait()
}

func TestAdmit(t *testing.T) {
	d := load(t, "3.0.3", `paths:
  /open: {get: {security: [], responses: {}}}
  /maybe: {get: {security: [{}, {key: []}], responses: {}}}
  /both: {get: {security: [{key: [], basic: []}], responses: {}}}
  /either: {get: {responses: {}}}
security: [{token: []}, {query: []}]
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    query: {type: apiKey, in: query, name: key}
    basic: {type: http, scheme: Basic}
    token: {type: oauth2, flows: {}}
`)
	for _, row := range []struct{ path, header, query, want string }{
		{"/open", "", "", ""},
		{"/maybe", "", "", ""},
		{"/both", "X-Key: k", "", `want header "Authorization: Basic BASE64(USER:PASSWORD)" (basic)`},
		{"/both", "X-Key: k\nAuthorization: Basic !", "", `want header "Authorization: Basic`},
		{"/both", "X-Key: k\nAuthorization: Basic YTpi", "", ""},
		{"/either", "", "", `want header "Authorization: Bearer CREDENTIAL" (token), or query "key" (query)`},
		{"/either", "Authorization: bearer t", "", ""},
		{"/either", "Authorization: Bearer", "", "want header"},
		{"/either", "", "key=k", ""},
	} {
		header := http.Header{}
		for line := range strings.Lines(row.header) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			header.Set(name, value)
		}
		query, _ := url.ParseQuery(row.query)
		_, missing := d.Operation("GET", row.path).Admit(openapi.Request{Header: header, Query: query})
		got := ""
		if missing != nil {
			got = missing.Text
		}
		if (row.want == "") != (got == "") || !strings.Contains(got, row.want) {
			t.Errorf("%s %q %q: %q, want %q", row.path, row.header, row.query, got, row.want)
		}
	}
}
