package mock_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

const (
	project   = "a4a5d4098fb4474fa22cd05f897d6b99"
	other     = "e9993fc787d94b6c886cbaa340f9c0f4"
	instances = "/v1/" + project + "/demanager/instances"
)

// client talks to a mock over HTTP and holds every answer to the contract: whatever a test is about, the
// mock must never send what its own contract forbids.
type client struct {
	t     testing.TB
	url   string
	token string
}

// start runs a mock that knows test-token for project and other-token for other.
func start(t testing.TB, opts ...mock.Option) *client {
	t.Helper()
	auth := mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}, {Value: "other-token", Project: other}}}
	h, err := mock.New(contract.Default(), append([]mock.Option{mock.WithAuth(auth)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return &client{t, srv.URL, "test-token"}
}

// fixed is a clock that stands still until the control API moves it.
func fixed() mock.Option {
	at := time.Date(2020, 7, 16, 8, 22, 29, 962_000_000, time.UTC)
	return mock.WithNow(func() time.Time { return at })
}

type answer struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func (a answer) code() string { s, _ := a.body["error_code"].(string); return s }
func (a answer) at(pointer string) any {
	return contract.Value(a.body, pointer)
}

func (c *client) send(req *http.Request) answer {
	c.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, raw: string(data)}
	if len(data) > 0 {
		if err := json.Unmarshal(data, &a.body); err != nil {
			c.t.Fatalf("%s %s: %v in %q", req.Method, req.URL, err, data)
		}
	}
	if strings.HasPrefix(req.URL.Path, control.Prefix) {
		op := controlContract().Match(req.Method, req.URL.EscapedPath()).Operation
		for _, v := range controlContract().Check(op, contract.Answer{Status: a.status, Header: resp.Header, Body: data}) {
			c.t.Errorf("%s %s: the answer breaks the document of the control API: %s\n%s", req.Method, req.URL, v, data)
		}
	} else {
		for _, v := range contract.Default().Check(matching(req), contract.Answer{Status: a.status, Header: resp.Header, Body: data}) {
			c.t.Errorf("%s %s: the answer breaks the contract: %s\n%s", req.Method, req.URL, v, data)
		}
	}
	return a
}

// controlContract is the document of the control API, to which every answer in these tests is held.
var controlContract = sync.OnceValue(func() *contract.Contract {
	c, err := contract.Load(control.Files, control.Document)
	if err != nil {
		panic(err)
	}
	return c
})

// matching finds the operation of a request; nil when there is none.
func matching(req *http.Request) *contract.Operation {
	got := strings.Split(req.URL.EscapedPath(), "/")
operations:
	for _, op := range contract.Default().Operations() {
		want := strings.Split(op.Path, "/")
		if op.Method != req.Method || len(want) != len(got) {
			continue
		}
		for i := range want {
			if want[i] != got[i] && !strings.HasPrefix(want[i], "{") {
				continue operations
			}
		}
		return op
	}
	return nil
}

func (c *client) request(method, path, body string) *http.Request {
	c.t.Helper()
	req, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		req.Header.Set("X-Auth-Token", c.token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

func (c *client) do(method, path, body string) answer {
	c.t.Helper()
	return c.send(c.request(method, path, body))
}

// must is do for calls that have to succeed.
func (c *client) must(method, path, body string) answer {
	c.t.Helper()
	a := c.do(method, path, body)
	if a.status >= 300 {
		c.t.Fatalf("%s %s %s: %d %s", method, path, body, a.status, a.raw)
	}
	return a
}

// refused checks that a call is refused with a code.
func (c *client) refused(method, path, body string, status int, code string) answer {
	c.t.Helper()
	a := c.do(method, path, body)
	if a.status != status || a.code() != code {
		c.t.Errorf("%s %s %s: got %d %s, want %d %s", method, path, body, a.status, a.raw, status, code)
	}
	return a
}

func notebook(name string, more ...string) string {
	members := append([]string{fmt.Sprintf(`"name":%q`, name), `"profile_id":"Multi-Engine 1.0 (python3)-cpu"`,
		`"flavor":"modelarts.vm.cpu.2u"`}, more...)
	body := "{" + strings.Join(members, ",")
	if !strings.Contains(body, `"spec"`) {
		body += `,"spec":{"storage":{"type":"evs"}}`
	}
	return body + "}"
}

// create makes an instance and gives its path.
func (c *client) create(body string) string {
	c.t.Helper()
	id, _ := c.must("POST", instances, body).at("/id").(string)
	return instances + "/" + id
}

func (c *client) status(path string) string {
	c.t.Helper()
	s, _ := c.must("GET", path, "").at("/status").(string)
	return s
}

func (c *client) wantStatus(path, want string) {
	c.t.Helper()
	if got := c.status(path); got != want {
		c.t.Errorf("status %s, want %s", got, want)
	}
}

func (c *client) action(path, action string) answer {
	c.t.Helper()
	return c.do("POST", path+"/action", fmt.Sprintf(`{"action":%q}`, action))
}

func (c *client) control(method, path, body string) answer {
	c.t.Helper()
	a := c.do(method, "/_tally/"+path, body)
	if a.status != http.StatusOK {
		c.t.Fatalf("%s %s %s: %d %s", method, path, body, a.status, a.raw)
	}
	return a
}

func (c *client) advance(by string) {
	c.t.Helper()
	c.control("POST", "clock/advance", fmt.Sprintf(`{"by":%q}`, by))
}

// force puts an instance into a state.
func (c *client) force(path, state string) {
	c.t.Helper()
	id := path[strings.LastIndexByte(path, '/')+1:]
	c.control("PUT", "resources/"+project+"/"+id+"/state", fmt.Sprintf(`{"state":%q}`, state))
}
