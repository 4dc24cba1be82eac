package lane

import (
	"context"
	"io"
	"net/http"
	"sync"
)

// exchange is one request with its answer. A connection has the memory of one, unless somebody may be at it yet.
type exchange struct {
	conn    *conn
	headers *headers
	head    head
	body    *body // nil for none; it is never used again: transports read on when a handler has returned
	life    life
	answer  answer
	bare    *http.Request // with the life as its context, and what all requests of the connection have in common
	request http.Request
}

// headers are the memory of those of a request and its answer. Another exchange uses it when the handler has returned.
type headers struct {
	request, answer http.Header
	values          []string
}

var spareHeaders = sync.Pool{New: func() any { return &headers{request: http.Header{}, answer: http.Header{}} }}

const mostHeaders = 64 // names; a map that had more would take longer to empty than to make

func newExchange(c *conn) *exchange {
	x := c.spare
	if c.spare = nil; x == nil || !x.life.begin() {
		x = &exchange{conn: c, life: life{conn: c}}
		r := http.Request{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, RemoteAddr: c.remote}
		x.bare = r.WithContext(&x.life)
	}
	h, _ := spareHeaders.Get().(*headers)
	x.headers, x.body = h, nil
	x.head = head{header: h.request, values: h.values, last: c.last}
	x.answer = answer{conn: c, header: h.answer}
	return x
}

// release gives the memory back, to the next exchange of the connection that of this one. A context that somebody has
// asked for its end tells that end for ever.
func (x *exchange) release() {
	x.conn.spare = x
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
	if c.write.allow(c.now, c.lane.server.WriteTimeout) != nil {
		x.life.end()
		return false
	}
	handler := c.lane.server.Handler
	if handler == nil {
		handler = http.DefaultServeMux
	}
	defer func() {
		p := recover()
		if x.body != nil {
			x.body.end()
		}
		x.life.end()
		if p != nil {
			x.answer.release()
			c.panicked(p)
			again = false
		}
	}()
	handler.ServeHTTP(&x.answer, x.ask())
	c.from += x.head.size + x.head.length
	again = x.answer.finish()
	x.release() // not after a panic, when somebody may still be at it
	return again
}

// ask is the request that net/http would make of a head.
func (x *exchange) ask() *http.Request {
	r, h := &x.request, &x.head
	*r = *x.bare
	r.Method, r.URL, r.Header, r.Host, r.RequestURI = h.method, &h.url, h.header, h.host, h.target
	r.Body, r.ContentLength = http.NoBody, int64(h.length)
	if h.length > 0 {
		x.body = &body{data: x.conn.buffer[x.conn.from+h.size:][:h.length]}
		r.Body = x.body
	}
	return r
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
