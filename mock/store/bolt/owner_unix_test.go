//go:build unix

package bolt_test

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/tallystick/tallystick/mock/store/bolt"
)

// A file that root compacts stays that of the mock's user.
func TestCompactKeepsOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	path := filepath.Join(t.TempDir(), "state")
	many(t, path)
	const owner, group, mode = 12345, 23456, 0o640
	if err := os.Chown(path, owner, group); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	if _, _, err := bolt.Compact(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Sys().(*syscall.Stat_t); got.Uid != owner || got.Gid != group || info.Mode().Perm() != mode {
		t.Errorf("%d:%d, mode %o", got.Uid, got.Gid, info.Mode().Perm())
	}
}
