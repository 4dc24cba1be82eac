package lane

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/internal/testconn"
	"github.com/tallystick/tallystick/internal/testlog"
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
	var told testlog.Log
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
	testconn.Open(t, addr, "GET /"+hosted+"\r\n") // nobody reads from it
	var late net.Error
	if err := <-failed; !errors.As(err, &late) || !late.Timeout() {
		t.Errorf("%v, want a timeout", err)
	}
}
