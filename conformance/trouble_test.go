package conformance_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// clockFrozen asks a mock whether its clock stands still.
func clockFrozen(t *testing.T, base string) bool {
	t.Helper()
	resp, err := http.Get(base + "/_tally/clock")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var clock struct{ Frozen *bool }
	if err := json.NewDecoder(resp.Body).Decode(&clock); err != nil || clock.Frozen == nil {
		t.Fatal(resp.Status, err)
	}
	return *clock.Frozen
}

// A ledger that cannot be made is an error of usage, before anything has happened to the target.
func TestLedgerCannotBeMade(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there.ledger")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, says := range map[string]string{there: "is there already", filepath.Join(dir, "no", "run.ledger"): "no such file"} {
		target := serve(t)
		_, err := conformance.Run(t.Context(), contract.Default(), target, conformance.WithLedger(file))
		if !errors.Is(err, conformance.ErrUsage) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", file, err)
		}
		if clockFrozen(t, target.URL) {
			t.Errorf("%s: the mock's clock stands still", file)
		}
	}
}

// A run that cannot begin leaves neither a ledger nor a clock that stands still.
func TestRunCannotBegin(t *testing.T) {
	target := serve(t)
	target.Second = &conformance.Credentials{Project: otherProject, Token: "wrong-token"}
	file := filepath.Join(t.TempDir(), "run.ledger")
	_, err := conformance.Run(t.Context(), contract.Default(), target, conformance.WithLedger(file))
	if !errors.Is(err, conformance.ErrCredentials) {
		t.Errorf("it ends with %v", err)
	}
	if clockFrozen(t, target.URL) {
		t.Error("the mock's clock stands still")
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the ledger is there: %v", err)
	}
}

// With a budget of one instance, what takes two is not claimed, and nothing is blamed.
func TestWholeBudgetOfOne(t *testing.T) {
	whole(t)
	t.Parallel()
	report := clean(t, serve(t), conformance.WithBudget(conformance.Budget{MaxInstances: 1}))
	if report.Peak != 1 {
		t.Errorf("%d instances were alive at once", report.Peak)
	}
	takes := ""
	for _, c := range report.NotClaimed {
		takes += c.Takes + "\n"
	}
	if !strings.Contains(takes, "a budget of 2 instances") {
		t.Errorf("not claimed: %q", takes)
	}
}

// issued is a token that a target gives out.
func issued(t *testing.T, base, user, password string) string {
	t.Helper()
	body := `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"` + user + `","password":"` + password + `","domain":{"name":"d"}}}},"scope":{"project":{"id":"` + project + `"}}}}`
	resp, err := http.Post(base+"/v3/auth/tokens", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Fatal(resp.Status)
	}
	return resp.Header.Get("X-Subject-Token")
}

