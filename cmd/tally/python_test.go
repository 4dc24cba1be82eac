package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// served is a command that serves until it is told to end.
type served struct {
	base           string
	end            func() int // gives the exit code
	stdout, stderr bytes.Buffer
}

// serving starts a command that writes a ready file, in this process.
func serving(t *testing.T, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ready := filepath.Join(t.TempDir(), "ready")
	s, done := &served{}, make(chan int, 1)
	go func() {
		done <- run(ctx, append(args, "--addr", "127.0.0.1:0", "--ready-file", ready, "--log", "off"), strings.NewReader(""), &s.stdout, &s.stderr, nil)
	}()
	ended := -1
	s.end = func() int {
		if cancel(); ended < 0 {
			ended = <-done
		}
		return ended
	}
	t.Cleanup(func() { s.end() })
	text, ok := waitFor(ready, true)
	if !ok {
		t.Fatalf("tally %s does not start", args[0])
	}
	s.base = strings.TrimSpace(text)
	return s
}

// The whole way of a recording: a client that nobody changed is recorded, its life is judged, replayed to the
// same client, and verified against a mock that is as it should be and against some that are not.
func TestPythonRecording(t *testing.T) {
	t.Parallel()
	python := pythonWithClients(t)
	mock := serving(t, "mock", "--speed", "instant")
	file := filepath.Join(t.TempDir(), "life.har")
	recorder := serving(t, "record", "--target", mock.base, "--host", "client", "--out", file, "--fail-on", "answers")
	said := pythonLife(t, python, recorder.base)
	if code := recorder.end(); code != exitOK {
		t.Fatalf("tally record ends with %d: %s%s", code, recorder.stdout.String(), recorder.stderr.String())
	}
	data, err := os.ReadFile(file)
	if err != nil || bytes.Contains(data, []byte("hush-hush")) || !bytes.Contains(data, []byte("deleteInstance")) {
		t.Errorf("%v: the recording has the password, or not the whole life: %s", err, recorder.stdout.String())
	}

	code, out := ran("judge", file)
	if code != exitOK {
		t.Errorf("tally judge ends with %d:\n%s", code, out)
	}
	replay := serving(t, "replay", file)
	if again := pythonLife(t, python, replay.base); again != said {
		t.Errorf("the replay says\n%s, the mock said\n%s", again, said)
	}
	for defect, found := range map[string]string{
		"":                                  "",
		"member-missing/getInstance/status": "getInstance/verify/",
		"refused/RUNNING/stop":              "actOnInstance/verify/",
	} {
		args := []string{"mock", "--speed", "instant", "--token", "secret-token=p1"}
		if defect != "" {
			args = append(args, "--defect", defect)
		}
		code, out := ran("verify", file, "--target", serving(t, args...).base, "--project", "p1", "--token", "secret-token")
		if (found == "") != (code == exitOK) || !strings.Contains(out, found) {
			t.Errorf("defect %q: tally verify ends with %d:\n%s", defect, code, out)
		}
	}
}

// What tally env prints is all that the command line client needs, with TLS and without, with a user and with a token.
func TestPythonEnvironment(t *testing.T) {
	t.Parallel()
	python := pythonWithClients(t)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	for name, c := range map[string]struct{ mock, env []string }{
		"TLS, and a user": {[]string{"--user", "me:it's:D", "--tls-self-signed", "--tls-ca-file", ca},
			[]string{"--user", "me", "--password", "it's", "--domain", "D", "--project-name", "eu-de_x", "--ca", ca}},
		"a project by its id": {nil, []string{"--project", "p1", "--region", "nowhere"}},
		"a token":             {[]string{"--token", "secret=p1"}, []string{"--token", "secret", "--project", "p1"}},
	} {
		t.Run(name, func(t *testing.T) {
			mock := serving(t, append([]string{"mock"}, c.mock...)...)
			code, variables := ran(append([]string{"env", mock.base}, c.env...)...)
			if code != exitOK {
				t.Fatalf("tally env ends with %d: %s", code, variables)
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-c", `eval "$1"; shift; exec "$@"`, "sh", variables,
				python, "-m", "openstackclient.shell", "ma", "devenv", "list", "-f", "json")
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if out, err := cmd.Output(); err != nil || strings.TrimSpace(string(out)) != "[]" {
				t.Errorf("ma devenv list: %v: %s%s", err, out, stderr.String())
			}
		})
	}
}

// ran runs a command that ends by itself, and gives its exit code and what it printed.
func ran(args ...string) (int, string) {
	var out bytes.Buffer
	code := run(context.Background(), args, strings.NewReader(""), &out, &out, nil)
	return code, out.String()
}

// pythonLife lets the command line client of the service live the life of a notebook.
func pythonLife(t *testing.T, python, base string) string {
	t.Helper()
	var said strings.Builder
	for _, command := range []string{
		"create t1 --flavor modelarts.vm.cpu.2u --profile-id 1 --storage-type obs --storage-path b/d/ --autostop-duration 3600",
		"list -f json", "show t1 -f json", "stop t1", "start t1", "stop t1", "delete t1", "list -f json",
	} {
		cmd := exec.CommandContext(t.Context(), python, append([]string{"-m", "openstackclient.shell", "ma", "devenv"}, strings.Fields(command)...)...)
		cmd.Env = append(os.Environ(), "OS_AUTH_URL="+base+"/v3", "OS_IDENTITY_API_VERSION=3", "OS_USERNAME=ops", "OS_PASSWORD=hush-hush",
			"OS_USER_DOMAIN_NAME=D", "OS_PROJECT_NAME=eu-de", "OS_PROJECT_DOMAIN_NAME=D", "OS_REGION_NAME=eu-de")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v: %s%s", command, err, out, stderr.String())
		}
		said.Write(out)
	}
	return said.String()
}
