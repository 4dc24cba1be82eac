package wire

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func listenAt(t *testing.T, path string) net.Listener {
	t.Helper()
	l, err := Listen(t.Context(), "unix:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l := listenAt(t, path)
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&fs.ModeSocket == 0 || (runtime.GOOS != "windows" && info.Mode().Perm() != 0o600) {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	if got := BaseURL(l.Addr(), false); got != "unix:"+path {
		t.Errorf("the base URL is %s", got)
	}
	if _, err := Listen(t.Context(), "unix:"+path); !errors.Is(err, ErrInUse) {
		t.Errorf("a second listener: %v", err)
	}
	conn, err := net.Dial("unix", path) // the first is still there
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	l.Close()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the end: %v", err)
	}
}

// A socket has its mode before there is a file, where the system can do that.
func TestSocketMode(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux is known to do that")
	}
	path := filepath.Join(t.TempDir(), "s")
	config := net.ListenConfig{Control: ownersOnly}
	l, err := config.Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if info, err := os.Lstat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
}

// leaveStale leaves what a killed process leaves.
func leaveStale(t *testing.T, path string) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
}

func TestStaleSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	leaveStale(t, path)
	listenAt(t, path)
	if conn, err := net.Dial("unix", path); err != nil {
		t.Errorf("after it was taken over: %v", err)
	} else {
		conn.Close()
	}
}

// The file of another process is not removed.
func TestSocketOfAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l := listenAt(t, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	other := listenAt(t, path)
	l.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the file of the other is gone: %v", err)
	}
	other.Close()
}

func TestNoSocket(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{"", "the path is missing"},
		{filepath.Join(folder, strings.Repeat("x", maxSocketPath)), "that of a unix socket may have 103"},
		{file, "a file that is no socket stands there"},
		{filepath.Join(folder, "none", "s"), "no such file"},
	} {
		if _, err := Listen(t.Context(), "unix:"+c.path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.path, err, c.want)
		}
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "kept" {
		t.Errorf("the file has %q, %v", data, err)
	}
}

// A name with @ is a file too, since what has no file has no mode.
func TestAbstractSocket(t *testing.T) {
	t.Chdir(t.TempDir())
	listenAt(t, "@s")
	if _, err := os.Lstat("@s"); err != nil {
		t.Error(err)
	}
}

func TestBaseURL(t *testing.T) {
	for _, c := range []struct {
		addr   string
		secure bool
		want   string
	}{
		{"127.0.0.1:80", false, "http://127.0.0.1:80"},
		{"127.0.0.1:80", true, "https://127.0.0.1:80"},
		{"0.0.0.0:80", false, "http://127.0.0.1:80"},
		{"[::]:80", true, "https://127.0.0.1:80"},
		{"[::1]:80", false, "http://[::1]:80"},
	} {
		addr, err := net.ResolveTCPAddr("tcp", c.addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := BaseURL(addr, c.secure); got != c.want {
			t.Errorf("%s: %s, want %s", c.addr, got, c.want)
		}
	}
}
