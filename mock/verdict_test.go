package mock_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// only waits for the one request of the journal: a client may see a connection end before the handler has ended.
func only(t *testing.T, k *control.Client) control.Request {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		got, err := k.Requests(t.Context(), control.Filter{Newest: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Requests) > 0 {
			return got.Requests[0]
		}
	}
	t.Fatal("the journal has no request")
	return control.Request{}
}

// Nobody calls a request valid that was not read.
func TestVerdictOfFaults(t *testing.T) {
	const nonsense = `{"nonsense":`
	for _, row := range []struct{ spec, body, verdict, text string }{
		{"createInstance:drop", nonsense, control.Unread, "not read, since a fault struck first"},
		{"createInstance:status=200", nonsense, control.Unread, "not read, since a fault struck first"},
		{"createInstance:status=503", nonsense, control.Unread, "not read, since a fault struck first"},
		{"createInstance:code=ModelArts.6101", nonsense, control.Unread, "not read, since a fault struck first"},
		{"createInstance:drop:after", notebook("a"), control.Valid, "conforms"},
		{"createInstance:latency=1ms", notebook("a"), control.Valid, "conforms"},
		{"createInstance:latency=1ms", `{"name":"a"}`, control.Invalid, ""},
		{"createInstance:rate=100000", notebook("a"), control.Valid, "bytes in "},
	} {
		c := start(t, mock.WithFaults(row.spec))
		k := &control.Client{Base: c.url}
		resp, err := http.DefaultClient.Do(c.request("POST", instances, row.body))
		if err == nil {
			_ = resp.Body.Close()
		}
		r := only(t, k)
		x, err := k.Explain(t.Context(), r.ID)
		if err != nil || r.Verdict != row.verdict || !strings.Contains(x.String(), row.text) || strings.Contains(x.String(), "refused before it was read") {
			t.Errorf("%s: %s, want %s; %v\n%s", row.spec, r.Verdict, row.verdict, err, x)
		}
		if n, err := k.CountRequests(t.Context(), control.Filter{Verdict: row.verdict}); err != nil || n.Count == 0 {
			t.Errorf("%s: counted %+v %v", row.spec, n, err)
		}
		c.control("GET", "requests/"+r.ID+"/explain", "")
	}
}

// A mock that hangs up while an answer is held back for a fault has its request in the journal all the same.
func TestDropBesideFault(t *testing.T) {
	c := start(t, mock.WithFaults("createInstance:status=500:after"), mock.WithTampering(mock.Tampering{Answer: func(a *mock.Answer) { a.Drop = true }}))
	if resp, err := http.DefaultClient.Do(c.request("POST", instances, notebook("a"))); err == nil {
		_ = resp.Body.Close()
		t.Errorf("an answer came: %d", resp.StatusCode)
	}
	if r := only(t, &control.Client{Base: c.url}); r.Status != 0 || r.Operation != "createInstance" {
		t.Errorf("%+v", r)
	}
}

// Requests that were refused before anybody looked for their operation have one all the same.
func TestExplainedBeforeRouting(t *testing.T) {
	for name, headers := range map[string]map[string]string{
		"too large": {"X-Big": strings.Repeat("x", 40_000)},
		"sandbox":   {control.SandboxHeader: "a b"},
	} {
		c := start(t)
		k := &control.Client{Base: c.url}
		for _, at := range []struct{ path, operation string }{{instances, "listInstances"}, {"/prefix" + instances, "listInstances"}, {"/nowhere", ""}} {
			req := c.request("GET", at.path, "")
			for header, value := range headers {
				req.Header.Set(header, value)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			x, err := k.Explain(t.Context(), resp.Header.Get(control.RequestHeader))
			if err != nil {
				t.Fatal(err)
			}
			matched := x.Operation != nil && x.Operation.ID == at.operation
			if matched != (at.operation != "") || (matched && (len(x.Near) > 0 || x.Request.Verdict != control.Refused || !strings.Contains(x.String(), "refused before it was read"))) || len(x.Broken) > 0 {
				t.Errorf("%s, %s: %s\n%s", name, at.path, x.Request.Verdict, x)
			}
		}
		a := c.do("GET", "/prefix"+instances, "") // no route of the mock
		if x, err := k.Explain(t.Context(), a.header.Get(control.RequestHeader)); err != nil || x.Operation != nil || len(x.Near) == 0 {
			t.Errorf("%v\n%s", err, x)
		}
	}
}

// A body that was cut within a secret does not show the beginning of it.
func TestCutSecret(t *testing.T) {
	const secret = "Hunter2-Secret-99x"
	c := start(t)
	k := &control.Client{Base: c.url}
	c.do("POST", "/v3/auth/tokens", `{"password":"a\"`+secret+`\"`+strings.Repeat("y", 66_000)+`"}`)
	id := only(t, k).ID
	har, err := k.HAR(t.Context(), control.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(har), c.control("GET", "requests/"+id, "").raw, c.control("GET", "requests/"+id+"/explain", "").raw} {
		if strings.Contains(text, secret) || !strings.Contains(text, "tokens") {
			t.Errorf("%.2000s", text)
		}
	}
}

// No fault can be planted that would show a secret to whoever lists it.
func TestFaultsShowNoSecret(t *testing.T) {
	c := start(t)
	for _, spec := range []string{"*:header.X-Security-Token", "*:header.cookie", "*:header.Set-Cookie", "*:header.authorization", "*:header.Proxy-Authorization",
		"*:header.X-Api-Key", "*:header.x-AUTH-token", "*:query.Password", "*:query.token", "createToken:body./auth/identity/password/user/Password",
		"createToken:body./auth/identity/token/id", "createToken:body./auth/credentials/name"} {
		if a := c.do("POST", "/_tally/faults", `{"spec":"`+spec+`=SECRETVALUE1:status=500"}`); a.status == 200 || !strings.Contains(a.raw, "holds secrets") {
			t.Errorf("%s: %d %s", spec, a.status, a.raw)
		}
	}
	if a := c.do("GET", "/_tally/snapshot", ""); strings.Contains(a.raw, "SECRETVALUE1") {
		t.Errorf("the snapshot has it: %s", a.raw)
	}
	for _, spec := range []string{"*:header.User-Agent", "*:query.de_type", "createInstance:body./name", "createInstance:body./spec/storage/type", "createToken:body./auth/identity/password/user/name"} {
		c.control("POST", "faults", `{"spec":"`+spec+`=x:status=500"}`)
	}
}
