package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The script that runs fuzz targets tells of names without a target, and of targets that cannot be listed.
func TestFuzzScript(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not installed")
	}
	script, err := filepath.Abs("../../.ci/fuzz")
	if err != nil {
		t.Fatal(err)
	}
	const target = "package a\n\nimport \"testing\"\n\nfunc FuzzGood(f *testing.F) { f.Fuzz(func(*testing.T, int) {}) }\n"
	for _, row := range []struct {
		name, text string
		args       []string
		want       string // of the output
		fails      bool
	}{
		{"one that is there", target, []string{"1x", "FuzzGood"}, "1 fuzz targets ran for 1x each", false},
		{"a misspelt one beside it", target, []string{"1x", "FuzzGood", "FuzzGod"}, "there is no fuzz target FuzzGod\n", true},
		{"a pattern", target, []string{"1x", "Fuzz.*"}, "there is no fuzz target Fuzz.*\n", true},
		{"a crash beside a good one", target + "\nfunc init() { panic(\"it crashes\") }\n", []string{"1x"}, "panic: it crashes", true},
		{"none at all", "package a\n", []string{"1x"}, "no fuzz target was found", true},
	} {
		folder, beside := t.TempDir(), "package b\n"
		if row.name == "a crash beside a good one" {
			beside = target
		}
		if err := os.Mkdir(filepath.Join(folder, "b"), 0o700); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"go.mod": "module a\n\ngo 1.24\n", "a_test.go": row.text, "b/b_test.go": beside} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(script, row.args...)
		cmd.Dir = folder
		out, err := cmd.CombinedOutput()
		if (err != nil) != row.fails || !strings.Contains(string(out), row.want) {
			t.Errorf("%s: %v, want %q in\n%s", row.name, err, row.want, out)
		}
	}
}
