package lane

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// answers are what the handler of the tests does at a path.
var answers = map[string]http.HandlerFunc{
	"/none": func(http.ResponseWriter, *http.Request) {},
	"/text": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "some text") },
	"/page": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html><p>text") },
	"/twice": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "one")
		_, _ = io.WriteString(w, "two")
	},
	"/empty": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202); w.WriteHeader(500) },
	"/absent": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "7")
		w.WriteHeader(204)
	},
	"/same": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "a/b")
		w.WriteHeader(304)
	},
	"/odd": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(599); _, _ = io.WriteString(w, "odd") },
	"/early": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a>")
		w.WriteHeader(103)
		_, _ = io.WriteString(w, "late")
	},
	"/length": func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Length", "4")
		h.Set("X-B", " two\r\nlines ")
		h["X-A"] = []string{"1", "2"}
		h["bad name"] = []string{"x"}
		h.Set("Content-Type", "application/json")
		w.WriteHeader(201)
		h.Set("X-Late", "not sent")
		_, _ = io.WriteString(w, "ab")
		_, _ = io.WriteString(w, "cd")
	},
	"/more": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "2")
		n, err := io.WriteString(w, "ab")
		m, bad := io.WriteString(w, "cd")
		if n != 2 || err != nil || m != 0 || !errors.Is(bad, http.ErrContentLength) {
			panic(fmt.Sprint(n, err, m, bad))
		}
	},
	"/less": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "9")
		_, _ = io.WriteString(w, "ab")
	},
	"/body204": func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(204)
		if _, err := io.WriteString(w, "ab"); !errors.Is(err, http.ErrBodyNotAllowed) {
			panic(err)
		}
	},
	"/dated": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Date", "today") },
	"/encoded": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "x")
		_, _ = io.WriteString(w, "ab")
	},
	"/close": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		_, _ = io.WriteString(w, "ab")
	},
	"/chunks": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "one")
		w.(http.Flusher).Flush()
		_, _ = io.WriteString(w, "two")
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, "three")
	},
	"/flushed": func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush(); _, _ = io.WriteString(w, "x") },
	"/parts": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "6")
		_, _ = io.WriteString(w, "one")
		w.(http.Flusher).Flush()
		_, _ = io.WriteString(w, "two")
	},
	"/abort": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "one")
		panic(http.ErrAbortHandler)
	},
	"/cut": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "6")
		_, _ = io.WriteString(w, "one")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	},
	"/cut/chunk": func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	},
	"/panic": func(http.ResponseWriter, *http.Request) { panic("on purpose") },
	"/sniff": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "11")
		_, _ = io.WriteString(w, "<")
		_, _ = io.WriteString(w, "html><p>x")
		_, _ = io.WriteString(w, "y")
	},
	"/deadlines": func(w http.ResponseWriter, _ *http.Request) {
		c := http.NewResponseController(w)
		_, _ = fmt.Fprint(w, c.SetReadDeadline(time.Now().Add(time.Hour)), c.SetWriteDeadline(time.Now().Add(time.Hour)))
	},
	"/big": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(5*mostHeld))
		for range 5 {
			_, _ = w.Write(bytes.Repeat([]byte("abcdefgh"), mostHeld/8))
		}
	},
}

// serveTests answers as answers say; at any other path it shows the request.
func serveTests(w http.ResponseWriter, r *http.Request) {
	if f := answers[r.URL.Path]; f != nil {
		f(w, r)
		return
	}
	_, _ = io.WriteString(w, shown(r))
}

// shown is all that is in a request.
func shown(r *http.Request) string {
	var b strings.Builder
	body, err := io.ReadAll(r.Body)
	_, again := r.Body.Read(make([]byte, 1))
	fmt.Fprintf(&b, "%s %q %q %s %d %d\n%q %q %v %q %d %q %v\n%q %v %v %v %v %v %v\n", r.Method, r.RequestURI, r.Host, r.Proto, r.ProtoMajor, r.ProtoMinor,
		r.URL.Path, r.URL.RawPath, r.URL.ForceQuery, r.URL.RawQuery, r.ContentLength, r.TransferEncoding, r.Close,
		body, err, again, r.Trailer, r.TLS, r.GetBody == nil, *r.URL)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(&b, "%s: %q\n", name, r.Header[name])
	}
	fmt.Fprintln(&b, r.Context().Err(), r.Context().Value(http.ServerContextKey) != nil, r.Context().Value(http.LocalAddrContextKey) != nil)
	return b.String()
}

