//go:build unix

// Package testpostgres gives tests a PostgreSQL server.
package testpostgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Password is that of the one user of a server that was started here. It stands nowhere else, so that a
// test can look for it where it must not be.
const Password = "open-sesame-4711"

// server is started once in a test program.
var server = sync.OnceValues(start)

// URL names a server: that of the variable TALLY_POSTGRES, or one that is started here from the programs of
// Debian's package, which ends with the test program. Where there is neither, the test is skipped, or fails
// with TALLY_CI=1. The user may make schemas; each test uses its own.
func URL(t testing.TB) string {
	t.Helper()
	if given := os.Getenv("TALLY_POSTGRES"); given != "" {
		return given
	}
	base, err := server()
	if err == nil {
		return base
	}
	if os.Getenv("TALLY_CI") == "1" || !errors.Is(err, errMissing) {
		t.Fatalf("PostgreSQL: %v", err)
	}
	t.Skipf("PostgreSQL: %v", err)
	return ""
}

var schemas atomic.Int64

// Schema is like URL, with a schema of the test's own, which is dropped at its end.
func Schema(t testing.TB) string {
	t.Helper()
	base := URL(t)
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), schemas.Add(1))
	t.Cleanup(func() {
		ctx := context.Background() // that of the test has ended
		conn, err := pgx.Connect(ctx, base)
		if err == nil {
			_, err = conn.Exec(ctx, `drop schema if exists "`+name+`" cascade`)
			_ = conn.Close(ctx) // it is of no use any more
		}
		if err != nil {
			t.Errorf("the schema %s is left over: %v", name, err)
		}
	})
	return With(base, "schema", name)
}

// Started says whether the server is one of this test program, which may do to it what it likes.
func Started() bool { return os.Getenv("TALLY_POSTGRES") == "" }

// With adds a parameter to a URL.
func With(base, name, value string) string {
	u, err := url.Parse(base)
	if err != nil {
		panic("TALLY_POSTGRES is no URL") // its text may have a password
	}
	query := u.Query()
	query.Set(name, value)
	u.RawQuery = query.Encode()
	return u.String()
}

var errMissing = errors.New("there is no server: set TALLY_POSTGRES to the URL of one, or install it: apt-get install postgresql")

// watch runs a server until the standard input ends, which it does with the test program however that ends.
const watch = `cd "$1" && "$2/pg_ctl" -D data -w -t 120 -l log -o "-c listen_addresses= -c unix_socket_directories=$1 -c max_connections=50" start >/dev/null || { cat log; exit 1; }
echo ready
cat >/dev/null
"$2/pg_ctl" -D data -m immediate stop >/dev/null
rm -rf "$1"`

func start() (string, error) {
	programs, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(programs) == 0 {
		return "", errMissing
	}
	slices.Sort(programs)
	bin := filepath.Dir(programs[len(programs)-1])
	dir, err := os.MkdirTemp("", "tally-pg-") // short: the path of a socket has 107 bytes at most
	if err != nil {
		return "", err
	}
	secret := filepath.Join(dir, "password")
	if err := os.WriteFile(secret, []byte(Password+"\n"), 0o600); err != nil {
		return "", err
	}
	attributes, err := unprivileged(dir, secret)
	if err != nil {
		return "", err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "tally", "--pwfile", secret, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync") //nolint:noctx // it ends by itself
	initdb.Dir, initdb.SysProcAttr = dir, attributes
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return "postgres://tally:" + Password + "@/postgres?host=" + url.QueryEscape(dir), run(bin, dir, attributes)
}

// run starts the server, and waits until it serves.
func run(bin, dir string, attributes *syscall.SysProcAttr) error {
	cmd := exec.Command("sh", "-c", watch, "sh", dir, bin) //nolint:noctx // it ends with this program
	cmd.SysProcAttr = attributes
	if _, err := cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	said := make([]byte, 4096)
	n, _ := out.Read(said) // what it says shows whether it runs
	if strings.TrimSpace(string(said[:n])) != "ready" {
		return fmt.Errorf("the server does not start: %s", said[:n])
	}
	go func() { _ = cmd.Wait() }() // which keeps its standard input open
	return nil
}

// unprivileged makes the folder that of another user when this one is root, as whom no server runs.
func unprivileged(paths ...string) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Setpgid: true} // an interrupt at the terminal ends the tests first
	if os.Getuid() != 0 {
		return attributes, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.Atoi(u.Uid) // numbers, on any Unix
	gid, _ := strconv.Atoi(u.Gid)
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)} //nolint:gosec // a user's id fits
	for _, path := range paths {
		if err := os.Chown(path, uid, gid); err != nil {
			return nil, err
		}
	}
	return attributes, nil
}
