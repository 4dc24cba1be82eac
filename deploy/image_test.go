package deploy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	imageTime = 8 * time.Minute // to build the binary from nothing
	startTime = 5 * time.Minute
)

// workshop is where images are built: with a store of its own, and a small stand-in for the image of Go, of a shell
// and of this machine's Go.
type workshop struct {
	t    *testing.T
	root string
}

func openWorkshop(t *testing.T) workshop {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		missing(t, "an image is built and run by root on Linux only")
	}
	for _, tool := range []string{"buildah", "busybox", "unshare", "chroot"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing(t, "%v", err)
		}
	}
	fetch := exec.CommandContext(t.Context(), "go", "mod", "download") // all of them, as the image does; it has no network here
	fetch.Dir = ".."
	if out, err := fetch.CombinedOutput(); err != nil {
		t.Fatalf("go mod download: %v\n%s", err, out)
	}
	w := workshop{t, t.TempDir()}
	made := strings.TrimSpace(w.buildah("from", "scratch"))
	busybox, _ := exec.LookPath("busybox")
	w.buildah("copy", made, busybox, "/bin/sh")
	w.buildah("copy", made, busybox, "/bin/mkdir")
	w.buildah("copy", made, "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/ca-certificates.crt")
	w.buildah("config", "--env", "PATH=/usr/local/go/bin:/bin", "--env", "GOPROXY=off", "--env", "GOFLAGS=-mod=readonly",
		"--env", "GOMODCACHE=/go/pkg/mod", "--env", "GOCACHE=/go/cache", "--env", "GOTOOLCHAIN=local", made)
	w.buildah("run", made, "/bin/mkdir", "/tmp")
	w.buildah("commit", made, "localhost/golang:1.26")
	return w
}

// try runs buildah without namespaces that a container may lack.
func (w workshop) try(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), imageTime)
	defer cancel()
	line := append([]string{"--root", filepath.Join(w.root, "store"), "--runroot", filepath.Join(w.root, "run"), "--storage-driver", "vfs"}, args...)
	cmd := exec.CommandContext(ctx, "buildah", line...)
	cmd.Env = append(os.Environ(), "BUILDAH_ISOLATION=chroot")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	return out.String() + errs.String(), err
}

