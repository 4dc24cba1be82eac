package mock_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// TestProbes sends every probe that the contract yields, and holds the mock to the contract's own answer:
// status, code and message of a refusal, the state after an acceptance. So every code that can be provoked
// is provoked, and every cell of the state × event grid is walked.
func TestProbes(t *testing.T) {
	c := start(t, fixed(), mock.WithWorld(mock.World{RateLimit: mock.RateLimit{Calls: 1000, Window: "hour"}}),
		mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}, {Value: "other-token", Project: other}},
			Users: []mock.User{{Name: "user_name"}, {Name: "ops", Password: "pw"}}}))
	provoked, cells := map[string]bool{}, map[string]bool{}
	probes := contract.Default().Probes()
	for i := range probes {
		p := &probes[i]
		t.Run(p.ID, func(t *testing.T) {
			run := &probeRun{client: &client{t, c.url, "test-token"}, probe: p}
			run.control("POST", "reset", "")
			run.judge(run.send())
		})
		if p.Refuses() {
			provoked[p.Refusals[0].Error.Ref] = true
		}
		if p.Kind == contract.ProbeCell && p.Setup.State != "" {
			cells[strings.Join(strings.Split(p.ID, "/")[1:3], "/")] = true
		}
	}
	for _, e := range contract.Default().Errors() {
		if reachable := slices.Contains([]contract.Provocation{contract.ByRequest, contract.ByTiming, contract.ByState}, e.Provoke); reachable && !provoked[e.Ref] {
			t.Errorf("%s is provoked by %s, but no probe did", e.Ref, e.Provoke)
		}
	}
	kind := contract.Default().Resources()[0]
	if want := len(kind.Lifecycle.States) * len(kind.Events()); want == 0 || len(cells) != want {
		t.Errorf("%d cells of the grid were walked, want %d", len(cells), want)
	}
	t.Logf("%d probes, %d codes provoked, %d cells walked", len(probes), len(provoked), len(cells))
}

// probeRun is one probe on its way through a mock.
type probeRun struct {
	*client
	probe *contract.Probe
	path  string // of the resource it is about; "" when there is none
}

func (r *probeRun) send() answer {
	p := r.probe
	switch p.Kind {
	case contract.ProbeWire:
		return r.sendWire()
	case contract.ProbeSecurity:
		return r.sendSecurity()
	}
	r.setUp()
	return r.client.send(r.build())
}

// setUp brings about what must be true before the probe.
func (r *probeRun) setUp() {
	p := r.probe
	r.t.Helper()
	effect := p.Operation.Effect
	creates := effect != nil && effect.Do == contract.Create
	if creates {
		r.patchCatalogue()
	}
	if effect != nil && effect.Key != "" && !p.Setup.Unknown {
		create := effect.Resource.Create
		in, err := create.DocumentedInput()
		if err == nil {
			in, err = in.Patched(p.Setup.Create, nil)
		}
		if err != nil {
			r.t.Fatal(err)
		}
		r.path = r.create(string(in.Body))
		if p.Setup.State != "" {
			r.force(r.path, p.Setup.State)
		}
	}
	if !creates {
		r.patchCatalogue()
	}
	if p.Setup.Twice {
		r.client.send(r.build())
	}
	for i := 0; p.Setup.Full && i < effect.Quota.Default; i++ {
		r.create(notebook(fmt.Sprint("filler-", i)))
	}
	if p.Setup.Given != "" {
		r.control("PUT", "given/"+p.Setup.Given, "")
	}
}

func (r *probeRun) patchCatalogue() {
	for entry, patch := range r.probe.Setup.Catalogue {
		data, err := json.Marshal(patch)
		if err != nil {
			r.t.Fatal(err)
		}
		schema, key, _ := strings.Cut(entry, "/")
		r.control("PATCH", "catalogue/"+schema+"/"+url.PathEscape(key), string(data))
	}
}

