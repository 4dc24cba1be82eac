package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// checking is tally check as a process of its own.
type checking struct {
	*exec.Cmd
	ledger         string
	stdout, stderr bytes.Buffer
}

func startCheck(t *testing.T, base string, args ...string) *checking {
	t.Helper()
	c := &checking{ledger: filepath.Join(t.TempDir(), "run.ledger")}
	c.Cmd = exec.CommandContext(t.Context(), "tally", append([]string{"check", "--target", base, "--project", "p1", "--token", "secret-token", "--ledger", c.ledger}, args...)...)
	c.Stdout, c.Cmd.Stderr = &c.stdout, &c.stderr
	c.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// reach waits until the ledger has some lines, and a mark in the last of them or in a later one.
func (c *checking) reach(t *testing.T, lines int, mark string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for range ticker.C {
		data, _ := os.ReadFile(c.ledger) // there is none yet
		if all := strings.SplitAfter(string(data), "\n"); len(all) > lines && strings.Contains(strings.Join(all[lines-1:], ""), mark) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the ledger does not get to %d lines and %s:\n%s\n%s", lines, mark, data, c.stderr.String())
		}
	}
}

// alive are the ids of all instances on a mock, which are all of the run: a mock begins without any.
func alive(t *testing.T, base string) []string {
	t.Helper()
	resp, err := http.Get(base + "/_tally/resources")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status, err)
	}
	var listed any
	if err := json.Unmarshal(data, &listed); err != nil {
		t.Fatal(err)
	}
	var ids []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			if id, ok := v["id"].(string); ok {
				ids = append(ids, id)
			}
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(listed)
	return ids
}

// However a run is killed, tally cleanup finds in the ledger what it takes to leave nothing on the server.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, moment := range []struct {
		lines int
		mark  string
		mock  []string
		check []string
	}{
		{1, "target", nil, nil},
		{2, "plan", nil, nil},
		{3, "created", nil, nil},
		{12, "plan", nil, nil},
		{40, "created", nil, nil},
		{150, "removed", nil, nil},
		{6, "created", []string{"--speed", "60"}, []string{"--control", "off"}},
		{4, "created", []string{"--speed", "60", "--no-control=false"}, []string{"--control", "off", "--include", "suite:lifecycle"}},
	} {
		t.Run(fmt.Sprintf("%d %s %v", moment.lines, moment.mark, moment.check), func(t *testing.T) {
			base, _ := startMock(t, append([]string{"--addr", "127.0.0.1:0", "--token", "secret-token=p1"}, moment.mock...)...)
			c := startCheck(t, base, moment.check...)
			c.reach(t, moment.lines, moment.mark)
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = c.Wait() // it was killed
			before := alive(t, base)
			var stdout, stderr bytes.Buffer
			args := append([]string{"cleanup", "--ledger", c.ledger, "--token", "secret-token"}, moment.check[:min(len(moment.check), 2)]...)
			if code := run(t.Context(), args, nil, &stdout, &stderr, nil); code != exitOK {
				t.Errorf("tally cleanup ends with %d: %s%s", code, stdout.String(), stderr.String())
			}
			if left := alive(t, base); len(left) > 0 {
				t.Errorf("of %v, %v are left", before, left)
			}
			if moment.mark == "created" && (len(before) == 0 || !strings.Contains(stdout.String(), "removed ")) {
				t.Errorf("%v were there, and it prints %s", before, stdout.String())
			}
			if _, err := os.Stat(c.ledger); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the ledger is still there: %v", err)
			}
		})
	}
}

// Ctrl-C and SIGTERM end a run well: what was created is removed, and the report says what was judged.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			base, _ := startMock(t, "--addr", "127.0.0.1:0", "--token", "secret-token=p1", "--speed", "60")
			c := startCheck(t, base, "--control", "off", "--json")
			c.reach(t, 6, "created")
			if err := c.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			var exit *exec.ExitError
			if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitPartial {
				t.Errorf("it ends with %v: %s", err, c.stderr.String())
			}
			if left := alive(t, base); len(left) > 0 {
				t.Errorf("%v are left", left)
			}
			if _, err := os.Stat(c.ledger); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the ledger is still there: %v", err)
			}
			if !strings.Contains(c.stderr.String(), "interrupted: what was created is being removed") {
				t.Errorf("it says %s", c.stderr.String())
			}
			var report struct {
				Verdict  string
				Findings []any
				Notes    []string
			}
			if err := json.Unmarshal(c.stdout.Bytes(), &report); err != nil {
				t.Fatal(err)
			}
			if report.Verdict != "partial" || len(report.Findings) > 0 || !strings.Contains(strings.Join(report.Notes, "\n"), "interrupted after ") {
				t.Errorf("the report: %+v", report)
			}
		})
	}
}
