package mock_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
)

// target is a mock that bad input is thrown at. What it logs of a panic fails the test.
type target struct {
	url, address string
	broken       atomic.Pointer[string]
}

// Write takes what the HTTP server logs.
func (s *target) Write(line []byte) (int, error) {
	if text := string(line); strings.Contains(text, "panic") {
		s.broken.CompareAndSwap(nil, &text)
	}
	return len(line), nil
}

func newTarget(f *testing.F) *target {
	f.Helper()
	h, err := mock.New(contract.Default(), mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}},
		Keys: []mock.Key{{Access: "KEY", Secret: "its-secret", Project: project}}}))
	if err != nil {
		f.Fatal(err)
	}
	s := &target{}
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = log.New(s, "", 0)
	srv.Config.ReadHeaderTimeout, srv.Config.ReadTimeout = 10*time.Second, 10*time.Second
	srv.Start()
	f.Cleanup(srv.Close)
	s.url, s.address = srv.URL, srv.Listener.Addr().String()
	return s
}

// sound fails when the mock has panicked.
func (s *target) sound(t *testing.T) {
	t.Helper()
	if text := s.broken.Load(); text != nil {
		t.Fatal(*text)
	}
}

// serverStatus tells whether a status blames the server. 501 and 505 are net/http's own word for a coding or
// a version of HTTP that no server need know (RFC 9110, sections 15.6.2 and 15.6.6).
func serverStatus(status int) bool {
	return status >= 500 && status != http.StatusNotImplemented && status != http.StatusHTTPVersionNotSupported
}

// FuzzRawRequest throws bytes at the mock: whatever they are, it answers below 500 or hangs up.
func FuzzRawRequest(f *testing.F) {
	s := newTarget(f)
	head := "Host: localhost\r\nX-Auth-Token: test-token\r\nContent-Type: application/json\r\n"
	body := notebook("fuzz")
	for _, seed := range []string{
		"GET " + instances + "?de_type=Notebook&limit=5&sort_key=name HTTP/1.1\r\n" + head + "\r\n",
		fmt.Sprintf("POST %s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s", instances, head, len(body), body),
		fmt.Sprintf("POST %s HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", instances, head, len(body), body),
		"PUT " + instances + "/x HTTP/1.1\r\n" + head + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n{}",
		"POST " + instances + "/%2e%2e/action HTTP/1.0\r\n" + head + "Content-Length: 99\r\n\r\n{\"action\":",
		"POST /_tally/clock/advance HTTP/1.1\r\nHost: localhost\r\nContent-Length: 13\r\n\r\n{\"by\":\"300h\"}",
		"GET /_tally/resources HTTP/1.1\r\nHost: localhost\r\nOrigin: http://x\r\n\r\n",
		"POST /v3/auth/tokens?nocatalog=1 HTTP/1.1\r\n" + head + "Content-Length: 4\r\n\r\nnull",
		"GET " + instances + "?b=2&a=1 HTTP/1.1\r\nHost: localhost\r\nX-Sdk-Date: 20300101T000000Z\r\n" +
			"Authorization: SDK-HMAC-SHA256 Access=KEY, SignedHeaders=host;x-sdk-date, Signature=" + strings.Repeat("0", 64) + "\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/9.9\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
		var sent sync.WaitGroup
		sent.Go(func() {
			_, _ = conn.Write(data) // the mock may have hung up
			_ = conn.(*net.TCPConn).CloseWrite()
		})
		answers := bufio.NewReader(conn)
		for {
			resp, err := http.ReadResponse(answers, nil)
			if err != nil {
				break // it hung up
			}
			text, _ := io.ReadAll(resp.Body)
			if serverStatus(resp.StatusCode) {
				t.Errorf("%d %s", resp.StatusCode, text)
			}
		}
		sent.Wait()
		s.sound(t)
	})
}

// FuzzToken shows the mock credentials: none but those that it knows opens anything.
func FuzzToken(f *testing.F) {
	s := newTarget(f)
	for _, seed := range []string{"", "test-token", "test-toke", "tally.", "tally.AAAA", "\x00", "Bearer", "Bearer test-token", "SDK-HMAC-SHA256 Access=a, SignedHeaders=, Signature="} {
		f.Add("X-Auth-Token", seed)
		f.Add("Authorization", seed)
	}
	f.Fuzz(func(t *testing.T, header, value string) {
		req, err := http.NewRequest(http.MethodGet, s.url+instances+"?de_type=Notebook", nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != "X-Auth-Token" {
			header = "Authorization"
		}
		req.Header.Set(header, value)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return // the client would not send it
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		value = strings.TrimSpace(value)
		kind, token, _ := strings.Cut(value, " ")
		known := (header == "X-Auth-Token" && value == "test-token") ||
			(header == "Authorization" && strings.EqualFold(kind, "Bearer") && strings.TrimSpace(token) == "test-token")
		if known != (resp.StatusCode == http.StatusOK) || serverStatus(resp.StatusCode) {
			t.Errorf("%s %q: %d %s", header, value, resp.StatusCode, text)
		}
		s.sound(t)
	})
}

// FuzzControlCall calls the control API with anything: it answers below 500, as its document says.
func FuzzControlCall(f *testing.F) {
	s := newTarget(f)
	doc, err := contract.Load(control.Files, control.Document)
	if err != nil {
		f.Fatal(err)
	}
	operations := doc.Operations()
	for i := range operations {
		for _, body := range []string{"", "{}", `{"by":"1s"}`, `{"now":"2030-01-01T00:00:00Z"}`, `{"state":"RUNNING","event":"start","times":1}`, `[[`} {
			f.Add(uint8(i), "a", "x=1", body)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, parameter, query, body string) {
		op := operations[int(which)%len(operations)]
		path := op.Path
		for _, p := range op.Parameters {
			if p.In == "path" {
				path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(parameter))
			}
		}
		req, err := http.NewRequest(op.Method, s.url+path, strings.NewReader(body))
		if err != nil {
			return // no request
		}
		req.URL.RawQuery = url.PathEscape(query)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return // the client would not send it
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		if serverStatus(resp.StatusCode) {
			t.Errorf("%s %s %s: %d %s", op.Method, req.URL, body, resp.StatusCode, text)
		}
		if !bytes.HasPrefix(text, []byte("{")) {
			return // no JSON
		}
		op = doc.Match(op.Method, req.URL.EscapedPath()).Operation // an odd parameter makes it another
		for _, v := range doc.Check(op, contract.Answer{Status: resp.StatusCode, Header: resp.Header, Body: text}) {
			t.Errorf("%s %s: %s\n%s", req.Method, req.URL, v, text)
		}
		s.sound(t)
	})
}
