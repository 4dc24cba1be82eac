//go:build unix

package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// With nobody left to read what it prints, a run still ends by itself: nothing is left, and the mock's clock goes
// on. Before, it has told where its ledger is.
func TestPipeCloses(t *testing.T) {
	base, _ := startMock(t, "--addr", "127.0.0.1:0", "--token", "secret-token=p1")
	cmd := exec.CommandContext(t.Context(), "tally", "check", "--target", base, "--project", "p1", "--token", "secret-token", "--include", "suite:lifecycle")
	dir := t.TempDir()
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", "TMPDIR="+dir)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	first, err := bufio.NewReader(read).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	read.Close()
	if !strings.Contains(first, "ledger: "+dir) {
		t.Errorf("the first line is %q", first)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
	if left := alive(t, base); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
	if ledgers, _ := os.ReadDir(dir); len(ledgers) > 0 {
		t.Errorf("left among the temporary files: %v", ledgers)
	}
}
