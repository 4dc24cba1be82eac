package mock_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

func TestReset(t *testing.T) {
	c := start(t, fixed())
	c.create(notebook("a"))
	c.control("PUT", "given/obs-denied", "")
	c.control("POST", "failures", `{"event":"start"}`)
	c.control("POST", "clock/advance", `{"by":"5h"}`)
	c.control("PATCH", "catalogue/FlavorDetails/modelarts.vm.cpu.2u", `{"status":"soldOut"}`)
	c.control("POST", "reset", "")
	if a := c.control("GET", "resources", ""); a.raw != `{"resources":[]}`+"\n" {
		t.Errorf("resources: %s", a.raw)
	}
	if a := c.control("GET", "given", ""); len(a.at("/given").([]any)) != 0 {
		t.Errorf("given: %s", a.raw)
	}
	if a := c.control("GET", "clock", ""); a.at("/now") != "2020-07-16T08:22:29.962Z" {
		t.Errorf("clock: %s", a.raw)
	}
	c.create(notebook("a")) // neither taken nor sold out
}

func TestClock(t *testing.T) {
	c := start(t, fixed())
	if a := c.control("PUT", "clock", `{"now":"2021-01-01T00:00:00Z"}`); a.at("/now") != "2021-01-01T00:00:00Z" {
		t.Errorf("set: %s", a.raw)
	}
	if a := c.control("POST", "clock/freeze", ""); a.at("/frozen") != true {
		t.Errorf("freeze: %s", a.raw)
	}
	if a := c.control("POST", "clock/advance", `{"by":"1m"}`); a.at("/now") != "2021-01-01T00:01:00Z" || a.at("/frozen") != true {
		t.Errorf("advance: %s", a.raw)
	}
	if a := c.control("POST", "clock/resume", ""); a.at("/frozen") != false {
		t.Errorf("resume: %s", a.raw)
	}
}

func TestControlRefuses(t *testing.T) {
	c := start(t, fixed())
	nb := c.create(notebook("a"))
	id := nb[len(instances)+1:]
	for _, row := range []struct{ method, path, body, want string }{
		{"PUT", "clock", `{}`, `"now" is missing`},
		{"PUT", "clock", `{"now":"2019-01-01T00:00:00Z"}`, "cannot go back"},
		{"PUT", "clock", `{"noww":1}`, "no such member: /noww"},
		{"PUT", "clock", `{"now":"2030-01-01T00:00:00Z","by":"1s"}`, "no such member: /by"},
		{"PUT", "clock", `{"now":"9999-12-31T23:59:59Z"}`, "the clock ends at 9999-01-01T00:00:00Z"},
		{"PUT", "clock", `[1]`, "expected object"},
		{"PUT", "clock", `null`, "expected object"},
		{"PUT", "clock", `{"now":5}`, "PUT clock: body /now: expected string"},
		{"PUT", "clock", `{} {}`, "not JSON"},
		{"POST", "reset", `{"state":"RUNNING"}`, "POST reset takes no body"},
		{"GET", "health", `{"state":"RUNNING"}`, "GET health takes no body"},
		{"POST", "clock/advance", `{"to":"next","by":"1s"}`, "by and to: want one of them"},
		{"POST", "clock/advance", `{}`, "a duration such as"},
		{"PUT", "limits", `{"window":"minute"}`, "window without calls"},
		{"PUT", "limits", `{"calls":5,"window":"fortnight"}`, "value must be one of"},
		{"PUT", "limits", `{"times":5}`, "no such member: /times"},
		{"POST", "failures", `{"event":"start","times":-1}`, "/times: must be"},
		{"POST", "failures", `{"event":"start","times":1000001}`, "/times: must be"},
		{"POST", "failures", `{"event":"start","times":99999999999999999999}`, "/times: must be"},
		{"PATCH", "catalogue/FlavorDetails/modelarts.vm.cpu.2u", `[]`, "expected object"},
		{"FOO", "health", "", "no such method"},
		{"DELETE", "clock", "", "no such method"},
		{"POST", "", "", "no such method"},
		{"POST", "clock/advance", `{"by":"-1s"}`, "not below 0"},
		{"POST", "clock/advance", `{"to":"end"}`, "must be"},
		{"PUT", "resources/" + project + "/" + id + "/state", `{"state":"FLYING"}`, "not in the lifecycle"},
		{"PUT", "resources/" + project + "/nope/state", `{"state":"RUNNING"}`, "has no resource"},
		{"POST", "failures", `{"event":"stop"}`, "begins no transient state that can fail"},
		{"PUT", "given/sunshine", "", "not in the contract"},
		{"PATCH", "catalogue/Nope/x", `{}`, "want SCHEMA/KEY"},
		{"PATCH", "catalogue/FlavorDetails/x", `{"status":5}`, "catalogue entry"},
		{"GET", "nope", "", "no such control call"},
		{"POST", "resources/" + project + "/" + id + "/fault", "", "no row for a fault"},
	} {
		a := c.do(row.method, "/_tally/"+row.path, row.body)
		if text, _ := a.body["error"].(string); a.status < 400 || a.status >= 500 || !strings.Contains(text, row.want) {
			t.Errorf("%s %s %s: %d %s, want %q", row.method, row.path, row.body, a.status, a.raw, row.want)
		}
	}
	c.force(nb, "STOPPED")
	if a := c.do("POST", "/_tally/resources/"+project+"/"+id+"/finish", ""); a.status != 400 {
		t.Errorf("STOPPED was finished: %s", a.raw)
	}
}

