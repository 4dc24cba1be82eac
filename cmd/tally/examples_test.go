package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
	"github.com/tallystick/tallystick/fixtures/formats"
)

const examplesPath = "../../fixtures/examples.har"

// lively is a mock in which states have passed when they are looked at, as a recording with waits has it.
func lively(t *testing.T) string {
	base, _ := startMock(t, "--addr", "127.0.0.1:0", "--speed", "instant", "--auth", "any")
	return base
}

// The documented examples are a life that the mock lives: sent one after another, with the ids of the new
// answers, they get the statuses and codes that are documented.
func TestExamplesLife(t *testing.T) {
	base, c := lively(t), contract.Default()
	ids := []string{}
	kind := c.Resources()[0]
	n := 0
	for entry, err := range fixtures.ReadFiles(examplesPath) {
		if err != nil {
			t.Fatal(err)
		}
		e, err := entry.Exchange()
		if err != nil {
			t.Fatal(err)
		}
		target := strings.NewReplacer(append([]string{"https://modelarts.example.com", base}, ids...)...).Replace(e.URL)
		got := send(t, e, target)
		var want, body map[string]any
		unmarshal(t, e.ResponseBody, &want)
		unmarshal(t, got.ResponseBody, &body)
		code, _ := c.ErrorIn(want)
		if answered, _ := c.ErrorIn(body); got.Status != e.Status || answered != code {
			t.Errorf("exchange %d (%s): %d %s, want %d %s", n, e.Comment, got.Status, got.ResponseBody, e.Status, code)
		}
		at := kind.PointerOf("id")
		if was, ok := contract.Value(want, at).(string); ok && !slices.Contains(ids, was) {
			ids = append(ids, was, contract.Value(body, at).(string))
		}
		was, is := contract.Value(want, kind.PointerOf("state")), contract.Value(body, kind.PointerOf("state"))
		if was != is && !strings.HasPrefix(e.Comment, kind.Create.ID) {
			t.Errorf("exchange %d (%s) shows %v, want %v", n, e.Comment, is, was)
		}
		n++
	}
	if n < 30 || len(ids) != 4 {
		t.Errorf("%d exchanges, ids %v", n, ids)
	}
}

// Newman runs the collection of the documented examples against the mock: each answer has the documented
// status, with the ids of the new answers.
func TestNewman(t *testing.T) {
	onlyInCI(t)
	base, dir := lively(t), t.TempDir()
	exported(t, "postman", filepath.Join(dir, "collection.json"))
	inDir(t, dir, "npm", "install", "--silent", "--no-audit", "--no-fund", "newman@6.2.2")
	out := inDir(t, dir, "npx", "newman", "run", "collection.json", "--env-var", "base_url="+base, "--env-var", "token=any", "--color", "off")
	if exchanges, _ := fixtures.Documented(contract.Default()); strings.Count(out, "√")+strings.Count(out, "✓") != len(exchanges) {
		t.Errorf("%d requests are checked otherwise:\n%s", len(exchanges), out)
	}
}

// The script for k6 is a module that esbuild takes, and that does against the mock what it says. k6 itself is
// played by a few lines, because npm does not have it.
func TestK6(t *testing.T) {
	onlyInCI(t)
	base, dir := lively(t), t.TempDir()
	exported(t, "k6", filepath.Join(dir, "script.js"))
	for name, text := range map[string]string{"http.js": shimHTTP, "k6.js": shimK6, "run.js": "import run from './script.js'; run(); console.log('done')"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	inDir(t, dir, "npm", "install", "--silent", "--no-audit", "--no-fund", "esbuild@0.25.12")
	inDir(t, dir, "npx", "esbuild", "run.js", "--bundle", "--platform=node", "--alias:k6/http=./http.js", "--alias:k6=./k6.js", "--outfile=bundle.js",
		"--banner:js=globalThis.__ENV = process.env;")
	t.Setenv("BASE_URL", base)
	t.Setenv("TOKEN", "any")
	if out := inDir(t, dir, "node", "bundle.js"); !strings.HasSuffix(out, "done\n") || strings.Count(out, "ok ") < 30 || strings.Contains(out, "not ok") {
		t.Error(out)
	}
}

const (
	shimK6   = `export const check = (a, all) => { for (const [name, f] of Object.entries(all)) console.log((f(a) ? "ok " : "not ok ") + name) }`
	shimHTTP = `import { execFileSync } from "node:child_process";
export default { request(method, url, body, { headers }) {
  const args = ["-sS", "-X", method, "-w", "\n%{http_code}", url];
  for (const [name, value] of Object.entries(headers)) args.push("-H", name + ": " + value);
  if (body !== null) args.push("--data-binary", body);
  const out = execFileSync("curl", args).toString();
  const at = out.lastIndexOf("\n");
  return { status: Number(out.slice(at + 1)), json: () => JSON.parse(out.slice(0, at)) };
} };`
)

func onlyInCI(t *testing.T) {
	if os.Getenv("TALLY_CI") != "1" {
		t.Skip("only with TALLY_CI=1: it fetches tools")
	}
}

// exported writes the documented examples in a format.
func exported(t *testing.T, format, path string) {
	t.Helper()
	f, _ := formats.Find(format)
	var text strings.Builder
	if err := formats.ExportFiles(&text, f, contract.Default(), examplesPath); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func inDir(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
	return string(out)
}

// send sends a recorded request to another URL.
func send(t *testing.T, e fixtures.Exchange, target string) fixtures.Exchange {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), e.Method, target, strings.NewReader(e.RequestBody))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = e.RequestHeaders
	return answerTo(t, r)
}

func answerTo(t *testing.T, r *http.Request) fixtures.Exchange {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fixtures.Exchange{Status: answer.StatusCode, ResponseBody: string(body)}
}

func unmarshal(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}
