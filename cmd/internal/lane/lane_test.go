package lane

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tallystick/tallystick/cmd/internal/poll"
	"github.com/tallystick/tallystick/internal/testconn"
	"github.com/tallystick/tallystick/internal/testlog"
)

// inLane starts a lane in front of a server, and counts the requests that it answers itself. On one processor (-cpu 1)
// its connections have a poller of their own, as those of the program have.
func inLane(t testing.TB, server *http.Server) (addr string, lane *Lane, plain *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lane, plain = laneOn(t, server, listener)
	return listener.Addr().String(), lane, plain
}

func laneOn(t testing.TB, server *http.Server, listener net.Listener) (lane *Lane, plain *atomic.Int64) {
	t.Helper()
	plain = &atomic.Int64{}
	next := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, is := w.(*answer); is {
			plain.Add(1)
		}
		next.ServeHTTP(w, r)
	})
	listener, err := poll.Listen(listener)
	if err != nil {
		t.Fatal(err)
	}
	lane = New(server)
	served := make(chan error, 1)
	go func() { served <- lane.Serve(listener) }()
	t.Cleanup(func() {
		if err := lane.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return lane, plain
}

func quiet(h http.HandlerFunc) *http.Server {
	return &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
}

// without starts the server without a lane.
func without(t testing.TB, server *http.Server) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

var dateLine = regexp.MustCompile(`Date: [^\r]*GMT\r\n`)

const (
	hosted = " HTTP/1.1\r\nHost: x.test:80\r\n"
	goodby = "GET /end" + hosted + "Connection: close\r\n\r\n"
)

// talk sends some bytes, and gives all that comes until the server ends the connection.
func talk(t testing.TB, addr, text string) string {
	t.Helper()
	c := testconn.Open(t, addr, text)
	defer c.Close()
	got, err := io.ReadAll(c)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatalf("%q: %v", text, err)
	}
	return dateLine.ReplaceAllString(string(got), "Date: now\r\n")
}

// Requests that come one after the other share memory, and nothing in it.
func TestHeadersAreApart(t *testing.T) {
	addr, _, plain := inLane(t, quiet(func(w http.ResponseWriter, r *http.Request) {
		for name, values := range r.Header {
			w.Header()["Got-"+name] = append([]string{"x"}, values...)
		}
	}))
	const many = 2 * mostHeaders
	var wide strings.Builder
	for i := range many {
		fmt.Fprintf(&wide, "X-%d: a\r\n", i)
	}
	for range 3 {
		got := talk(t, addr, "GET /"+hosted+"A: 1\r\nB: 2\r\nB: 3\r\n\r\n"+"GET /"+hosted+"\r\n"+"GET /"+hosted+wide.String()+"\r\n"+"GET /"+hosted+"B: 4\r\n\r\n"+goodby)
		answers := strings.Split(got, "HTTP/1.1 200 OK\r\n")[1:]
		if len(answers) != 5 {
			t.Fatalf("%d answers: %q", len(answers), got)
		}
		for i, want := range []string{"Got-A: x\r\nGot-A: 1\r\nGot-B: x\r\nGot-B: 2\r\nGot-B: 3\r\n", "", "Got-X-0: x\r\nGot-X-0: a\r\n", "Got-B: x\r\nGot-B: 4\r\n"} {
			if !strings.HasPrefix(answers[i], want) || (i != 2 && strings.Count(answers[i], "Got-") != strings.Count(want, "Got-")) {
				t.Errorf("answer %d is %q, want it to begin with %q", i, answers[i], want)
			}
		}
		if n := strings.Count(answers[2], ": a\r\n"); n != many {
			t.Errorf("%d of %d headers", n, many)
		}
	}
	if plain.Load() != 12 {
		t.Errorf("%d answered in the lane, want all but the three last", plain.Load())
	}
}

