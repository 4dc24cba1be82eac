package lane

import (
	"cmp"
	"errors"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// bufferSize is how long a plain request may be, as long as what net/http reads ahead.
const bufferSize = 4 << 10

// buffers have room for one byte more, which somebody who waits for the client to go may find.
var buffers = sync.Pool{New: func() any { return new([bufferSize + 1]byte) }}

// States of a connection.
const (
	busy int32 = iota
	idle       // it waits for a request
	shut       // by a shutdown
)

// conn is one connection while it is in the lane.
type conn struct {
	lane     *Lane
	rwc      net.Conn
	remote   string
	last     texts // of the request before
	state    atomic.Int32
	buffer   *[bufferSize + 1]byte
	from, to int       // what is in the buffer and not answered
	now      time.Time // of the last look at the clock
	asked    bool      // there was a request before
	posted   bool      // and it was a POST
	spare    *exchange // for the next request; nil for none
	read     deadline
	write    deadline
}

func newConn(l *Lane, under net.Conn) *conn {
	c := &conn{lane: l, rwc: under, now: time.Now()}
	if a := under.RemoteAddr(); a != nil {
		c.remote = a.String()
	}
	c.read.set, c.write.set = under.SetReadDeadline, under.SetWriteDeadline
	return c
}

// tell is http.Server's ConnState.
func (c *conn) tell(s http.ConnState) {
	if hook := c.lane.server.ConnState; hook != nil {
		hook(c.rwc, s)
	}
}

// serve answers requests until one is not plain: then it gives what is left of the connection. Otherwise it closes it.
func (c *conn) serve() (left net.Conn) {
	c.buffer, _ = buffers.Get().(*[bufferSize + 1]byte)
	defer buffers.Put(c.buffer)
	defer func() {
		if left == nil { // also when a handler ends its goroutine
			_ = c.rwc.Close() // there is nobody to tell
			c.tell(http.StateClosed)
		}
	}()
	c.tell(http.StateNew)
	for c.await() {
		if c.posted && c.skipLineEnds() {
			continue
		}
		x := newExchange(c)
		if !x.head.parse(c.buffer[c.from:c.to]) {
			x.life.end()
			return c.handOver()
		}
		c.last, c.posted = x.head.texts, x.head.method == http.MethodPost
		if !x.serve() {
			break
		}
	}
	return nil
}

// skipLineEnds passes over what old clients send behind the body of a POST, as net/http does. It tells whether nothing
// else is there.
func (c *conn) skipLineEnds() bool {
	for n := 0; n < 4 && c.from < c.to && (c.buffer[c.from] == '\r' || c.buffer[c.from] == '\n'); n++ {
		c.from++
	}
	return c.from == c.to
}

// handOver gives a connection as it would be if nobody had read from it since the last answer.
func (c *conn) handOver() net.Conn {
	if err := errors.Join(c.read.off(), c.write.off()); err != nil {
		c.from = c.to // it has been closed, which the server will see too
	}
	return &rest{Conn: c.rwc, unread: append([]byte(nil), c.buffer[c.from:c.to]...)}
}

// await waits until something is there that is not answered. It tells false when the client has gone.
func (c *conn) await() bool {
	if c.from < c.to {
		return !c.lane.ending.Load()
	}
	c.from, c.to = 0, 0
	s := c.lane.server
	patience := cmp.Or(s.IdleTimeout, s.ReadTimeout)
	if !c.asked {
		patience = cmp.Or(s.ReadHeaderTimeout, s.ReadTimeout)
	} else {
		c.tell(http.StateIdle)
	}
	c.asked = true
	c.state.Store(idle)
	if c.lane.ending.Load() {
		return false
	}
	if c.read.allow(c.now, patience) != nil {
		return false
	}
	n, err := c.rwc.Read(c.buffer[:bufferSize])
	if err != nil || !c.state.CompareAndSwap(idle, busy) {
		return false
	}
	c.to, c.now = n, time.Now()
	c.tell(http.StateActive)
	return true
}

// closeIdle closes a connection that waits for a request.
func (c *conn) closeIdle() {
	if c.state.CompareAndSwap(idle, shut) {
		_ = c.rwc.Close() // its reader will see it
	}
}

// panicked is what becomes of a panic of the handler, as with net/http.
func (c *conn) panicked(p any) {
	if p == http.ErrAbortHandler { //nolint:errorlint // a panic with this very value is the way to end a connection
		return
	}
	c.lane.logf("http: panic serving %v: %v\n%s", c.remote, p, debug.Stack())
}

// deadline is one of a connection. It is moved once a second at most, and never comes early.
type deadline struct {
	set   func(time.Time) error
	at    time.Time   // zero for none
	other atomic.Bool // somebody else has set it
}

const mostLate = time.Second

// allow gives the connection some time from now, 0 for as much as it likes.
func (d *deadline) allow(now time.Time, patience time.Duration) error {
	if patience <= 0 {
		return d.off()
	}
	late := min(mostLate, patience/16)
	least := now.Add(patience)
	if most := least.Add(late); d.other.Swap(false) || d.at.Before(least) || d.at.After(most) {
		d.at = most
		return d.set(most)
	}
	return nil
}

// off lets the connection take as much time as it likes.
func (d *deadline) off() error {
	if !d.other.Swap(false) && d.at.IsZero() {
		return nil
	}
	d.at = time.Time{}
	return d.set(d.at)
}

// moved is for a deadline that somebody else sets: the next one is set whatever it is. It is for concurrent use.
func (d *deadline) moved() { d.other.Store(true) }
