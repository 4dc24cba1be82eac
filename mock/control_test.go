package mock_test

import (
	"net/http"
	"net/http/httptest"
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
		{"PUT", "clock", `{}`, "now is missing"},
		{"PUT", "clock", `{"now":"2019-01-01T00:00:00Z"}`, "cannot go back"},
		{"PUT", "clock", `{"noww":1}`, "unknown field"},
		{"POST", "clock/advance", `{"by":"-1s"}`, "not below 0"},
		{"POST", "clock/advance", `{"to":"end"}`, "want next"},
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

func TestNoControl(t *testing.T) {
	c := start(t, mock.WithControl(false))
	a := c.do("GET", "/_tally/health", "")
	if a.status != 404 || a.code() != "APIGW.0101" {
		t.Errorf("%d %s", a.status, a.raw)
	}
}