// build makes the request of the probe's input.
func (r *probeRun) build() *http.Request {
	p := r.probe
	path := p.Operation.Path
	for name, value := range p.Input.Path {
		switch {
		case value != "":
		case p.Operation.Effect != nil && name == p.Operation.Effect.Tenant:
			value = project
		case r.path != "":
			value = r.path[len(instances)+1:]
		default:
			value = "6fa459ea-ee8a-3ca4-894e-db77e160355e"
		}
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	if q := p.Input.Query.Encode(); q != "" {
		path += "?" + q
	}
	req := r.request(p.Operation.Method, path, string(p.Input.Body))
	req.Header.Del("Content-Type")
	if p.Input.ContentType != "" {
		req.Header.Set("Content-Type", p.Input.ContentType)
	}
	return req
}

func (r *probeRun) sendWire() answer {
	list := r.request("GET", instances+"?de_type=Notebook", "")
	switch r.probe.Condition {
	case "route":
		return r.do("GET", "/nowhere", "")
	case "method":
		return r.do("PATCH", instances, "")
	case "uri-size":
		return r.do("GET", instances+"/"+strings.Repeat("x", 33<<10), "")
	case "header-size":
		list.Header.Set("X-Long", strings.Repeat("x", 33<<10))
	case "entity-size":
		req, err := http.NewRequest("POST", r.url+instances, bytes.NewReader(make([]byte, 12<<20+1)))
		if err != nil {
			r.t.Fatal(err)
		}
		req.Header.Set("X-Auth-Token", r.token)
		return r.client.send(req)
	case "rate":
		for range 1000 {
			r.must("GET", instances+"?de_type=Notebook&limit=1", "")
		}
	default:
		r.t.Fatalf("no way to bring about %q", r.probe.Condition)
	}
	return r.client.send(list)
}

func (r *probeRun) sendSecurity() answer {
	authorization := ""
	switch r.probe.Condition {
	case "absent":
		r.token = ""
	case "garbage":
		r.token = "no token at all"
	case "damaged":
		r.token = r.token[:len(r.token)-2]
	case "expired":
		r.login(`{"project":{"name":"` + project + `"}}`)
		r.advance("24h")
	case "unscoped":
		r.login("")
	case "foreign":
		r.token = "other-token"
	case "unknown-key":
		r.token, authorization = "", "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=00"
	case "scheme":
		r.token, authorization = "", "Basic dTpw"
	case "credentials":
		r.token = ""
		return r.do("POST", "/v3/auth/tokens", login("ops", "wrong", ""))
	default:
		r.t.Fatalf("no way to bring about %q", r.probe.Condition)
	}
	req := r.build()
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	return r.client.send(req)
}

// judge holds an answer to the contract's own.
func (r *probeRun) judge(a answer) {
	p := r.probe
	r.t.Helper()
	if !p.Refuses() {
		if a.status >= 300 {
			r.t.Errorf("refused: %d %s, want acceptance", a.status, a.raw)
		} else if len(p.States) > 0 {
			r.wantState(a, p.States[0])
		}
		return
	}
	want := p.Refusals[0]
	_, messages := contract.Default().ErrorIn(any(a.body))
	if a.status != want.Error.Status || (want.Error.Body != "identity" && a.code() != want.Error.Code) {
		r.t.Errorf("got %d %s, want %d %s", a.status, a.raw, want.Error.Status, want.Error.Ref)
	}
	if !slices.Equal(messages, []string{want.Message()}) {
		r.t.Errorf("got message %q, want %q", messages, want.Message())
	}
	if r.path != "" && p.Setup.State != "" && p.Setup.Given == "" {
		r.wantState(answer{}, p.Setup.State)
	}
}

// wantState checks the state of the probe's resource as a client sees it.
func (r *probeRun) wantState(a answer, want string) {
	r.t.Helper()
	lifecycle := contract.Default().Resources()[0].Lifecycle
	switch path := r.path; {
	case want == lifecycle.Gone:
		r.refused("GET", path, "", 400, "ModelArts.6309")
	case path == "":
		if a.at("/status") != want {
			r.t.Errorf("status %v, want %s", a.at("/status"), want)
		}
	default:
		r.wantStatus(path, want)
	}
}
