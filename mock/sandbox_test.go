package mock_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// in is a client whose requests are about a sandbox.
type in struct {
	*client
	name string
}

func (s in) do(method, path, body string) answer {
	s.t.Helper()
	r := s.request(method, path, body)
	r.Header.Set(control.SandboxHeader, s.name)
	return s.send(r)
}

func (s in) must(method, path, body string) answer {
	s.t.Helper()
	a := s.do(method, path, body)
	if a.status >= 300 {
		s.t.Errorf("%s in %s: %d %s", path, s.name, a.status, a.raw)
	}
	return a
}

// 200 tests share a mock, each in a sandbox of its own, with its own clock, and none sees anything of another
// or of the world without a name.
func TestSandboxesAreApart(t *testing.T) {
	c := start(t, fixed())
	var group sync.WaitGroup
	for i := range 200 {
		group.Go(func() { liveApart(t, c, i) })
	}
	group.Wait()
	if a := c.control("GET", "resources", ""); a.raw != `{"resources":[]}`+"\n" {
		t.Errorf("the world without a name has %s", a.raw)
	}
	if a := c.control("GET", "clock", ""); a.at("/now") != "2020-07-16T08:22:29.962Z" {
		t.Errorf("its clock shows %v", a.at("/now"))
	}
	all, err := (&control.Client{Base: c.url}).Sandboxes(t.Context())
	if err != nil || len(all) != 200 || all[0].Resources != 1 {
		t.Errorf("%d sandboxes, %v", len(all), err)
	}
}

// liveApart makes an instance in a sandbox and lets it live there.
func liveApart(t *testing.T, c *client, i int) {
	s := in{c, fmt.Sprintf("test-%d", i)}
	k := &control.Client{Base: c.url, Sandbox: s.name}
	id, _ := s.must("POST", instances, notebook("same-name")).at("/id").(string)
	clock, err := k.Advance(t.Context(), time.Duration(i)*time.Second)
	if want := time.Date(2020, 7, 16, 8, 22, 29, 962_000_000, time.UTC).Add(time.Duration(i) * time.Second); err != nil || !clock.Now.Equal(want) {
		t.Errorf("%s: the clock shows %v, want %v: %v", s.name, clock.Now, want, err)
	}
	want := "CREATING"
	if i >= 6 {
		want = "RUNNING"
	}
	if got := s.must("GET", instances+"/"+id, "").at("/status"); got != want {
		t.Errorf("%s: status %v, want %s", s.name, got, want)
	}
	if total := s.must("GET", instances+"?de_type=Notebook", "").at("/total_count"); total != 1.0 {
		t.Errorf("%s: %v instances", s.name, total)
	}
	if i%3 == 0 {
		if err := k.Reset(t.Context()); err != nil {
			t.Error(err)
		}
		s.must("POST", instances, notebook("same-name"))
	}
}

