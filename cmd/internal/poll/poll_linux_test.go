package poll

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/net/nettest"
	"golang.org/x/sys/unix"
)

// networks are those that a mock can be reached by.
var networks = []string{"tcp", "unix"}

// listenOn gives a listener with a poller of its own.
func listenOn(t testing.TB, network string) net.Listener {
	t.Helper()
	addr := "127.0.0.1:0"
	if network == "unix" {
		addr = filepath.Join(t.TempDir(), "s")
	}
	under, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	l, err := own(under)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// pair is a connection of the poller, with its client.
func pair(l net.Listener) (mine, client net.Conn, err error) {
	client, err = net.Dial(l.Addr().Network(), l.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	if mine, err = l.Accept(); err != nil {
		return nil, nil, errors.Join(err, client.Close())
	}
	if _, ok := mine.(*conn); !ok {
		return nil, nil, fmt.Errorf("a connection %T, want one of the poller", mine)
	}
	return mine, client, nil
}

func mustPair(t testing.TB, l net.Listener) (mine, client net.Conn) {
	t.Helper()
	mine, client, err := pair(l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = mine.Close(), client.Close() })
	return mine, client
}

// A connection keeps what net.Conn promises, as golang.org/x/net/nettest tries it, at either end.
func TestConn(t *testing.T) {
	for _, network := range networks {
		for _, first := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s first=%t", network, first), func(t *testing.T) {
				nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
					l := listenOn(t, network)
					mine, client, err := pair(l)
					if err != nil {
						return nil, nil, nil, err
					}
					stop = func() { _, _, _ = mine.Close(), client.Close(), l.Close() }
					if first {
						return mine, client, stop, nil
					}
					return client, mine, stop, nil
				})
			})
		}
	}
}

// What comes in pieces, the last of them together with the end, is read to the end, whatever the readers' pieces are.
func TestPieces(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			l := listenOn(t, network)
			random := rand.New(rand.NewPCG(1, 2))
			for range 300 {
				sent := make([]byte, random.IntN(5000))
				for i := range sent {
					sent[i] = byte(random.Uint32())
				}
				pieces, room := 1+random.IntN(4), 1+random.IntN(3000)
				mine, client := mustPair(t, l)
				go func() {
					for i := range pieces {
						_, _ = client.Write(sent[i*len(sent)/pieces : (i+1)*len(sent)/pieces]) // the reader sees what is missing
					}
					_ = client.Close()
				}()
				var got bytes.Buffer
				if _, err := io.CopyBuffer(struct{ io.Writer }{&got}, struct{ io.Reader }{mine}, make([]byte, room)); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got.Bytes(), sent) {
					t.Fatalf("%d bytes in %d pieces, read in %d at a time: got %d", len(sent), pieces, room, got.Len())
				}
				if n, err := mine.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
					t.Fatalf("behind the end: %d, %v", n, err)
				}
				_ = mine.Close()
			}
		})
	}
}