// mockWith is a mock, over HTTP.
func mockWith(t *testing.T, auth mock.Auth) string {
	t.Helper()
	h, err := mock.New(contract.Default(), mock.WithAuth(auth))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// A token that the mock itself has issued outlives the run, and the clock goes on.
func TestWholeIssuedToken(t *testing.T) {
	whole(t)
	t.Parallel()
	base := mockWith(t, mock.Auth{})
	target := conformance.Target{URL: base, First: conformance.Credentials{Project: project, Token: issued(t, base, "me", "any")}}
	for range 2 {
		clean(t, target)
		listing(t, target)
		if clockFrozen(t, base) {
			t.Error("the mock's clock stands still")
		}
	}
}

// A user's tokens for both projects are taken anew when they have expired. A mock that takes any password is not
// asked to refuse one.
func TestWholeLoginForTwoProjects(t *testing.T) {
	whole(t)
	t.Parallel()
	login := &conformance.Login{User: "me", Password: "the-password", Domain: "d"}
	target := conformance.Target{URL: mockWith(t, mock.Auth{}), First: conformance.Credentials{Project: project, Login: login},
		Second: &conformance.Credentials{Project: otherProject, Login: login}}
	report := clean(t, target)
	for _, res := range report.Results {
		switch res.ID {
		case "createToken/security/credentials":
			if res.Takes != "a token service that knows its users" {
				t.Errorf("%s: %s, takes %q", res.ID, res.Verdict, res.Takes)
			}
		case "createToken/issues", "auth/security/expired":
			if res.Verdict != conformance.Pass {
				t.Errorf("%s: %s %s", res.ID, res.Verdict, res.Reason)
			}
		}
	}
}

// A mock that knows its users refuses the one that nobody has named. That is no finding, and a wrong password is
// judged when a user is given.
func TestMockWithUsers(t *testing.T) {
	t.Parallel()
	auth := mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}}, Users: []mock.User{{Name: "me", Password: "the-password"}}}
	filter := conformance.WithFilter([]string{"suite:auth", "operation:createToken"}, nil)
	report := clean(t, conformance.Target{URL: mockWith(t, auth), First: conformance.Credentials{Project: project, Token: "test-token"}}, filter)
	for _, res := range report.Results {
		if res.ID == "createToken/issues" && res.Takes != "user and password for the token service" {
			t.Errorf("%s: %s, takes %q", res.ID, res.Verdict, res.Takes)
		}
	}
	login := &conformance.Login{User: "me", Password: "the-password", Domain: "d"}
	report = clean(t, conformance.Target{URL: mockWith(t, auth), First: conformance.Credentials{Project: project, Login: login}}, filter)
	for _, res := range report.Results {
		if res.ID == "createToken/security/credentials" && res.Verdict != conformance.Pass {
			t.Errorf("%s: %s %s", res.ID, res.Verdict, res.Reason)
		}
	}
}

// created is what a target answers to a documented create under a name.
func created(t *testing.T, target conformance.Target, name string) {
	t.Helper()
	in, err := contract.Default().Operation("createInstance").DocumentedInput()
	if err == nil {
		in, err = in.Patched(map[string]any{"name": name}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, target.URL+"/v1/"+project+"/demanager/instances", bytes.NewReader(in.Body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Auth-Token", target.First.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s: %s", resp.Status, body)
	}
}

// What the project has already counts against its quota, and stays.
func TestProjectInUse(t *testing.T) {
	t.Parallel()
	target := serve(t)
	created(t, target, "somebody-else")
	clean(t, target, conformance.WithFilter([]string{"createInstance/quota", "Instance/race/quota", "createInstance/unique"}, nil))
	if !strings.Contains(listing(t, target), "somebody-else") {
		t.Error("the instance that was there has gone")
	}
}

// between is a target with something before it that may answer in its place: false hands the request on.
func between(t *testing.T, inner conformance.Target, f func(w http.ResponseWriter, r *http.Request, body []byte, on func() *httptest.ResponseRecorder) bool) conformance.Target {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		on := func() *httptest.ResponseRecorder {
			req, err := http.NewRequest(r.Method, inner.URL+r.URL.RequestURI(), bytes.NewReader(body))
			if err != nil {
				t.Error(err)
			}
			req.Header = r.Header.Clone()
			answer := httptest.NewRecorder()
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				answer.WriteHeader(http.StatusBadGateway)
				return answer
			}
			defer resp.Body.Close()
			for name, values := range resp.Header {
				answer.Header()[name] = values
			}
			answer.WriteHeader(resp.StatusCode)
			_, _ = io.Copy(answer, resp.Body)
			return answer
		}
		if f(w, r, body, on) {
			return
		}
		answer := on()
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(srv.Close)
	outer := inner
	outer.URL = srv.URL
	return outer
}

