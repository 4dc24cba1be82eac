package lane

import (
	"context"
	"io"
	"net/http"
	"sync"
)

// exchange is one request with its answer.
type exchange struct {
	conn    *conn
	headers *headers
	head    head
	body    body
	life    life
	answer  answer
}

// headers are the memory of those of a request and its answer. Another exchange uses it when the handler has returned.
type headers struct {
	request, answer http.Header
	values          []string
}

var spareHeaders = sync.Pool{New: func() any { return &headers{request: http.Header{}, answer: http.Header{}} }}

const mostHeaders = 64 // names; a map that had more would take longer to empty than to make

func newExchange(c *conn) *exchange {
	h, _ := spareHeaders.Get().(*headers)
	x := &exchange{conn: c, headers: h}
	x.head.header, x.head.values, x.head.lastHost = h.request, h.values, c.host
	return x
}

// release gives the memory of the headers back.
func (x *exchange) release() {
	h := x.headers
	if len(h.request) > mostHeaders || len(h.answer) > mostHeaders {
		return
	}
	h.values = x.head.values
	clear(h.request)
	clear(h.answer)
	clear(h.values)
	spareHeaders.Put(h)
}

// serve lets the handler answer, and tells whether the connection is good for another request.
func (x *exchange) serve() (again bool) {
	c := x.conn
	x.body.data = c.buffer[c.from+x.head.size:][:x.head.length]
	x.life.conn, x.answer.conn, x.answer.header = c, c, x.headers.answer
	if c.write.allow(c.now, c.lane.server.WriteTimeout) != nil {
		return false
	}
	handler := c.lane.server.Handler
	if handler == nil {
		handler = http.DefaultServeMux
	}
	defer func() {
		p := recover()
		x.body.end()
		x.life.end()
		if p != nil {
			x.answer.release()
			c.panicked(p)
			again = false
		}
	}()
	handler.ServeHTTP(&x.answer, x.request())
	c.from += x.head.size + x.head.length
	again = x.answer.finish()
	x.release() // not after a panic, when somebody may still be at it
	return again
}

// request is what net/http would make of a head.
func (x *exchange) request() *http.Request {
	r := http.Request{Method: x.head.method, URL: &x.head.url, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: x.head.header,
		Body: http.NoBody, ContentLength: int64(x.head.length), Host: x.head.host, RemoteAddr: x.conn.remote, RequestURI: x.head.target}
	if x.head.length > 0 {
		r.Body = &x.body
	}
	return r.WithContext(&x.life)
}

// body is a request's, which is all there. Whoever still reads it when the handler has returned gets an error: its memory
// belongs to the next request.
type body struct {
	mu     sync.Mutex
	data   []byte
	closed bool
}

// Read is for io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	if len(b.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.data)
	b.data = b.data[n:]
	return n, nil
}

// Close is for io.Closer.
func (b *body) Close() error {
	b.end()
	return nil
}

func (b *body) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed, b.data = true, nil
}

var _ context.Context = (*life)(nil)
