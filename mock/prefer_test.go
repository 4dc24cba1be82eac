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
