package conformance_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// A target that has gone is not blamed for what it could not answer: the run is partial, and says so.
func TestTargetGone(t *testing.T) {
	t.Parallel()
	h, err := mock.New(contract.Default(), mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}}}))
	if err != nil {
		t.Fatal(err)
	}
	var seen atomic.Int32
	gone := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1) == 400 {
			close(gone)
			panic(http.ErrAbortHandler) // the last one is broken off
		}
		h.ServeHTTP(w, r)
	}))
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		<-gone
		srv.Listener.Close()
		srv.CloseClientConnections()
	}()
	report, err := conformance.Run(t.Context(), contract.Default(), conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Token: "test-token"}})
	<-closed
	srv.Close()
	if err != nil {
		t.Fatal(err)
	}
	if report.Verdict != conformance.Partial || len(report.Findings) > 0 {
		t.Errorf("%s %+v, findings %+v", report.Verdict, report.Counts, report.Findings)
	}
	if !strings.Contains(strings.Join(report.Notes, "\n"), "nobody listens at the target's address any more") {
		t.Errorf("notes %q", report.Notes)
	}
}

// A run that is interrupted before its first check says so, whatever it was doing.
func TestInterruptedEarly(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	t.Cleanup(srv.Close)
	for _, control := range []bool{true, false} {
		_, err := conformance.Run(ctx, contract.Default(), conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Token: "test-token"}}, conformance.WithControl(control))
		if !errors.Is(err, conformance.ErrInterrupted) || errors.Is(err, conformance.ErrUnreachable) {
			t.Errorf("control %v: %v", control, err)
		}
	}
}

// What is no token service is not said to refuse credentials; what is one may do so in any form.
func TestNoTokenService(t *testing.T) {
	for _, c := range []struct {
		status int
		media  string
		body   string
		want   error
	}{
		{501, "text/html", "<html>Unsupported method</html>", conformance.ErrUnreachable},
		{404, "text/html", "<html>Not Found</html>", conformance.ErrUnreachable},
		{404, "application/json", "{}", conformance.ErrUnreachable},
		{200, "text/html", "<html>Welcome</html>", conformance.ErrUnreachable},
		{503, "application/json", `{"error":{"code":503}}`, conformance.ErrUnreachable},
		{401, "text/plain", "no", conformance.ErrCredentials},
		{401, "application/json", `{"error":{"code":401}}`, conformance.ErrCredentials},
		{400, "application/json", `{"error":{"code":400}}`, conformance.ErrCredentials},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.media)
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		t.Cleanup(srv.Close)
		login := &conformance.Login{User: "me", Password: "the-password", Domain: "d"}
		_, err := conformance.Run(t.Context(), contract.Default(), conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Login: login}})
		if !errors.Is(err, c.want) {
			t.Errorf("%d %s: %v, want %v", c.status, c.body, err, c.want)
		}
	}
}

// A token that cannot stand in a header is an error of usage.
func TestTokenForHeader(t *testing.T) {
	for _, token := range []string{"one\ntwo", "one\r", "\x00", "\x7f"} {
		target := conformance.Target{URL: "http://127.0.0.1:1", First: conformance.Credentials{Project: project, Token: token}}
		if _, err := conformance.Run(t.Context(), contract.Default(), target); !errors.Is(err, conformance.ErrUsage) || strings.Contains(err.Error(), token) {
			t.Errorf("%q: %v", token, err)
		}
		target.First.Token, target.Second = "good", &conformance.Credentials{Project: otherProject, Token: token}
		if _, err := conformance.Run(t.Context(), contract.Default(), target); !errors.Is(err, conformance.ErrUsage) {
			t.Errorf("second %q: %v", token, err)
		}
	}
}

// In process, too, the control API of a mock is found, and a token service elsewhere can be asked.
func TestInProcess(t *testing.T) {
	t.Parallel()
	h, err := mock.New(contract.Default(), mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}}}))
	if err != nil {
		t.Fatal(err)
	}
	filter := conformance.WithFilter([]string{"Instance/agree", "createInstance/quota"}, nil)
	report := clean(t, conformance.Target{Serve: h, First: conformance.Credentials{Project: project, Token: "test-token"}}, filter)
	if !report.Control {
		t.Error("the control API is not found")
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), project) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("X-Subject-Token", "test-token")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(srv.Close)
	login := &conformance.Login{URL: srv.URL, User: "me", Password: "the-password", Domain: "d"}
	clean(t, conformance.Target{Serve: h, First: conformance.Credentials{Project: project, Login: login}}, filter)
}

// What cannot be removed from the other project is still in the ledger, as that project's, and is removed with
// credentials for that one.
func TestOtherProjectIsNotForgotten(t *testing.T) {
	t.Parallel()
	inner := other(t)
	var deaf atomic.Bool
	deaf.Store(true)
	target := between(t, inner, func(w http.ResponseWriter, r *http.Request, _ []byte, _ func() *httptest.ResponseRecorder) bool {
		if !deaf.Load() || r.Header.Get("X-Auth-Token") != "other-token" || r.Method != http.MethodDelete {
			return false
		}
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, "{}")
		return true
	})
	file := filepath.Join(t.TempDir(), "run.ledger")
	report, err := conformance.Run(t.Context(), contract.Default(), target, conformance.WithLedger(file), conformance.WithFilter([]string{"Instance/tenancy/same-name"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Leftovers) != 1 {
		t.Fatalf("left %v, notes %v", report.Leftovers, report.Notes)
	}
	deaf.Store(false)
	alone := target
	alone.Second = nil
	removed, left, err := conformance.Cleanup(t.Context(), contract.Default(), alone, file)
	if len(removed) != 0 || len(left) != 1 || err == nil || !strings.Contains(err.Error(), otherProject) {
		t.Errorf("without credentials: removed %v, left %v, %v", removed, left, err)
	}
	removed, left, err = conformance.Cleanup(t.Context(), contract.Default(), target, file)
	if len(removed) != 1 || len(left) != 0 || err != nil {
		t.Errorf("with credentials: removed %v, left %v, %v", removed, left, err)
	}
	theirs := inner
	theirs.First.Token = "other-token"
	req, _ := http.NewRequest(http.MethodGet, inner.URL+"/v1/"+otherProject+"/demanager/instances?de_type=Notebook", nil)
	req.Header.Set("X-Auth-Token", "other-token")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || strings.Contains(string(body), "tally-") {
		t.Errorf("%s %s", resp.Status, body)
	}
}

// A few instances that cannot be deleted use the budget up; nothing is created beyond it.
func TestUndeletable(t *testing.T) {
	t.Parallel()
	var creates, deletes atomic.Int32
	target := between(t, other(t), func(w http.ResponseWriter, r *http.Request, _ []byte, _ func() *httptest.ResponseRecorder) bool {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/instances") {
			creates.Add(1)
		}
		if r.Method != http.MethodDelete {
			return false
		}
		deletes.Add(1)
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, "{}")
		return true
	})
	report, err := conformance.Run(t.Context(), contract.Default(), target, conformance.WithBudget(conformance.Budget{MaxInstances: 3}),
		conformance.WithFilter([]string{"Instance/deleted", "Instance/created-never-moves", "suite:list"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if report.Peak > 3 || creates.Load() > 3 || deletes.Load() > 500 {
		t.Errorf("%d creates, %d deletes, %d alive at once, left %v", creates.Load(), deletes.Load(), report.Peak, report.Leftovers)
	}
}
