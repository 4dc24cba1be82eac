// Package deploy_test holds the files of this folder to the tools that read them, to each other, and to the flags of
// the binary that they start. It is a module of its own, so that these tools are no dependency of tally.
package deploy_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// problems are the sentences about what is wrong.
type problems []string

// must adds a sentence unless something holds.
func (p *problems) must(holds bool, sentence string) {
	if !holds {
		*p = append(*p, sentence)
	}
}

// mistake is a change to one file of this folder that has to be found.
type mistake struct {
	file, old, new string
	want           string // in one of the problems
}

// holdTo judges this folder, and copies of it with one mistake each.
func holdTo(t *testing.T, judge func(t *testing.T, folder string) problems, mistakes []mistake) {
	t.Helper()
	if found := judge(t, "."); len(found) > 0 {
		t.Errorf("problems:\n%s", strings.Join(found, "\n"))
	}
	for _, m := range mistakes {
		t.Run(m.want, func(t *testing.T) {
			found := judge(t, m.plant(t))
			if !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, m.want) }) {
				t.Errorf("%s with %q instead of %q: want a problem with %q, got\n%s", m.file, m.new, m.old, m.want, strings.Join(found, "\n"))
			}
		})
	}
}

// plant makes a copy of this folder with the mistake in it.
func (m mistake) plant(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, m.file)
	data := read(t, path)
	if !strings.Contains(data, m.old) {
		t.Fatalf("%s has no %q", m.file, m.old)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(data, m.old, m.new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// missing skips a test for want of a tool, except with TALLY_CI=1.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("TALLY_CI") == "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// commands are the commands of tally that something here starts, with the flags of each.
var commands = sync.OnceValues(func() (map[string][]string, error) {
	flags := map[string][]string{}
	for _, name := range []string{"mock", "wait"} {
		help, err := exec.Command("../bin/tally", name, "--help").Output()
		if err != nil {
			return nil, err
		}
		for _, line := range bytes.Split(help, []byte("\n")) {
			if flag := flagLine.FindSubmatch(line); flag != nil {
				flags[name] = append(flags[name], string(flag[1]))
			}
		}
	}
	return flags, nil
})

var flagLine = regexp.MustCompile(`^  (?:-\w, )?--([a-z-]+)`)

// unknown are the problems of a command line of tally, with the variables that are flags to it.
func unknown(t *testing.T, where string, line, variables []string) (found problems) {
	t.Helper()
	all, err := commands()
	if err != nil {
		t.Fatalf("bin/tally does not show its help; make build makes it: %v", err)
	}
	if len(line) == 0 || len(all[line[0]]) == 0 {
		return problems{where + ": the command line begins with no known command of tally"}
	}
	for _, arg := range line[1:] {
		if name, ok := strings.CutPrefix(arg, "--"); ok {
			name, _, _ = strings.Cut(name, "=")
			found.must(slices.Contains(all[line[0]], name), where+": tally "+line[0]+" has no flag --"+name)
		}
	}
	for _, v := range variables {
		if name, ok := strings.CutPrefix(v, "TALLY_"); ok {
			flag := strings.ReplaceAll(strings.ToLower(name), "_", "-")
			found.must(slices.Contains(all[line[0]], flag), where+": no flag of tally "+line[0]+" is "+v)
		}
	}
	return found
}
