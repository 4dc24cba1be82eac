package mock_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/signing"
	"github.com/tallystick/tallystick/mock"
)

// atStart is what the fixed clock shows.
var atStart = time.Date(2020, 7, 16, 8, 22, 29, 0, time.UTC)

const keySecret = "the-secret-of-the-key"

// signer is a client that signs, with a key that the mock knows.
type signer struct {
	*client
	id, secret string
	now        time.Time
}

func startSigned(t *testing.T, opts ...mock.Option) *signer {
	t.Helper()
	keys := []mock.Key{{Access: "KEY", Secret: keySecret}, {Access: "ONE", Secret: "one-secret", Project: project},
		{Access: "BRIEF", Secret: "brief-secret", SecurityToken: "brief-token"}}
	c := start(t, append([]mock.Option{fixed(), mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}}, Keys: keys})}, opts...)...)
	c.token = ""
	return &signer{c, "KEY", keySecret, atStart}
}

// signed is a signed request, and change what becomes of it on its way.
func (s *signer) signed(method, path, body string, change ...func(*http.Request)) answer {
	s.t.Helper()
	req := s.request(method, path, body)
	signing.Sign(req, []byte(body), s.id, s.secret, s.now)
	for _, c := range change {
		c(req)
	}
	return s.send(req)
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func TestSignedLife(t *testing.T) {
	s := startSigned(t)
	made := s.signed("POST", instances, notebook("a"))
	if made.status != 200 {
		t.Fatalf("create: %d %s", made.status, made.raw)
	}
	id, _ := made.at("/id").(string)
	for _, call := range []struct{ method, path, body string }{
		{"GET", instances + "?sortby=name&de_type=Notebook&order=desc", ""},
		{"GET", instances + "/" + id, ""},
		{"PUT", instances + "/" + id, `{"description": "größer"}`},
	} {
		if a := s.signed(call.method, call.path, call.body); a.status != 200 {
			t.Errorf("%s %s: %d %s", call.method, call.path, a.status, a.raw)
		}
	}
	if a := with(s.client, "GET", instances+"?de_type=Notebook&show_self=true", "", "X-Auth-Token", "test-token"); a.at("/total_count") != 1.0 {
		t.Errorf("key and given token are two callers: %s", a.raw)
	}
	s.signed("POST", "/v1/"+other+"/demanager/instances", notebook("b")) // a key without a project reaches all
	if a := s.signed("GET", "/v1/"+other+"/demanager/instances?de_type=Notebook", ""); a.at("/total_count") != 1.0 {
		t.Errorf("another project: %d %s", a.status, a.raw)
	}
}

// What is wrong with a signature decides the answer, and the message says it.
func TestSignatureRefused(t *testing.T) {
	for _, row := range []struct {
		name, id, secret string
		now              time.Time
		change           func(*http.Request)
		status           int
		code, says       string
	}{
		{name: "unknown key", id: "NOBODY", status: 401, code: "APIGW.0301", says: "Get secretKey failed"},
		{name: "wrong secret", secret: "wrong", status: 401, code: "APIGW.0301", says: "the signature does not fit the request"},
		{name: "another query", change: func(r *http.Request) { r.URL.RawQuery += "&limit=1" }, status: 401, code: "APIGW.0301", says: "does not fit"},
		{name: "another header", change: func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "SignedHeaders=", "SignedHeaders=accept;", 1))
		}, status: 401, code: "APIGW.0301", says: "the signed header accept"},
		{name: "14 minutes late", now: atStart.Add(-14 * time.Minute), status: 200},
		{name: "15 minutes early", now: atStart.Add(15 * time.Minute), status: 200},
		{name: "16 minutes late", now: atStart.Add(-16 * time.Minute), status: 401, code: "APIGW.0301", says: "signature expired: X-Sdk-Date is 20200716T080629Z, the server has 20200716T082229Z"},
		{name: "16 minutes early", now: atStart.Add(16 * time.Minute), status: 401, code: "APIGW.0301", says: "signature expired"},
		{name: "no date", change: func(r *http.Request) { r.Header.Del("X-Sdk-Date") }, status: 401, code: "APIGW.0301", says: "X-Sdk-Date is missing"},
		{name: "unsigned date", change: header("Authorization", "SDK-HMAC-SHA256 Access=KEY, SignedHeaders=host, Signature=00"), status: 401, code: "APIGW.0301", says: "X-Sdk-Date is not among"},
		{name: "no members", change: header("Authorization", "SDK-HMAC-SHA256 Credential=KEY"), status: 401, code: "APIGW.0301", says: `has a part "Credential"`},
		{name: "scheme alone", change: header("Authorization", "SDK-HMAC-SHA256"), status: 401, code: "APIGW.0301", says: "is no NAME=VALUE"},
		{name: "own project", id: "ONE", secret: "one-secret", status: 200},
		{name: "own project by header", change: header("X-Project-Id", project), status: 200},
		{name: "another project by header", change: header("X-Project-Id", other), status: 403, code: "ModelArts.0210"},
		{name: "temporary key", id: "BRIEF", secret: "brief-secret", change: header("X-Security-Token", "brief-token"), status: 200},
		{name: "temporary key alone", id: "BRIEF", secret: "brief-secret", status: 401, code: "APIGW.0301", says: "X-Security-Token is not that of the key"},
		{name: "a token goes first", secret: "wrong", change: header("X-Auth-Token", "test-token"), status: 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := startSigned(t)
			for to, value := range map[*string]string{&s.id: row.id, &s.secret: row.secret} {
				if value != "" {
					*to = value
				}
			}
			if !row.now.IsZero() {
				s.now = row.now
			}
			change := row.change
			if change == nil {
				change = func(*http.Request) {}
			}
			a := s.signed("GET", listing, "", change)
			if a.status != row.status || a.code() != row.code || !strings.Contains(a.raw, strings.ReplaceAll(row.says, `"`, `\"`)) {
				t.Errorf("%d %s, want %d %s %s", a.status, a.raw, row.status, row.code, row.says)
			}
		})
	}
	s := startSigned(t)
	s.id, s.secret = "ONE", "one-secret"
	if a := s.signed("GET", "/v1/"+other+"/demanager/instances?de_type=Notebook", ""); a.code() != "ModelArts.0210" {
		t.Errorf("a key of one project for another: %d %s", a.status, a.raw)
	}
}

