package mock_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// told is a mock to which one request of each kind has been sent.
type told struct {
	*client
	k   *control.Client
	ids map[string]string // what was sent → id of the request
}

// tell sends: a create that is right, one that lacks a member, one whose name is taken, a look at the notebook, a
// look at none, a stop that its state forbids, a call without a token, one for no operation, one with a wrong
// method, and an operation with a hook.
func tell(t *testing.T, opts ...mock.Option) told {
	next := 0
	var now atomic.Int64
	now.Store(time.Date(2020, 7, 16, 8, 22, 29, 962_000_000, time.UTC).UnixNano())
	clock := mock.WithNow(func() time.Time { return time.Unix(0, now.Load()) })
	ids := mock.WithIDs(func() string { next++; return fmt.Sprintf("%08d-0000-1000-8000-000000000000", next) })
	c := start(t, append([]mock.Option{clock, ids}, opts...)...)
	x := told{c, &control.Client{Base: c.url}, map[string]string{}}
	path := instances + "/" + x.ask("create", "POST", instances, notebook("first")).at("/id").(string)
	x.ask("lacking", "POST", instances, `{"name":"second"}`)
	x.ask("taken", "POST", instances, notebook("first"))
	now.Add(int64(7 * time.Second))
	x.ask("look", "GET", path, "")
	x.ask("none", "GET", instances+"/DE-none", "")
	x.ask("start", "POST", path+"/action", `{"action":"start"}`)
	x.ask("stop", "POST", path+"/action", `{"action":"stop"}`)
	c.token = ""
	x.ask("anonymous", "GET", path, "")
	c.token = "test-token"
	x.ask("unmatched", "GET", strings.Replace(instances, "instances", "instance", 1), "")
	x.ask("method", "PUT", instances, "{}")
	x.ask("hook", "POST", "/v3/auth/tokens", `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"u","password":"very-secret-1","domain":{"name":"d"}}}},"scope":{"project":{"name":"cn-north-4"}}}}`)
	return x
}

func (x told) ask(what, method, path, body string) answer {
	x.t.Helper()
	a := x.do(method, path, body)
	if x.ids[what] = a.header.Get(control.RequestHeader); x.ids[what] == "" {
		x.t.Fatalf("%s has no id: %v", what, a.header)
	}
	return a
}

// names are the names under which requests were sent.
func (x told) names(r control.Requests) []string {
	var out []string
	for _, one := range r.Requests {
		for name, id := range x.ids {
			if id == one.ID {
				out = append(out, name)
			}
		}
	}
	return out
}

func TestJournalFilters(t *testing.T) {
	x := tell(t)
	all := []string{"create", "lacking", "taken", "look", "none", "start", "stop", "anonymous", "unmatched", "method", "hook"}
	for _, test := range []struct {
		filter control.Filter
		want   []string
	}{
		{control.Filter{}, all},
		{control.Filter{Operation: "createInstance"}, []string{"create", "lacking", "taken"}},
		{control.Filter{Operation: control.Unmatched}, []string{"unmatched", "method"}},
		{control.Filter{Method: "put"}, []string{"method"}},
		{control.Filter{Status: "404"}, []string{"unmatched", "method"}},
		{control.Filter{Status: "2xx"}, []string{"create", "look", "stop", "hook"}},
		{control.Filter{Code: "ModelArts.6309"}, []string{"none"}},
		{control.Filter{Path: "/v3/"}, []string{"hook"}},
		{control.Filter{Verdict: control.Valid}, []string{"create", "look", "stop", "hook"}},
		{control.Filter{Verdict: control.Invalid}, []string{"lacking", "unmatched", "method"}},
		{control.Filter{Verdict: control.Refused}, []string{"taken", "none", "start", "anonymous"}},
		{control.Filter{Since: 9}, []string{"method", "hook"}},
		{control.Filter{Before: 3}, []string{"create", "lacking"}},
		{control.Filter{Limit: 2}, all[:2]},
		{control.Filter{Limit: 2, Since: 2}, all[2:4]},
		{control.Filter{Limit: 2, Newest: true}, []string{"hook", "method"}},
		{control.Filter{Limit: 1, Newest: true, Before: 11}, []string{"method"}},
		{control.Filter{Operation: "createInstance", Verdict: control.Refused, Method: "GET"}, nil},
	} {
		got, err := x.k.Requests(t.Context(), test.filter)
		if names := x.names(got); err != nil || !slices.Equal(names, test.want) {
			t.Errorf("%+v: %v %v, want %v", test.filter, names, err, test.want)
		}
		count, err := x.k.CountRequests(t.Context(), test.filter)
		if err != nil || count.Count != got.Matched || (test.filter.Limit == 0 && count.Count != len(test.want)) {
			t.Errorf("%+v: counted %+v %v, listed %d of %d", test.filter, count, err, len(got.Requests), got.Matched)
		}
	}
	for _, query := range []string{"status=40", "verdict=good", "limit=0", "limit=1001", "since=-1", "since=x", "order=up", "nonsense=1"} {
		if a := x.do("GET", "/_tally/requests?"+query, ""); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", query, a.status, a.raw)
		}
	}
}