// logged is a log that may be read meanwhile.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// inLane starts a lane in front of a server, and counts the requests that it answers itself.
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
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatalf("%q: %v", text, err)
	}
	return dateLine.ReplaceAllString(string(got), "Date: now\r\n")
}

// What a lane answers is what the server behind it would, whatever the handler does.
func TestAnswers(t *testing.T) {
	inside, _, plain := inLane(t, quiet(serveTests))
	outside := without(t, quiet(serveTests))
	for _, path := range append(slices.Sorted(maps.Keys(answers)), "/shown") {
		before := plain.Load()
		ask := "GET " + path + hosted + "\r\n"
		got, want := talk(t, inside, ask+ask+goodby), talk(t, outside, ask+ask+goodby)
		if got != want {
			t.Errorf("%s:\n%s\nwant\n%s", path, got, want)
		}
		if plain.Load() == before {
			t.Errorf("%s is not plain", path)
		}
	}
}

// requests are such that are plain, or not.
var requests = []struct {
	text  string
	plain bool
}{
	{"GET /a" + hosted + "\r\n", true},
	{"DELETE /a/b.c_d-e~f" + hosted + "\r\n", true},
	{"GET /a?b=c&d=%20e&&f" + hosted + "\r\n", true},
	{"GET /a%2Fb/%C3%A4?x" + hosted + "\r\n", true},
	{"GET /a?" + hosted + "\r\n", true},
	{"GET /a?b?c" + hosted + "\r\n", true},
	{"GET /ä;b=1,2:@!$&'()*+=" + hosted + "\r\n", true},
	{"GET /a#b?c#d" + hosted + "\r\n", true},
	{"GET /" + hosted + "aCCept: a/b\r\naccept:\t c/d \r\nX-Empty:\r\nx-_odd!: ä\r\nX-A: b:c\r\n\r\n", true},
	{"GET /a" + hosted + "Connection: Keep-Alive\r\nReferer: x\r\nCookie: a=b\r\n\r\n", true},
	{"POST /a" + hosted + "Content-Length: 5\r\nContent-Type: a/b\r\n\r\nabcde", true},
	{"PUT /a" + hosted + "content-length: 005\r\n\r\nabcde", true},
	{"GET /a" + hosted + "Content-Length: 5\r\n\r\nabcde", true},
	{"PATCH /a" + hosted + "Content-Length: 0\r\n\r\n", true},
	{"POST /a" + hosted + "\r\n", true},
	{"GET /a HTTP/1.1\r\nhost: [::1]:80\r\n\r\n", true},
	{"POST /a" + hosted + "Content-Length: 1\r\n\r\nb\r\nGET /c" + hosted + "\r\n", true},
	{"POST /a" + hosted + "\r\n\r\n\r\nGET /c" + hosted + "\r\n", true},
	{"GET /a" + hosted + "\r\n\r\nGET /c" + hosted + "\r\n", false},

	{"GET //a" + hosted + "\r\n", false},
	{"GET /a%2" + hosted + "\r\n", false},
	{"GET /a b" + hosted + "\r\n", false},
	{"GET http://x.test/a" + hosted + "\r\n", false},
	{"HEAD /a" + hosted + "\r\n", false},
	{"OPTIONS *" + hosted + "\r\n", false},
	{"MKCOL /a" + hosted + "\r\n", false},
	{"G=T /a" + hosted + "\r\n", false},
	{"get /a" + hosted + "\r\n", false},
	{"GET /a HTTP/1.0\r\nHost: x\r\n\r\n", false},
	{"GET /a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n", false},
	{"GET /a HTTP/1.2\r\nHost: x\r\n\r\n", false},
	{"GET /a HTTP/2.0\r\nHost: x\r\n\r\n", false},
	{"GET /a\r\nHost: x\r\n\r\n", false},
	{"GET /a HTTP/1.1\r\n\r\n", false},
	{"GET /a HTTP/1.1\r\nHost:\r\n\r\n", false},
	{"GET /a HTTP/1.1\r\nHost:\r\nHost: x\r\n\r\n", false},
	{"GET /a HTTP/1.1\r\nHost: a b\r\n\r\n", false},
	{"GET /a" + hosted + "Host: y\r\n\r\n", false},
	{"GET /a" + hosted + "Connection: close\r\n\r\n", false},
	{"GET /a" + hosted + "Connection: upgrade\r\nUpgrade: x\r\n\r\n", false},
	{"GET /a" + hosted + "Pragma: no-cache\r\n\r\n", false},
	{"POST /a" + hosted + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n", false},
	{"POST /a" + hosted + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nabcde\r\n0\r\n\r\n", false},
	{"POST /a" + hosted + "Transfer-Encoding: x\r\n\r\n", false},
	{"POST /a" + hosted + "Trailer: X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n", false},
	{"POST /a" + hosted + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde", false},
	{"POST /a" + hosted + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", false},
	{"POST /a" + hosted + "Content-Length: +5\r\n\r\nabcde", false},
	{"POST /a" + hosted + "Content-Length: -5\r\n\r\nabcde", false},
	{"POST /a" + hosted + "Content-Length: 5, 5\r\n\r\nabcde", false},
	{"POST /a" + hosted + "Content-Length:\r\n\r\n", false},
	{"POST /a" + hosted + "Content-Length: 99999999999999999999\r\n\r\nabcde", false},
	{"POST /a" + hosted + "Content-Length: 5000\r\n\r\n" + strings.Repeat("a", 5000), false},
	{"GET /a" + hosted + "X-Long: " + strings.Repeat("a", bufferSize) + "\r\n\r\n", false},
	{"GET /a" + hosted + "X-A: b\r\n c\r\n\r\n", false},
	{"GET /a" + hosted + " X-A: b\r\n\r\n", false},
	{"GET /a" + hosted + "X-A : b\r\n\r\n", false},
	{"GET /a" + hosted + "X-A\r\n\r\n", false},
	{"GET /a" + hosted + ": b\r\n\r\n", false},
	{"GET /a" + hosted + "X-ä: b\r\n\r\n", false},
	{"GET /a" + hosted + "X-A: b\x00\r\n\r\n", false},
	{"GET /a" + hosted + "X-A: b\rc\r\n\r\n", false},
	{"GET /a" + hosted + "X-A: b\nX-B: c\r\n\r\n", false},
	{"GET /a HTTP/1.1\nHost: x\n\n", false},
	{"\r\nGET /a" + hosted + "\r\n", false},
	{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false},
	{"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", false},
}

// A request means the same with a lane as without, and one that is not plain meets the server behind it.
func TestRequests(t *testing.T) {
	inside, _, plain := inLane(t, quiet(serveTests))
	outside := without(t, quiet(serveTests))
	for _, r := range requests {
		for _, text := range []string{r.text + goodby, "GET /first" + hosted + "\r\n" + r.text + goodby} {
			before := plain.Load()
			got, want := talk(t, inside, text), talk(t, outside, text)
			if got != want {
				t.Errorf("%.200q:\n%s\nwant\n%s", text, got, want)
			}
			if is := plain.Load()-before == int64(strings.Count(text, "GET /first")+strings.Count(text, "GET /c "))+1; is != r.plain && len(text) <= bufferSize {
				t.Errorf("%.200q: plain %v, want %v", text, is, r.plain)
			}
		}
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
		if _, err := io.WriteString(c, piece); err != nil {
			t.Fatal(err)
		}
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

// Bodies of which nobody knows the length go in chunks when they are large.
func TestLargeUnknown(t *testing.T) {
	addr, _, plain := inLane(t, quiet(func(w http.ResponseWriter, _ *http.Request) {
		for range 40 {
			_, _ = w.Write(bytes.Repeat([]byte("x"), 10_000))
		}
	}))
	resp, err := http.Get("http://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); n != 400_000 || err != nil || resp.ContentLength != -1 || plain.Load() != 1 {
		t.Errorf("%d bytes, %v, length %d, plain %d", n, err, resp.ContentLength, plain.Load())
	}
}

// A length that is none is left out.
func TestInvalidLength(t *testing.T) {
	addr, _, _ := inLane(t, quiet(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "x")
		_, _ = io.WriteString(w, "ab")
	}))
	resp, err := http.Get("http://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, err := io.ReadAll(resp.Body); string(got) != "ab" || err != nil || resp.ContentLength != 2 {
		t.Errorf("%q %v, length %d", got, err, resp.ContentLength)
	}
}

// Panics are told as net/http tells them; an abort is none.
func TestPanicIsTold(t *testing.T) {
	var told logged
	server := quiet(serveTests)
	server.ErrorLog = log.New(&told, "", 0)
	addr, _, _ := inLane(t, server)
	if got := talk(t, addr, "GET /abort"+hosted+"\r\n"); got != "" || told.String() != "" {
		t.Errorf("aborted: %q, told %q", got, told.String())
	}
	if got := talk(t, addr, "GET /panic"+hosted+"\r\n"); got != "" || !strings.Contains(told.String(), "http: panic serving 127.0.0.1:") ||
		!strings.Contains(told.String(), "on purpose\ngoroutine ") {
		t.Errorf("panicked: %q, told %q", got, told.String())
	}
}

// A handler that waits learns that its client has gone; a client that sends its next request has not.
func TestClientGoes(t *testing.T) {
	began, ended := make(chan context.Context, 1), make(chan error, 1)
	addr, _, plain := inLane(t, quiet(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/wait" {
			return
		}
		began <- r.Context()
		select {
		case <-r.Context().Done():
			ended <- r.Context().Err()
		case <-ended:
			_, _ = io.WriteString(w, "still there")
		}
	}))
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ask := "GET /wait" + hosted + "\r\n"
	if _, err := io.WriteString(c, ask); err != nil {
		t.Fatal(err)
	}
	first := <-began
	if _, err := io.WriteString(c, "GET /next"+hosted+"\r\n"); err != nil {
		t.Fatal(err)
	}
	ended <- nil
	in := bufio.NewReader(c)
	for _, want := range []string{"still there", ""} {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(resp.Body); string(got) != want || err != nil {
			t.Errorf("%q %v, want %q", got, err, want)
		}
	}
	<-first.Done()
	if _, err := io.WriteString(c, ask); err != nil {
		t.Fatal(err)
	}
	<-began
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if plain.Load() < 1 {
		t.Error("nothing was plain")
	}
}

// Done after the end tells the end.
func TestLifeIsOver(t *testing.T) {
	kept := make(chan context.Context, 2)
	addr, _, _ := inLane(t, quiet(func(_ http.ResponseWriter, r *http.Request) { kept <- r.Context() }))
	talk(t, addr, "GET /"+hosted+"\r\n"+goodby)
	ctx := <-kept
	<-ctx.Done()
	if _, has := ctx.Deadline(); has || !errors.Is(ctx.Err(), context.Canceled) {
		t.Error(has, ctx.Err())
	}
	<-kept
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

// Who does not take its answer is cut.
func TestWriteTimeout(t *testing.T) {
	server, failed := quiet(nil), make(chan error, 1)
	server.WriteTimeout = 50 * time.Millisecond
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(100<<20))
		for range 100 {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				failed <- err
				return
			}
		}
		failed <- nil
	})
	addr, _, _ := inLane(t, server)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /"+hosted+"\r\n"); err != nil {
		t.Fatal(err)
	}
	var late net.Error
	if err := <-failed; !errors.As(err, &late) || !late.Timeout() {
		t.Errorf("%v, want a timeout", err)
	}
}

