package mock_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/internal/testtool"
	"github.com/tallystick/tallystick/mock"
)

// The Python tests run clients of the Open Telekom Cloud as they are released: the command line
// (openstack ma devenv) and the SDK (conn.modelartsv1). Nothing in them is changed for the mock.

const (
	installTime = 5 * time.Minute
	commandTime = time.Minute
)

// python gives the interpreter of a virtual environment with the pinned packages. It is made once and kept
// in the user's cache.
func python(t *testing.T) string {
	t.Helper()
	base, err := exec.LookPath("python3")
	if err != nil {
		testtool.Missing(t, "python3 is not installed: %v", err)
	}
	version, err := exec.Command(base, "--version").Output()
	if err != nil {
		testtool.Missing(t, "python3 does not run: %v", err)
	}
	requirements, err := filepath.Abs(filepath.Join("testdata", "python", "requirements.txt"))
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := os.ReadFile(requirements)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		testtool.Missing(t, "there is no cache directory for the virtual environment: %v", err)
	}
	sum := sha256.Sum256(append(wanted, version...))
	kept := filepath.Join(cache, "tallystick-test-venv-"+hex.EncodeToString(sum[:8]))
	if _, err := os.Stat(interpreter(kept)); errors.Is(err, fs.ErrNotExist) {
		install(t, base, requirements, kept)
	}
	return interpreter(kept)
}

func interpreter(venv string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(venv, "Scripts", "python.exe")
	}
	return filepath.Join(venv, "bin", "python")
}

// install makes the environment beside its place and moves it there when it is whole, so that neither a
// failure nor another run can leave half of one.
func install(t *testing.T, base, requirements, kept string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), installTime)
	defer cancel()
	if err := os.MkdirAll(filepath.Dir(kept), 0o755); err != nil {
		testtool.Missing(t, "the cache directory cannot be made: %v", err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(kept), filepath.Base(kept)+"-new-")
	if err != nil {
		testtool.Missing(t, "the cache directory cannot be written: %v", err)
	}
	defer os.RemoveAll(fresh)
	for _, args := range [][]string{
		{base, "-m", "venv", fresh},
		{interpreter(fresh), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "-r", requirements},
	} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			testtool.Missing(t, "the Python packages cannot be installed: %v: %v\n%s", args[1:4], err, out)
		}
	}
	if err := os.Rename(fresh, kept); err != nil {
		if _, there := os.Stat(interpreter(kept)); there != nil {
			t.Fatal(err)
		}
	}
}