// The control API is for this machine, and for no page of another origin.
func TestControlGuard(t *testing.T) {
	h, err := mock.New(contract.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, remote, host, origin string
		status                     int
	}{
		{"loopback", "127.0.0.1:1000", "127.0.0.1:8080", "", 200},
		{"loopback 6", "[::1]:1000", "[::1]:8080", "", 200},
		{"by name", "127.0.0.1:1000", "localhost:8080", "http://localhost:8080", 200},
		{"another machine", "192.0.2.7:1000", "127.0.0.1:8080", "", 403},
		{"another name", "127.0.0.1:1000", "evil.example:8080", "", 403},
		{"another origin", "127.0.0.1:1000", "127.0.0.1:8080", "https://evil.example", 403},
	} {
		r := httptest.NewRequest(http.MethodGet, "/_tally/health", nil)
		r.RemoteAddr, r.Host = row.remote, row.host
		if row.origin != "" {
			r.Header.Set("Origin", row.origin)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != row.status {
			t.Errorf("%s: %d %s", row.name, w.Code, w.Body)
		}
	}
}

// Paths that are escaped in an uncommon way, and methods that nobody knows, are answered like any other.
func TestControlAnswersWhateverComes(t *testing.T) {
	h, err := mock.New(contract.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		method, path string
		status       int
		allow        string
	}{{"FOO", "/_tally/health", 405, "GET, HEAD"}, {"PUT", "/_tally/faults", 405, "DELETE, GET, HEAD, POST"}, {"HEAD", "/_tally/reset", 405, "POST"},
		{"GET", "/%5ftally/health", 404, ""}, {"GET", "/_tally/%68ealth", 200, ""}} {
		r := httptest.NewRequest(row.method, row.path, nil)
		r.RemoteAddr, r.Host = "127.0.0.1:1000", "localhost"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != row.status || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") || (row.status >= 400) != strings.Contains(w.Body.String(), `"error"`) && row.method != "HEAD" || w.Header().Get("Allow") != row.allow {
			t.Errorf("%s %s: %d %s", row.method, row.path, w.Code, w.Body)
		}
	}
}

// HEAD is GET without the body, also where no server throws that away.
func TestControlHead(t *testing.T) {
	h, err := mock.New(contract.Default(), fixed())
	if err != nil {
		t.Fatal(err)
	}
	for path, status := range map[string]int{"health": 200, "clock": 200, "": 200, "openapi.yaml": 200, "requests/none": 404} {
		var answers [2]*httptest.ResponseRecorder
		for i, method := range []string{"GET", "HEAD"} {
			r := httptest.NewRequest(method, "/_tally/"+path, nil)
			r.RemoteAddr, r.Host = "127.0.0.1:1000", "localhost"
			answers[i] = httptest.NewRecorder()
			h.ServeHTTP(answers[i], r)
		}
		get, head := answers[0], answers[1]
		if head.Code != status || get.Code != status || get.Body.Len() == 0 || head.Body.Len() > 0 {
			t.Errorf("%q: %d with %d bytes, by HEAD %d with %d, want %d", path, get.Code, get.Body.Len(), head.Code, head.Body.Len(), status)
		}
		for _, name := range []string{"Content-Type", "Content-Length"} {
			if want, got := get.Header().Get(name), head.Header().Get(name); got != want || got == "" {
				t.Errorf("%q: %s is %q, by HEAD %q", path, name, want, got)
			}
		}
		if n := get.Header().Get("Content-Length"); n != strconv.Itoa(get.Body.Len()) {
			t.Errorf("%q: %s bytes are announced, and %d sent", path, n, get.Body.Len())
		}
	}
}