// unjudged sends a request whose answer is the mock's own, of which the contract says nothing.
func unjudged(t *testing.T, r *http.Request) (int, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestSandboxNames(t *testing.T) {
	c := start(t)
	for _, name := range []string{"", "a b", "../x", "a/b", strings.Repeat("x", 65), "ä", "a\tb"} {
		for _, path := range []string{instances + "/x", "/_tally/clock"} {
			r := c.request("GET", path, "")
			r.Header[control.SandboxHeader] = []string{name}
			if status, text := unjudged(t, r); status != http.StatusBadRequest || !strings.Contains(text, "want one name of letters") {
				t.Errorf("%q at %s: %d %s", name, path, status, text)
			}
		}
	}
	for _, row := range []struct{ host, sandbox string }{
		{"a.localhost", "a"}, {"A.LOCALHOST:99", "a"}, {"A.Localhost", "a"}, {"bucket.b.localhost:1", "b"}, {"localhost", ""}, {"127.0.0.1:7", ""}, {"c.localhost.", ""},
	} {
		c.control("POST", "reset", "")
		for _, name := range []string{"a", "b"} {
			c.do("DELETE", "/_tally/sandboxes/"+name, "") // perhaps there is none
		}
		r := c.request("PUT", "/_tally/given/access-denied", "")
		r.Host = row.host
		if a := c.send(r); a.status != 200 && row.host != "c.localhost." {
			t.Errorf("host %s: %d %s", row.host, a.status, a.raw)
		}
		k := control.Client{Base: c.url, Sandbox: row.sandbox}
		if given, err := k.Given(t.Context()); err != nil || (len(given.Given) == 0) != (row.host == "c.localhost.") {
			t.Errorf("host %s: sandbox %q has %v %v", row.host, row.sandbox, given.Given, err)
		}
	}
	if a := c.do("PUT", "/_tally/sandboxes/a%20b", ""); a.status != 400 {
		t.Errorf("a name with a space: %d %s", a.status, a.raw)
	}
}

// Sandboxes are bounded in number, and go when nobody uses them.
func TestSandboxBounds(t *testing.T) {
	var passed atomic.Int64
	begin := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	c := start(t, mock.WithNow(func() time.Time { return begin.Add(time.Duration(passed.Load())) }),
		mock.WithSandboxes(mock.Sandboxes{Max: 2, Idle: time.Minute}))
	names := func() string {
		all, err := (&control.Client{Base: c.url}).Sandboxes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, s := range all {
			out = append(out, s.Name)
		}
		return strings.Join(out, " ")
	}
	in{c, "a"}.must("POST", instances, notebook("x"))
	passed.Add(int64(40 * time.Second))
	in{c, "b"}.must("POST", instances, notebook("x"))
	for _, path := range []string{instances + "/x", "/_tally/clock"} {
		r := c.request("GET", path, "")
		r.Header.Set(control.SandboxHeader, "c")
		if status, text := unjudged(t, r); status != http.StatusTooManyRequests || !strings.Contains(text, "--max-sandboxes") {
			t.Errorf("a third one: %d %s", status, text)
		}
	}
	passed.Add(int64(30 * time.Second))
	if got := names(); got != "b" {
		t.Errorf("after a was idle for 70 s, b for 30 s: %q", got)
	}
	if total := (in{c, "a"}).must("GET", instances+"?de_type=Notebook", "").at("/total_count"); total != 0.0 {
		t.Errorf("a begins anew with %v instances", total)
	}
	if err := (&control.Client{Base: c.url}).DeleteSandbox(t.Context(), "b"); err != nil || names() != "a" {
		t.Errorf("after a deletion: %q %v", names(), err)
	}
	if _, err := mock.New(contract.Default(), mock.WithSandboxes(mock.Sandboxes{Max: -1})); err == nil {
		t.Error("-1 sandboxes were accepted")
	}
}

// A sandbox begins as a kept snapshot, goes back to it at a reset, and never changes it or another that began
// as it.
func TestSandboxFromSnapshot(t *testing.T) {
	c := start(t, fixed(), mock.WithSeed(5))
	k, ctx := &control.Client{Base: c.url}, t.Context()
	c.create(notebook("kept"))
	c.advance("1m")
	kept, err := k.Keep(ctx, "one")
	if err != nil || kept.Resources != 1 || kept.Taken.Minute() != 23 {
		t.Fatalf("%+v %v", kept, err)
	}
	c.create(notebook("later"))
	for _, name := range []string{"x", "y"} {
		if s, err := k.MakeSandbox(ctx, name, "one"); err != nil || s.Resources != 1 {
			t.Fatalf("%+v %v", s, err)
		}
	}
	x, y := &control.Client{Base: c.url, Sandbox: "x"}, &control.Client{Base: c.url, Sandbox: "y"}
	untouched, err := y.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	in{c, "x"}.must("POST", instances, notebook("another"))
	resources, err := x.Resources(ctx)
	if err != nil || len(resources) != 2 {
		t.Fatalf("x has %v %v", resources, err)
	}
	if _, err := x.SetState(ctx, project, resources[0].ID, "STOPPED"); err != nil {
		t.Fatal(err)
	}
	if after, err := y.Snapshot(ctx); err != nil || string(after) != string(untouched) {
		t.Errorf("y has changed from\n%s to\n%s %v", untouched, after, err)
	}
	if err := x.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	if again, err := x.Snapshot(ctx); err != nil || string(again) != string(untouched) {
		t.Errorf("x goes back to\n%s, not to\n%s %v", again, untouched, err)
	}
	if err := k.Forget(ctx, "one"); err != nil {
		t.Error(err)
	}
	if _, err := k.MakeSandbox(ctx, "z", "one"); err == nil || !strings.Contains(err.Error(), "no snapshot") {
		t.Errorf("from a snapshot that has gone: %v", err)
	}
	if all, err := k.Kept(ctx); err != nil || len(all) != 0 {
		t.Errorf("kept: %v %v", all, err)
	}
}

// With a seed, runs repeat: in each sandbox of its own, the same requests get the same answers.
func TestSeedRepeats(t *testing.T) {
	run := func(seed uint64, name string) string {
		c := start(t, fixed(), mock.WithSeed(seed))
		var ids []any
		for i := range 3 {
			ids = append(ids, in{c, name}.must("POST", instances, notebook(fmt.Sprint("n", i))).at("/id"))
		}
		return fmt.Sprint(ids)
	}
	first := run(1, "a")
	if again := run(1, "a"); again != first {
		t.Errorf("%s, then %s", first, again)
	}
	if other := run(1, "b"); other == first {
		t.Error("sandboxes a and b have the same ids")
	}
	if other := run(2, "a"); other == first {
		t.Error("seeds 1 and 2 give the same ids")
	}
}

// The typed client and the document agree on the form of a snapshot, and the client puts back what it took.
func TestClientSnapshot(t *testing.T) {
	c := start(t, fixed())
	k, ctx := &control.Client{Base: c.url}, t.Context()
	c.create(notebook("a", `"description":"five"`))
	before, err := k.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var s control.Snapshot
	if err := json.Unmarshal(before, &s); err != nil || len(s.Resources) != 1 || s.Tally != "state" {
		t.Fatalf("%+v %v", s, err)
	}
	if again, err := json.Marshal(s); err != nil || string(again) != string(before) {
		t.Errorf("the type writes\n%s\nnot\n%s %v", again, before, err)
	}
	c.create(notebook("b"))
	if err := k.Restore(ctx, before); err != nil {
		t.Fatal(err)
	}
	if after, err := k.Snapshot(ctx); err != nil || !reflect.DeepEqual(after, before) {
		t.Errorf("%s\nnot\n%s %v", after, before, err)
	}
	var refused *control.Error
	if err := k.Restore(ctx, json.RawMessage(`{"tally":"state"}`)); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("half a snapshot: %v %v", err, refused)
	}
}

