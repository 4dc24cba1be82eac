package mock_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// forms is a document with two forms of one answer.
const forms = `openapi: 3.0.3
info: {title: Forms, version: '1'}
paths:
  /list:
    get:
      operationId: list
      responses: {'200': {description: Both., content: {application/json: {schema: {type: array}}, text/csv: {example: 'a,b'}}}}
`

// A fault hits requests of a foreign document as it hits those of our own: the one that it is for, when it says,
// and nothing else.
func TestForeignFaults(t *testing.T) {
	const whole = `{"name":"chair"}`
	for _, row := range []struct {
		spec   string
		status int // 0 for no answer
		body   string
		cut    bool
		did    string
	}{
		{"readItem:status=503", 503, "", false, "answered status 503"},
		{"*:status=503:after", 503, "", false, "answered status 503"},
		{"readItem:latency=1ms", 200, whole, false, "waited 1ms"},
		{"readItem:latency=1ms:after", 200, whole, false, "waited 1ms"},
		{"readItem:drop", 0, "", true, "dropped the connection"},
		{"readItem:drop:after", 0, "", true, "dropped the connection"},
		{"readItem:drop=headers", 200, "", true, "dropped the connection after the headers"},
		{"readItem:truncate=3", 200, whole[:3], true, "ended the connection after 3 of 16 bytes"},
		{"readItem:malformed", 200, whole[:15], false, "spoilt the JSON"},
		{"readItem:rate=100000", 200, whole, false, "sent 16 bytes"},
		{"readItem:path=/items/7.json:query.a=b:header.X-A=b:status=418", 418, "", false, "answered status 418"},
		{"readItem:query.a=c:status=418", 200, whole, false, ""},
		{"addItems:status=503", 200, whole, false, ""},
	} {
		t.Run(row.spec, func(t *testing.T) {
			base := foreign(t, shop, mock.WithFaults(strings.Replace(row.spec, ":", ":first=1:", 1)))
			status, body, err := try(t, "GET", base+"/items/7.json?a=b", "X-Key: k\nX-A: b", "")
			if status != row.status || body != row.body || (err != nil) != row.cut {
				t.Errorf("%d %q %v", status, body, err)
			}
			k := &control.Client{Base: base}
			all, err := k.Requests(t.Context(), control.Filter{})
			if err != nil || len(all.Requests) != 1 || all.Requests[0].Status != row.status {
				t.Fatalf("%+v %v", all, err)
			}
			x, err := k.Explain(t.Context(), all.Requests[0].ID)
			if err != nil || !strings.Contains(x.Fault, row.did) || (row.did == "") != (x.Fault == "") {
				t.Errorf("fault %q, want %q: %v", x.Fault, row.did, err)
			}
			if spoils := row.did != "" && !strings.Contains(row.did, "waited") && !strings.HasPrefix(row.did, "sent"); spoils != (x.Origin != control.FromExample) {
				t.Errorf("origin %s", x.Origin)
			}
			if status, body, err := try(t, "GET", base+"/items/7.json?a=b", "X-Key: k\nX-A: b", ""); status != 200 || body != whole || err != nil {
				t.Errorf("the next one: %d %q %v", status, body, err)
			}
		})
	}
}

// try sends a request that may get no whole answer.
func try(t *testing.T, method, url, headers, body string) (int, string, error) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(headers) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		req.Header.Add(name, value)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // on a new connection nothing is tried again
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(data), err
}

// What is refused is answered as it is, by a member of the body a fault finds its request, and it leaves the body
// to be read.
func TestForeignFaultsAndRefusals(t *testing.T) {
	base := foreign(t, shop, mock.WithFaults("*:after:status=503", "addItems:body./name=a:status=504", "*:header.X-Early=y:status=505"))
	for _, row := range []struct {
		method, path, headers, body string
		status                      int
	}{
		{"GET", "/items/7.json", "", "", 401},
		{"GET", "/items/0.json", "X-Key: k", "", 400},
		{"GET", "/none", "X-Early: y", "", 404},
		{"GET", "/items/7.json", "X-Early: y", "", 505},
		{"GET", "/items/7.json", "X-Key: k", "", 503},
		{"POST", "/items:batchAdd", "Content-Type: application/json", `[{"name":"a"}]`, 400},
		{"POST", "/items:batchAdd", "Content-Type: application/json", `[{"name":"a","size":1}]`, 503},
		{"POST", "/items:batchAdd", "Content-Type: application/json", `{"name":"a"}`, 504},
	} {
		if status, body, err := try(t, row.method, base+row.path, row.headers, row.body); status != row.status || err != nil {
			t.Errorf("%s %s %q: %d %s %v, want %d", row.method, row.path, row.headers, status, body, err, row.status)
		}
	}
	c, err := contract.Open(filesOf(shop), "api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for spec, want := range map[string]string{"none:drop": "it has [readItem addItems wrong]", "*:code=X.1": "not in the catalogue", "*:header.X-Key=k:drop": "holds secrets", "*:tenant=t:drop": "no request"} {
		if _, err := mock.New(c, mock.WithFaults(spec)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", spec, err, want)
		}
	}
}

