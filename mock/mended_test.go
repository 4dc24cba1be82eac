package mock_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/internal/testlog"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// Ids of requests differ after a restore, also from a seed and with a clock that stands still; ids of resources
// come back.
func TestRequestIDsDifferAfterRestore(t *testing.T) {
	c := start(t, mock.WithSeed(7))
	k := &control.Client{Base: c.url}
	if _, err := k.Freeze(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, err := k.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var first string
	for range 3 {
		a := c.do("POST", instances, notebook("one"))
		id, _ := a.body["id"].(string)
		if first == "" {
			first = id
		}
		if id == "" || id != first {
			t.Errorf("the resource is %s, before it was %s", id, first)
		}
		if asked := a.header.Get(control.RequestHeader); asked == "" || seen[asked] {
			t.Errorf("the id %q of the request is not its own", asked)
		} else {
			seen[asked] = true
		}
		if err := k.Restore(t.Context(), before); err != nil {
			t.Fatal(err)
		}
	}
}

// The access log shows no path parameter that is a secret by its format or its name.
func TestLogHidesSecretPaths(t *testing.T) {
	files := fstest.MapFS{"a.yaml": {Data: []byte(`openapi: 3.0.3
info: {title: A, version: '1'}
servers: [{url: 'https://h/base'}]
paths:
  /keys/{key}: {get: {parameters: [{name: key, in: path, required: true, schema: {type: string, format: password}}], responses: {'200': {description: d}}}}
  /use/{access_token}/of/{name}: {get: {operationId: same, parameters: [{name: access_token, in: path, required: true, schema: {type: string}}, {name: name, in: path, required: true, schema: {type: string}}], responses: {'200': {description: d}}}}
  /to/{token}: {get: {operationId: same, parameters: [{name: token, in: path, required: true, schema: {type: string}}], responses: {'200': {description: d}}}}
`)}}
	doc, err := contract.Open(files, "a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	log := &testlog.Log{}
	h, err := mock.New(doc, mock.WithLog(slog.New(slog.NewJSONHandler(log, nil))))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/to/s3cr3t-five":               "/to/REDACTED",
		"/to/s3cr3t-six/and/more":       "/to/REDACTED/and/more",
		"/base/to/s3cr3t-seven/":        "/base/to/REDACTED/",
		"DELETE /use/s3cr3t-8/of/a":     "/use/REDACTED/of/a",
		"/use":                          "/use",
		"/keys/s3cr3t-one":              "/keys/REDACTED",
		"/base/keys/s3cr3t-two":         "/base/keys/REDACTED",
		"/keys/s3cr3t%2Fthree":          "/keys/REDACTED",
		"/use/s3cr3t-four/of/somebody":  "/use/REDACTED/of/somebody",
		"/elsewhere/that/is/no/secret1": "/elsewhere/that/is/no/secret1",
	} {
		method, target, ok := strings.Cut(path, " ")
		if !ok {
			method, target = http.MethodGet, path
		}
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, target, http.NoBody))
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		var line struct{ Path string }
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &line); err != nil || line.Path != want {
			t.Errorf("%s is logged as %q, want %q (%v)", path, line.Path, want, err)
		}
	}
	if strings.Contains(log.String(), "s3cr3t") {
		t.Errorf("the log has a secret: %s", log)
	}
}

// A fault can ask for the host, which the server keeps beside the headers.
func TestFaultMatchesHost(t *testing.T) {
	c := start(t, mock.WithFaults("*:header.Host=one.example:status=418"))
	for host, want := range map[string]int{"one.example": 418, "two.example": 200} {
		r, err := http.NewRequest("GET", c.url+instances+"?de_type=Notebook", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		r.Header.Set("X-Auth-Token", "test-token")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", host, resp.StatusCode, want)
		}
	}
}