// What came while a deadline passed is there for the next read: it is told once only.
func TestReadyOutlivesDeadline(t *testing.T) {
	l := listenOn(t, "tcp")
	mine, client := mustPair(t, l)
	c := mine.(*conn)
	for range 200 {
		if _, err := client.Write([]byte{'x'}); err != nil {
			t.Fatal(err)
		}
		for c.reads.state.Load() != ready {
			runtime.Gosched()
		}
		if err := mine.SetReadDeadline(time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
		if _, err := mine.Read(make([]byte, 9)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		if err := mine.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if n, err := mine.Read(make([]byte, 9)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
}

// A reader that waits is let go by a deadline in the past, and by Close, as http.Server needs it.
func TestReaderIsLetGo(t *testing.T) {
	l := listenOn(t, "tcp")
	for _, tt := range []struct {
		name string
		end  func(net.Conn) error
		want error
	}{
		{"deadline", func(c net.Conn) error { return c.SetReadDeadline(time.Unix(1, 0)) }, os.ErrDeadlineExceeded},
		{"close", net.Conn.Close, net.ErrClosed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mine, _ := mustPair(t, l)
			c := mine.(*conn)
			got := make(chan error)
			for range 3 { // of whom two wait for the first
				go func() {
					_, err := mine.Read(make([]byte, 9))
					got <- err
				}()
			}
			for c.reads.state.Load() != awaited {
				runtime.Gosched()
			}
			if err := tt.end(mine); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if err := <-got; !errors.Is(err, tt.want) {
					t.Errorf("%v, want %v", err, tt.want)
				}
			}
		})
	}
}

// More than the system's buffers hold is sent to a client that takes its time.
func TestLargeWrite(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			mine, client := mustPair(t, listenOn(t, network))
			sent := make([]byte, 32<<20)
			for i := range sent {
				sent[i] = byte(i >> 8)
			}
			done := make(chan error, 1)
			go func() {
				_, err := mine.Write(sent)
				done <- errors.Join(err, mine.(*conn).CloseWrite())
			}()
			for mine.(*conn).writes.state.Load() != awaited {
				runtime.Gosched()
			}
			sum := sha256.New()
			n, err := io.Copy(sum, client)
			if want := sha256.Sum256(sent); n != int64(len(sent)) || err != nil || !bytes.Equal(sum.Sum(nil), want[:]) {
				t.Errorf("%d bytes, %v; want the %d that were sent", n, err, len(sent))
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

// The poller ends with its listener and the last connection, and leaves no descriptor behind.
func TestPollerEnds(t *testing.T) {
	open := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	before := open()
	for _, listenerFirst := range []bool{true, false} {
		l := listenOn(t, "tcp")
		mine, client := mustPair(t, l)
		last := []io.Closer{mine, l}
		if listenerFirst {
			last = []io.Closer{l, mine}
		}
		if err := errors.Join(client.Close(), last[0].Close()); err != nil {
			t.Fatal(err)
		}
		if now := open(); now <= before {
			t.Fatalf("%d descriptors while something is open, %d before", now, before)
		}
		if err := last[1].Close(); err != nil {
			t.Fatal(err)
		}
		for open() != before { // the test's own limit of time ends it
			runtime.Gosched()
		}
	}
}

// A connection that was on its way when the listener was closed, with nothing else open, is one of the runtime's.
func TestEndedPollerTakesNothing(t *testing.T) {
	l := listenOn(t, "tcp").(*listener)
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	under, err := l.Listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer under.Close()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if c, err := l.take(under); !errors.Is(err, net.ErrClosed) {
		t.Fatalf("an ended poller takes %v, %v", c, err)
	}
	if _, err := client.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if n, err := under.Read(make([]byte, 9)); n != 1 || err != nil {
		t.Error(n, err)
	}
}

// A read stops at an urgent byte; what is behind it is read all the same.
func TestUrgent(t *testing.T) {
	for _, late := range []bool{false, true} { // the reader waits already, or comes when all is there
		mine, client := mustPair(t, listenOn(t, "tcp"))
		raw, err := client.(*net.TCPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		send := func() {
			bad := raw.Control(func(fd uintptr) {
				err = errors.Join(unix.Send(int(fd), []byte("abc"), 0), unix.Send(int(fd), []byte("x"), unix.MSG_OOB), unix.Send(int(fd), []byte("def"), 0))
			})
			if err := errors.Join(bad, err); err != nil {
				t.Error(err)
			}
		}
		if late {
			send()
		} else {
			go send()
		}
		if err := mine.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		var got []byte
		for buffer := make([]byte, 99); len(got) < 6; {
			n, err := mine.Read(buffer)
			if err != nil {
				t.Fatalf("after %q: %v", got, err)
			}
			got = append(got, buffer[:n]...)
		}
		if string(got) != "abcdef" {
			t.Errorf("got %q", got)
		}
	}
}

// A listener that cannot be given to the poller, as one of memory, gives its connections as they are.
func TestForeignConn(t *testing.T) {
	under, far := net.Pipe()
	t.Cleanup(func() { _, _ = under.Close(), far.Close() })
	l, err := own(one{conn: under})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if got, err := l.Accept(); got != under || err != nil {
		t.Error(got, err)
	}
}

type one struct {
	net.Listener
	conn net.Conn
}

func (o one) Accept() (net.Conn, error) { return o.conn, nil }

func (o one) Close() error { return nil }

// While somebody always has something to do, and says so as the sweeper does, answers come at once nevertheless, where
// the runtime's poller lets them wait 10 ms each.
func TestNotStarved(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	under, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = under.Close() })
	plain, mine := echo(t, under), echo(t, listenOn(t, "tcp"))
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			default:
				runtime.Gosched()
			}
		}
	}()
	defer func() { close(done); <-ended }()
	const times = 20
	slow, fast := trips(t, plain, times), trips(t, mine, times)
	t.Logf("%d answers by the runtime's poller %v, by one of our own %v", times, slow, fast)
	if fast*3 > slow {
		t.Errorf("%d answers take %v, with the runtime's poller %v; want a third at most", times, fast, slow)
	}
}

// echo answers one connection of a listener, and gives a client's descriptor for it: one that blocks its thread, so
// that it does not wait for the runtime's poller itself.
func echo(t *testing.T, l net.Listener) (client int) {
	t.Helper()
	client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(client) })
	if err := unix.Connect(client, &unix.SockaddrInet4{Port: l.Addr().(*net.TCPAddr).Port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	go func() {
		buffer := make([]byte, 9)
		for {
			n, err := c.Read(buffer)
			if err != nil {
				return
			}
			_, _ = c.Write(buffer[:n]) // the client waits in vain, which the test's limit of time ends
		}
	}()
	return client
}

func trips(t *testing.T, client, times int) time.Duration {
	t.Helper()
	begin := time.Now()
	for range times {
		if _, err := unix.Write(client, []byte{'x'}); err != nil {
			t.Fatal(err)
		}
		if n, err := unix.Read(client, make([]byte, 9)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	return time.Since(begin)
}

// On more than one processor the runtime's poller is as good.
func TestListen(t *testing.T) {
	for processors, want := range map[int]bool{1: true, 2: false} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		under, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l, err := Listen(under)
		if err != nil {
			t.Fatal(err)
		}
		if got := l != under; got != want {
			t.Errorf("%d processors: a poller of its own %t, want %t", processors, got, want)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