func (w workshop) buildah(args ...string) string {
	w.t.Helper()
	out, err := w.try(args...)
	if err != nil {
		w.t.Fatalf("buildah %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// build builds the image of a folder with the files of the repository.
func (w workshop) build(dockerfile string) (string, error) {
	w.t.Helper()
	return w.try("build", "--pull-never", "--layers=false", "--file", dockerfile, "--tag", "tally",
		"--volume", goEnv(w.t, "GOROOT")+":/usr/local/go:ro", "--volume", goEnv(w.t, "GOMODCACHE")+":/go/pkg/mod", "--volume", goEnv(w.t, "GOCACHE")+":/go/cache", "..")
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// image is what is looked at of an image.
type image struct {
	User            string
	Entrypoint, Cmd []string
}

// TestImage builds the image and runs its command as its user, with a root that cannot be written.
func TestImage(t *testing.T) {
	w := openWorkshop(t)
	if out, err := w.build("Dockerfile"); err != nil {
		t.Fatalf("buildah build: %v\n%s", err, out)
	}
	var made struct{ OCIv1 struct{ Config image } }
	if err := json.Unmarshal([]byte(w.buildah("inspect", "--type", "image", "tally")), &made); err != nil {
		t.Fatal(err)
	}
	config := made.OCIv1.Config
	found := config.judge(t, read(t, "Dockerfile"))
	container := strings.TrimSpace(w.buildah("from", "--pull-never", "tally"))
	root := strings.TrimSpace(w.buildah("mount", container))
	found = append(found, judgeFiles(t, root, config.User)...)
	if len(found) > 0 {
		t.Fatalf("problems:\n%s", strings.Join(found, "\n"))
	}
	serveInside(t, cell{root, config.User}, slices.Concat(config.Entrypoint, config.Cmd))
}

var userNumbers = regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`)

func (m image) judge(t *testing.T, dockerfile string) (found problems) {
	t.Helper()
	found.must(userNumbers.MatchString(m.User), "USER is "+m.User+", want two numbers above 0")
	found.must(slices.Equal(m.Entrypoint, []string{"/tally"}), "the entrypoint is not /tally")
	found.must(!strings.Contains(dockerfile, "\nHEALTHCHECK"), "there is a HEALTHCHECK")
	return append(found, unknown(t, "image", m.Cmd, nil)...)
}

// judgeFiles looks for what must not be in the image, or must.
func judgeFiles(t *testing.T, root, user string) (found problems) {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		stat := info.Sys().(*syscall.Stat_t)
		owner := fmt.Sprintf("%d:%d", stat.Uid, stat.Gid)
		found.must((owner == user) == (name == "state"), name+" belongs to "+owner)
		found.must(info.Mode().Perm()&0o002 == 0, name+" can be written by anybody")
		if entry.Type().IsRegular() {
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	found.must(slices.Equal(files, []string{"etc/ssl/certs/ca-certificates.crt", "tally"}), "the files are "+strings.Join(files, ", "))
	return found
}

// cell runs programs of an image's root, which they cannot write, as its user; only /state can be written.
type cell struct{ root, user string }

func (c cell) command(ctx context.Context, line ...string) *exec.Cmd {
	const enter = `set -e
mount --bind "$0" "$0"
mount --bind "$0/state" "$0/state"
mount -o remount,bind,ro "$0"
user=$1
shift
exec chroot --userspec="$user" "$0" "$@"`
	args := append([]string{"--mount", "--propagation", "private", "sh", "-c", enter, c.root, c.user}, line...)
	cmd := exec.CommandContext(ctx, "unshare", args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	return cmd
}

// serveInside starts the image's own command at a free port, waits with the probe of the manifests, and ends it.
func serveInside(t *testing.T, c cell, line []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	var said bytes.Buffer
	server := c.command(ctx, append(line, "--addr", "127.0.0.1:0", "--ready-file", "/state/ready", "--state", "/state/tally.db")...)
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	var base []byte
	for len(base) == 0 {
		select {
		case err := <-ended:
			t.Fatalf("the mock ended: %v\n%s", err, said.String())
		case <-time.After(20 * time.Millisecond):
		}
		base, _ = os.ReadFile(filepath.Join(c.root, "state", "ready")) // not there yet
	}
	if out, err := c.command(ctx, "/tally", "wait", strings.TrimSpace(string(base)), "--ready", "--timeout", "20s").CombinedOutput(); err != nil {
		t.Errorf("the probe fails: %v\n%s", err, out)
	}
	if out, err := c.command(ctx, "/tally", "mock", "--addr", "127.0.0.1:0", "--ready-file", "/ready").CombinedOutput(); err == nil || !bytes.Contains(out, []byte("read-only")) {
		t.Errorf("the root can be written: %v\n%s", err, out)
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the mock did not end well: %v\n%s", err, said.String())
	}
	if info, err := os.Stat(filepath.Join(c.root, "state", "tally.db")); err != nil || info.Size() == 0 {
		t.Errorf("the state was not kept: %v", err)
	}
}

// TestImageMistakes holds what looks at an image to ones that must not be.
func TestImageMistakes(t *testing.T) {
	good := image{"1:1", []string{"/tally"}, []string{"mock"}}
	for _, tt := range []struct {
		image
		dockerfile, file, want string
	}{
		{image{"root", good.Entrypoint, good.Cmd}, "", "", "USER is root"},
		{image{"0:0", good.Entrypoint, good.Cmd}, "", "", "USER is 0:0"},
		{image{good.User, []string{"sh"}, good.Cmd}, "", "", "entrypoint"},
		{image{good.User, good.Entrypoint, []string{"mock", "--adr"}}, "", "", "no flag --adr"},
		{good, "\nHEALTHCHECK NONE", "", "HEALTHCHECK"},
		{good, "", "bin/sh", "the files are bin/sh"},
		{good, "", "state", "state belongs to"},
	} {
		root := t.TempDir()
		if tt.file != "" {
			path := filepath.Join(root, tt.file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		found := strings.Join(slices.Concat(tt.judge(t, tt.dockerfile), judgeFiles(t, root, tt.User)), "\n")
		if !strings.Contains(found, tt.want) {
			t.Errorf("want a problem with %q, got\n%s", tt.want, found)
		}
	}
}