// run runs Python with nothing of this machine's configuration but the given variables.
func run(t *testing.T, env []string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	home := t.TempDir()
	cmd.Env = append([]string{"HOME=" + home, "USERPROFILE=" + home, "XDG_CONFIG_HOME=" + home, "PATH=" + os.Getenv("PATH"),
		"SYSTEMROOT=" + os.Getenv("SYSTEMROOT"), "LANG=C.UTF-8", "PYTHONUTF8=1", "NO_PROXY=*"}, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// recordFrozen is record with a clock that stands still, at a time at which a client that looks at the
// real time takes tokens for valid.
func recordFrozen(t *testing.T) *recorder {
	t.Helper()
	now := time.Now()
	return record(t, mock.WithNow(func() time.Time { return now }))
}

// cli runs openstack ma devenv against a mock.
type cli struct {
	t      *testing.T
	python string
	mock   *recorder
	env    []string
}

func newCLI(t *testing.T, python string, more ...string) *cli {
	r := recordFrozen(t)
	return &cli{t, python, r, append([]string{"OS_AUTH_URL=" + r.url + "/v3", "OS_IDENTITY_API_VERSION=3", "OS_USERNAME=ops", "OS_PASSWORD=pw",
		"OS_USER_DOMAIN_NAME=D", "OS_PROJECT_NAME=eu-de", "OS_PROJECT_DOMAIN_NAME=D", "OS_REGION_NAME=eu-de"}, more...)}
}

func (c *cli) run(args ...string) (string, string, error) {
	c.t.Helper()
	return run(c.t, c.env, append([]string{c.python, "-m", "openstackclient.shell", "ma", "devenv"}, args...)...)
}

// must runs a command that succeeds, and gives its requests to the mock other than those for a token.
func (c *cli) must(into any, args ...string) []exchanged {
	c.t.Helper()
	c.mock.drain()
	if into != nil {
		args = append(args, "-f", "json")
	}
	stdout, stderr, err := c.run(args...)
	if err != nil {
		c.t.Fatalf("ma devenv %s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(stdout), into); err != nil {
			c.t.Fatalf("ma devenv %s: %v in %q", strings.Join(args, " "), err, stdout)
		}
	}
	return slices.DeleteFunc(c.mock.drain(), func(e exchanged) bool { return strings.HasPrefix(e.uri, "/v3") })
}

// fails runs a command that has to fail, with a text in its message.
func (c *cli) fails(message string, args ...string) {
	c.t.Helper()
	stdout, stderr, err := c.run(args...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(stderr, message) {
		c.t.Errorf("ma devenv %s: %v, want a failure with %s\n%s%s", strings.Join(args, " "), err, message, stdout, stderr)
	}
}

// shown is what the command line shows of an instance.
type shown struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	Status        string `json:"status"`
	Description   string `json:"description"`
	ProfileID     string `json:"profile_id"`
	CurrentStatus string `json:"current_status"`
	PreviousState string `json:"previous_state"`
	Spec          struct {
		Annotations map[string]string `json:"annotations"`
		AutoStop    struct {
			Enable   bool `json:"enable"`
			Duration int  `json:"duration"`
		} `json:"auto_stop"`
	} `json:"spec"`
}

type listed struct {
	ID        string `json:"ID"`
	Name      string `json:"Name"`
	Status    string `json:"Status"`
	CreatedAt string `json:"Created At"`
}

func TestPython(t *testing.T) {
	t.Parallel()
	interpreter := python(t)
	t.Run("command line", func(t *testing.T) {
		t.Parallel()
		testCommandLine(t, interpreter)
	})
	t.Run("command line with an override", func(t *testing.T) {
		t.Parallel()
		testOverride(t, interpreter)
	})
	t.Run("SDK", func(t *testing.T) {
		t.Parallel()
		testSDK(t, interpreter)
	})
}

func testCommandLine(t *testing.T, python string) {
	c := newCLI(t, python)
	var made shown
	sent := c.must(&made, "create", "t1", "--flavor", "modelarts.vm.cpu.2u", "--profile-id", "1", "--workspace-id", "0", "--ai-project-id", "x",
		"--storage-type", "obs", "--storage-path", "/b/d/", "--extended-storage-type", "obsfs", "--extended-storage-path", "bkt",
		"--autostop-duration", "3600", "--pool-id", "p", "--pool-name", "pn")
	wantSent(t, sent, "POST", "", `{"flavor":"modelarts.vm.cpu.2u","profile_id":"Multi-Engine 1.0 (python3)-cpu","pool":{"name":"pn"},"workspace":{"id":"0"},
		"spec":{"storage":{"location":{"path":"/b/d/"},"type":"obs"},"auto_stop":{"enable":true,"duration":3600},
		"extended_storage":{"location":{"path":"bkt"},"type":"obsfs"}},"ai_project":{"id":"x"},"name":"t1"}`)
	if made.ID == "" || made.Name != "t1" || made.Status != "CREATING" || made.ProfileID != "Multi-Engine 1.0 (python3)-cpu" || made.Spec.AutoStop.Duration != 3600 {
		t.Fatalf("create shows %+v", made)
	}
	var other shown
	c.must(&other, "create", "t2", "--flavor", "modelarts.vm.cpu.2u", "--profile-id", "3", "--storage-type", "obs", "--storage-path", "b/d/")

	var list []listed
	sent = c.must(&list, "list", "--sort-by", "name", "--order", "desc", "--show-self", "--provision-type", "Docker", "--status", "creating", "--workspace-id", "0", "--limit", "10")
	for _, part := range []string{"de_type=Notebook", "sortby=name", "order=desc", "show_self=True", "provision_type=Docker", "status=CREATING", "workspace_id=0", "limit=10"} {
		if len(sent) != 1 || !strings.Contains(sent[0].uri, part) {
			t.Errorf("list sends %v, want %s", sent, part)
		}
	}
	if len(list) != 2 || list[0].Name != "t2" || list[1].ID != made.ID || list[1].Status != "CREATING" || len(list[0].CreatedAt) != 13 {
		t.Errorf("list shows %+v", list)
	}
	if table, stderr, err := c.run("list"); err != nil || len(regexp.MustCompile(`\| 20\d\d-\d\d-\d\d.\d\d:\d\d`).FindAllString(table, -1)) != 2 {
		t.Errorf("list for readers, %v:\n%s%s", err, table, stderr)
	}

	c.mock.next(t)
	var got shown
	c.must(&got, "show", "t1") // by its name
	if got.ID != made.ID || got.Status != "RUNNING" || got.Spec.Annotations["url"] == "" {
		t.Errorf("show t1: %+v", got)
	}
	got = shown{}
	c.must(&got, "show", made.ID)
	if got.Name != "t1" || got.Status != "RUNNING" {
		t.Errorf("show %s: %+v", made.ID, got)
	}

	got = shown{}
	sent = c.must(&got, "update", made.ID, "--description", "hello", "--auto-stop", "enable", "--prompt", "disable", "--duration", "7200")
	wantSent(t, sent, "PUT", "/"+made.ID, `{"description":"hello","auto_stop":{"enable":true,"prompt":false,"duration":7200}}`)
	if got.Description != "hello" || !got.Spec.AutoStop.Enable || got.Spec.AutoStop.Duration != 3600 {
		t.Errorf("update shows %+v, want the description changed and a member of the wrong place ignored", got)
	}

	c.fails("ModelArts.6304", "delete", "t1")
	got = shown{}
	sent = c.must(&got, "stop", "t1")
	wantSent(t, sent[len(sent)-1:], "POST", "/"+made.ID+"/action", `{"action":"stop"}`)
	if got.PreviousState != "RUNNING" || got.CurrentStatus != "STOPPING" {
		t.Errorf("stop shows %+v", got)
	}
	c.mock.next(t)
	got = shown{}
	sent = c.must(&got, "start", made.ID)
	wantSent(t, sent[len(sent)-1:], "POST", "/"+made.ID+"/action", `{"action":"start"}`)
	if got.PreviousState != "STOPPED" || got.CurrentStatus != "STARTING" {
		t.Errorf("start shows %+v", got)
	}
	c.mock.next(t)
	c.must(&got, "stop", made.ID)
	c.mock.next(t)
	sent = c.must(nil, "delete", "t1")
	wantSent(t, sent[len(sent)-1:], "DELETE", "/"+made.ID, "")
	if h := sent[len(sent)-1]; h.header.Get("Content-Length") != "0" || h.header.Get("X-Auth-Token") == "" {
		t.Errorf("delete sends %v", h.header)
	}
	c.fails("t1", "show", "t1")
	c.fails("ModelArts.6318", "create", "t3", "--flavor", "modelarts.vm.cpu.2u", "--profile-id", "1", "--storage-type", "obs", "--storage-path", "b/d")
}

// wantSent checks the one request that a command came to.
func wantSent(t *testing.T, sent []exchanged, method, path, body string) {
	t.Helper()
	if len(sent) != 1 || sent[0].method != method || !strings.HasSuffix(sent[0].uri, "/demanager/instances"+path) {
		t.Fatalf("sent %v, want one %s %s", sent, method, path)
	}
	if body == "" && sent[0].body == "" {
		return
	}
	var got, want any
	if err := errors.Join(json.Unmarshal([]byte(sent[0].body), &got), json.Unmarshal([]byte(body), &want)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("sent %s\nwant %s (%v)", sent[0].body, body, err)
	}
}

// An endpoint that is set by hand works where the catalogue has none for the region.
func testOverride(t *testing.T, python string) {
	c := newCLI(t, python)
	c.env = append(c.env, "OS_REGION_NAME=nowhere", "OS_MODELARTSV1_ENDPOINT_OVERRIDE="+c.mock.url+"/v1/%(project_id)s")
	var list []listed
	if sent := c.must(&list, "list"); len(sent) != 1 || sent[0].status != http.StatusOK || list == nil || len(list) != 0 {
		t.Errorf("list sends %v, shows %v", sent, list)
	}
}

func testSDK(t *testing.T, python string) {
	r := recordFrozen(t)
	stdout, stderr, err := run(t, nil, python, filepath.Join("testdata", "python", "sdk.py"), r.url)
	if err != nil || strings.TrimSpace(stdout) != "done" {
		t.Fatalf("sdk.py: %v\n%s%s", err, stdout, stderr)
	}
	seen := r.drain()
	renewed := false
	for i, e := range seen {
		if e.status == http.StatusUnauthorized {
			renewed = i+2 < len(seen) && seen[i+1].uri == "/v3/auth/tokens" && seen[i+1].status == http.StatusCreated &&
				seen[i+2].uri == e.uri && seen[i+2].status == http.StatusOK && seen[i+2].header.Get("X-Auth-Token") != e.header.Get("X-Auth-Token")
			if !renewed {
				t.Errorf("after 401 for %s %s: %v", e.method, e.uri, seen[i+1:])
			}
		}
	}
	if !renewed {
		t.Error("no token was renewed")
	}
}
