//go:build unix

package bolt

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file the owner of another one, where it has not: who compacts a file as another user must not take
// it away from the mock that it belongs to.
func keepOwner(path string, of fs.FileInfo) error {
	is, err := os.Stat(path)
	if err != nil {
		return err
	}
	want, known := of.Sys().(*syscall.Stat_t)
	got, _ := is.Sys().(*syscall.Stat_t)
	if !known || got == nil || (want.Uid == got.Uid && want.Gid == got.Gid) {
		return nil
	}
	return os.Chown(path, int(want.Uid), int(want.Gid))
}
