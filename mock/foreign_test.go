package mock_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

const shop = `openapi: 3.0.3
info: {title: Shop, version: '1'}
servers: [{url: 'https://shop.example.com/v1'}]
security: [{key: []}]
paths:
  /items/{id}.json:
    get:
      operationId: readItem
      parameters: [{name: id, in: path, required: true, schema: {type: integer, minimum: 1}}]
      responses:
        '200': {description: One., content: {application/json: {schema: {type: object, required: [name], properties: {name: {type: string}}}, examples: {chair: {value: {name: chair}}, table: {value: {name: table}}}}}}
        '404': {description: None., content: {application/json: {schema: {type: object, required: [why], properties: {why: {enum: [gone]}}}}}}
  /items:batchAdd:
    post:
      operationId: addItems
      security: []
      requestBody: {required: true, content: {application/json: {schema: {type: array, items: {type: object, required: [name, size], properties: {size: {type: integer}}}}}}}
      responses: {'204': {description: Done.}, '409': {description: Taken.}}
  /wrong:
    get: {operationId: wrong, responses: {'200': {description: No value., content: {application/json: {schema: {type: integer, minimum: 2, maximum: 1}}}}}}
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
`

// foreign serves a document that has none of our keys.
func foreign(t *testing.T, document string, opts ...mock.Option) string {
	t.Helper()
	c, err := contract.Open(filesOf(document), "api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	h, err := mock.New(c, opts...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func filesOf(document string) fstest.MapFS {
	return fstest.MapFS{"api.yaml": {Data: []byte(document)}}
}

// ask sends a request with headers as "Name: value" lines.
func ask(t *testing.T, method, url, headers, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(headers) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		req.Header.Add(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(data)
}

func TestForeignDocument(t *testing.T) {
	base := foreign(t, shop)
	for _, row := range []struct {
		method, path, headers, body string
		status                      int
		want                        string
	}{
		{"GET", "/items/7.json", "X-Key: k", "", 200, `{"name":"chair"}`},
		{"GET", "/v1/items/7.json", "X-Key: k", "", 200, `{"name":"chair"}`},
		{"HEAD", "/items/7.json", "X-Key: k", "", 200, ``},
		{"GET", "/items/7.json", "X-Key: k\nPrefer: example=table", "", 200, `{"name":"table"}`},
		{"GET", "/items/7.json", "X-Key: k\nPrefer: code=404", "", 404, `{"why":"gone"}`},
		{"GET", "/items/7.json", "X-Key: k\nPrefer: code=418", "", 400, `Prefer: code \"418\" is not documented here; documented: 200, 404`},
		{"GET", "/items/7.json", "X-Key: k\nPrefer: example=sofa", "", 400, `Prefer: example \"sofa\" is not documented here; documented: chair, table`},
		{"GET", "/items/7.json", "", "", 401, `want header \"X-Key\" (key)`},
		{"GET", "/items/0.json", "X-Key: k", "", 400, `must be \u003e= 1 but found 0`},
		{"GET", "/items/7.xml", "X-Key: k", "", 404, `no such path in the document: /items/7.xml`},
		{"PUT", "/items/7.json", "X-Key: k", "", 405, `this path has GET`},
		{"POST", "/items:batchAdd", "Content-Type: application/json", `[{"name":"a","size":1}]`, 204, ``},
		{"POST", "/items:batchAdd", "Content-Type: application/json\nPrefer: code=409", `[]`, 409, ``},
		{"POST", "/items:batchAdd", "Content-Type: text/csv", `a`, 415, `want application/json`},
		{"POST", "/items:batchAdd", "", ``, 400, `the body is empty`},
		{"GET", "/wrong", "X-Key: k", "", 501, `could not be met`},
	} {
		resp, body := ask(t, row.method, base+row.path, row.headers, row.body)
		if resp.StatusCode != row.status || !strings.Contains(body, row.want) || (row.want == "" && body != "") {
			t.Errorf("%s %s %q: %d %s, want %d %s", row.method, row.path, row.headers, resp.StatusCode, body, row.status, row.want)
		}
		if refused := strings.Contains(body, `"request_id"`); refused != (resp.Header.Get("Content-Type") == "application/problem+json") {
			t.Errorf("%s %s: Content-Type %q of %s", row.method, row.path, resp.Header.Get("Content-Type"), body)
		}
		if want := strings.Contains(row.headers, "Prefer") && resp.StatusCode != 400; want != (resp.Header.Get("Preference-Applied") != "") {
			t.Errorf("%s %s: Preference-Applied %q", row.method, row.path, resp.Header.Get("Preference-Applied"))
		}
		if resp.StatusCode == 405 && resp.Header.Get("Allow") != "GET" {
			t.Errorf("Allow %q", resp.Header.Get("Allow"))
		}
	}
}

// A refusal lists everything that is wrong, each with its place.
func TestForeignViolations(t *testing.T) {
	base := foreign(t, shop)
	_, body := ask(t, "POST", base+"/items:batchAdd", "Content-Type: application/json", `[{"name":"a","size":"x"},{}]`)
	var p struct {
		Status     int
		Operation  string
		Violations []struct{ In, Pointer, Keyword, Schema, Text string }
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != 400 || p.Operation != "addItems" || len(p.Violations) != 2 || p.Violations[0].Pointer != "/0/size" ||
		p.Violations[0].Keyword != "type" || !strings.HasPrefix(p.Violations[0].Schema, "api.yaml#/paths/") || p.Violations[1].Pointer != "/1" {
		t.Errorf("%s", body)
	}
}

func TestForeignWithoutAuth(t *testing.T) {
	base := foreign(t, shop, mock.WithAuth(mock.Auth{Mode: mock.Off}))
	if resp, body := ask(t, "GET", base+"/items/7.json", "", ""); resp.StatusCode != 200 {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

// With Prefer, our own API answers what is documented, and nothing happens.
func TestPreferLeavesTheWorld(t *testing.T) {
	c := start(t)
	prefer := func(method, path, body, want string) answer {
		t.Helper()
		req := c.request(method, path, body)
		req.Header.Set("Prefer", want)
		return c.send(req)
	}
	path := c.create(notebook("kept"))
	const list = instances + "?de_type=Notebook"
	before := c.must("GET", list, "").raw
	for _, row := range []struct {
		method, path, body, prefer string
		status                     int
	}{
		{"POST", instances, notebook("more"), "code=200", 200},
		{"POST", instances, notebook("more"), "code=201, example=edition-2019", 201},
		{"POST", instances, notebook("more"), "code=429", 429},
		{"DELETE", path, "", "code=200", 200},
		{"GET", path, "", "code=404", 404},
		{"GET", path, "", "code=500", 500},
		{"GET", "/v3", "", "code=200", 200},
		{"POST", instances, `{}`, "code=200", 400},
	} {
		if a := prefer(row.method, row.path, row.body, row.prefer); a.status != row.status {
			t.Errorf("%s %s with %s: %d %s, want %d", row.method, row.path, row.prefer, a.status, a.raw, row.status)
		}
	}
	if a := prefer("GET", path, "", "code=404"); a.code() == "" {
		t.Errorf("a documented error has a code of the catalogue: %s", a.raw)
	}
	if after := c.must("GET", list, "").raw; after != before {
		t.Errorf("the world has changed:\n%s\n%s", before, after)
	}
	for want, detail := range map[string]string{"code=299": "documented: 200", "example=nothing": "documented: edition-2021"} {
		resp, body := ask(t, "GET", c.url+path, "X-Auth-Token: "+c.token+"\nPrefer: "+want, "")
		if resp.StatusCode != 400 || !strings.Contains(body, detail) {
			t.Errorf("%s: %d %s", want, resp.StatusCode, body)
		}
	}
}

// The built-in contract has keys of the vocabulary, so Open reads it as strictly as Load.
func TestOpenOwn(t *testing.T) {
	c, err := contract.Open(os.DirFS(".."), "openapi.yaml")
	if err != nil || c.Foreign() != nil || len(c.Resources()) == 0 {
		t.Errorf("%v, %v", c, err)
	}
}