// The states of connections are told as net/http tells them.
func TestStates(t *testing.T) {
	told := func(serve func(testing.TB, *http.Server) string) string {
		server, states := quiet(serveTests), make(chan string, 20)
		server.ConnState = func(_ net.Conn, s http.ConnState) { states <- s.String() }
		addr := serve(t, server)
		ask := "GET /none" + hosted + "\r\n"
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		in := bufio.NewReader(c)
		for range 2 {
			if _, err := io.WriteString(c, ask); err != nil {
				t.Fatal(err)
			}
			if _, err := http.ReadResponse(in, nil); err != nil {
				t.Fatal(err)
			}
		}
		_ = c.(*net.TCPConn).CloseWrite()
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
	idler, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer idler.Close()
	if _, err := io.WriteString(idler, "GET /"+hosted+"\r\n"); err != nil {
		t.Fatal(err)
	}
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
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /"+hosted+"\r\n"); err != nil {
		t.Fatal(err)
	}
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

// Whoever still reads a body when the handler has returned gets an error, and nothing of another request.
func TestBodyOutlives(t *testing.T) {
	read := make(chan error, 1)
	addr, _, _ := inLane(t, quiet(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			return
		}
		go func() {
			one := make([]byte, 1)
			for {
				if _, err := r.Body.Read(one); err != nil {
					read <- err
					return
				}
			}
		}()
	}))
	ask := "POST /" + hosted + "Content-Length: 3000\r\n\r\n" + strings.Repeat("a", 3000)
	for range 30 {
		talk(t, addr, ask+goodby)
		if err := <-read; !errors.Is(err, http.ErrBodyReadAfterClose) && !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	}
}

