// Package lane answers plain requests of HTTP/1.1 with less work than net/http's server, which it stands in front of.
// A connection with anything else on it is handed over to that server for good, with every byte that is not answered.
//
// A request is plain when it came in whole, in no more than bufferSize bytes, in the form that nearly all clients use:
// no chunks, no Expect, no Upgrade, no other HTTP version, nothing that net/http would refuse. What the lane takes,
// net/http takes too, and reads the same from it; the package's fuzz target holds it to that. Its answers are those
// of net/http byte for byte, but that a body without a Content-Length gets one up to 64 KiB, and not only up to 2.
// A handler in a lane cannot take over its connection, and decides nothing about trailers or Transfer-Encoding.
package lane

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// Lane serves what an http.Server would, with its handler, bounds, ConnState and ErrorLog. Its methods are for
// concurrent use. TLS is not for a lane, and BaseContext and ConnContext are not asked.
type Lane struct {
	server  *http.Server
	date    date
	ending  atomic.Bool
	mu      sync.Mutex
	open    map[*conn]struct{}
	nothing chan struct{} // closed when nothing is open and nothing will be; nil until somebody waits for that
}

// New makes a lane in front of a server.
func New(server *http.Server) *Lane {
	return &Lane{server: server, open: map[*conn]struct{}{}}
}

// Serve takes connections until the listener fails or the lane is shut down. The error is never nil, and
// http.ErrServerClosed after a shutdown.
func (l *Lane) Serve(listener net.Listener) error {
	return l.server.Serve(&entrance{Listener: listener, lane: l, handed: make(chan net.Conn), failed: make(chan error), gone: make(chan struct{})})
}

// Shutdown takes no more connections, closes those that wait for a request, and waits until the others have their
// answer, or the context ends.
func (l *Lane) Shutdown(ctx context.Context) error {
	l.ending.Store(true)
	l.mu.Lock()
	for c := range l.open {
		c.closeIdle()
	}
	nothing := make(chan struct{})
	if l.nothing = nothing; len(l.open) == 0 {
		close(nothing)
		l.nothing = nil
	}
	l.mu.Unlock()
	err := l.server.Shutdown(ctx)
	select {
	case <-nothing:
		return err
	case <-ctx.Done():
		return errors.Join(err, ctx.Err())
	}
}

// Close closes everything at once.
func (l *Lane) Close() error {
	l.ending.Store(true)
	l.mu.Lock()
	for c := range l.open {
		_ = c.rwc.Close() // its reader will see it
	}
	l.mu.Unlock()
	return l.server.Close()
}

// enter begins with a connection; false when the lane has ended.
func (l *Lane) enter(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending.Load() {
		return false
	}
	l.open[c] = struct{}{}
	return true
}

// leave ends with a connection.
func (l *Lane) leave(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
	if len(l.open) == 0 && l.nothing != nil {
		close(l.nothing)
		l.nothing = nil
	}
}

// entrance gives the server behind the lane the connections that are not for the lane.
type entrance struct {
	net.Listener
	lane        *Lane
	begin, once sync.Once
	handed      chan net.Conn
	failed      chan error
	gone        chan struct{} // closed with the listener
}

// Accept is for http.Server, which also waits a little after errors that will pass.
func (e *entrance) Accept() (net.Conn, error) {
	e.begin.Do(func() { go e.take() })
	select {
	case c := <-e.handed:
		return c, nil
	case err := <-e.failed:
		return nil, err
	case <-e.gone:
		return nil, net.ErrClosed
	}
}

func (e *entrance) take() {
	for {
		c, err := e.Listener.Accept()
		if err == nil {
			go e.serve(c)
			continue
		}
		select {
		case e.failed <- err:
		case <-e.gone:
			return
		}
	}
}

// serve answers what is plain on a connection. What is left of it goes to the server.
func (e *entrance) serve(under net.Conn) {
	c := newConn(e.lane, under)
	if !e.lane.enter(c) {
		_ = under.Close() // nobody has asked anything
		return
	}
	rest := c.serve()
	if rest != nil {
		select {
		case e.handed <- rest:
		case <-e.gone:
			_ = under.Close() // it is shut down: what was asked last is not answered
		}
	}
	e.lane.leave(c)
}

// Close ends the listener, and whoever waits in Accept.
func (e *entrance) Close() error {
	err := e.Listener.Close()
	e.once.Do(func() { close(e.gone) })
	return err
}

// rest is a connection with bytes that were read from it and not answered.
type rest struct {
	net.Conn
	unread []byte
}

// Read gives those bytes first.
func (r *rest) Read(p []byte) (int, error) {
	if len(r.unread) == 0 {
		return r.Conn.Read(p)
	}
	n := copy(p, r.unread)
	if r.unread = r.unread[n:]; len(r.unread) == 0 {
		r.unread = nil
	}
	return n, nil
}

// NetConn is the connection beneath, as of tls.Conn.
func (r *rest) NetConn() net.Conn { return r.Conn }