// An entry has both sides, the verdict of the contract on both, and the states.
func TestJournalEntry(t *testing.T) {
	x := tell(t)
	show := func(what string) control.Exchange {
		t.Helper()
		e, err := x.k.Request(t.Context(), x.ids[what])
		if err != nil {
			t.Fatal(err)
		}
		x.control("GET", "requests/"+x.ids[what], "") // held to the document
		if len(e.Broken) > 0 {
			t.Errorf("%s: the answer breaks the contract: %+v", what, e.Broken)
		}
		return e
	}
	e := show("create")
	if r := e.Request; r.Operation != "createInstance" || r.Status != 200 || r.Before != "" || r.After != "CREATING" || r.At.Second() != 29 || r.Sequence != 1 ||
		r.URL != x.url+instances || e.Sent.Text != notebook("first") || e.Sent.Size != int64(len(e.Sent.Text)) || !strings.Contains(e.Answered.Text, `"CREATING"`) {
		t.Errorf("%+v", e)
	}
	e = show("lacking")
	if len(e.Violations) == 0 || e.Violations[0].Code == "" || !strings.HasPrefix(e.Violations[0].Position, "openapi.yaml:") || e.Request.Verdict != control.Invalid {
		t.Errorf("%+v", e)
	}
	if e = show("look"); e.Request.Before != "RUNNING" || e.Request.After != "RUNNING" || e.Request.At.Second() != 36 {
		t.Errorf("%+v", e.Request)
	}
	if e = show("method"); !e.Sent.Cut || e.Sent.Size != 2 || e.Sent.Text != "" || e.Near[0].Operation == "" {
		t.Errorf("a body that nobody has read: %+v", e)
	}
	var refused *control.Error
	if _, err := x.k.Request(t.Context(), "none"); !errors.As(err, &refused) || refused.Status != http.StatusNotFound {
		t.Error(err)
	}
	if err := x.k.ForgetRequests(t.Context()); err != nil {
		t.Error(err)
	}
	if n, err := x.k.CountRequests(t.Context(), control.Filter{}); err != nil || n.Count != 0 {
		t.Errorf("after a delete: %+v %v", n, err)
	}
	x.ask("later", "GET", instances, "")
	if e := show("later"); e.Request.Sequence != int64(len(x.ids)) {
		t.Errorf("the sequence does not go on: %+v", e.Request)
	}
	if err := x.k.Reset(t.Context()); err != nil {
		t.Error(err)
	}
	if n, err := x.k.CountRequests(t.Context(), control.Filter{}); err != nil || n.Count != 0 {
		t.Errorf("after a reset: %+v %v", n, err)
	}
}

