package mock_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// page asks for a path of the dashboard.
func page(t *testing.T, c *client, method, path string) (*http.Response, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(c.request(method, path, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b strings.Builder
	if err := resp.Write(&b); err != nil {
		t.Fatal(err)
	}
	return resp, b.String()
}

func TestDashboardHeaders(t *testing.T) {
	c := start(t, fixed())
	for path, mediaType := range map[string]string{
		"/_tally/":            "text/html; charset=utf-8",
		"/_tally/ui/main.js":  "text/javascript; charset=utf-8",
		"/_tally/ui/base.css": "text/css; charset=utf-8",
	} {
		resp, _ := page(t, c, "GET", path)
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != mediaType {
			t.Errorf("%s: %d %s, want %s", path, resp.StatusCode, resp.Header.Get("Content-Type"), mediaType)
		}
		for name, want := range map[string]string{"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		policy := resp.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy %q has no %s", path, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: the policy %q lets in too much", path, policy)
		}
	}
	for _, row := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/_tally/ui/none.js", 404}, {"GET", "/_tally/ui/dashboard.go", 404}, {"GET", "/_tally/ui/..%2fdashboard.go", 404}, {"GET", "/_tally/ui/", 404},
		{"POST", "/_tally/", 405}, {"GET", "/_tally/?x=1", 400}, {"GET", "/_tally/ui/%2e%2e%2fmain.js", 200}, // only the name counts
	} {
		if resp, body := page(t, c, row.method, row.path); resp.StatusCode != row.status {
			t.Errorf("%s %s: %d %s, want %d", row.method, row.path, resp.StatusCode, body, row.status)
		}
	}
	off := start(t, mock.WithControl(false))
	if resp, _ := page(t, off, "GET", "/_tally/"); resp.StatusCode != 404 {
		t.Errorf("without the control API: %d", resp.StatusCode)
	}
}

// The page has all that it needs, asks nobody else, and never makes HTML of what comes from a mock.
func TestDashboardFiles(t *testing.T) {
	c := start(t, fixed())
	files, err := filepath.Glob("internal/dashboard/files/*")
	if err != nil || len(files) < 5 {
		t.Fatalf("%v %v", files, err)
	}
	reference := regexp.MustCompile(`(?:src|href)="(ui/[^"]*)"|from '\./([^']*)'`)
	away := regexp.MustCompile(`https?://[^'"\s<)]*`)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		content := string(data)
		for _, m := range reference.FindAllStringSubmatch(content, -1) {
			name := strings.TrimPrefix(m[1], "ui/") + m[2]
			if resp, _ := page(t, c, "GET", "/_tally/ui/"+name); resp.StatusCode != 200 {
				t.Errorf("%s needs %s: %d", file, name, resp.StatusCode)
			}
		}
		for _, u := range away.FindAllString(content, -1) {
			if !strings.HasPrefix(u, "http://www.w3.org/2000/svg") { // the name of a format
				t.Errorf("%s names %s", file, u)
			}
		}
		for _, wrong := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(", "new Function", "srcdoc", "javascript:", "<style", " style=", "@import"} {
			if strings.Contains(content, wrong) {
				t.Errorf("%s has %s", file, wrong)
			}
		}
		if inline := regexp.MustCompile(`(?i)<[^>]*\son[a-z]+=`).FindString(content); strings.HasSuffix(file, ".html") && inline != "" {
			t.Errorf("%s has a handler in %s", file, inline)
		}
	}
}

func TestListOperations(t *testing.T) {
	c := start(t, fixed())
	k := &control.Client{Base: c.url}
	c.control("GET", "operations", "") // held to the document
	played := contract.Default()
	all, err := k.Operations(t.Context())
	if err != nil || all.Title != played.Title || len(all.Operations) != len(played.Operations()) || len(all.Errors) != len(played.Errors()) {
		t.Fatalf("%s: %d operations, %d errors: %v", all.Title, len(all.Operations), len(all.Errors), err)
	}
	for i, op := range played.Operations() {
		got := all.Operations[i]
		if got.ID != op.ID || got.Method != op.Method || got.Path != op.Path || len(got.Codes) != len(played.Allowed(op)) {
			t.Errorf("%+v, want that of %s", got, op.ID)
		}
	}
}

