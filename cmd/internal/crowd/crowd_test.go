package crowd_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tallystick/tallystick/cmd/internal/crowd"
	"github.com/tallystick/tallystick/cmd/internal/poll"
)

// serve starts a server that takes so many connections. Requests for /wait end when the channel gives something.
func serve(t *testing.T, most int) (*httptest.Server, chan struct{}) {
	t.Helper()
	wait := make(chan struct{})
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-wait
		}
		_, _ = io.WriteString(w, "ok")
	}))
	under, err := poll.Listen(s.Listener)
	if err != nil {
		t.Fatal(err)
	}
	l := crowd.Limit(under, most)
	s.Listener, s.Config.ConnState = l, l.Watch
	s.Start()
	t.Cleanup(s.Close)
	return s, wait
}

// ask sends a request over a connection of its own, which stays open.
func ask(t *testing.T, addr, path string) (net.Conn, *http.Response) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	return c, resp
}

// Idle connections make room.
func TestIdleMakeRoom(t *testing.T) {
	s, _ := serve(t, 3)
	addr := s.Listener.Addr().String()
	var all []net.Conn
	for range 20 {
		c, resp := ask(t, addr, "/")
		if body, err := io.ReadAll(resp.Body); string(body) != "ok" || err != nil {
			t.Fatalf("%q %v", body, err)
		}
		all = append(all, c)
	}
	closed := make(chan error)
	for _, c := range all {
		go func() {
			_, err := c.Read(make([]byte, 1))
			closed <- err
		}()
	}
	for range 17 { // all but three, however the server finds out that they are idle
		if err := <-closed; err == nil {
			t.Error("an idle connection gives something")
		}
	}
	s.CloseClientConnections()
	for range 3 {
		<-closed
	}
}

// A connection with a request is never closed for another; the other waits.
func TestBusyStay(t *testing.T) {
	s, wait := serve(t, 2)
	addr := s.Listener.Addr().String()
	_, first := ask(t, addr, "/wait")
	_, second := ask(t, addr, "/wait")
	answered := make(chan error, 1)
	go func() {
		resp, err := http.Get(s.URL)
		if err == nil {
			err = resp.Body.Close()
		}
		answered <- err
	}()
	select {
	case err := <-answered:
		t.Fatalf("a third connection is served while two are busy: %v", err)
	case wait <- struct{}{}: // one of the two ends
	}
	if err := <-answered; err != nil {
		t.Error(err)
	}
	wait <- struct{}{}
	for _, resp := range []*http.Response{first, second} {
		if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "ok" {
			t.Errorf("%q %v", body, err)
		}
	}
}

// A listener that is closed lets go of whoever waits for room.
func TestCloseWhileFull(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := crowd.Limit(inner, 1)
	for range 2 {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
	}
	if _, err := l.Accept(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { _, err := l.Accept(); done <- err }()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	<-done
}
