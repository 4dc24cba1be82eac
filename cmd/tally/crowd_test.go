//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Memory that a crowd may take: for each connection, and on the whole.
const (
	mostEach  = 24 << 10
	mostAlone = 96 << 20
)

// TestCrowd: many connections that do nothing, and many that send a byte a second, neither keep others from being
// served nor take memory without bound. TALLY_CROWD=1 makes it 10,000 idle ones and 1,000 slow ones for half a minute,
// and compares the throughput of others with that of a mock without a crowd.
func TestCrowd(t *testing.T) {
	idle, slow, rounds := 200, 20, 1
	whole := os.Getenv("TALLY_CROWD") != ""
	if whole {
		idle, slow, rounds = 10_000, 1_000, 15
	}
	crowded, calm := startHall(t), startHall(t)
	for range idle {
		c := crowded.dial(t)
		if _, err := io.WriteString(c, "GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if resp, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || resp.Close {
			t.Fatal(resp, err)
		}
	}
	s := &slowly{addr: crowded.addr, conns: make([]net.Conn, slow), at: make([]int, slow)}
	t.Cleanup(s.close)
	s.send()
	var with, without []float64
	for range rounds {
		if whole {
			done := make(chan struct{})
			go s.keepOn(done)
			with, without = append(with, crowded.throughput(t, 2*time.Second)), append(without, calm.throughput(t, 2*time.Second))
			done <- struct{}{}
			continue
		}
		with, without = append(with, crowded.throughput(t, 0)), append(without, calm.throughput(t, 0))
	}
	slices.Sort(with)
	slices.Sort(without)
	ratio := with[rounds/2] / without[rounds/2]
	more := crowded.resident(t) - calm.resident(t)
	t.Logf("%d idle and %d slow connections, %d of them cut and come back: throughput %.2f × (%.0f/s of %.0f/s), memory %d MB more",
		idle, slow, s.cut.Load(), ratio, with[rounds/2], without[rounds/2], more>>20)
	if limit := int64(mostAlone + (idle+slow)*mostEach); more > limit {
		t.Errorf("the crowd takes %d MB, want at most %d", more>>20, limit>>20)
	}
	if whole && ratio < 0.8 {
		t.Errorf("throughput falls to %.2f ×, want 0.80 or more", ratio)
	}
	if whole && s.cut.Load() == 0 {
		t.Error("nobody was cut who sends a byte a second, want all after 10 seconds")
	}
}

// hall is a mock in a process of its own.
type hall struct {
	addr string
	pid  int
}

func startHall(t *testing.T) *hall {
	t.Helper()
	ready := filepath.Join(t.TempDir(), "ready")
	cmd := exec.CommandContext(t.Context(), "tally", "mock", "--addr", "127.0.0.1:0", "--ready-file", ready, "--log", "off", "--auth", "off")
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	text, ok := waitFor(ready, true)
	if !ok {
		t.Fatal("the mock does not start")
	}
	return &hall{addr: strings.TrimPrefix(strings.TrimSpace(text), "http://"), pid: cmd.Process.Pid}
}

func (h *hall) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// resident is the memory of the process in bytes.
func (h *hall) resident(t *testing.T) int64 {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.pid))
	if err != nil {
		t.Fatal(err)
	}
	var kilobytes int64
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

// throughput lists again and again over four connections for a while, 50 times at least, and gives answers a second.
func (h *hall) throughput(t *testing.T, during time.Duration) float64 {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}, Timeout: patience}
	defer client.CloseIdleConnections()
	var answers atomic.Int64
	begin := time.Now()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for n := 0; n < 50 || time.Since(begin) < during; n++ {
				resp, err := client.Get("http://" + h.addr + "/v1/p/demanager/instances?de_type=Notebook")
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				if _ = resp.Body.Close(); resp.StatusCode != http.StatusOK {
					t.Errorf("status %d", resp.StatusCode)
				}
				answers.Add(1)
			}
		})
	}
	group.Wait()
	return float64(answers.Load()) / time.Since(begin).Seconds()
}

// slowly are clients that send their requests a byte at a time. Those that are cut come back.
type slowly struct {
	addr  string
	conns []net.Conn
	at    []int
	cut   atomic.Int64
}

// send sends one byte of each.
func (s *slowly) send() {
	const request = "GET /none HTTP/1.1\r\nHost: localhost\r\nX-Long: "
	for i, c := range s.conns {
		if c != nil {
			next := byte('x')
			if s.at[i] < len(request) {
				next = request[s.at[i]]
			}
			if _, err := c.Write([]byte{next}); err == nil {
				s.at[i]++
				continue
			}
			_ = c.Close()
			s.cut.Add(1)
		}
		s.conns[i], s.at[i] = nil, 0
		if c, err := net.Dial("tcp", s.addr); err == nil {
			s.conns[i] = c
		}
	}
}

// keepOn sends one byte of each every second, until it is told to stop.
func (s *slowly) keepOn(stop <-chan struct{}) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.send()
		case <-stop:
			return
		}
	}
}

func (s *slowly) close() {
	for _, c := range s.conns {
		if c != nil {
			_ = c.Close()
		}
	}
}
