package conformance_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

var authorization = regexp.MustCompile(`^SDK-HMAC-SHA256 Access=(\w+), SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$`)

// verified tells whether a request is signed with a secret, worked out anew from what came over the wire. It
// knows the requests of this test only: their paths and queries need no escaping.
func verified(r *http.Request, body []byte, secret string) bool {
	m := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		return false
	}
	headers := ""
	for name := range strings.SplitSeq(m[2], ";") {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		headers += name + ":" + value + "\n"
	}
	digest := func(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }
	canonical := r.Method + "\n" + r.URL.Path + "/\n" + r.URL.Query().Encode() + "\n" + headers + "\n" + m[2] + "\n" + digest(body)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("SDK-HMAC-SHA256\n" + r.Header.Get("X-Sdk-Date") + "\n" + digest([]byte(canonical))))
	return m[1] == "KEY" && hex.EncodeToString(mac.Sum(nil)) == m[3]
}

// A run with nothing but an access key passes on a mock that knows the key, those checks included that are about
// signatures; and so does one that signs beside its token.
func TestMockWithKey(t *testing.T) {
	t.Parallel()
	auth := mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}}, Keys: []mock.Key{{Access: "KEY", Secret: "the-secret"}}})
	for name, token := range map[string]string{"alone": "", "beside a token": "test-token"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target, opts := serve(t, auth), []conformance.Option{conformance.WithFilter([]string{"suite:auth"}, nil)}
			target.First = conformance.Credentials{Project: project, Token: token, Key: &conformance.AccessKey{ID: "KEY", Secret: "the-secret"}}
			if token == "" {
				opts = nil
			}
			passed := map[string]bool{}
			for _, res := range clean(t, target, opts...).Results {
				passed[res.ID] = res.Verdict == conformance.Pass
			}
			for _, id := range []string{"security/signature", "security/stale", "security/locked", "security/unknown-key"} {
				if !passed[id] {
					t.Errorf("%s is not passed", id)
				}
			}
		})
	}
}

// With an access key every request is signed, and the secret is nowhere to be seen.
func TestAccessKey(t *testing.T) {
	h, err := mock.New(contract.Default(), mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "inner", Project: project}}}))
	if err != nil {
		t.Fatal(err)
	}
	var signed atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if verified(r, body, "the-secret") {
			signed.Add(1)
			r.Header.Set("X-Auth-Token", "inner")
		}
		r.Header.Del("Authorization")
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	target := conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Key: &conformance.AccessKey{ID: "KEY", Secret: "the-secret"}}}
	said := ""
	report := clean(t, target, conformance.WithFilter([]string{"suite:list", "suite:lifecycle"}, nil),
		conformance.WithRecord(func(e conformance.Exchange) { said += fmt.Sprint(e) }))
	if int(signed.Load()) < report.Counts.Passed {
		t.Errorf("%d of %d requests were signed", signed.Load(), report.Exchanges)
	}
	if said == "" || strings.Contains(said, "the-secret") {
		t.Error("the recording is empty or holds the secret")
	}
	target.First.Key.Secret = "another"
	if _, err := conformance.Run(t.Context(), contract.Default(), target); err == nil || strings.Contains(err.Error(), "another") {
		t.Errorf("with a wrong secret: %v", err)
	}
}
