package conformancetest_test

import (
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/conformance/conformancetest"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

func target(t *testing.T, auth mock.Auth) conformance.Target {
	t.Helper()
	h, err := mock.New(contract.Default(), mock.WithAuth(auth))
	if err != nil {
		t.Fatal(err)
	}
	return conformance.Target{Serve: h, First: conformance.Credentials{Project: "p1", Token: "secret-token"}}
}

func TestHandler(t *testing.T) {
	auth := mock.Auth{Tokens: []mock.Token{{Value: "secret-token", Project: "p1"}}}
	report := conformancetest.Test(t, contract.Default(), target(t, auth), conformance.WithFilter([]string{"suite:list", "suite:auth"}, nil))
	if report == nil || report.Counts.Passed == 0 {
		t.Errorf("nothing was judged: %+v", report)
	}
}

// What must fail a test does, in a process of its own.
func TestFailures(t *testing.T) {
	open := mock.Auth{Mode: mock.Off}
	cases := map[string]struct {
		run  func(*testing.T)
		says []string
	}{
		"finding": {func(t *testing.T) {
			conformancetest.Test(t, contract.Default(), target(t, open), conformance.WithFilter([]string{"suite:auth"}, nil))
		}, []string{"--- FAIL: TestFailures/finding/", "want 401", "from openapi.yaml:", "curl -sS", "tally check --target"}},
		"dead": {func(t *testing.T) {
			conformancetest.Test(t, contract.Default(), conformance.Target{Serve: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("broken") }),
				First: conformance.Credentials{Project: "p1", Token: "secret-token"}})
		}, []string{"target unreachable: ", "the handler panicked: broken"}},
		"partial": {func(t *testing.T) {
			conformancetest.Test(t, contract.Default(), target(t, open), conformance.WithDryRun(true), conformance.WithFilter([]string{"suite:list"}, nil))
		}, []string{"--- SKIP: TestFailures/partial/", "the verdict is partial"}},
	}
	if name := os.Getenv("CONFORMANCETEST_CASE"); name != "" {
		t.Run(name, cases[name].run)
		return
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run", "^TestFailures$", "-test.v")
			cmd.Env = append(os.Environ(), "CONFORMANCETEST_CASE="+name)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Errorf("the test passes:\n%s", out)
			}
			for _, want := range c.says {
				if !strings.Contains(string(out), want) {
					t.Errorf("nothing says %q:\n%.3000s", want, out)
				}
			}
		})
	}
}

// The runner itself does not bring the flags of go test into programs, and knows no mock.
func TestImports(t *testing.T) {
	const self = "github.com/tallystick/tallystick/conformance"
	out, err := exec.Command("go", "list", "-deps", self, self+"/render").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, self) {
		t.Fatalf("go list does not give %s", self)
	}
	for _, banned := range []struct{ path, reason string }{
		{"testing", "it would put the flags of go test into every command"},
		{"net/http/httptest", "it brings in testing, and its recorder keeps whatever a handler writes"},
		{"github.com/labstack/echo/v4", "a runner needs no web framework"},
		{"github.com/tallystick/tallystick/mock", "the oracle is the document, not the mock"},
	} {
		if slices.Contains(packages, banned.path) {
			t.Errorf("conformance depends on %s: %s", banned.path, banned.reason)
		}
	}
}
