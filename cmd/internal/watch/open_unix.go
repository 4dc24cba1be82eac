//go:build unix

package watch

import (
	"os"
	"syscall"
)

// openFile opens a file for reading, and does not wait for the other end of one that has become a pipe.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
