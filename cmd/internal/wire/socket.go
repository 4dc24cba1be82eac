package wire

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// ErrInUse is the error of a unix socket that another process answers at.
var ErrInUse = errors.New("another process answers there")

const (
	socketMode    = 0o600
	maxSocketPath = 103         // the least of what systems allow
	probeTime     = time.Second // for a process to take a connection; it need not answer
)

// socket is a listener whose file goes with it.
type socket struct {
	*net.UnixListener
	path string
	file fs.FileInfo
}

func listenSocket(ctx context.Context, path string) (net.Listener, error) {
	if path == "" {
		return nil, errors.New("the path is missing")
	}
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("the path has %d bytes; that of a unix socket may have %d", len(path), maxSocketPath)
	}
	config := net.ListenConfig{Control: ownersOnly}
	listener, err := config.Listen(ctx, "unix", path)
	if errors.Is(err, syscall.EADDRINUSE) {
		if err = removeStale(ctx, path); err == nil {
			listener, err = config.Listen(ctx, "unix", path)
		}
	}
	if err != nil {
		return nil, err
	}
	s := &socket{UnixListener: listener.(*net.UnixListener), path: path}
	s.SetUnlinkOnClose(false) // it would remove whatever stands there by then
	if s.file, err = os.Lstat(path); err == nil {
		err = os.Chmod(path, socketMode)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close ends the listener and removes its file, unless another process has put its own there.
func (s *socket) Close() error {
	if now, err := os.Lstat(s.path); err == nil && s.file != nil && os.SameFile(now, s.file) {
		_ = os.Remove(s.path) // a file that stays is taken over
	}
	return s.UnixListener.Close()
}

// removeStale removes the socket of a process that has died.
func removeStale(ctx context.Context, path string) error {
	before, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if before.Mode()&fs.ModeSocket == 0 {
		return errors.New("a file that is no socket stands there")
	}
	conn, err := (&net.Dialer{Timeout: probeTime}).DialContext(ctx, "unix", path)
	if err == nil {
		_ = conn.Close()
		return ErrInUse
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("a socket stands there, and it cannot be told whether anybody answers: %w", err)
	}
	if now, err := os.Lstat(path); err != nil || !os.SameFile(before, now) {
		return ErrInUse // somebody else was faster
	}
	return os.Remove(path)
}

// Local lets requests that came through a unix socket count as those of this machine, which they are: net/http
// knows no address for them.
func Local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(r.Context())
		r.RemoteAddr = "127.0.0.1:0"
		next.ServeHTTP(w, r)
	})
}
