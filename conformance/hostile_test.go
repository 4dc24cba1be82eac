//go:build !race

// These runs are bounded in time and memory, which the race detector multiplies; make whole runs them.

package conformance_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

const (
	hostileTimeout = 1200 * time.Millisecond
	hostileTime    = 120 * time.Second
	hostileHeap    = 200 << 20
)

// outcome is what a run against a hostile target must come to: an error of a kind, or else a verdict; and one
// sentence that explains it, in the error, a note or the first finding.
type outcome struct {
	err     error
	verdict string
	says    string
}

func unreachable(says string) outcome { return outcome{conformance.ErrUnreachable, "", says} }

func found(says string) outcome { return outcome{nil, conformance.Findings, says} }

// Whatever a target does, the run ends in time, in bounded memory, with the right outcome and one sentence
// that explains it.
func TestHostileTargets(t *testing.T) {
	always := func(status int, media, body string) func(*testing.T) string {
		return serving(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
	for _, c := range []struct {
		name  string
		start func(*testing.T) string // gives the base URL
		want  outcome
	}{
		{"dead port", deadPort, unreachable("connection refused")},
		{"wrong token", always(401, "application/json", `{"error_code":"ModelArts.6401","error_msg":"no"}`),
			outcome{conformance.ErrCredentials, "", "answers 401"}},
		{"hangs", serving(hang), unreachable("no answer in time")},
		{"hangs after a while", after(40, hang), found("requests in a row got no whole answer")},
		{"hangs on what changes", onlyWrites(hang), found("got no whole answer")},
		{"HTML", always(200, "text/html; charset=utf-8", "<!DOCTYPE html><title>Welcome</title>"), unreachable("not the address of the service")},
		{"200 to everything", always(200, "application/json", "{}"), found("one answer to everything: 200 {}")},
		{"400 to everything", always(400, "application/json", "{}"), found("one answer to everything: 400 {}")},
		{"closes connections", rawServer(func(c net.Conn) { c.Close() }), unreachable("hung up")},
		{"closes connections after a while", after(40, hangUp), found("requests in a row got no whole answer")},
		{"1 GB", serving(gigabyte), found("longer than 16 MB")},
		{"endless slow body", serving(drip), found("broke off")},
		{"body that breaks off", rawServer(short), found("broke off")},
		{"redirects", serving(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://example.invalid/", http.StatusFound)
		}), unreachable("sends on to https://example.invalid/")},
		{"redirects to itself", serving(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
		}), unreachable("sends on to /v1/")},
		{"invalid JSON", always(200, "application/json", `{"instances": [`), found("one answer to everything: 200 {\"instances\": [")},
		{"deep JSON", always(200, "application/json", strings.Repeat("[", 1<<20)), found("one answer to everything: 200 [[[")},
		{"wrong content type", always(200, "text/plain", `{"instances": [], "total_count": 0}`), found("one answer to everything: 200 {")},
		{"huge headers", serving(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Huge", strings.Repeat("x", 4<<20)) }), unreachable("header")},
		{"no HTTP", rawServer(func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.9\r\n"); c.Close() }), unreachable("")}, // whichever of its two complaints the HTTP client comes up with first
		{"panics over HTTP", serving(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), unreachable("hung up")},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := c.start(t)
			c.want.hold(t, conformance.Target{URL: base, First: conformance.Credentials{Project: project, Token: "test-token"}})
		})
	}
}

// A handler in process can do the same harm without a wire.
func TestHostileHandlers(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		want    outcome
	}{
		{"panics", func(http.ResponseWriter, *http.Request) { panic("out of order") }, unreachable("the handler panicked: out of order")},
		{"panics after a while", afterwards(40, func(http.ResponseWriter, *http.Request) { panic("out of order") }), found("requests in a row got no whole answer")},
		{"hangs", hang, unreachable("no answer in time")},
		{"hangs and ignores its context", func(http.ResponseWriter, *http.Request) { time.Sleep(2 * hostileTimeout) }, unreachable("no answer in time")},
		{"1 GB", gigabyte, found("longer than 16 MB")},
		{"drips", drip, unreachable("no answer in time")},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			t.Cleanup(func() { leaked(t, before) })
			c.want.hold(t, conformance.Target{Serve: c.handler, First: conformance.Credentials{Project: project, Token: "test-token"}})
		})
	}
}

