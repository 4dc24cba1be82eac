package peers

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/internal/golden"
)

// install makes files as install.sh leaves them.
func install(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for path, text := range map[string]string{
		"npm/prism/node_modules/@stoplight/prism-cli/package.json":       `{"version": "1.2.3"}`,
		"npm/mockoon/node_modules/@mockoon/cli/package.json":             `{"version": "1.2.3"}`,
		"java/wiremock/wiremock-standalone-1.2.3.jar":                    "",
		"java/mockserver/mockserver-netty-no-dependencies-1.2.3.jar":     "",
		"npm/dredd/node_modules/dredd/package.json":                      `{"version": "1.2.3"}`,
		"npm/mockoon/node_modules/@mockoon/commons-server/anything.else": "",
	} {
		path = filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// TestCommand: every server gets its files, listens on loopback on the port that it is given, and has the token
// and all answers in its files.
func TestCommand(t *testing.T) {
	folder := install(t)
	for _, s := range Servers(folder) {
		dir := t.TempDir()
		cmd, err := s.Command(context.Background(), dir, 4711, scene(t))
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Join(cmd.Args, " ")
		if !strings.Contains(words, "4711") || !strings.Contains(words, loopback) {
			t.Errorf("%s: %s: want port 4711 of %s", s.Name, words, loopback)
		}
		if version, err := s.Version(); version != "1.2.3" || err != nil {
			t.Errorf("%s: version %q, %v", s.Name, version, err)
		}
		var all strings.Builder
		err = filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
			if err == nil && !info.IsDir() {
				data, _ := os.ReadFile(path)
				all.Write(data)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"total_count", "X-Subject-Token", "CreateInstanceRequest"} {
			if !strings.Contains(all.String(), want) {
				t.Errorf("%s: its files lack %s", s.Name, want)
			}
		}
		if s.Warm <= 0 || s.Settings == "" || len(s.Notes) == 0 {
			t.Errorf("%s: no time to warm up, no settings or no notes", s.Name)
		}
	}
}

func TestNotInstalled(t *testing.T) {
	for _, s := range Servers(t.TempDir()) {
		if _, err := s.Command(context.Background(), t.TempDir(), 1, scene(t)); err == nil || !strings.Contains(err.Error(), "tools/peers/install.sh") {
			t.Errorf("%s: error %v, want the script that installs it", s.Name, err)
		}
	}
	for _, r := range Runners(t.TempDir(), "tally")[1:] {
		if _, err := r.Version(context.Background()); err == nil || !strings.Contains(err.Error(), "tools/peers/install.sh") {
			t.Errorf("%s: error %v, want the script that installs it", r.Name, err)
		}
	}
}

// TestAnswers: where an answer depends on the request, a template stands in it.
func TestAnswers(t *testing.T) {
	s := scene(t)
	forms := map[string]func(a *Answer) (any, error){
		"wiremock":   func(a *Answer) (any, error) { return wireMockStub(s, a) },
		"mockserver": func(a *Answer) (any, error) { return mockServerExpectation(s, a) },
		"mockoon":    func(a *Answer) (any, error) { return mockoonRoute(0, a, nil), nil },
	}
	for name, form := range forms {
		get, err := form(&s.Answers[0])
		if err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, name+"-get.json", asJSON(t, get))
		create, err := form(&s.Answers[2])
		if err != nil {
			t.Fatal(err)
		}
		text := string(asJSON(t, create))
		if strings.Contains(text, "bench-1") || strings.Contains(text, "DE-12345") || !strings.Contains(text, `DE-{{`) {
			t.Errorf("%s: the answer to a create has no templates: %.300s", name, text)
		}
	}
}
