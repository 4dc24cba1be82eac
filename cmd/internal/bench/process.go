//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const startTime = 20 * time.Second

// process is a server that runs.
type process struct {
	cmd  *exec.Cmd
	addr string // 127.0.0.1:PORT
	dir  string // temporary; "" for none
}

// stop ends a server, and waits until it has.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(startTime, func() { _ = p.cmd.Process.Kill() })
	_ = p.cmd.Wait()
	kill.Stop()
	if p.dir != "" {
		_ = os.RemoveAll(p.dir)
	}
}

// pause stops a server until what it gives is called: servers share a core, and some are busy with themselves while
// nobody asks them anything.
func (p *process) pause() (resume func()) {
	_ = p.cmd.Process.Signal(syscall.SIGSTOP) // one that has ended disturbs nobody
	return func() { _ = p.cmd.Process.Signal(syscall.SIGCONT) }
}

// mockCommand is a mock that knows one token, without a quota, whose transient states end at once, with all
// else as it comes apart from the access log.
func mockCommand(ctx context.Context, tally, addr string, more ...string) *exec.Cmd {
	args := append([]string{"mock", "--addr", addr, "--token", benchToken + "=" + tenantID, "--quota", "0", "--speed", "instant", "--log", "off"}, more...)
	cmd := exec.CommandContext(ctx, tally, args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TALLY_") })
	cmd.Stderr = os.Stderr
	return cmd
}

func startMock(ctx context.Context, tally string, core int) (*process, error) {
	dir, err := os.MkdirTemp("", "tally-bench-")
	if err != nil {
		return nil, err
	}
	ready := filepath.Join(dir, "ready")
	p := &process{cmd: mockCommand(ctx, tally, "127.0.0.1:0", "--ready-file", ready), dir: dir}
	if err := startOn(core, p.cmd); err != nil {
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("start the mock: %w; go build -o bin/tally ./cmd/tally makes it", err)
	}
	for begin := time.Now(); time.Since(begin) < startTime; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(ready)
		if base, bad := url.Parse(strings.TrimSpace(string(text))); err == nil && bad == nil && base.Host != "" {
			p.addr = base.Host
			return p, nil
		}
	}
	p.stop()
	return nil, fmt.Errorf("the mock was not ready after %s", startTime)
}

func startBare(ctx context.Context, answers []constant, core int) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(answers)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, bareCommand)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(data), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := startOn(core, cmd); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd}
	addr, err := bufio.NewReader(out).ReadString('\n')
	if p.addr = strings.TrimSpace(addr); err != nil {
		p.stop()
		return nil, fmt.Errorf("the bare server gives no address: %w", err)
	}
	return p, nil
}

// resident is the memory of a server in bytes.
func (p *process) resident() (int64, error) {
	path := fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid)
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" {
			kilobytes, err := strconv.ParseInt(f[1], 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("%s has no VmRSS", path)
}

// busy is the processor time that a process has used; 0 means this one.
func busy(pid int) (time.Duration, error) {
	dir := "/proc/self"
	if pid > 0 {
		dir = procOf(pid)
	}
	used, err := threadsOf(dir)
	if err == nil && used.sum() == 0 {
		err = fmt.Errorf("%s/task has no thread with schedstat, which tells processor time; the kernel must have it", dir)
	}
	return used.sum(), err
}

func procOf(pid int) string { return "/proc/" + strconv.Itoa(pid) }

// threads are the processor time that each of some threads has used, by its file.
type threads map[string]time.Duration

func (t threads) sum() (all time.Duration) {
	for _, used := range t {
		all += used
	}
	return all
}

// since is what they have used since an earlier look. What a thread used that has ended is not known.
func (t threads) since(before threads) (all time.Duration) {
	for name, used := range t {
		all += max(used-before[name], 0)
	}
	return all
}

// threadsBeside are all threads on this machine but those of this process and another.
func threadsBeside(pid int) (threads, error) {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	all := threads{}
	for _, dir := range dirs {
		if dir == procOf(pid) || dir == procOf(os.Getpid()) {
			continue
		}
		some, err := threadsOf(dir)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, some)
	}
	return all, nil
}

// threadsOf are those of the process in a folder of /proc; none of one that has ended.
func threadsOf(dir string) (threads, error) {
	files, err := filepath.Glob(dir + "/task/*/schedstat")
	if err != nil {
		return nil, err
	}
	all := threads{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			continue // a thread that has just ended
		}
		text, _, _ := strings.Cut(string(data), " ")
		used, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		all[f] = time.Duration(used)
	}
	return all, nil
}