// No secret leaves the mock, wherever it stands: in headers, bodies, queries, names, texts, on either side.
func TestJournalKeepsSecrets(t *testing.T) {
	x := tell(t, mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}},
		Users: []mock.User{{Name: "u", Password: "very-secret-1"}}}))
	x.ask("echo", "POST", instances, notebook("very-secret-1"))
	x.ask("query", "GET", instances+"?name=test-token&password=hidden-one-22", "")
	x.ask("path", "GET", "/nowhere/test-token", "")
	x.ask("in parameters", "GET", instances+"/test-token", "")
	req := x.request("GET", instances, "")
	req.Header.Set("Authorization", "SDK-HMAC-SHA256 Access=my-access-key-1, SignedHeaders=host, Signature=0123456789abcdef0123")
	req.Header.Del("X-Auth-Token")
	x.send(req)
	issued := x.do("POST", "/v3/auth/tokens", `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"u","password":"very-secret-1","domain":{"name":"d"}}}},"scope":{"project":{"name":"cn-north-4"}}}}`)
	token := issued.header.Get("X-Subject-Token")
	if token == "" {
		t.Fatalf("no token was issued: %s", issued.raw)
	}
	x.ask("big", "POST", instances, `{"name":"`+strings.Repeat("n", 256<<10-30)+`","password":"cut-in-the-middle-of-it","x":"`+strings.Repeat("y", 9000)+`"}`)
	var texts []string
	list, err := x.k.Requests(t.Context(), control.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list.Requests {
		req := x.request("GET", "/_tally/requests/"+r.ID+"/explain", "")
		req.Header.Set("Accept", "text/plain")
		texts = append(texts, inPlain(t, req), x.control("GET", "requests/"+r.ID, "").raw, x.control("GET", "requests/"+r.ID+"/explain", "").raw)
	}
	har, err := x.k.HAR(t.Context(), control.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	texts = append(texts, x.control("GET", "requests", "").raw, string(har), x.control("GET", "requests?order=newest", "").raw)
	for _, text := range texts {
		for _, secret := range []string{"test-token", "very-secret-1", "hidden-one-22", "my-access-key-1", "0123456789abcdef0123", token, "cut-in"} {
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("%q in …%s…", secret, text[max(0, at-200):min(len(text), at+100)])
			}
		}
	}
	if all := strings.Join(texts, ""); strings.Count(all, "REDACTED-") < 20 {
		t.Errorf("hardly anything was redacted: %s", all)
	}
}

// A journal holds to both bounds, cuts long bodies, and tells what it had no room for.
func TestJournalBounds(t *testing.T) {
	c := start(t, mock.WithJournal(5, 1<<20))
	k := &control.Client{Base: c.url}
	for range 9 {
		c.do("GET", instances, "")
	}
	got, err := k.Requests(t.Context(), control.Filter{})
	if err != nil || got.Matched != 5 || got.Forgotten != 4 || got.Requests[0].Sequence != 5 {
		t.Errorf("%+v %v", got, err)
	}
	c = start(t, mock.WithJournal(1000, 200<<10))
	k = &control.Client{Base: c.url}
	long := notebook("long", fmt.Sprintf(`"description":%q`, strings.Repeat("d", 100_000)))
	for range 5 {
		c.do("POST", instances, long)
	}
	if got, err = k.Requests(t.Context(), control.Filter{}); err != nil || got.Matched < 2 || got.Matched > 4 || int64(got.Matched)+got.Forgotten != 5 {
		t.Errorf("%+v %v", got, err)
	}
	e, err := k.Request(t.Context(), got.Requests[0].ID)
	if err != nil || e.Sent.Size != int64(len(long)) || !e.Sent.Cut || len(e.Sent.Text) > 64<<10 {
		t.Errorf("%d of %d bytes, cut %v %v", len(e.Sent.Text), e.Sent.Size, e.Sent.Cut, err)
	}
	for _, wrong := range []mock.Option{mock.WithJournal(-1, 0), mock.WithJournal(1_000_001, 1<<20), mock.WithJournal(1, -1), mock.WithJournal(1, 1000)} {
		if _, err := mock.New(contract.Default(), wrong); err == nil {
			t.Error("a bound that cannot be is taken")
		}
	}
}

// A journal that is off says so. Nobody may take it for one in which nothing has happened.
func TestJournalOff(t *testing.T) {
	c := start(t, mock.WithJournal(0, 0))
	if a := c.do("GET", instances, ""); a.header.Get(control.RequestHeader) != "" {
		t.Errorf("an id without a journal: %v", a.header)
	}
	for _, call := range []string{"GET requests", "GET requests/count", "GET requests.har", "GET requests/x", "GET requests/x/explain", "DELETE requests"} {
		method, path, _ := strings.Cut(call, " ")
		if a := c.do(method, "/_tally/"+path, ""); a.status != http.StatusConflict || !strings.Contains(a.raw, "--journal") {
			t.Errorf("%s: %d %s", call, a.status, a.raw)
		}
	}
	c = start(t, mock.WithControl(false))
	if a := c.do("GET", instances, ""); a.header.Get(control.RequestHeader) != "" {
		t.Errorf("an id that nobody can ask for: %v", a.header)
	}
}

