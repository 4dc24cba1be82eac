//go:build linux

package main

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// step is one request with the status that its answer must have. The bytes are valid until the next step.
type step struct {
	request []byte
	status  int
}

// script gives the requests of one connection; last is the body of the answer to the one before, nil at first.
type script func(last []byte) step

// driver sends requests over keep-alive connections and times the answers. One thread polls all connections,
// so that it needs less of its core than any server of its own. It is not safe for concurrent use.
type driver struct {
	epoll int
	conns []*conn
}

type conn struct {
	fd     int
	script script
	last   []byte // the body of the last answer
	step   step
	sent   time.Duration // since the run began
	data   []byte
	have   int
}

// limits end a run: the first that is reached. Zero is none.
type limits struct {
	time     time.Duration
	requests int
	rate     float64 // requests per second; 0 = as fast as answers come
}

// sample is what a run saw: how long each answer took, and all together. With a rate, an answer takes from the
// moment its request was due.
type sample struct {
	latencies []time.Duration // sorted
	took      time.Duration
	stopped   time.Duration // in which this thread had its core taken away while it looked for answers; known with a rate only
}

func (s sample) perSecond() float64 { return float64(len(s.latencies)) / s.took.Seconds() }

// quantile is the latency below which a share of the answers came.
func (s sample) quantile(share float64) time.Duration {
	if len(s.latencies) == 0 {
		return 0
	}
	return s.latencies[min(int(float64(len(s.latencies))*share), len(s.latencies)-1)]
}

const (
	leastStop  = 2 * time.Millisecond // between two looks for answers: more than it takes to read and follow one of each connection
	heapLimit  = 1 << 30              // bytes, from which on this program collects garbage during a run after all
	silence    = 10 * time.Second     // after which a server that says nothing has gone
	bufferSize = 64 << 10
)

func dial(addr string, connections int) (*driver, error) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, err
	}
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	d := &driver{epoll: epoll}
	for i := range connections {
		fd, err := connect(at)
		if err == nil {
			err = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)})
		}
		if err != nil {
			d.close()
			return nil, fmt.Errorf("connect to %s: %w", addr, err)
		}
		d.conns = append(d.conns, &conn{fd: fd, data: make([]byte, bufferSize)})
	}
	return d, nil
}

func connect(at netip.AddrPort) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	err = errors.Join(unix.Connect(fd, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}),
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1), unix.SetNonblock(fd, true))
	if err != nil {
		_ = unix.Close(fd)
	}
	return fd, err
}

func (d *driver) close() {
	for _, c := range d.conns {
		_ = unix.Close(c.fd)
	}
	_ = unix.Close(d.epoll)
}

// run sends what the scripts say, one script for each connection, until a limit is reached. Meanwhile this program
// collects no garbage, unless there is very much of it.
func (d *driver) run(scripts []script, l limits) (sample, error) {
	if len(scripts) != len(d.conns) {
		return sample{}, fmt.Errorf("%d scripts for %d connections", len(scripts), len(d.conns))
	}
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(heapLimit))
	r := &drive{driver: d, limits: l, begin: time.Now(), events: make([]unix.EpollEvent, len(d.conns))}
	for i, c := range d.conns {
		c.script, c.last, c.have = scripts[i], nil, 0
		r.idle = append(r.idle, c)
	}
	for r.send() {
		if err := r.receive(); err != nil {
			return sample{}, err
		}
	}
	if r.err != nil {
		return sample{}, r.err
	}
	if len(r.latencies) == 0 {
		return sample{}, errors.New("no request was sent: want a longer time or a higher rate")
	}
	slices.Sort(r.latencies)
	return sample{r.latencies, r.last, r.stopped}, nil
}

// drive is one run.
type drive struct {
	*driver
	limits
	begin     time.Time
	idle      []*conn
	sent      int
	latencies []time.Duration
	last      time.Duration // when the last answer came
	events    []unix.EpollEvent
	looked    time.Duration // when send did last
	stopped   time.Duration
	err       error
}

// send sends all that is due, and tells whether answers are awaited or requests will be due.
func (r *drive) send() bool {
	now := time.Since(r.begin)
	if gap := now - r.looked; r.rate > 0 && gap > leastStop {
		r.stopped += gap
	}
	r.looked = now
	for len(r.idle) > 0 && !r.over(now) {
		due := now
		if r.rate > 0 {
			if due = time.Duration(float64(r.sent) / r.rate * float64(time.Second)); due > now {
				return true
			}
		}
		c := r.idle[len(r.idle)-1]
		r.idle = r.idle[:len(r.idle)-1]
		c.step, c.sent, c.have = c.script(c.last), due, 0
		if n, err := unix.Write(c.fd, c.step.request); err != nil || n < len(c.step.request) {
			r.err = fmt.Errorf("a request of %d bytes: %d sent: %w", len(c.step.request), n, err)
			return false
		}
		r.sent++
	}
	return len(r.idle) < len(r.conns)
}

func (r *drive) over(now time.Duration) bool {
	return (r.time > 0 && now >= r.time) || (r.requests > 0 && r.sent >= r.requests)
}

// receive takes in what answers have come. With a rate it does not wait for them, so that it sees when its core is taken
// away.
func (r *drive) receive() error {
	if len(r.idle) == len(r.conns) {
		return nil // a request will be due, or the time passed since it was not
	}
	wait := silence
	if r.rate > 0 {
		wait = 0
	}
	n, err := unix.EpollWait(r.epoll, r.events, int(wait.Milliseconds()))
	if errors.Is(err, unix.EINTR) {
		return nil
	}
	if err != nil {
		return err
	}
	if n == 0 && (wait > 0 || r.looked > r.last+silence) {
		return fmt.Errorf("no answer for %s", silence)
	}
	for _, e := range r.events[:n] {
		c := r.conns[e.Fd]
		done, err := c.read()
		if err != nil {
			return err
		}
		if done {
			r.last = time.Since(r.begin)
			r.latencies = append(r.latencies, r.last-c.sent)
			r.idle = append(r.idle, c)
		}
	}
	return nil
}

// read takes in a part of an answer, and tells whether it is whole.
func (c *conn) read() (bool, error) {
	if c.have == len(c.data) {
		c.data = append(c.data, make([]byte, len(c.data))...)
	}
	n, err := unix.Read(c.fd, c.data[c.have:])
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if n == 0 {
		return false, errors.New("the server has hung up")
	}
	c.have += n
	a, whole, err := readAnswer(c.data[:c.have])
	if err != nil || !whole {
		return false, err
	}
	if a.status != c.step.status {
		return false, fmt.Errorf("status %d, want %d: %s", a.status, c.step.status, a.body[:min(len(a.body), 300)])
	}
	c.last = a.body
	return true, nil
}
