// Package lane answers plain requests of HTTP/1.1 with less work than net/http's server, which it stands in front of.
// A connection with anything else on it is handed over to that server for good, with every byte that is not answered.
//
// A request is plain when it came in whole, in no more than bufferSize bytes, in the form that nearly all clients use:
// no chunks, no Expect, no Upgrade, no other HTTP version, nothing that net/http would refuse. What the lane takes,
// net/http takes too, and reads the same from it; the package's fuzz target holds it to that. Its answers are those
// of net/http byte for byte, but that a body without a Content-Length, or with one that is no number, gets one up to
// 64 KiB, and not only up to 2.
// A handler in a lane cannot take over its connection, decides nothing about trailers or Transfer-Encoding, and must not
// keep a request, its context or its answer when it returns, nor their headers: their memory is used again. A
// body tells that it is over, and so does a context whose end somebody asked for before then.
package lane

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tallystick/tallystick/cmd/internal/wire"
)

// Lane serves what an http.Server would, with its handler, bounds, ConnState and ErrorLog. Its methods are for
// concurrent use. TLS is not for a lane, and BaseContext and ConnContext are not asked.
type Lane struct {
	server  *http.Server
	date    date
	ending  atomic.Bool
	mu      sync.Mutex
	open    map[*conn]struct{}
	nothing chan struct{} // closed when nothing is open and nothing will be
	isOver  bool          // it is
}

// New makes a lane in front of a server.
func New(server *http.Server) *Lane {
	return &Lane{server: server, open: map[*conn]struct{}{}, nothing: make(chan struct{})}
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
	l.tellNothing()
	l.mu.Unlock()
	err := l.server.Shutdown(ctx)
	select {
	case <-l.nothing:
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

// logf tells what net/http would.
func (l *Lane) logf(format string, args ...any) {
	if to := l.server.ErrorLog; to != nil {
		to.Printf(format, args...)
		return
	}
	log.Printf(format, args...)
}

// leave ends with a connection.
func (l *Lane) leave(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
	l.tellNothing()
}

// tellNothing tells whoever waits that nothing is open. The lock is held.
func (l *Lane) tellNothing() {
	if l.ending.Load() && len(l.open) == 0 && !l.isOver {
		l.isOver = true
		close(l.nothing)
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

// Accept is for http.Server. It gives no error that will pass: the server would not take what is handed over while it
// waits for that.
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

// Times that are waited after an error that will pass, as net/http waits.
const (
	firstWait = 5 * time.Millisecond
	mostWait  = time.Second
)

func (e *entrance) take() {
	wait := firstWait
	for {
		c, err := e.Listener.Accept()
		if err == nil {
			wait = firstWait
			go e.serve(c)
			continue
		}
		if passes(err) {
			e.lane.logf("http: Accept error: %v; retrying in %v", err, wait)
			select {
			case <-time.After(wait):
				wait = min(2*wait, mostWait)
				continue
			case <-e.gone:
				return
			}
		}
		select {
		case e.failed <- err:
		case <-e.gone:
			return
		}
	}
}

// passes tells whether an error is about a moment, such as that no file can be opened just now.
func passes(err error) bool {
	var e interface{ Temporary() bool }
	return errors.As(err, &e) && e.Temporary()
}

// serve answers what is plain on a connection. What is left of it goes to the server.
func (e *entrance) serve(under net.Conn) {
	c := newConn(e.lane, under)
	if !e.lane.enter(c) {
		_ = under.Close() // nobody has asked anything
		return
	}
	defer e.lane.leave(c)
	if rest := c.serve(); rest != nil {
		select {
		case e.handed <- rest:
		case <-e.gone:
			_ = under.Close() // it is shut down: what was asked last is not answered
		}
	}
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

// CloseWrite ends what is sent.
func (r *rest) CloseWrite() error { return wire.CloseWrite(r.Conn) }

// NetConn is the connection beneath, as of tls.Conn.
func (r *rest) NetConn() net.Conn { return r.Conn }