// A request in pieces is one for the server behind.
func TestPieces(t *testing.T) {
	conns := make(oneByOne)
	_, plain := laneOn(t, quiet(serveTests), conns)
	c, there := net.Pipe() // where every Write is a Read
	conns <- there
	defer c.Close()
	in := bufio.NewReader(c)
	for i, piece := range []string{"GET /none" + hosted + "\r\n", "POST /text" + hosted + "Content-Length: 2\r\n\r\na", "b", "GET /none" + hosted + "\r\n"} {
		testconn.Send(t, c, piece)
		if i == 1 {
			continue
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(i, resp, err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
	}
	if n := plain.Load(); n != 1 {
		t.Errorf("%d of the requests were plain, want 1", n)
	}
}

// A connection that asks nothing is closed: a new one after the time for a header, another after the idle time.
func TestPatience(t *testing.T) {
	for _, asked := range []string{"", "GET /none" + hosted + "\r\n"} {
		server := quiet(serveTests)
		server.ReadHeaderTimeout, server.IdleTimeout = time.Hour, time.Hour
		if asked == "" {
			server.ReadHeaderTimeout = 20 * time.Millisecond
		} else {
			server.IdleTimeout = 20 * time.Millisecond
		}
		addr, _, _ := inLane(t, server)
		if got := talk(t, addr, asked); strings.HasPrefix(got, "HTTP/1.1 200 OK") != (asked != "") {
			t.Errorf("%q: %q", asked, got)
		}
	}
}

// The states of connections are told as net/http tells them.
func TestStates(t *testing.T) {
	told := func(serve func(testing.TB, *http.Server) string) string {
		server, states := quiet(serveTests), make(chan string, 20)
		server.ConnState = func(_ net.Conn, s http.ConnState) { states <- s.String() }
		addr := serve(t, server)
		ask := "GET /none" + hosted + "\r\n"
		c := testconn.Open(t, addr, "")
		in := bufio.NewReader(c)
		for range 2 {
			testconn.Send(t, c, ask)
			if _, err := http.ReadResponse(in, nil); err != nil {
				t.Fatal(err)
			}
		}
		_ = c.CloseWrite()
		var all []string
		for s := range states {
			if all = append(all, s); s == "closed" {
				break
			}
		}
		return strings.Join(all, " ")
	}
	got, want := told(func(t testing.TB, s *http.Server) string { addr, _, _ := inLane(t, s); return addr }), told(without)
	if got != want || want != "new active idle active idle closed" {
		t.Errorf("%s, want %s", got, want)
	}
}

// A shutdown closes what is idle, and lets what is asked have its answer, which tells that it is the last.
func TestShutdown(t *testing.T) {
	began, goOn := make(chan struct{}), make(chan struct{})
	server, idled := quiet(nil), make(chan struct{}, 20)
	server.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateIdle {
			idled <- struct{}{}
		}
	}
	server.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			close(began)
			<-goOn
		}
	})
	addr, lane, _ := inLane(t, server)
	idler := testconn.Open(t, addr, "GET /"+hosted+"\r\n")
	<-idled
	answered := make(chan string, 1)
	go func() { answered <- talk(t, addr, "GET /wait"+hosted+"\r\n") }()
	<-began
	soon, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := lane.Shutdown(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a request open: %v", err)
	}
	if got, err := io.ReadAll(idler); !strings.HasPrefix(string(got), "HTTP/1.1 200 OK") || err != nil {
		t.Errorf("idle: %q %v", got, err)
	}
	done := make(chan error, 1)
	go func() { done <- lane.Shutdown(context.Background()) }()
	close(goOn)
	if got := <-answered; !strings.HasPrefix(got, "HTTP/1.1 200 OK\r\nConnection: close\r\n") {
		t.Errorf("%q", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := lane.Shutdown(context.Background()); err != nil {
		t.Errorf("again: %v", err)
	}
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("it still listens")
	}
}

// Shutdowns that wait at the same time all end.
func TestShutdowns(t *testing.T) {
	began, goOn, done := make(chan struct{}), make(chan struct{}), make(chan error, 3)
	addr, lane, _ := inLane(t, quiet(func(http.ResponseWriter, *http.Request) { close(began); <-goOn }))
	testconn.Open(t, addr, "GET /"+hosted+"\r\n")
	<-began
	for range cap(done) {
		go func() { done <- lane.Shutdown(context.Background()) }()
	}
	close(goOn)
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// tired gives one connection, and then only errors that pass.
type tired struct {
	net.Listener
	calls atomic.Int64
	often chan struct{} // closed at the third error
}

func (l *tired) Accept() (net.Conn, error) {
	n := l.calls.Add(1)
	if n == 1 {
		return l.Listener.Accept()
	}
	if n == 4 {
		close(l.often)
	}
	return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept", syscall.EMFILE)}
}

// Connections that are there are served while no other can be taken.
func TestAcceptFails(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var told testlog.Log
	l, server := &tired{Listener: listener, often: make(chan struct{})}, quiet(serveTests)
	server.ErrorLog = log.New(&told, "", 0)
	c := testconn.Open(t, listener.Addr().String(), "")
	laneOn(t, server, l)
	<-l.often
	before := l.calls.Load()
	testconn.Send(t, c, "HEAD /none"+hosted+"\r\n")
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if now := l.calls.Load(); now > before+3 {
		t.Errorf("%d attempts to take another went by before the answer", now-before)
	}
	if !strings.Contains(told.String(), "http: Accept error: accept: accept: too many open files; retrying in 5ms") {
		t.Errorf("told %q", told.String())
	}
}

// A server with one timeout for reading alone closes what does not ask.
func TestReadTimeoutAlone(t *testing.T) {
	for _, asked := range []string{"", "GET /none" + hosted + "\r\n"} {
		addr, _, _ := inLane(t, &http.Server{Handler: http.HandlerFunc(serveTests), ReadTimeout: 30 * time.Millisecond})
		if got := talk(t, addr, asked); strings.HasPrefix(got, "HTTP/1.1 200 OK") != (asked != "") {
			t.Errorf("%q: %q", asked, got)
		}
	}
}

// oneByOne gives a server the connections that it is told to.
type oneByOne chan net.Conn

func (l oneByOne) Accept() (net.Conn, error) {
	if c, ok := <-l; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (l oneByOne) Close() error { close(l); return nil }

func (l oneByOne) Addr() net.Addr { return &net.TCPAddr{} }
