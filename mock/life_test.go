package mock_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

const project = "a4a5d4098fb4474fa22cd05f897d6b99"

// client talks to a mock over HTTP, as project's user.
type client struct {
	t     *testing.T
	url   string
	token string
}

func start(t *testing.T, opts ...mock.Option) *client {
	t.Helper()
	opts = append([]mock.Option{mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}}})}, opts...)
	h, err := mock.New(contract.Default(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return &client{t, srv.URL, "test-token"}
}

func (c *client) do(method, path, body string) (int, map[string]any) {
	c.t.Helper()
	req, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("X-Auth-Token", c.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		c.t.Fatalf("%s %s: %v in %q", method, path, err, data)
	}
	return resp.StatusCode, out
}

func TestSmoke(t *testing.T) {
	c := start(t)
	body, _ := contract.Default().Operation("createInstance").DocumentedInput()
	status, got := c.do("POST", "/v1/"+project+"/demanager/instances", string(body.Body))
	t.Log(status, got)
	id := got["id"].(string)
	for _, step := range []struct{ m, p, b string }{
		{"POST", "/_tally/clock/advance", `{"to":"next"}`},
		{"GET", "/v1/" + project + "/demanager/instances/" + id, ""},
		{"POST", "/v1/" + project + "/demanager/instances/" + id + "/action", `{"action":"stop"}`},
		{"POST", "/_tally/clock/advance", `{"to":"next"}`},
		{"GET", "/v1/" + project + "/demanager/instances?de_type=Notebook", ""},
		{"DELETE", "/v1/" + project + "/demanager/instances/" + id, ""},
		{"GET", "/v1/" + project + "/demanager/instances/" + id, ""},
		{"GET", "/nope", ""},
		{"PATCH", "/v1/" + project + "/demanager/instances/" + id, ""},
		{"GET", "/_tally/clock", ""},
	} {
		status, got := c.do(step.m, step.p, step.b)
		t.Log(step.m, step.p, status, got)
	}
}
