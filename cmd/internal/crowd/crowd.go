// Package crowd bounds the connections of a server so that those which do nothing never keep others out.
package crowd

import (
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/tallystick/tallystick/cmd/internal/wire"
)

// Listener takes so many connections at a time. Where there is no room for one more, it closes the one that has been
// idle for the longest; where none is idle, the new one waits. It is safe for concurrent use. A request that changes a
// connection's state takes no lock, as long as nobody waits.
type Listener struct {
	net.Listener
	most    int
	turns   atomic.Uint64 // counts what has become idle
	waiting atomic.Int64  // who wants room
	mu      sync.Mutex
	room    *sync.Cond
	open    map[*conn]struct{}
	ended   bool
}

// Limit bounds a listener. The server that it serves must tell Watch of its connections, or none is ever idle.
func Limit(l net.Listener, most int) *Listener {
	c := &Listener{Listener: l, most: most, open: map[*conn]struct{}{}}
	c.room = sync.NewCond(&c.mu)
	return c
}

// Accept waits for a connection, and for room.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting.Add(1) // before it looks for idle ones, so that what becomes idle afterwards wakes it
	defer l.waiting.Add(-1)
	for len(l.open) >= l.most && !l.ended {
		if longest := l.longestIdle(); longest != nil {
			l.let(longest)
			continue
		}
		l.room.Wait()
	}
	mine := &conn{Conn: c, listener: l}
	l.open[mine] = struct{}{}
	return mine, nil
}

// longestIdle is the connection that has been idle for the longest; nil when none is. The lock is held.
func (l *Listener) longestIdle() (longest *conn) {
	least := uint64(0)
	for c := range l.open {
		if since := c.idle.Load(); since > 0 && (longest == nil || since < least) {
			longest, least = c, since
		}
	}
	return longest
}

// let closes a connection. The lock is held, but not while it closes.
func (l *Listener) let(c *conn) {
	delete(l.open, c)
	l.mu.Unlock()
	_ = c.Close() // its client has gone, or will see it
	l.mu.Lock()
}

// Close ends the listener. Whoever waits for room gets it, so that the server can end.
func (l *Listener) Close() error {
	l.mu.Lock()
	l.ended = true
	l.mu.Unlock()
	l.room.Broadcast()
	return l.Listener.Close()
}

// Watch is for http.Server's ConnState.
func (l *Listener) Watch(c net.Conn, state http.ConnState) {
	if secure, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = secure.NetConn()
	}
	mine, ok := c.(*conn)
	if !ok {
		return
	}
	if state != http.StateIdle {
		mine.idle.Store(0)
		return
	}
	mine.idle.Store(l.turns.Add(1))
	if l.waiting.Load() > 0 {
		l.mu.Lock() // so that who has looked for idle ones before waits by now
		defer l.mu.Unlock()
		l.room.Signal()
	}
}

// conn gives its room back when it is closed.
type conn struct {
	net.Conn
	listener *Listener
	idle     atomic.Uint64 // the turn at which it became idle; 0 when it is not
}

// CloseWrite ends what is sent.
func (c *conn) CloseWrite() error { return wire.CloseWrite(c.Conn) }

// Close closes the connection. More than once does nothing to the room.
func (c *conn) Close() error {
	l := c.listener
	l.mu.Lock()
	delete(l.open, c)
	l.room.Signal()
	l.mu.Unlock()
	return c.Conn.Close()
}
