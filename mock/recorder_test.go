package mock_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// exchanged is a request as it came over the wire, with the status it got.
type exchanged struct {
	method, uri string
	header      http.Header
	length      int64
	body        string
	status      int
}

// recorder notes what clients really send; calls of the control API are not noted.
type recorder struct {
	url  string
	mu   sync.Mutex
	seen []exchanged
}

// record runs a mock that anybody can get tokens from, and notes what it is asked.
func record(t testing.TB, opts ...mock.Option) *recorder {
	t.Helper()
	h, err := mock.New(contract.Default(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Errorf("%s %s: %v", req.Method, req.RequestURI, err)
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		e := exchanged{req.Method, req.RequestURI, req.Header.Clone(), req.ContentLength, string(body), 0}
		status := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(status, req)
		if strings.HasPrefix(e.uri, "/_tally/") {
			return
		}
		e.status = status.status
		r.mu.Lock()
		defer r.mu.Unlock()
		r.seen = append(r.seen, e)
	}))
	t.Cleanup(srv.Close)
	r.url = srv.URL
	return r
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// drain gives what was seen since it was last asked.
func (r *recorder) drain() []exchanged {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := r.seen
	r.seen = nil
	return seen
}

// control makes a call of the control API that has to succeed.
func (r *recorder) control(t testing.TB, method, path, body string) {
	t.Helper()
	(&client{t: t, url: r.url}).control(method, path, body)
}

func (r *recorder) next(t testing.TB) {
	t.Helper()
	r.control(t, "POST", "clock/advance", `{"to":"next"}`)
}

// What follows is a client as a Go program with resty is written: typed bodies without omitempty, a
// cached token sent as a bearer token and renewed once on 401, and failure told by a second reading of
// every body, whatever its status.