// The journal has each request of a foreign document with what the document says of it, as soon as its answer is
// there.
func TestForeignJournal(t *testing.T) {
	for _, row := range []struct {
		document, method, path, headers, body  string
		operation, verdict, origin, credential string
		violations                             string // of the request
		broken                                 string // of the answer
	}{
		{shop, "GET", "/items/7.json", "X-Key: k1234567", "", "readItem", control.Valid, control.FromExample, "", "", ""},
		{shop, "HEAD", "/items/7.json", "X-Key: k1234567", "", "readItem", control.Valid, control.FromExample, "", "", ""},
		{shop, "GET", "/items/7.json", "X-Key: k1234567\nPrefer: code=404", "", "readItem", control.Valid, control.FromExample, "", "", ""},
		{shop, "GET", "/items/7.json", "X-Key: k1234567\nPrefer: code=418", "", "readItem", control.Refused, control.FromRefusal, "", "", "status 400 is not documented"},
		{shop, "GET", "/items/7.json", "", "", "readItem", control.Refused, control.FromRefusal, "absent", "", "status 401 is not documented"},
		{shop, "GET", "/items/0.json", "X-Key: k1234567", "", "readItem", control.Invalid, control.FromRefusal, "", "must be >= 1", "status 400 is not documented"},
		{shop, "GET", "/items/7.xml", "X-Key: k1234567", "", "", control.Invalid, control.FromRefusal, "", "", ""},
		{shop, "PUT", "/items/7.json", "X-Key: k1234567", "", "", control.Invalid, control.FromRefusal, "", "", ""},
		{shop, "GET", "/wrong", "X-Key: k1234567", "", "wrong", control.Refused, control.FromRefusal, "", "", "status 501 is not documented"},
		{shop, "POST", "/items:batchAdd", "Content-Type: application/json", `[{"name":"a","size":1}]`, "addItems", control.Valid, control.FromExample, "", "", ""},
		{shop, "POST", "/items:batchAdd", "Content-Type: application/json", `[{"name":"a","size":"b"}]`, "addItems", control.Invalid, control.FromRefusal, "", "expected integer, but got string", "status 400 is not documented"},
		{shop, "POST", "/items:batchAdd", "Content-Type: text/csv", `a`, "addItems", control.Invalid, control.FromRefusal, "", "want application/json", "status 415 is not documented"},
		{forms, "GET", "/list", "Accept: text/csv", "", "list", control.Valid, control.FromExample, "", "", ""},
	} {
		t.Run(row.method+row.path+row.headers+row.body, func(t *testing.T) {
			base := foreign(t, row.document)
			resp, body := ask(t, row.method, base+row.path, row.headers, row.body)
			k := &control.Client{Base: base}
			id := resp.Header.Get(control.RequestHeader)
			e, err := k.Request(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if e.Request.Operation != row.operation || e.Request.Verdict != row.verdict || e.Request.Status != resp.StatusCode {
				t.Errorf("%+v, want operation %q, verdict %s, status %d", e.Request, row.operation, row.verdict, resp.StatusCode)
			}
			if e.Sent.Text != row.body || e.Answered.Text != body || e.Answered.Size != int64(len(body)) {
				t.Errorf("sent %+v, answered %+v, want %q and %q", e.Sent, e.Answered, row.body, body)
			}
			sameViolation(t, "the request", e.Violations, row.violations)
			sameViolation(t, "the answer", e.Broken, row.broken)
			x, err := k.Explain(t.Context(), id)
			if err != nil || x.Origin != row.origin || strings.Contains(x.String(), "k1234567") {
				t.Errorf("%v\n%s", err, x)
			}
			if (x.Operation == nil) == (row.operation != "") || (x.Operation != nil && (x.Credential.Condition != row.credential || x.Credential.Required != strings.HasSuffix(row.path, ".json") && row.path != "/wrong")) {
				t.Errorf("%+v %+v", x.Operation, x.Credential)
			}
			if har, err := k.HAR(t.Context(), control.Filter{}); err != nil || strings.Contains(string(har), "k1234567") {
				t.Errorf("%v %s", err, har)
			}
		})
	}
}

// sameViolation wants one violation with a text, or none.
func sameViolation(t *testing.T, of string, found []control.Violation, want string) {
	t.Helper()
	if (want == "" && len(found) > 0) || (want != "" && (len(found) != 1 || !strings.Contains(found[0].Text, want))) {
		t.Errorf("%s breaks %+v, want %q", of, found, want)
	}
}

// With Prefer, an answer of our own API comes out of the document, and the journal says so.
func TestPreferInTheJournal(t *testing.T) {
	c := start(t)
	for prefer, want := range map[string][2]string{"code=200": {control.Valid, control.FromExample}, "code=404": {control.Valid, control.FromExample},
		"code=299": {control.Refused, control.FromRefusal}, "": {control.Valid, control.FromEffect}} {
		headers := "X-Auth-Token: " + c.token
		if prefer != "" {
			headers += "\nPrefer: " + prefer
		}
		resp, body := ask(t, "GET", c.url+instances+"?de_type=Notebook", headers, "")
		k := &control.Client{Base: c.url}
		x, err := k.Explain(t.Context(), resp.Header.Get(control.RequestHeader))
		if err != nil || x.Request.Verdict != want[0] || x.Origin != want[1] {
			t.Errorf("%q: %v\n%s", prefer, err, x)
		}
		e, err := k.Request(t.Context(), x.Request.ID)
		if err != nil || e.Answered.Text != body {
			t.Errorf("%q: the journal has %q, the client %q: %v", prefer, e.Answered.Text, body, err)
		}
	}
}
