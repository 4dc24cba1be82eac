package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tallystick/tallystick/cmd/internal/wire"
)

// servedWithin serves a handler and gives its address.
func servedWithin(t *testing.T, b bounds, secure *tls.Config, h http.HandlerFunc) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	listener, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	greeted, done := make(chan bool), make(chan error, 1)
	s := service{handler: h, wire: wired{bounds: b, tls: secure}, log: slog.New(slog.DiscardHandler), greet: func(string, net.Addr) error { close(greeted); return nil }}
	go func() { done <- s.serve(ctx, func() {}, listener) }()
	<-greeted
	t.Cleanup(func() {
		if cancel(); <-done != nil {
			t.Error("the server does not end well")
		}
	})
	return listener.Addr().String()
}

func testTLS(t *testing.T) *tls.Config {
	t.Helper()
	cert, _, err := wire.SelfSigned(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}}
}

func dialed(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// Who ends a server while a request is under way is told what it waits for.
func TestEndIsExplained(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	listener, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lines, log := io.Pipe()
	entered, leave, done := make(chan bool), make(chan bool), make(chan error, 1)
	s := service{log: slog.New(slog.NewTextHandler(log, nil)), greet: func(string, net.Addr) error { return nil },
		handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(entered); <-leave })}
	go func() {
		done <- s.serve(ctx, func() {}, listener)
		log.Close() // the read below ends when nothing was logged
	}()
	if _, err := io.WriteString(dialed(t, listener.Addr().String()), "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-entered
	cancel()
	line, err := bufio.NewReader(lines).ReadString('\n')
	if err != nil || !strings.Contains(line, "waits for open connections") || !strings.Contains(line, graceTime.String()) {
		t.Errorf("%q, %v", line, err)
	}
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// What is too large is answered, not reset, though nobody reads all of it.
func TestTooLargeIsAnswered(t *testing.T) {
	t.Parallel()
	addr := servedWithin(t, usualBounds, nil, func(http.ResponseWriter, *http.Request) {})
	for range 3 {
		conn := dialed(t, addr)
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\nX-Large: "+strings.Repeat("a", 1_300_000)+"\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 431 ") {
			t.Errorf("%.100q, %v", got, err)
		}
	}
}

const shortly = 50 * time.Millisecond

// A client that is slow is cut, whatever it is slow with; the others do not notice.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	long := usualBounds
	with := func(change func(*bounds)) bounds {
		b := long
		change(&b)
		return b
	}
	for _, c := range []struct {
		name   string
		bounds bounds
		secure bool
		send   string
	}{
		{"nothing", with(func(b *bounds) { b.header = shortly }), false, ""},
		{"half a header", with(func(b *bounds) { b.header = shortly }), false, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "},
		{"half a body", with(func(b *bounds) { b.read = shortly }), false, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"},
		{"no second request", with(func(b *bounds) { b.idle = shortly }), false, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
		{"no handshake", with(func(b *bounds) { b.header = shortly }), true, ""},
		{"a client that does not read", with(func(b *bounds) { b.write = shortly }), false, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n"},
		{"nothing of HTTP/2", with(func(b *bounds) { b.idle = shortly }), false, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var secure *tls.Config
			if c.secure {
				secure = testTLS(t)
			}
			unwritten := make(chan error, 1)
			addr := servedWithin(t, c.bounds, secure, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if r.URL.Path == "/large" {
					var err error
					for chunk := make([]byte, 1<<20); err == nil; {
						_, err = w.Write(chunk)
					}
					unwritten <- err
				}
			})
			conn := dialed(t, addr)
			if _, err := io.WriteString(conn, c.send); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(c.send, "/large") {
				<-unwritten
				return
			}
			if _, err := io.Copy(io.Discard, conn); errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
				t.Error("the connection is kept")
			}
		})
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func TestHeaderBound(t *testing.T) {
	t.Parallel()
	b := usualBounds
	b.headerBytes = 1 << 10
	addr := servedWithin(t, b, nil, func(http.ResponseWriter, *http.Request) {})
	for size, accepted := range map[int]bool{1 << 9: true, 1 << 14: false} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+addr, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Long", strings.Repeat("x", size))
		answer, err := http.DefaultClient.Do(r)
		if err != nil { // the server closes the connection, perhaps before all is sent
			answer = &http.Response{StatusCode: http.StatusRequestHeaderFieldsTooLarge, Body: http.NoBody}
		}
		if answer.Body.Close(); (answer.StatusCode == http.StatusOK) != accepted || (!accepted && answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge) {
			t.Errorf("%d bytes: %d, %v; accepted should be %v", size, answer.StatusCode, err, accepted)
		}
	}
}

// With one connection allowed, a second one waits while the first is busy, and is served in its place when it is idle.
func TestConnectionBound(t *testing.T) {
	t.Parallel()
	b := usualBounds
	b.connections = 1
	var atOnce, most atomic.Int32
	arrived, release := make(chan struct{}), make(chan struct{})
	addr := servedWithin(t, b, nil, func(_ http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), atOnce.Add(1)))
		defer atOnce.Add(-1)
		if r.URL.Path == "/first" {
			close(arrived)
			<-release
		}
	})
	ask := func(path string) (net.Conn, *bufio.Reader) {
		t.Helper()
		conn := dialed(t, addr)
		if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		return conn, bufio.NewReader(conn)
	}
	answered := func(from *bufio.Reader) {
		t.Helper()
		answer, err := http.ReadResponse(from, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	_, first := ask("/first")
	<-arrived
	_, second := ask("/second")
	close(release)
	answered(first)
	answered(second)
	if most.Load() != 1 {
		t.Errorf("%d connections were served at once", most.Load())
	}
	if n, err := first.ReadByte(); err == nil {
		t.Errorf("the first connection goes on: %d", n)
	}
}

// Each version of HTTP is spoken: with TLS as client and server agree, without it as the client says.
func TestVersions(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		scheme, config := "http://", (*tls.Config)(nil)
		if secure {
			scheme, config = "https://", testTLS(t)
		}
		addr := servedWithin(t, bounds{}, config, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.Proto)
		})
		for want, set := range map[string]func(*http.Protocols){
			"HTTP/1.1": func(p *http.Protocols) { p.SetHTTP1(true) },
			"HTTP/2.0": func(p *http.Protocols) { p.SetHTTP2(secure); p.SetUnencryptedHTTP2(!secure) },
		} {
			var protocols http.Protocols
			set(&protocols)
			transport := &http.Transport{Protocols: &protocols, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
			defer transport.CloseIdleConnections()
			answer, err := (&http.Client{Transport: transport}).Get(scheme + addr)
			if err != nil {
				t.Errorf("%s %s: %v", scheme, want, err)
				continue
			}
			body, err := io.ReadAll(answer.Body)
			if answer.Body.Close(); err != nil || string(body) != want {
				t.Errorf("%s %s: the server sees %s, %v", scheme, want, body, err)
			}
		}
	}
}
