package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected output inside the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tally": tally})
}

func TestScripts(t *testing.T) {
	plain := buildPlain(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Condition:           condition,
		Setup: func(env *testscript.Env) error {
			env.Setenv(plainVariable, plain)
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each program waits a second at its end
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"ready": ready,
		},
	})
}

// condition knows [tool:NAME]: the tool is installed. With TALLY_CI=1 a missing tool is an error.
func condition(cond string) (bool, error) {
	tool, ok := strings.CutPrefix(cond, "tool:")
	if !ok {
		return false, errors.New("unknown condition " + cond)
	}
	_, err := exec.LookPath(tool)
	if err != nil && os.Getenv("TALLY_CI") == "1" {
		return false, err
	}
	return err == nil, nil
}

// exits runs a program and holds it to an exit code: exits CODE PROGRAM ARGS...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got, err := 0, ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got, err = exit.ExitCode(), nil
	}
	ts.Check(err)
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

const patience = 20 * time.Second // far more than a start takes, even on a busy machine

// ready waits until a mock serves, and sets $URL and $ADDR: ready FILE. With !, it waits until the file is
// gone.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: ready FILE")
	}
	text, ok := waitFor(ts.MkAbs(args[0]), !neg)
	if !ok {
		ts.Fatalf("%s: still not so after %s", args[0], patience)
	}
	url := strings.TrimSpace(text)
	ts.Setenv("URL", url)
	_, addr, _ := strings.Cut(url, "://")
	ts.Setenv("ADDR", addr)
}

// waitFor polls until a file is there, or is not.
func waitFor(path string, there bool) (string, bool) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(patience)
	for {
		data, err := os.ReadFile(path)
		if (err == nil) == there {
			return string(data), true
		}
		select {
		case <-ticker.C:
		case <-deadline:
			return "", false
		}
	}
}
