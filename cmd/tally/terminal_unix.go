//go:build unix && !aix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// terminalWidth asks the terminal; false when the file is none.
func terminalWidth(f *os.File) (int, bool) {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, false
	}
	return int(size.Col), true
}