// The journal shows what a mock that was made to break its contract broke, and what hung up.
func TestJournalOfDefects(t *testing.T) {
	c := start(t, mock.WithTampering(mock.Tampering{Answer: func(a *mock.Answer) {
		switch {
		case a.Operation == nil:
			a.Drop = true
		case a.Operation.ID == "listInstances":
			a.Body = map[string]any{"nonsense": true}
		}
	}}))
	ask := func(path string) (*http.Response, error) { return http.DefaultClient.Do(c.request("GET", path, "")) }
	resp, err := ask(instances + "?de_type=Notebook")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	k := &control.Client{Base: c.url}
	e, err := k.Request(t.Context(), resp.Header.Get(control.RequestHeader))
	if err != nil || len(e.Broken) == 0 || e.Request.Verdict != control.Valid || !strings.HasPrefix(e.Broken[0].Position, "openapi.yaml:") {
		t.Errorf("%+v %v", e, err)
	}
	if _, err := ask("/nowhere"); err == nil {
		t.Error("an answer came")
	}
	// The client may see the connection close before the handler has ended.
	for {
		got, err := k.Requests(t.Context(), control.Filter{Path: "/nowhere"})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Requests) > 0 { // a client may try again
			if r := got.Requests[0]; r.Status != 0 || r.Verdict != control.Invalid {
				t.Errorf("%+v", r)
			}
			return
		}
	}
}

// The exported recording is one that the rest of the tools reads, with nothing left out.
func TestJournalAsHAR(t *testing.T) {
	x := tell(t)
	data, err := x.k.HAR(t.Context(), control.Filter{Verdict: control.Valid})
	if err != nil {
		t.Fatal(err)
	}
	var operations []string
	for e, err := range fixtures.Decode(strings.NewReader(string(data))) {
		if err != nil {
			t.Fatal(err)
		}
		if !e.Tally.Valid {
			t.Errorf("%+v", e.Tally)
		}
		operations = append(operations, e.Tally.Operation)
	}
	if want := []string{"createInstance", "getInstance", "actOnInstance", "createToken"}; !slices.Equal(operations, want) {
		t.Errorf("%v, want %v", operations, want)
	}
	x.control("GET", "requests.har", "")
}

// Queries and load at once: what is shown is whole, and a reset leaves nothing of before.
func TestJournalUnderLoad(t *testing.T) {
	c := start(t, mock.WithJournal(50, 1<<20))
	k := &control.Client{Base: c.url}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	done := make(chan error)
	run := func(n int, do func(i int) error) {
		var err error
		for i := 0; i < n && err == nil; i++ {
			err = do(i)
		}
		done <- err
	}
	load := func(method, path, body string) func(int) error {
		return func(int) error {
			req, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
			if err != nil {
				return err
			}
			req.Header.Set("X-Auth-Token", "test-token")
			resp, err := http.DefaultClient.Do(req)
			if err == nil {
				err = resp.Body.Close()
			}
			return err
		}
	}
	jobs := []func(){
		func() { run(150, load("GET", instances, "")) },
		func() { run(150, load("POST", instances, notebook("a"))) },
		func() { run(40, func(int) error { _, err := k.HAR(ctx, control.Filter{}); return err }) },
		func() { run(40, func(int) error { _, err := k.Metrics(ctx); return err }) },
		func() { run(20, func(int) error { return k.Reset(ctx) }) },
		func() {
			run(40, func(int) error {
				got, err := k.Requests(ctx, control.Filter{Newest: true})
				if err == nil && len(got.Requests) > 50 {
					err = fmt.Errorf("%d requests in a journal of 50", len(got.Requests))
				}
				return err
			})
		},
		func() { run(20, func(int) error { return k.ForgetRequests(ctx) }) },
	}
	for _, job := range jobs {
		go job()
	}
	for range jobs {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
