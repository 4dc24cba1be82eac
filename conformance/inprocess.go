package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// recorder takes an answer of a handler in process. It keeps no more of it than would be read from a wire.
type recorder struct {
	mu     sync.Mutex
	header http.Header // what the handler writes into
	sent   http.Header // as it was when the status was written
	status int
	body   bytes.Buffer
	closed bool // nobody waits any more
}

var errClosed = errors.New("the client has gone")

func newRecorder() *recorder { return &recorder{header: http.Header{}} }

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(status)
}

func (w *recorder) writeHeader(status int) {
	if w.status == 0 && status >= http.StatusOK && !w.closed {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *recorder) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return 0, errClosed
	}
	if w.status == 0 && w.header.Get("Content-Type") == "" {
		w.header.Set("Content-Type", http.DetectContentType(data))
	}
	w.writeHeader(http.StatusOK)
	if w.body.Len() > maxAnswer {
		return 0, errClosed
	}
	return w.body.Write(data)
}

func (w *recorder) Flush() {}

// result is the answer; nothing that the handler still does changes it.
func (w *recorder) result() *http.Response {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(http.StatusOK)
	w.closed = true
	return &http.Response{StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.sent,
		ContentLength: int64(w.body.Len()), Body: io.NopCloser(bytes.NewReader(w.body.Bytes()))}
}

func (w *recorder) abandon() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
}

// callHandler lets a handler answer as a server would: a panic and a handler that takes too long are a connection
// that breaks off.
func (s *session) callHandler(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), s.timeout)
	defer cancel()
	w, in := newRecorder(), req.Clone(ctx)
	in.RequestURI, in.RemoteAddr = req.URL.RequestURI(), "127.0.0.1:1"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("the handler panicked: %v", p)
				return
			}
			done <- nil
		}()
		s.serve.ServeHTTP(w, in)
	}()
	select {
	case err := <-done:
		if err == nil && ctx.Err() == nil {
			return w.result(), nil
		}
		w.abandon()
		return nil, firstOf(err, ctx.Err())
	case <-ctx.Done():
		w.abandon()
		return nil, ctx.Err()
	}
}

func firstOf(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
