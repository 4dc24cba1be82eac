package mock_test

import (
	"strings"
	"testing"

	"github.com/tallystick/tallystick/mock/control"
)

// What is preferred is told as what it is: an example of the document, with the code that it has.
func TestPreferIsExplained(t *testing.T) {
	c := start(t)
	const list = instances + "?de_type=Notebook"
	for _, row := range []struct {
		prefer          string
		status          int
		verdict, origin string
		code            bool
	}{
		{"code=200", 200, control.Valid, control.FromExample, false},
		{"code=400", 400, control.Valid, control.FromExample, true},
		{"code=404", 404, control.Valid, control.FromExample, true},
		{"code=299", 400, control.Refused, control.FromRefusal, true},
	} {
		req := c.request("GET", list, "")
		req.Header.Set("Prefer", row.prefer)
		a := c.send(req)
		if a.status != row.status || (a.code() != "") != row.code || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
			t.Errorf("%s: %d %s %s", row.prefer, a.status, a.header.Get("Content-Type"), a.raw)
		}
		x, err := (&control.Client{Base: c.url}).Explain(t.Context(), a.header.Get(control.RequestHeader))
		if err != nil {
			t.Fatal(err)
		}
		if x.Origin != row.origin || x.Request.Verdict != row.verdict || x.Request.Code != a.code() || len(x.Violations)+len(x.Broken) > 0 {
			t.Errorf("%s: origin %s, verdict %s, code %q, violations %v, broken %v", row.prefer, x.Origin, x.Request.Verdict, x.Request.Code, x.Violations, x.Broken)
		}
		if refusal := x.Refusal != nil; refusal != (row.origin == control.FromRefusal) {
			t.Errorf("%s: refusal %+v", row.prefer, x.Refusal)
		} else if refusal && !strings.Contains(a.raw, "documented: 200") {
			t.Errorf("%s: %s", row.prefer, a.raw)
		}
	}
}

// Several lines of Accept are one list.
func TestAcceptLines(t *testing.T) {
	base := foreign(t, "openapi: 3.0.3\ninfo: {title: A, version: '1'}\npaths: {/a: {get: {responses: {'200': {description: d, content: {application/json: {example: 1}, text/csv: {example: b}}}}}}}\n")
	for headers, want := range map[string]string{"": "1", "Accept: application/json;q=0.2\nAccept: text/csv": "b", "Accept: text/csv;q=0.2\nAccept: application/json": "1"} {
		if _, body := ask(t, "GET", base+"/a", headers, ""); body != want {
			t.Errorf("%q: %s, want %s", headers, body, want)
		}
	}
}

// The default response can be asked for, and a form that the document does not have is refused.
func TestForeignDefaultAndForm(t *testing.T) {
	base := foreign(t, `openapi: 3.0.3
info: {title: A, version: '1'}
paths:
  /a: {get: {responses: {'200': {description: d, content: {application/json: {example: 1}}}, default: {description: e, content: {application/json: {example: {why: x}}}}}}}
  /only: {get: {responses: {default: {description: e, content: {application/json: {example: 2}}}}}}
  /covered: {get: {responses: {'200': {description: d}, '500': {description: f}, default: {description: e, content: {application/json: {example: 3}}}}}}
  /none: {get: {responses: {'200': {description: d, content: {application/json: {example: 1}}}}}}
  /empty: {delete: {responses: {'204': {description: d}}}}
`)
	for _, row := range []struct {
		method, path, headers string
		status                int
		media, want           string
	}{
		{"GET", "/a", "Prefer: code=default", 500, "application/json", `{"why":"x"}`},
		{"GET", "/only", "Prefer: code=default", 200, "application/json", `2`},
		{"GET", "/covered", "Prefer: code=default", 400, "application/json", `3`},
		{"GET", "/none", "Prefer: code=default", 400, "application/problem+json", `code \"default\" is not documented here`},
		{"GET", "/a", "Accept: application/xml", 406, "application/problem+json", `Accept \"application/xml\" takes no form that is documented here; documented: application/json`},
		{"GET", "/a", "Accept: application/xml, */*;q=0.1", 200, "application/json", `1`},
		{"GET", "/a", "Accept: application/vnd.a.v3+json", 200, "application/json", `1`},
		{"GET", "/a", "Accept: application/xml\nPrefer: code=default", 500, "application/json", `{"why":"x"}`},
		{"DELETE", "/empty", "Accept: application/xml", 204, "", ``},
	} {
		resp, body := ask(t, row.method, base+row.path, row.headers, "")
		if resp.StatusCode != row.status || resp.Header.Get("Content-Type") != row.media || !strings.Contains(body, row.want) {
			t.Errorf("%s %q: %d %s %s, want %+v", row.path, row.headers, resp.StatusCode, resp.Header.Get("Content-Type"), body, row)
		}
	}
	ours := start(t)
	if resp, body := ask(t, "GET", ours.url+instances+"?de_type=Notebook", "X-Auth-Token: test-token\nAccept: application/xml\nPrefer: code=200", ""); resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		t.Errorf("ours: %d %s", resp.StatusCode, body)
	}
}
