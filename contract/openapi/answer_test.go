package openapi_test

import (
	"testing"

	"github.com/tallystick/tallystick/contract/openapi"
)

func TestParsePrefer(t *testing.T) {
	for text, want := range map[string]openapi.Preference{
		"":                                     {},
		"return=minimal":                       {},
		"code=404":                             {Code: "404"},
		`Code = 404 , example="a, b; c=\"d\""`: {Code: "404", Example: `a, b; c="d"`},
		"code=404;x=1, wait=3, example=e":      {Code: "404", Example: "e"},
		"code=1, code=2":                       {Code: "1"},
	} {
		if got := openapi.ParsePrefer([]string{text}); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
	if got := openapi.ParsePrefer([]string{"code=404", "example=e"}); got != (openapi.Preference{Code: "404", Example: "e"}) {
		t.Errorf("two headers: %+v", got)
	}
}

func TestAnswer(t *testing.T) {
	op := load(t, "3.1.0", `paths:
  /:
    get:
      responses:
        default: {description: Else., content: {application/json: {schema: {type: object, required: [why], properties: {why: {type: string}}}}}}
        4XX: {description: Bad.}
        '404': {description: None., content: {application/problem+json: {example: {title: gone}}}}
        '200':
          description: Fine.
          headers: {X-Left: {required: true, schema: {type: integer, minimum: 3}}, X-Maybe: {schema: {type: integer}}, X-Shown: {example: yes}}
          content:
            application/json:
              schema: {type: array, items: {type: integer}}
              examples: {wrong: {value: [x]}, right: {value: [1]}, far: {externalValue: far.json}, text: {value: '[5]'}}
            text/plain: {example: hello}
            application/xml: {schema: {type: object}}
        '201': {description: New., content: {image/*: {}}}
        '202': {description: Later., content: {text/plain: {schema: {type: integer}}}}
`, "far.json", "[2]").Operations()[0]
	for _, row := range []struct {
		p            openapi.Preference
		accept       string
		status       int
		kind, body   string
		example, err string
	}{
		{status: 200, kind: "application/json", body: "[1]", example: "right"},
		{p: openapi.Preference{Example: "wrong"}, status: 200, kind: "application/json", body: `["x"]`, example: "wrong"},
		{p: openapi.Preference{Example: "far"}, status: 200, kind: "application/json", body: `[2]`, example: "far"},
		{p: openapi.Preference{Example: "none"}, err: `example "none" is not documented here; documented: wrong, right, far, text, example`},
		{accept: "text/*;q=0.5, */*", status: 200, kind: "application/json", body: "[1]", example: "right"},
		{accept: "application/xml", status: 200, kind: "application/xml"},
		{accept: "video/mp4", err: `Accept "video/mp4" takes no form that is documented here; documented: application/json, text/plain, application/xml`},
		{p: openapi.Preference{Code: "404"}, accept: "application/xml", status: 404, kind: "application/problem+json", body: `{"title":"gone"}`, example: "example"},
		{p: openapi.Preference{Code: "default"}, status: 500, kind: "application/json", body: `{"why":"string"}`},
		{p: openapi.Preference{Code: "201"}, status: 201, kind: "application/octet-stream"},
		{p: openapi.Preference{Code: "202"}, status: 202, kind: "text/plain", body: "1"},
		{p: openapi.Preference{Code: "404"}, status: 404, kind: "application/problem+json", body: `{"title":"gone"}`, example: "example"},
		{p: openapi.Preference{Code: "499"}, status: 499},
		{p: openapi.Preference{Code: "500"}, status: 500, kind: "application/json", body: `{"why":"string"}`},
		{p: openapi.Preference{Code: "600"}, err: `code "600" is not documented here; documented: 200, 201, 202, 404, 4XX, default`},
		{p: openapi.Preference{Code: "x"}, err: `code "x" is not documented here`},
		{p: openapi.Preference{Code: "404", Example: "right"}, err: `example "right" is not documented here; documented: example`},
	} {
		a, err := op.Answer(row.p, row.accept)
		if err != nil {
			if row.err == "" || len(err.Error()) < len(row.err) || err.Error()[:len(row.err)] != row.err {
				t.Errorf("%+v %s: %v, want %s", row.p, row.accept, err, row.err)
			}
			continue
		}
		if row.err != "" || a.Status != row.status || a.Type != row.kind || string(a.Body) != row.body || a.Example != row.example {
			t.Errorf("%+v %s: %+v with %s, want %+v", row.p, row.accept, a, a.Body, row)
		}
		if (len(a.Body) == 0 && a.Type != "") != (a.Note != "") {
			t.Errorf("%+v %s: note %q for %q", row.p, row.accept, a.Note, a.Body)
		}
		if a.Status == 200 && (a.Header["X-Left"] != "3" || a.Header["X-Shown"] != "yes" || len(a.Header) != 2) {
			t.Errorf("headers %v", a.Header)
		}
	}
}

// Whatever an operation answers, Check finds nothing in it; and finds what is wrong.
func TestCheck(t *testing.T) {
	op := answering(t, "3.1.0", `{type: object, required: [a], properties: {a: {type: integer}}}`, ``)
	for _, row := range []struct {
		status     int
		kind, body string
		want       string
	}{
		{200, "application/json", `{"a":1}`, ""},
		{200, "application/json", `{"a":"x"}`, "body /a: expected integer, but got string"},
		{200, "application/json", `{`, "body: want JSON: unexpected EOF"},
		{200, "text/plain", `{}`, `header Content-Type: "text/plain", want application/json`},
	} {
		if got := texts(op.CheckBody(row.status, row.kind, []byte(row.body))); got != row.want {
			t.Errorf("%d %s %s: %q, want %q", row.status, row.kind, row.body, got, row.want)
		}
	}
	if got := texts(op.CheckHead(404, nil)); got != "status: status 404 is not documented for get-" {
		t.Errorf("head: %q", got)
	}
}