// More than five failures in a row lock a key for five minutes of the mock's clock.
func TestKeyLock(t *testing.T) {
	s := startSigned(t)
	fails := func(n int) {
		t.Helper()
		for range n {
			if a := s.signed("GET", listing, "", header("X-Sdk-Date", "")); !strings.Contains(a.raw, "verify aksk signature fail") {
				t.Fatalf("%d %s", a.status, a.raw)
			}
		}
	}
	right := func(want string) {
		t.Helper()
		a := s.signed("GET", listing, "")
		if locked := strings.Contains(a.raw, "AK access failed to reach the limit,forbidden."); a.code() != want || locked != (want != "") {
			t.Fatalf("%d %s, want %q", a.status, a.raw, want)
		}
	}
	fails(5)
	right("") // and the row begins anew
	fails(5)
	right("")
	fails(6)
	right("APIGW.0301")
	s.id, s.secret = "ONE", "one-secret"
	right("") // another key is not locked
	s.id, s.secret = "KEY", keySecret
	s.advance("4m59s")
	s.now = s.now.Add(5 * time.Minute)
	right("APIGW.0301")
	s.advance("1s")
	right("")
	fails(6)
	right("APIGW.0301")
	s.control("POST", "reset", "")
	s.now = atStart
	right("")
}

// A signature covers bodies up to the limit; one byte more is refused before anybody looks at the signature.
func TestSignedBodies(t *testing.T) {
	s := startSigned(t)
	body := notebook("big", `"x":"`+strings.Repeat("x", 12<<20-len(notebook("big", `"x":""`)))+`"`)
	if len(body) != 12<<20 {
		t.Fatal(len(body))
	}
	if a := s.signed("POST", instances, body); a.status != 200 {
		t.Errorf("12 MiB: %d %.200s", a.status, a.raw)
	}
	if a := s.signed("POST", instances, body+" "); a.status != 413 {
		t.Errorf("12 MiB and one byte: %d %.200s", a.status, a.raw)
	}
	if a := s.signed("DELETE", instances+"/DE-none", `{"signed": "though nobody reads it"}`); a.code() != "ModelArts.6309" {
		t.Errorf("a body that is not asked for: %d %s", a.status, a.raw)
	}
}

// Failures at the same time are counted one by one, and no signature gets past a lock.
func TestSignaturesAtOnce(t *testing.T) {
	s := startSigned(t)
	s.secret = "wrong"
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			if a := s.signed("GET", listing, ""); a.code() != "APIGW.0301" {
				t.Errorf("%d %s", a.status, a.raw)
			}
		})
	}
	wg.Wait()
	s.secret = keySecret
	if a := s.signed("GET", listing, ""); !strings.Contains(a.raw, "to reach the limit") {
		t.Errorf("%d %s", a.status, a.raw)
	}
}

// The log tells how a wrong signature was made, and holds neither secrets nor signatures.
func TestSignatureIsExplained(t *testing.T) {
	var log bytes.Buffer
	h, err := mock.New(contract.Default(), fixed(), mock.WithLog(slog.New(slog.NewTextHandler(&log, nil))),
		mock.WithAuth(mock.Auth{Keys: []mock.Key{{Access: "KEY", Secret: keySecret}, {Access: "ONE", Secret: "one-secret"}}}))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	defer srv.Close()
	s := &signer{&client{t, srv.URL, ""}, "KEY", keySecret, atStart}
	s.signed("POST", instances, notebook("a"), func(r *http.Request) { // signed for a path without a body
		signing.Sign(r, nil, "KEY", keySecret, atStart)
	})
	s.secret = keySecret + "\n"
	s.signed("GET", listing, "")
	s.secret = "one-secret"
	s.signed("GET", listing, "")
	s.signed("GET", listing, "", header("X-Security-Token", "brief-token"))
	srv.Close() // the log is written after the answer
	for _, want := range []string{"the hash is that of an empty one", "the secret has a line break at its end", "the secret is that of another key"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, &log)
		}
	}
	for _, kept := range []string{keySecret, "one-secret", "brief-token", "Signature="} {
		if strings.Contains(log.String(), kept) {
			t.Errorf("the log shows %s:\n%s", kept, &log)
		}
	}
}

func TestBadKeys(t *testing.T) {
	for want, keys := range map[string][]mock.Key{
		"mock: access key 1: want an id and a secret, neither of them empty":                                     {{Access: "A"}},
		"mock: access key 2 has the id of access key 1":                                                          {{Access: "A", Secret: "s"}, {Access: "A", Secret: "t"}},
		"mock: access key 1: the id has a character that the header Authorization cannot carry, such as a comma": {{Access: "a,b", Secret: "s"}},
	} {
		if _, err := mock.New(contract.Default(), mock.WithAuth(mock.Auth{Keys: keys})); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
