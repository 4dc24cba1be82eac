package poll

import (
	"encoding/binary"
	"errors"
	"net"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// poller tells connections what is ready. It ends when its listener and all its connections have left.
type poller struct {
	epoll int
	wake  int // an eventfd, which ends it
	mu    sync.Mutex
	conns map[int64]*conn // by a number that no later one gets, so that nobody hears of what has been closed
	last  int64
	users int
}

const (
	eventsAtOnce = 128

	// interest is in everything, and in each thing when it begins: a connection remembers what it was told.
	interest = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLPRI | unix.EPOLLRDHUP | unix.EPOLLET

	wakeNumber = 0 // and those of connections begin after it
)

func newPoller() (*poller, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err == nil {
		err = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, wake, event(unix.EPOLLIN, wakeNumber))
	}
	if err != nil {
		if wake >= 0 {
			err = errors.Join(err, unix.Close(wake))
		}
		return nil, errors.Join(err, unix.Close(epoll))
	}
	p := &poller{epoll: epoll, wake: wake, conns: map[int64]*conn{}, users: 1}
	go p.run()
	return p, nil
}

// run tells what is ready until nobody is left.
func (p *poller) run() {
	events := make([]unix.EpollEvent, eventsAtOnce)
	for {
		n, err := unix.EpollWait(p.epoll, events, -1)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			panic("epoll_wait on a descriptor of our own: " + err.Error())
		}
		if p.tell(events[:n]) {
			_, _ = unix.Close(p.wake), unix.Close(p.epoll) // there is nothing to lose
			return
		}
		runtime.Gosched() // who was told goes first
	}
}

// tell tells each connection what has happened, and tells whether that was all.
func (p *poller) tell(events []unix.EpollEvent) (over bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range events {
		n := number(e)
		if n == wakeNumber {
			return true
		}
		if c := p.conns[n]; c != nil {
			c.told(e.Events)
		}
	}
	return false
}

// event is one of a number, which stands where epoll keeps whatever one likes.
func event(interest uint32, number int64) *unix.EpollEvent {
	return &unix.EpollEvent{Events: interest, Fd: int32(number), Pad: int32(number >> 32)}
}

func number(e unix.EpollEvent) int64 { return int64(e.Pad)<<32 | int64(uint32(e.Fd)) }

// add takes a connection, unless the poller has ended: its listener may have been closed after it gave this one.
func (p *poller) add(c *conn) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.users == 0 {
		return net.ErrClosed
	}
	p.last++
	c.number = p.last
	if err := unix.EpollCtl(p.epoll, unix.EPOLL_CTL_ADD, c.fd, event(interest, c.number)); err != nil {
		return err
	}
	p.conns[c.number] = c
	p.users++
	return nil
}

// remove is for a connection whose descriptor is about to be closed, with which the system forgets it.
func (p *poller) remove(c *conn) {
	p.mu.Lock()
	delete(p.conns, c.number)
	p.mu.Unlock()
	p.leave()
}

// leave ends the poller when nobody else uses it.
func (p *poller) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.users--; p.users == 0 {
		_, _ = unix.Write(p.wake, binary.NativeEndian.AppendUint64(nil, 1)) // a counter that is 0 takes 1
	}
}