// A handler that ends its goroutine ends the connection.
func TestGoexit(t *testing.T) {
	addr, lane, _ := inLane(t, quiet(func(http.ResponseWriter, *http.Request) { runtime.Goexit() }))
	if got := talk(t, addr, "GET /"+hosted+"\r\n"); got != "" {
		t.Errorf("%q", got)
	}
	if err := lane.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

// The context and the deadlines of a request may be used at the same time.
func TestDoneBesideDeadlines(t *testing.T) {
	addr, _, plain := inLane(t, quiet(func(w http.ResponseWriter, r *http.Request) {
		got := make(chan struct{})
		go func() { r.Context().Done(); close(got) }()
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Hour))
		<-got
	}))
	for range 20 {
		talk(t, addr, "GET /"+hosted+"\r\n"+goodby)
	}
	if plain.Load() < 20 {
		t.Error("nothing was plain")
	}
}

// A handler that asks for the context's error learns that its client has gone, too.
func TestErrIsToldToo(t *testing.T) {
	ended := make(chan struct{})
	addr, _, _ := inLane(t, quiet(func(_ http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			runtime.Gosched()
		}
		close(ended)
	}))
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET /"+hosted+"\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	<-ended
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
	var told logged
	l, server := &tired{Listener: listener, often: make(chan struct{})}, quiet(serveTests)
	server.ErrorLog = log.New(&told, "", 0)
	c, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	laneOn(t, server, l)
	<-l.often
	before := l.calls.Load()
	if _, err := io.WriteString(c, "HEAD /none"+hosted+"\r\n"); err != nil {
		t.Fatal(err)
	}
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
func (l oneByOne) Close() error   { close(l); return nil }
func (l oneByOne) Addr() net.Addr { return &net.TCPAddr{} }

