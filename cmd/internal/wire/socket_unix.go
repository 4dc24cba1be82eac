//go:build unix

package wire

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// ownersOnly gives a socket its mode before it gets its file, so that nobody else can slip in between. Systems
// that do not know that get the mode afterwards.
func ownersOnly(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { _ = unix.Fchmod(int(fd), socketMode) })
}
