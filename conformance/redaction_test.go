package conformance_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// A target that throws the credentials back, wherever it can, finds them in no report.
func TestReportHasNoSecrets(t *testing.T) {
	const token = "a-token-that-nobody-may-see"
	var count atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := count.Add(1)
		if n%7 == 0 { // so that the client's own words hold it
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 "+token+"\r\n\r\n")
				_ = conn.Close()
			}
			return
		}
		w.Header().Set("Content-Type", "application/json; note="+token)
		w.WriteHeader([]int{200, 400, 409}[n%3])
		_, _ = fmt.Fprintf(w, `{"error_code":%q,"error_msg":"no %s","id":%q,"status":%q,"n":%d}`, token, token, token, token, n)
	}))
	defer srv.Close()
	report, err := conformance.Run(t.Context(), contract.Default(), conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Token: token}},
		conformance.WithFilter([]string{"suite:auth", "suite:schema", "suite:list", "suite:example", "suite:response"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Findings) == 0 {
		t.Fatalf("no findings: %+v", report.Counts)
	}
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	if i := strings.Index(string(text), token); i >= 0 {
		t.Errorf("%d times, first in %s", strings.Count(string(text), token), text[max(0, i-300):i+100])
	}
}

// A short password is not shown either: not alone, and not as the beginning of another.
func TestShortPasswordIsNotShown(t *testing.T) {
	auth := mock.WithAuth(mock.Auth{Users: []mock.User{{Name: "me", Password: "any"}}})
	h, err := mock.New(contract.Default(), auth)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	defer srv.Close()
	var recorded strings.Builder
	report, err := conformance.Run(t.Context(), contract.Default(), conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project,
		Login: &conformance.Login{User: "me", Password: "any", Domain: "D"}}}, conformance.WithFilter([]string{"operation:createToken"}, nil),
		conformance.WithRecord(func(e conformance.Exchange) { recorded.WriteString(e.RequestBody + e.ResponseBody + "\n") }))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, leak := range []string{"any-wrong", `"any"`, `\"any\"`} {
		if strings.Contains(recorded.String(), leak) || strings.Contains(string(text), leak) {
			t.Errorf("%s is shown:\n%s", leak, recorded.String())
		}
	}
	if !strings.Contains(recorded.String(), `"password":"REDACTED"`) {
		t.Errorf("no password was sent:\n%s", recorded.String())
	}
}

// A list that is not found is no list: the address is wrong, and nothing is checked.
func TestWrongPathIsNotTheService(t *testing.T) {
	target := serve(t)
	target.URL += "/v1"
	_, err := conformance.Run(t.Context(), contract.Default(), target)
	if !errors.Is(err, conformance.ErrUnreachable) || !strings.Contains(err.Error(), "this is not the address of the service") {
		t.Errorf("%v", err)
	}
}
