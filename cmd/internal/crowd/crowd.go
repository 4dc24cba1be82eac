// Package crowd bounds the connections of a server so that those which do nothing never keep others out.
package crowd

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// Listener takes so many connections at a time. Where there is no room for one more, it closes the one that has been
// idle for the longest; where none is idle, the new one waits. It is safe for concurrent use.
type Listener struct {
	net.Listener
	most  int
	mu    sync.Mutex
	room  *sync.Cond
	open  int
	idle  *list.List                 // of *conn, the longest idle first
	at    map[net.Conn]*list.Element // their places
	ended bool
}

// Limit bounds a listener. The server that it serves must tell Watch of its connections, or none is ever idle.
func Limit(l net.Listener, most int) *Listener {
	c := &Listener{Listener: l, most: most, idle: list.New(), at: map[net.Conn]*list.Element{}}
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
	for l.open >= l.most && !l.ended {
		if longest := l.idle.Front(); longest != nil {
			l.let(longest)
			continue
		}
		l.room.Wait()
	}
	l.open++
	return &conn{Conn: c, listener: l}, nil
}

// let closes an idle connection. The lock is held, but not while it closes.
func (l *Listener) let(at *list.Element) {
	c, _ := at.Value.(*conn)
	l.busy(c)
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
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy(mine)
	if state == http.StateIdle && !mine.closed {
		l.at[mine] = l.idle.PushBack(mine)
		l.room.Signal()
	}
}

// busy takes a connection out of the idle ones. The lock is held.
func (l *Listener) busy(c *conn) {
	if at := l.at[c]; at != nil {
		l.idle.Remove(at)
		delete(l.at, c)
	}
}

// conn gives its room back when it is closed.
type conn struct {
	net.Conn
	listener *Listener
	closed   bool
}

// Close closes the connection. More than once does nothing to the room.
func (c *conn) Close() error {
	l := c.listener
	l.mu.Lock()
	if !c.closed {
		c.closed = true
		l.open--
		l.busy(c)
		l.room.Signal()
	}
	l.mu.Unlock()
	return c.Conn.Close()
}
