package otherserver

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
)

const (
	token, projectID           = "token-of-the-first", "e9993fc787d94b6c886cbaa340f9c0f4"
	secondToken, secondProject = "token-of-the-second", "a4a5d4098fb4474fa22cd05f897d6b99"
)

// bench is a server under test with a clock that stands still.
type bench struct {
	t     *testing.T
	url   string
	token string

	mu  sync.Mutex
	now time.Time
}

func start(t *testing.T, faults ...string) *bench {
	t.Helper()
	b := &bench{t: t, token: token, now: time.UnixMilli(1594887749962)}
	planted := map[string]bool{}
	for _, name := range faults {
		planted[name] = true
	}
	server := httptest.NewServer(New(Options{
		Token: token, Project: projectID, SecondToken: secondToken, SecondProject: secondProject,
		Faults: planted,
		Now: func() time.Time {
			b.mu.Lock()
			defer b.mu.Unlock()
			return b.now
		},
	}))
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

type reply struct {
	status int
	header http.Header
	body   map[string]any
}

// do sends a request to a path below the instances of the first project, or to an absolute one.
func (b *bench) do(method, path, body string) reply {
	b.t.Helper()
	if !strings.HasPrefix(path, "/v") {
		path = "/v1/" + projectID + "/demanager/instances" + path
	}
	r, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if b.token != "" {
		r.Header.Set("X-Auth-Token", b.token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return b.send(r)
}

func (b *bench) send(r *http.Request) reply {
	b.t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	a := reply{status: resp.StatusCode, header: resp.Header}
	if err := json.Unmarshal(raw, &a.body); err != nil {
		b.t.Fatalf("%s %s: %v in %s", r.Method, r.URL, err, raw)
	}
	return a
}

// gist is an answer in short: its status, and its code if it has one.
func (a reply) gist() string {
	if code, ok := a.body["error_code"]; ok {
		return fmt.Sprint(a.status, " ", code)
	}
	return fmt.Sprint(a.status)
}

// at finds a value below the body, as plain text.
func (a reply) at(path string) string {
	var v any = a.body
	for part := range strings.SplitSeq(path, ".") {
		o, ok := v.(map[string]any)
		if !ok {
			return "<none>"
		}
		if v, ok = o[part]; !ok {
			return "<none>"
		}
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return strings.Trim(string(text), `"`)
}

func (a reply) names() string {
	items, _ := a.body["instances"].([]any)
	var names []string
	for _, item := range items {
		names = append(names, fmt.Sprint(item.(map[string]any)["name"]))
	}
	return strings.Join(names, " ")
}

const (
	evs = `{"name":"nb-1","profile_id":"Multi-Engine 1.0 (python3)-cpu","flavor":"modelarts.vm.cpu.2u","spec":{"storage":{"type":"evs","location":{"volume_size":5}}}}`
	obs = `{"name":"nb-1","profile_id":"Multi-Engine 1.0 (python3)-cpu","flavor":"modelarts.vm.cpu.2u","spec":{"storage":{"type":"obs","location":{"path":"obs-bucket/test/"}}}}`
)

// with merges a patch into a body: objects are merged, null removes.
func with(body, patch string) string {
	var b, p any
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		panic(err)
	}
	if err := json.Unmarshal([]byte(patch), &p); err != nil {
		panic(err)
	}
	out, err := json.Marshal(merge(b, p))
	if err != nil {
		panic(err)
	}
	return string(out)
}

func merge(b, p any) any {
	patch, ok := p.(map[string]any)
	if !ok {
		return p
	}
	base, ok := b.(map[string]any)
	if !ok {
		base = map[string]any{}
	}
	for name, v := range patch {
		if v == nil {
			delete(base, name)
		} else {
			base[name] = merge(base[name], v)
		}
	}
	return base
}

// create makes a notebook and tells its path.
func (b *bench) create(patch string) string {
	b.t.Helper()
	a := b.do("POST", "", with(evs, patch))
	if a.status != 202 {
		b.t.Fatalf("create: %d %v", a.status, a.body)
	}
	return "/" + a.at("id")
}

func (b *bench) act(path, action string) reply {
	b.t.Helper()
	return b.do("POST", path+"/action", `{"action":"`+action+`"}`)
}

// in makes a notebook and brings it into a state.
func (b *bench) in(state string) string {
	b.t.Helper()
	free := ""
	if state == queuing || state == ready {
		free = `"flavor":"modelarts.vm.cpu.free",`
	}
	path := b.create(`{` + free + `"name":"in-` + strings.ReplaceAll(state, " ", "") + `"}`)
	steps := map[string][]string{
		starting: nil, running: {""}, stopping: {"", "stop"}, stopped: {"", "stop", ""}, restarting: {"", "restart"},
		queuing: {"", "stop", "", "queue"}, ready: {"", "stop", "", "queue", ""},
	}[state]
	for _, step := range steps {
		if step == "" {
			b.pass(time.Second)
		} else if a := b.act(path, step); a.status != 202 {
			b.t.Fatalf("%s: %v", step, a.body)
		}
	}
	if got := b.do("GET", path, "").at("status"); got != state {
		b.t.Fatalf("state %s, want %s", got, state)
	}
	return path
}

func (b *bench) want(what, got, want string) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("%s: got %s, want %s", what, got, want)
	}
}