// A create that goes through although the answer denies it, or says nothing, leaves nothing.
func TestCreateDenied(t *testing.T) {
	t.Parallel()
	for name, deny := range map[string]func(http.ResponseWriter){
		"gateway timeout": func(w http.ResponseWriter) { w.WriteHeader(http.StatusGatewayTimeout) },
		"no id":           func(w http.ResponseWriter) { _, _ = io.WriteString(w, "{}") },
		"refusal": func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error_code":"x"}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inner := other(t)
			target := between(t, inner, func(w http.ResponseWriter, r *http.Request, _ []byte, on func() *httptest.ResponseRecorder) bool {
				if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/instances") {
					return false
				}
				on()
				deny(w)
				return true
			})
			report, err := conformance.Run(t.Context(), contract.Default(), target, conformance.WithFilter([]string{"Instance/agree", "Instance/deleted", "createInstance/accept/*"}, nil))
			if err != nil {
				t.Fatal(err)
			}
			if left := listing(t, inner); strings.Contains(left, `"tally-`) || len(report.Leftovers) > 0 {
				t.Errorf("left on the target: %s; the report has %v", left, report.Leftovers)
			}
		})
	}
}

// The refused creates of this check ask for names of the run, and the ledger has them.
func TestRefusalsAreOurs(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	names := map[string]bool{}
	target := between(t, other(t), func(_ http.ResponseWriter, r *http.Request, body []byte, _ func() *httptest.ResponseRecorder) bool {
		var sent struct{ Name any }
		if r.Method == http.MethodPost && json.Unmarshal(body, &sent) == nil {
			if name, ok := sent.Name.(string); ok {
				mu.Lock()
				names[name] = true
				mu.Unlock()
			}
		}
		return false
	})
	file := filepath.Join(t.TempDir(), "run.ledger")
	clean(t, target, conformance.WithFilter([]string{"Instance/refusal-leaves-nothing"}, nil), conformance.WithLedger(file))
	ledger, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	ours := 0
	for name := range names {
		if strings.HasPrefix(name, "tally-") {
			ours++
		}
		quoted, _ := json.Marshal(name)
		if name != "" && !bytes.Contains(ledger, append([]byte(`"plan":`), quoted...)) {
			t.Errorf("the ledger does not have %q", name)
		}
	}
	if ours < 20 || len(names)-ours > 30 {
		t.Errorf("%d of %d names are of the run", ours, len(names))
	}
}

// A target that asks for fewer calls is given the time that it asks for.
func TestThrottled(t *testing.T) {
	t.Parallel()
	var refusal *contract.Refusal
	for _, p := range contract.Default().Probes() {
		if p.Kind == contract.ProbeWire && p.Condition == "rate" {
			refusal = p.Refusals[0]
		}
	}
	body, err := json.Marshal(contract.Default().Body(refusal, "too many calls"))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	n := 0
	target := between(t, other(t), func(w http.ResponseWriter, _ *http.Request, _ []byte, _ func() *httptest.ResponseRecorder) bool {
		mu.Lock()
		defer mu.Unlock()
		if n++; n%10 < 8 {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(refusal.Error.Status)
		_, _ = w.Write(body)
		return true
	})
	clean(t, target, conformance.WithFilter([]string{"Instance/agree", "Instance/deleted", "Instance/race/same-name"}, nil))
}

// A target that refuses every call for their number is not waited for again and again.
func TestThrottledForEver(t *testing.T) {
	t.Parallel()
	var refusal *contract.Refusal
	for _, p := range contract.Default().Probes() {
		if p.Kind == contract.ProbeWire && p.Condition == "rate" {
			refusal = p.Refusals[0]
		}
	}
	body, _ := json.Marshal(contract.Default().Body(refusal, ""))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(refusal.Error.Status)
		_, _ = w.Write(body)
	}))
	t.Cleanup(srv.Close)
	report, err := conformance.Run(t.Context(), contract.Default(), conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Token: "test-token"}},
		conformance.WithFilter([]string{"createInstance/*"}, nil), conformance.WithBudget(conformance.Budget{WaitMax: time.Second}))
	if err != nil || report.Verdict != conformance.Findings {
		t.Fatalf("%v %+v", err, report)
	}
	if took := time.Duration(report.Took); report.Exchanges > 2000 || took > 5*time.Minute {
		t.Errorf("%d exchanges in %v", report.Exchanges, took)
	}
}
