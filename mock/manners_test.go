package mock_test

import (
	"bufio"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/internal/testconn"
	"github.com/tallystick/tallystick/internal/testlog"
	"github.com/tallystick/tallystick/mock"
)

// served starts a mock over TCP, with a log.
func served(t *testing.T, opts ...mock.Option) (addr string, log *testlog.Log) {
	t.Helper()
	log = &testlog.Log{}
	h, err := mock.New(contract.Default(), append(opts, mock.WithLog(slog.New(slog.NewJSONHandler(log, nil))))...)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return strings.TrimPrefix(srv.URL, "http://"), log
}

// said sends some bytes, ends its side where half is set, and gives what comes until the server ends its own.
func said(t *testing.T, addr, text string, half bool) string {
	t.Helper()
	c := testconn.Open(t, addr, text)
	if half {
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("%q: %v after %q", text, err, got)
	}
	return string(got)
}

// A client that waits to be told to send its body gets an answer that does not need it at once, and no leave to send it.
func TestAnswersBeforeTheBody(t *testing.T) {
	addr, _ := served(t, mock.WithFaults("createInstance:status=503:before:first=2"))
	for _, framing := range []string{"Content-Length: 3", "Transfer-Encoding: chunked"} {
		for ask, want := range map[string]int{"PUT /nope": 404, "PUT /v3": 404, "POST " + instances: 503} {
			c := testconn.Open(t, addr, ask+" HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"+framing+"\r\n\r\n")
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil || resp.StatusCode != want || !resp.Close {
				t.Errorf("%s, %s: %+v %v, want %d and the end", ask, framing, resp, err, want)
			}
		}
	}
}

// A client that has gone, though it still reads, gets no answer that nobody has decided.
func TestHalfGone(t *testing.T) {
	for _, fault := range []string{"latency=5m", "latency=5m:status=503", "latency=5m:after"} {
		addr, log := served(t, mock.WithFaults("getIdentityVersion:"+fault))
		if got := said(t, addr, "GET /v3 HTTP/1.1\r\nHost: a\r\n\r\n", true); got != "" {
			t.Errorf("%s: %q", fault, got)
		}
		if line := log.Lines(1)[0]; !strings.Contains(line, "until the client went away") || !strings.Contains(line, `"status":0,`) {
			t.Errorf("%s: %s", fault, line)
		}
	}
}

// What the router answers by itself is told as it was.
func TestOptionsIsTold(t *testing.T) {
	addr, log := served(t)
	got := said(t, addr, "OPTIONS "+instances+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false)
	if !strings.HasPrefix(got, "HTTP/1.1 204") || !strings.Contains(got, "\r\nX-Tally-Request: ") {
		t.Errorf("%q", got)
	}
	if line := log.Lines(1)[0]; !strings.Contains(line, `"status":204,`) {
		t.Error(line)
	}
	journal := said(t, addr, "GET /_tally/requests HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", false)
	if !strings.Contains(journal, `"status":204`) {
		t.Error(journal)
	}
}