// What the lane takes for a plain request, net/http takes for the same request.
func FuzzPlain(f *testing.F) {
	for _, r := range requests {
		f.Add([]byte(r.text))
	}
	conns, seen := make(oneByOne), make(chan string, 1)
	server := quiet(func(_ http.ResponseWriter, r *http.Request) { seen <- shown(r) })
	go func() { _ = server.Serve(conns) }()
	f.Cleanup(func() { _ = server.Close() })
	f.Fuzz(func(t *testing.T, data []byte) {
		x := &exchange{conn: &conn{lane: New(server), rwc: &net.TCPConn{}}}
		if !x.head.parse(data) {
			return
		}
		whole := data[:x.head.size+x.head.length]
		x.body.data, x.life.conn = whole[x.head.size:], x.conn
		here, there := net.Pipe()
		if err := here.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		conns <- there
		go func() { _, _ = here.Write(whole) }()
		resp, err := http.ReadResponse(bufio.NewReader(here), nil)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%q: %v %v", whole, resp, err)
		}
		if err := here.Close(); err != nil {
			t.Fatal(err)
		}
		got := strings.Replace(shown(x.request()), "<nil> true false", "<nil> true true", 1) // it has no connection
		if want := <-seen; got != want {
			t.Errorf("%q:\n%s\nwant\n%s", whole, got, want)
		}
	})
}
