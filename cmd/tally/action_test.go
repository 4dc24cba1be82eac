package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The script of the GitHub action runs here as it does there: inputs as variables, files for what it says.
func TestAction(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../.github/actions/check/action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var action struct {
		Runs struct {
			Steps []struct {
				ID, Run, Shell string
				Env            map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(data, &action); err != nil {
		t.Fatal(err)
	}
	tally, err := exec.LookPath("tally")
	if err != nil {
		t.Fatal(err)
	}
	base, _ := startMock(t, "--addr", "127.0.0.1:0", "--token", "secret-token=p1")
	for _, row := range []struct {
		token, args, verdict, summary string
		code                          int
	}{
		{"secret-token", "--include\nsuite:list", "conforms", "CONFORMS", exitOK},
		{"wrong-token", "", "usage", "", exitUsage},
	} {
		dir := t.TempDir()
		if err := os.Symlink(tally, filepath.Join(dir, "tally")); err != nil {
			t.Fatal(err)
		}
		ran := false
		for _, step := range action.Runs.Steps {
			if step.ID != "check" {
				continue
			}
			ran = true
			given := map[string]string{"TALLY_TARGET": base, "TALLY_PROJECT": "p1", "TALLY_TOKEN": row.token, "CHECK_ARGS": row.args, "CHECK_OUT": "out"}
			cmd := exec.CommandContext(t.Context(), step.Shell, "--noprofile", "--norc", "-eo", "pipefail", "-c", step.Run)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", "RUNNER_TEMP="+dir, "GITHUB_OUTPUT="+filepath.Join(dir, "output"), "GITHUB_STEP_SUMMARY="+filepath.Join(dir, "summary"))
			for name := range step.Env {
				cmd.Env = append(cmd.Env, name+"="+given[name])
			}
			text, err := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != row.code {
				t.Errorf("%s: exit code %d, %v: %s", row.verdict, code, err, text)
			}
			if strings.Contains(string(text), row.token) {
				t.Errorf("the log has the token: %s", text)
			}
		}
		output, _ := os.ReadFile(filepath.Join(dir, "output"))
		summary, _ := os.ReadFile(filepath.Join(dir, "summary"))
		if row.summary == "" && len(summary) > 0 {
			t.Errorf("nothing was judged, and the summary says %s", summary)
		}
		if !ran || strings.TrimSpace(string(output)) != "verdict="+row.verdict || !strings.Contains(strings.ToUpper(string(summary)), row.summary) {
			t.Errorf("ran %v, output %s, summary %s", ran, output, summary)
		}
	}
}