// Every answer of these calls fits the document of the control API, also those that are not empty.
func TestStateCallsFitTheDocument(t *testing.T) {
	c := start(t, fixed(), mock.WithWorld(mock.World{RateLimit: mock.RateLimit{Calls: 50, Window: "hour"}}))
	c.must("POST", instances, notebook("a"))
	c.must("POST", "/v3/auth/tokens", `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"u","password":"p","domain":{"name":"d"}}}},"scope":{"project":{"name":"cn-north-4"}}}}`)
	c.control("POST", "failures", `{"event":"start"}`)
	c.control("PUT", "given/access-denied", "")
	c.control("PATCH", "catalogue/FlavorDetails/modelarts.vm.cpu.2u", `{"status":"soldOut"}`)
	snapshot := c.control("GET", "snapshot", "").raw
	for _, part := range []string{`"tokens":[{`, `"resources":[{`, `"catalogue":[{`, `"failures":[{`, `"counted":{`} {
		if !strings.Contains(snapshot, part) {
			t.Errorf("the snapshot has no %s: %s", part, snapshot)
		}
	}
	c.control("PUT", "snapshot", snapshot)
	c.control("POST", "snapshots/kept", "")
	c.control("GET", "snapshots", "")
	c.control("PUT", "sandboxes/box", `{"from":"kept"}`)
	c.control("PUT", "sandboxes/empty", "")
	c.control("GET", "sandboxes", "")
	for _, path := range []string{"sandboxes/box", "snapshots/kept"} {
		c.control("DELETE", path, "")
		if a := c.do("DELETE", "/_tally/"+path, ""); a.status != http.StatusNotFound {
			t.Errorf("%s twice: %d %s", path, a.status, a.raw)
		}
	}
	if a := c.do("POST", "/_tally/reload", ""); a.status != http.StatusConflict {
		t.Errorf("a reload of the built-in contract: %d %s", a.status, a.raw)
	}
}

// A reset is one step: after it has been answered, no answer shows anything older, whatever 16 clients do
// meanwhile.
func TestResetUnderLoad(t *testing.T) {
	c := start(t, fixed(), mock.WithWorld(mock.World{Quota: new(int)}))
	ctx, stop := context.WithCancel(t.Context())
	var epoch atomic.Int64 // raised before a reset; names tell in which one an instance was made
	var resets sync.RWMutex
	var group sync.WaitGroup
	var made atomic.Int64
	for i := range 16 {
		group.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				resets.RLock()
				c.do("POST", instances, notebook(fmt.Sprintf("e%d-%d-%d", epoch.Load(), i, n)))
				made.Add(1)
				resets.RUnlock()
				c.do("GET", instances+"?de_type=Notebook&limit=20", "")
				c.do("GET", "/_tally/resources", "")
			}
		})
	}
	k := &control.Client{Base: c.url}
	for range 15 {
		for want := made.Load() + 16; made.Load() < want; {
			c.do("GET", "/_tally/clock", "")
		}
		resets.Lock() // who makes something makes it before the reset or after it
		epoch.Add(1)
		if err := k.Reset(t.Context()); err != nil {
			t.Error(err)
		}
		old := fmt.Sprintf(`"e%d-`, epoch.Load()-1)
		if text := c.must("GET", instances+"?de_type=Notebook", "").raw; strings.Contains(text, old) || strings.Contains(text, `"e`) {
			t.Errorf("after reset %d: %s", epoch.Load(), text)
		}
		resets.Unlock()
		if text := c.must("GET", instances+"?de_type=Notebook", "").raw; strings.Contains(text, old) {
			t.Errorf("later after reset %d: %s", epoch.Load(), text)
		}
	}
	stop()
	group.Wait()
}

// A handler that is asked without a server works too, and a mock is one.
var _ http.Handler = (*mock.Mock)(nil)

func BenchmarkSandboxHeader(b *testing.B) {
	h, err := mock.New(contract.Default(), mock.WithAuth(mock.Auth{Mode: mock.Off}))
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"", "one"} {
		b.Run("name="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest("GET", instances+"/none", nil)
				if name != "" {
					r.Header.Set(control.SandboxHeader, name)
				}
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
