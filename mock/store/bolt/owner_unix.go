//go:build unix

package bolt

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file the owner of another one, where it has not: who compacts a file as another user must not take
// it away from the mock that it belongs to. It is called last.
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
	err = os.Chown(path, int(want.Uid), int(want.Gid))
	if err != nil && want.Uid == got.Uid {
		return os.Chmod(path, of.Mode().Perm()&^0o070) // a group that its owner is not in cannot be given to it, so nobody of another may
	}
	if err != nil {
		return errors.New("it belongs to another user, and only root can give a file away: run this as that user")
	}
	return nil
}
