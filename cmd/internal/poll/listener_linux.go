package poll

import (
	"errors"
	"net"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// listener is one whose connections have a poller of their own.
type listener struct {
	net.Listener
	poller *poller
	once   sync.Once
}

// own gives every connection of a listener to a new poller, which ends with the listener and all its connections.
func own(l net.Listener) (net.Listener, error) {
	p, err := newPoller()
	if err != nil {
		return nil, err
	}
	return &listener{Listener: l, poller: p}, nil
}

// Accept gives a connection as it is where the poller cannot have it, for want of file descriptors say.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if mine, err := l.take(c); err == nil {
		return mine, nil
	}
	return c, nil
}

// Close ends the listener. Its connections stay.
func (l *listener) Close() error {
	err := l.Listener.Close()
	l.once.Do(l.poller.leave)
	return err
}

// take moves a connection to the poller. The runtime lets go of it only when it closes its descriptor, so the
// connection gets another.
func (l *listener) take(c net.Conn) (net.Conn, error) {
	fd, err := duplicate(c)
	if err != nil {
		return nil, err
	}
	mine := newConn(l.poller, fd, c.LocalAddr(), c.RemoteAddr())
	if err := l.poller.add(mine); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	_ = c.Close() // the descriptor, not the connection
	return mine, nil
}

func duplicate(c net.Conn) (fd int, err error) {
	s, ok := c.(syscall.Conn)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return 0, err
	}
	if bad := raw.Control(func(of uintptr) { fd, err = unix.FcntlInt(of, unix.F_DUPFD_CLOEXEC, 0) }); bad != nil {
		return 0, bad
	}
	return fd, err
}
