package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/internal/testtool"
)

// The README and the pages of docs mark their blocks: <!-- run --> is run against a mock, <!-- output --> is what the
// block before it prints, <!-- session --> is what the mock prints, <!-- file: NAME --> is a configuration file. In
// output, … stands for anything. The blocks of the pages go on where the README's end.

// pages are in the order in which their blocks run.
var pages = []string{"README.md", "docs/documents.md", "docs/check.md", "docs/recordings.md", "docs/mock.md"}

const (
	readmeBase = "http://127.0.0.1:8080"
	runTime    = 2 * time.Minute
)

// block is a marked block of a page.
type block struct {
	mark, language, text string
	at                   string // page:line
	output               string // of a block to run; "" when the page shows none
}

var marked = regexp.MustCompile("(?ms)^<!-- ([^\n]+) -->\n```(\\w+)\n(.*?)^```$")

func pageBlocks(t *testing.T, page string) []block {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../..", page))
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	for _, at := range marked.FindAllSubmatchIndex(data, -1) {
		b := block{string(data[at[2]:at[3]]), string(data[at[4]:at[5]]), string(data[at[6]:at[7]]), fmt.Sprintf("%s:%d", page, bytes.Count(data[:at[0]], []byte("\n"))+1), ""}
		if b.mark == "output" {
			if len(blocks) == 0 {
				t.Fatalf("%s begins with an output", page)
			}
			blocks[len(blocks)-1].output = b.text
			continue
		}
		blocks = append(blocks, b)
	}
	if marks := bytes.Count(data, []byte("\n<!-- ")); marks != len(blocks)+bytes.Count(data, []byte("\n<!-- output -->")) {
		t.Fatalf("%s has %d marks; some do not stand right before a block", page, marks)
	}
	return blocks
}

// startMock starts a mock inside this process; it gives its base URL and what it printed.
func startMock(t *testing.T, args ...string) (base, session string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ready := filepath.Join(t.TempDir(), "ready")
	var stdout, stderr bytes.Buffer
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"mock", "--ready-file", ready, "--log", "off"}, args...), strings.NewReader(""), &stdout, &stderr, nil)
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != exitOK {
			t.Errorf("tally mock ends with %d: %s", code, stderr.String())
		}
	})
	text, ok := waitFor(ready, true)
	if !ok {
		t.Fatal("the mock does not start")
	}
	return strings.TrimSpace(text), stdout.String() // it was printed before the ready file
}

func TestReadme(t *testing.T) {
	t.Parallel()
	base, session := startMock(t, "--addr", "127.0.0.1:0")
	var blocks []block
	for _, page := range pages {
		own := pageBlocks(t, page)
		if len(own) == 0 {
			t.Errorf("%s has no blocks", page)
		}
		blocks = append(blocks, own...)
	}
	all, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		if page := "docs/" + filepath.Base(path); !slices.Contains(pages, page) && len(pageBlocks(t, page)) > 0 {
			t.Errorf("%s has blocks that nobody runs", page)
		}
	}
	ran := map[string]int{}
	for i := range blocks {
		blocks[i].text = strings.ReplaceAll(blocks[i].text, readmeBase, base)
		ran[blocks[i].mark+" "+blocks[i].language]++
	}
	runShell(t, blocks) // first, because it lists the only resource there is
	for _, b := range blocks {
		switch {
		case b.mark == "run" && b.language == "sh":
		case b.mark == "run" && b.language == "python":
			t.Run(b.at, func(t *testing.T) { runPython(t, b) })
		case b.mark == "run" && b.language == "go":
			t.Run(b.at, func(t *testing.T) { runGo(t, b) })
		case b.mark == "session":
			matches(t, b.at, b.text, session)
		case strings.HasPrefix(b.mark, "file: "):
			t.Run(b.at, func(t *testing.T) { readConfig(t, b) })
		default:
			t.Errorf("%s: a %s block cannot be marked %q", b.at, b.language, b.mark)
		}
	}
	for _, kind := range []string{"run sh", "run python", "run go", "session text", "file: tally.yaml yaml"} {
		if ran[kind] == 0 {
			t.Errorf("no page has a block %q any more", kind)
		}
	}
}