// Nothing that the control API refuses has changed anything.
func TestFailuresAreBounded(t *testing.T) {
	c := start(t, fixed())
	c.control("POST", "failures", `{"event":"start","times":1000000}`)
	a := c.do("POST", "/_tally/failures", `{"event":"start"}`)
	if text, _ := a.body["error"].(string); a.status != 400 || !strings.Contains(text, "1000001 failures") {
		t.Errorf("%d %s", a.status, a.raw)
	}
}

// The clock has an end: no answer shows a time beyond it.
func TestEndOfTime(t *testing.T) {
	c := start(t, fixed())
	c.create(notebook("nb"))
	c.control("PUT", "clock", `{"now":"9998-12-31T23:59:59Z"}`)
	c.create(notebook("late"))
	if a := c.do("POST", "/_tally/clock/advance", `{"by":"10s"}`); a.status != 400 || !strings.Contains(a.raw, "the clock ends at") {
		t.Errorf("beyond the end: %d %s", a.status, a.raw)
	}
	if a := c.do("POST", "/_tally/clock/advance", `{"to":"next"}`); a.status != 400 || !strings.Contains(a.raw, "nothing will happen") {
		t.Errorf("an event beyond the end: %d %s", a.status, a.raw)
	}
	c.control("GET", "resources", "")
	if a := c.control("POST", "clock/advance", `{"by":"1s"}`); a.at("/now") != "9999-01-01T00:00:00Z" {
		t.Errorf("the end: %s", a.raw)
	}
}

// Tenants and ids are read from paths as the API itself reads them.
func TestControlUnescapes(t *testing.T) {
	ids := []string{"a%25b", "a%2Fb", "a b"}
	next := 0
	h, err := mock.New(contract.Default(), fixed(), mock.WithAuth(mock.Auth{Mode: mock.Any}),
		mock.WithIDs(func() string { next++; return ids[next%len(ids)] + strings.Repeat("x", next/len(ids)) }))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	for _, tenant := range []string{"p/q", "p%71", "p"} {
		for range ids {
			c := &client{t, srv.URL, "any"}
			path := "/v1/" + url.PathEscape(tenant) + "/demanager/instances"
			id, _ := c.must("POST", path, notebook("nb"+strconv.Itoa(next))).at("/id").(string)
			c.control("PUT", "resources/"+url.PathEscape(tenant)+"/"+url.PathEscape(id)+"/state", `{"state":"STOPPED"}`)
			if a := c.must("GET", path+"/"+url.PathEscape(id), ""); a.at("/status") != "STOPPED" {
				t.Errorf("%s of %s: %s", id, tenant, a.raw)
			}
		}
	}
}

// New limits count anew, in a new window.
func TestLimitsBeginAWindow(t *testing.T) {
	c := start(t, fixed(), mock.WithWorld(mock.World{RateLimit: mock.RateLimit{Calls: 5, Window: "day"}}))
	list := instances + "?de_type=Notebook"
	c.must("GET", list, "")
	c.control("PUT", "limits", `{"calls":1,"window":"minute"}`)
	c.must("GET", list, "")
	if a := c.refused("GET", list, "", 429, "APIGW.0308"); a.header.Get("Retry-After") != "31" { // the clock stands at :29.962
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
}

func TestNoControl(t *testing.T) {
	c := start(t, mock.WithControl(false))
	resp, err := http.Get(c.url + "/_tally/health")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 404 || !strings.Contains(string(body), "APIGW.0101") {
		t.Errorf("%d %s %v", resp.StatusCode, body, err)
	}
}
