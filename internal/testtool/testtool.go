// Package testtool gives tests the programs that they run.
package testtool

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Missing ends a test that cannot run here: it is skipped, and with TALLY_CI=1, where everything has to run, it fails.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("TALLY_CI") == "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Tally builds the command, without the race detector, and gives its path. It is there as long as the test runs.
func Tally(t testing.TB) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "tally")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", program, "github.com/tallystick/tallystick/cmd/tally")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build does, so that it is compiled for one setting
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// Chromium is the path of a Chromium or Chrome. Without one, the test is missing it.
func Chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Missing(t, "no Chromium is installed (Debian: chromium)")
	return ""
}
