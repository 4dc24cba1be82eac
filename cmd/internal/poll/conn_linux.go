package poll

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// conn is a connection of a poller. It keeps what net.Conn promises.
type conn struct {
	poller        *poller
	number        int64 // at the poller
	fd            int
	whole         bool // a read that finds less than it has room for has found all: so with TCP, as man 7 epoll says, unless it is doubtful
	local, remote net.Addr
	closed        atomic.Bool
	doubtful      atomic.Bool // there is an end to be read, an error, or an urgent byte, at which a read stops
	reads, writes half
}

func newConn(p *poller, fd int, local, remote net.Addr) *conn {
	c := &conn{poller: p, fd: fd, whole: local.Network() == "tcp", local: local, remote: remote}
	c.reads.wake, c.writes.wake = make(chan struct{}, 1), make(chan struct{}, 1)
	return c
}

// told is what the poller has seen.
func (c *conn) told(events uint32) {
	const broken = unix.EPOLLHUP | unix.EPOLLERR
	if events&(unix.EPOLLPRI|unix.EPOLLRDHUP|broken) != 0 {
		c.doubtful.Store(true) // before the reader is roused, who may find data first and must come back for the rest
	}
	if events&(unix.EPOLLIN|unix.EPOLLPRI|unix.EPOLLRDHUP|broken) != 0 {
		c.reads.rouse()
	}
	if events&(unix.EPOLLOUT|broken) != 0 {
		c.writes.rouse()
	}
}

// may tells why a direction cannot be used.
func (c *conn) may(h *half) error {
	switch {
	case c.closed.Load():
		return net.ErrClosed
	case h.expired.Load():
		return os.ErrDeadlineExceeded
	}
	return nil
}

// Read is for net.Conn. It tries only what may be ready, which saves the try in vain after each request.
func (c *conn) Read(p []byte) (int, error) {
	h := &c.reads
	h.using.Lock()
	defer h.using.Unlock()
	if len(p) == 0 {
		return 0, c.wrong("read", c.may(h))
	}
	for {
		h.wait()
		n, err := 0, c.may(h)
		if err == nil {
			n, err = unix.Read(c.fd, p)
		}
		if errors.Is(err, unix.EAGAIN) {
			continue
		}
		if n <= 0 || n == len(p) || !c.whole || c.doubtful.Load() {
			h.rouse() // there is more, or the same again
		}
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, c.wrong("read", err)
		case n == 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

// Write is for net.Conn.
func (c *conn) Write(p []byte) (int, error) {
	h := &c.writes
	h.using.Lock()
	defer h.using.Unlock()
	for done := 0; ; {
		n, err := 0, c.may(h)
		if err == nil {
			n, err = unix.Write(c.fd, p[done:])
		}
		switch {
		case errors.Is(err, unix.EAGAIN):
			h.wait()
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return done, c.wrong("write", err)
		default:
			if done += n; done == len(p) {
				return done, nil
			}
		}
	}
}

// CloseWrite ends what is sent, behind what is just being sent.
func (c *conn) CloseWrite() error {
	c.writes.using.Lock()
	defer c.writes.using.Unlock()
	if c.closed.Load() {
		return c.wrong("close", net.ErrClosed)
	}
	return c.wrong("close", os.NewSyscallError("shutdown", unix.Shutdown(c.fd, unix.SHUT_WR)))
}

// Close is for net.Conn. Whoever reads or writes gets net.ErrClosed.
func (c *conn) Close() error {
	if c.closed.Swap(true) {
		return c.wrong("close", net.ErrClosed)
	}
	for _, h := range []*half{&c.reads, &c.writes} {
		h.setDeadline(time.Time{}) // which stops its timer; one that is set at this very moment does nothing when it ends
		h.rouse()
		h.using.Lock() // nobody is at the descriptor any more, nor will be
		defer h.using.Unlock()
	}
	c.poller.remove(c)
	return c.wrong("close", unix.Close(c.fd))
}

// SetDeadline is for net.Conn.
func (c *conn) SetDeadline(t time.Time) error { return c.setDeadline(t, &c.reads, &c.writes) }

// SetReadDeadline is for net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error { return c.setDeadline(t, &c.reads) }

// SetWriteDeadline is for net.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.setDeadline(t, &c.writes) }

func (c *conn) setDeadline(t time.Time, halves ...*half) error {
	if c.closed.Load() {
		return c.wrong("set", net.ErrClosed)
	}
	for _, h := range halves {
		h.setDeadline(t)
	}
	return nil
}

// LocalAddr is for net.Conn.
func (c *conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is for net.Conn.
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// wrong says where an error has come up, as net does; nil stays nil.
func (c *conn) wrong(op string, err error) error {
	if err == nil {
		return nil
	}
	if number, ok := err.(unix.Errno); ok {
		err = os.NewSyscallError(op, number)
	}
	return &net.OpError{Op: op, Net: c.local.Network(), Source: c.local, Addr: c.remote, Err: err}
}