func output(t *testing.T, dir, stdin, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), runTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Errorf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

// runShell runs the shell's blocks one after the other in one shell, so that they share their variables.
func runShell(t *testing.T, all []block) {
	var blocks []block
	for _, b := range all {
		if b.mark == "run" && b.language == "sh" {
			blocks = append(blocks, b)
		}
	}
	t.Run("shell", func(t *testing.T) {
		if _, err := exec.LookPath("curl"); err != nil {
			testtool.Missing(t, "curl is not installed")
		}
		const seam = "\n----- the next block -----\n"
		var script strings.Builder
		script.WriteString("set -eu\n")
		for _, b := range blocks {
			script.WriteString(b.text + "printf '" + strings.ReplaceAll(seam, "\n", `\n`) + "'\n")
		}
		dir := t.TempDir()
		if fixtures, err := filepath.Abs("../../fixtures"); err != nil || os.Symlink(fixtures, filepath.Join(dir, "fixtures")) != nil {
			t.Fatal("the blocks need the folder of the fixtures beside them")
		}
		parts := strings.Split(output(t, dir, script.String(), "sh"), seam)
		if len(parts) != len(blocks)+1 {
			t.Fatalf("%d of %d blocks ran", len(parts)-1, len(blocks))
		}
		for i, b := range blocks {
			matches(t, b.at, b.output, parts[i])
		}
	})
}

func runGo(t *testing.T, b block) {
	name, command := "main.go", "run"
	if strings.Contains(b.text, `"testing"`) {
		name, command = "yours_test.go", "test"
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(b.text), 0o600); err != nil {
		t.Fatal(err)
	}
	got := output(t, "../..", "", "go", command, path)
	if command == "run" {
		matches(t, b.at, b.output, got)
	}
}

func runPython(t *testing.T, b block) {
	matches(t, b.at, b.output, output(t, t.TempDir(), b.text, pythonWithClients(t), "-"))
}

// pythonWithClients is the interpreter of the environment that the tests of the mock keep in the user's cache.
func pythonWithClients(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		testtool.Missing(t, "%v", err)
	}
	kept, _ := filepath.Glob(filepath.Join(cache, "tallystick-test-venv-*", "bin", "python"))
	for _, python := range kept {
		if exec.Command(python, "-c", "import otcextensions").Run() == nil {
			return python
		}
	}
	testtool.Missing(t, "no environment with otcextensions; go test ./mock makes one")
	return ""
}

// readConfig reads a page's configuration file.
func readConfig(t *testing.T, b block) {
	path := filepath.Join(t.TempDir(), strings.TrimPrefix(b.mark, "file: "))
	if err := os.WriteFile(path, []byte(b.text), 0o600); err != nil {
		t.Fatal(err)
	}
	if base, session := startMock(t, "--config", path); !strings.Contains(session, base) || !strings.Contains(session, "alice-token") {
		t.Errorf("the mock prints %s", session)
	}
}

// matches holds output to what a page shows.
func matches(t *testing.T, at, want, got string) {
	t.Helper()
	pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(want)), "…", ".*")
	if want == "" || !regexp.MustCompile("(?s)^"+pattern+"$").MatchString(strings.TrimSpace(got)) {
		t.Errorf("%s: the block prints\n%s\nand the page shows\n%s", at, got, want)
	}
}

// A closed pipe or a full disk must not pass for success.
func TestWriteError(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"lint"}, {"lint", "--json"}} {
		var stderr bytes.Buffer
		if code := run(t.Context(), args, strings.NewReader(""), brokenWriter{}, &stderr, nil); code != exitUsage || !strings.Contains(stderr.String(), "disk full") {
			t.Errorf("tally %v ends with %d: %s", args, code, stderr.String())
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

var _ io.Writer = brokenWriter{}
