package mock_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/internal/probing"
)

// TestProbes sends every probe that the contract yields, and holds the mock to the contract's own answer:
// status, code and message of a refusal, the state after an acceptance. So every code that can be provoked
// is provoked, and every cell of the state × event grid is walked.
func TestProbes(t *testing.T) {
	c := start(t, fixed(), mock.WithWorld(mock.World{RateLimit: mock.RateLimit{Calls: 1000, Window: "hour"}}),
		mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}, {Value: "other-token", Project: other}},
			Keys: []mock.Key{{Access: "TESTKEY", Secret: "test-secret"}}, Users: []mock.User{{Name: "user_name"}, {Name: "ops", Password: "pw"}}}))
	provoked, cells := map[string]bool{}, map[string]bool{}
	probes, ran := contract.Default().Probes(), 0
	for i := range probes {
		p := &probes[i]
		t.Run(p.ID, func(t *testing.T) {
			ran++
			run := &probeRun{client: &client{t, c.url, "test-token"}, probe: p}
			run.control("POST", "reset", "")
			run.judge(run.send())
			if t.Failed() {
				return
			}
			if p.Refuses() {
				provoked[p.Refusals[0].Error.Ref] = true
			}
			if p.Kind == contract.ProbeCell && p.Setup.State != "" {
				cells[strings.Join(strings.Split(p.ID, "/")[1:3], "/")] = true
			}
		})
	}
	if ran < len(probes) {
		t.Skipf("%d of %d probes ran: whether they cover the contract cannot be told", ran, len(probes))
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

// send brings the probe about and gives the answer to it. What it takes before has to succeed.
func (r *probeRun) send() answer {
	r.t.Helper()
	var last answer
	p := probing.Prober{Contract: contract.Default(), URL: r.url, Tenant: project, Token: r.token, Foreign: "other-token", Key: probing.Key{ID: "TESTKEY", Secret: "test-secret"}, Limit: 1000,
		Logins: map[string]string{"expired": login("ops", "pw", `{"project":{"name":"`+project+`"}}`), "unscoped": login("ops", "pw", ""),
			"credentials": login("ops", "wrong", "")},
		Send: func(req *http.Request) probing.Answer {
			if last.status >= 300 && r.probe.Condition != "locked" { // which takes failures
				r.t.Fatalf("on the way: %d %s", last.status, last.raw)
			}
			last = r.client.send(req)
			return probing.Answer{Status: last.status, Header: last.header, Body: []byte(last.raw)}
		}}
	if _, key := p.Run(r.probe); key != "" {
		r.path = instances + "/" + key
	}
	return last
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
	if len(messages) != 1 || (messages[0] != want.Message() && (want.Args != nil || !want.Says(messages[0]))) {
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
