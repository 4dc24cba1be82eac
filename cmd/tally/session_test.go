package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/internal/testtool"
)

// What a shell reads back is what was quoted.
func TestShellQuote(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		testtool.Missing(t, "sh is not installed")
	}
	for _, text := range []string{"", "plain", "it's", `"$HOME" \ 'x' ''`, "a b\nc\t*", "`id`; exit 1 &", "中文", "~", "#x", "a=b"} {
		if got := output(t, t.TempDir(), "", "sh", "-c", "printf %s "+shellQuote(text)); got != text {
			t.Errorf("%q comes back as %q", text, got)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"mock", "lint", "version", "no-control"}
	for name, want := range map[string]string{"mok": "mock", "lnit": "lint", "versio": "version", "nocontrol": "no-control", "x": "", "": "", "conform": ""} {
		if got := nearest(name, known); got != want {
			t.Errorf("nearest to %q is %q, want %q", name, got, want)
		}
	}
}

// A flag of the command goes before what other tools call another.
func TestMeantFlag(t *testing.T) {
	for _, tt := range []struct{ name, known, want string }{
		{"adr", "addr cors", "addr"}, {"port", "addr cors", "addr"}, {"port", "cors json", "cors"}, {"sort", "addr json", ""}, {"test", "addr json", ""},
		{"hots", "addr host", "host"}, {"host", "addr host", "host"}, {"host", "addr json", "addr"}, {"host", "json out", ""}, {"x", "addr", ""},
	} {
		if got := meantFlag(tt.name, strings.Fields(tt.known)); got != tt.want {
			t.Errorf("%s of %s: %q, want %q", tt.name, tt.known, got, tt.want)
		}
	}
}