// hold runs the target, and holds the run to the outcome and the bounds.
func (want outcome) hold(t *testing.T, target conformance.Target) {
	t.Helper()
	contract.Default().Probes() // made once, and not the target's doing
	peak := watchHeap(t)
	begin := time.Now()
	timeout := hostileTimeout
	if strings.Contains(t.Name(), "hangs") {
		timeout /= 3 // each answer that never comes costs it
	}
	report, err := conformance.Run(t.Context(), contract.Default(), target, conformance.WithBudget(conformance.Budget{Timeout: timeout, WaitMax: time.Second}))
	took := time.Since(begin)
	if took > hostileTime {
		t.Errorf("the run took %v", took)
	}
	if grown := peak(); grown > hostileHeap {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
	if want.err != nil {
		if !errors.Is(err, want.err) || !strings.Contains(err.Error(), want.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("the run ends with %v, want %v and one line with %q", err, want.err, want.says)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if report.Verdict != want.verdict {
		t.Errorf("the verdict is %s, want %s", report.Verdict, want.verdict)
	}
	text := strings.Join(report.Notes, "\n")
	for _, f := range report.Findings {
		text += "\n" + f.Title
	}
	if !strings.Contains(text, want.says) {
		t.Errorf("nothing says %q:\n%.2000s", want.says, text)
	}
	t.Logf("%v, %d exchanges, %d findings, %+v, notes %.400q, left %v", took, report.Exchanges, len(report.Findings), report.Counts, report.Notes, report.Leftovers)
	for i, f := range report.Findings {
		if i < 4 {
			t.Logf("  %s: %.200s (%d more)", f.Check, f.Title, len(f.Others))
		}
	}
}

// watchHeap samples the heap until the function that it gives is called, which gives the growth.
func watchHeap(t *testing.T) func() uint64 {
	t.Helper()
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var most atomic.Uint64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			most.Store(max(most.Load(), now.HeapAlloc))
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-stopped
		return most.Load() - min(before.HeapAlloc, most.Load())
	}
}

// leaked fails the test for goroutines that do not end.
func leaked(t *testing.T, before int) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			var stacks bytes.Buffer
			buffer := make([]byte, 1<<20)
			stacks.Write(buffer[:runtime.Stack(buffer, true)])
			t.Errorf("%d goroutines are left of %d:\n%s", runtime.NumGoroutine()-before, before, stacks.String())
			return
		}
		runtime.Gosched()
	}
}

func serving(f http.HandlerFunc) func(*testing.T) string {
	return func(t *testing.T) string {
		before := runtime.NumGoroutine()
		srv := httptest.NewUnstartedServer(f)
		srv.Config.ErrorLog = log.New(io.Discard, "", 0)
		srv.Start()
		t.Cleanup(func() {
			srv.CloseClientConnections()
			srv.Close()
			leaked(t, before)
		})
		return srv.URL
	}
}

// afterwards is a mock that turns hostile after some requests.
func afterwards(n int64, f http.HandlerFunc) http.HandlerFunc {
	h, err := mock.New(contract.Default(), mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}}}), mock.WithControl(false), mock.WithProgress(mock.Progress{Instant: true}))
	if err != nil {
		panic(err)
	}
	var count atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		if count.Add(1) > n {
			f(w, r)
			return
		}
		h.ServeHTTP(w, r)
	}
}

func after(n int64, f http.HandlerFunc) func(*testing.T) string {
	return func(t *testing.T) string { return serving(afterwards(n, f))(t) }
}

func onlyWrites(f http.HandlerFunc) func(*testing.T) string {
	return func(t *testing.T) string {
		honest := afterwards(1<<60, nil)
		return serving(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				honest(w, r)
				return
			}
			f(w, r)
		})(t)
	}
}

// hang never answers. The body is read so that the server notices that the client has gone.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func gigabyte(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	for range 1 << 10 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

func drip(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := io.WriteString(w, "{"); err != nil {
			return
		}
		w.(http.Flusher).Flush()
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

func short(c net.Conn) {
	defer c.Close()
	_, _ = c.Read(make([]byte, 4096))
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"instances\"")
}

// rawServer handles connections itself.
func rawServer(f func(net.Conn)) func(*testing.T) string {
	return func(t *testing.T) string {
		before := runtime.NumGoroutine()
		l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				f(c)
			}
		}()
		t.Cleanup(func() {
			l.Close()
			<-done
			leaked(t, before)
		})
		return "http://" + l.Addr().String()
	}
}

func deadPort(t *testing.T) string {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}