func TestListLifecycles(t *testing.T) {
	c := start(t, fixed())
	c.control("GET", "lifecycles", "")
	kinds, err := (&control.Client{Base: c.url}).Lifecycles(t.Context())
	rt := contract.Default().Resources()[0]
	if err != nil || len(kinds) != 1 || kinds[0].Name != rt.Name || kinds[0].Drawing == nil {
		t.Fatalf("%+v %v", kinds, err)
	}
	kind := kinds[0]
	if len(kind.States) != len(rt.Lifecycle.States) || len(kind.Transitions) != len(rt.Lifecycle.Ways()) {
		t.Errorf("%d states, %d transitions", len(kind.States), len(kind.Transitions))
	}
	for _, s := range kind.States {
		if s.Transient != (rt.Lifecycle.Passage(s.Name) != nil) || s.Gone != (rt.Lifecycle.Gone == s.Name) {
			t.Errorf("%+v", s)
		}
	}
	labels := 0
	for _, l := range kind.Drawing.Lines {
		labels += len(l.Labels)
	}
	if labels != len(kind.Transitions) {
		t.Errorf("%d labels, want one for each of %d transitions", labels, len(kind.Transitions))
	}
	for _, f := range kind.Failing { // each may be asked for
		for _, code := range append([]string{""}, f.Codes...) {
			if _, err := (&control.Client{Base: c.url}).AddFailure(t.Context(), control.Failing{Event: f.Event, Code: code}); err != nil {
				t.Error(err)
			}
		}
	}
	if len(kind.Failing) == 0 {
		t.Error("nothing may fail")
	}
}

// The clock goes on from what it shows, at another pace, until a reset.
func TestSetSpeed(t *testing.T) {
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	c := start(t, mock.WithNow(func() time.Time { return at }))
	k := &control.Client{Base: c.url}
	clock, err := k.SetSpeed(t.Context(), 60)
	if err != nil || clock.Speed != 60 || !clock.Now.Equal(at) {
		t.Fatalf("%+v %v", clock, err)
	}
	at = at.Add(time.Second)
	if clock, err = k.SetSpeed(t.Context(), 0.5); err != nil || !clock.Now.Equal(at.Add(59*time.Second)) {
		t.Errorf("after a second: %+v %v", clock, err)
	}
	at = at.Add(2 * time.Second)
	if clock, err = k.Clock(t.Context()); err != nil || !clock.Now.Equal(at.Add(58*time.Second)) {
		t.Errorf("after two more: %+v %v", clock, err)
	}
	for _, body := range []string{`{"speed":0}`, `{"speed":-1}`, `{"speed":1000001}`, `{}`, `{"speed":1,"by":"1s"}`} {
		if a := c.do("PUT", "/_tally/clock/speed", body); a.status != 400 {
			t.Errorf("%s: %d %s", body, a.status, a.raw)
		}
	}
	if err := k.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if clock, err := k.Clock(t.Context()); err != nil || clock.Speed != 1 {
		t.Errorf("after a reset: %+v %v", clock, err)
	}
}

// A contract without resources has a dashboard too, and nothing in it fails.
func TestDashboardOfAnyContract(t *testing.T) {
	h, err := mock.New(plainContract(t))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c := &client{t, srv.URL, ""}
	if kinds := c.control("GET", "lifecycles", ""); kinds.raw != `{"kinds":[]}`+"\n" {
		t.Errorf("%s", kinds.raw)
	}
	if all := c.control("GET", "operations", ""); all.at("/operations/0/id") != "look" {
		t.Errorf("%s", all.raw)
	}
	data, err := (&control.Client{Base: c.url}).Dashboard(t.Context())
	if err != nil || !strings.Contains(string(data), "<title>Tallystick</title>") {
		t.Errorf("%s %v", data, err)
	}
}
