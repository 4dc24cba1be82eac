package openapi_test

import (
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract/openapi"
)

// A part of a form is what its Content-Type says, or the document's encoding, or what its schema can only be.
func TestForms(t *testing.T) {
	const schema = "{type: object, required: [meta], properties: {meta: {type: object, required: [a], properties: {a: {type: integer}}}, " +
		"list: {type: array, items: {type: object, required: [b]}}, n: {type: array, items: {type: integer}}, any: {type: [object, string]}, text: {type: string}}, additionalProperties: false}"
	const media = "{schema: " + schema + ", encoding: {any: {contentType: application/json}}}"
	part := func(name, kind, text string) string {
		head := "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n"
		if kind != "" {
			head += "Content-Type: " + kind + "\r\n"
		}
		return head + "\r\n" + text + "\r\n"
	}
	const multipart = "multipart/form-data"
	const urlencoded = "application/x-www-form-urlencoded"
	for _, row := range []struct{ media, body, want string }{
		{multipart, part("meta", "application/json", `{"a":1}`), ""},
		{multipart, part("meta", "", `{"a":1}`), ""},
		{multipart, part("meta", "application/json; charset=utf-8", `{"a":"x"}`), "body /meta/a: expected integer"},
		{multipart, part("meta", "application/json", `{"a":`), `field "meta" is not readable as application/json`},
		{multipart, part("meta", "", `a=1`), "body /meta: expected object, but got string"},
		{multipart, part("meta[a]", "", `1`), ""},
		{multipart, part("meta", "", `{"a":1}`) + part("list", "application/json", `{"b":1}`) + part("list", "", `{}`), "body /list/1: missing properties: 'b'"},
		{multipart, part("meta", "", `{"a":1}`) + part("list", "application/json", `[{"b":1},{}]`), "body /list/1: missing properties: 'b'"},
		{multipart, part("meta", "", `{"a":1}`) + part("n", "", `1`) + part("n", "text/plain", `2`), ""},
		{multipart, part("meta", "", `{"a":1}`) + part("n", "application/json", `[1,2]`), ""},
		{multipart, part("meta", "", `{"a":1}`) + part("any", "", `{"c":1}`), ""},
		{multipart, part("meta", "", `{"a":1}`) + part("any", "", `{"c":`), `field "any" is not readable as application/json`},
		{multipart, part("meta", "", `{"a":1}`) + part("any", "text/plain", `{"c":`), ""},
		{multipart, part("meta", "", `{"a":1}`) + part("text", "", `{"c":1}`), ""},
		{multipart, part("text", "", `x`), "missing properties: 'meta'"},
		{urlencoded, `meta={"a":1}&any={"c":1}`, ""},
		{urlencoded, `meta[a]=1`, ""},
		{urlencoded, `meta[a]=x`, "body /meta/a: expected integer"},
	} {
		kind, body := row.media, row.body
		if kind == multipart {
			kind, body = kind+"; boundary=b", body+"--b--\r\n"
		}
		got := texts(taking(t, row.media, media, "").Read(openapi.Request{Path: map[string]string{"pw": strings.Repeat("x", 30)}, ContentType: kind, Body: []byte(body)}))
		if (row.want == "") != (got == "") || !strings.Contains(got, row.want) {
			t.Errorf("%s %s: %q, want %q", kind, body, got, row.want)
		}
	}
}
