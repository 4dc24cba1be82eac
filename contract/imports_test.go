package contract_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// banned lists what package contract must not depend on, each with the reason. net/http is not among them: the
// OpenAPI library depends on it, and the names of the statuses come from there.
var banned = map[string]string{
	"github.com/labstack/echo/":         "routing belongs to the mock; a runner needs no web framework",
	"net/http/httptest":                 "it is for tests, and the contract sends and answers no requests",
	"testing":                           "it would put the flags of go test into every command",
	"github.com/tallystick/tallystick/": "the contract is the base that the other packages stand on",
	"golang.org/x/net/html":             "only tests read the pages",
	"github.com/santhosh-tekuri/jsonschema/v5/httploader": "nothing is fetched",
}

func TestImports(t *testing.T) {
	const self = "github.com/tallystick/tallystick/contract"
	out, err := exec.Command("go", "list", "-deps", self).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, self) || !slices.Contains(packages, "github.com/tallystick/tallystick") {
		t.Fatalf("go list gives %d packages, without this one or the embedded document", len(packages))
	}
	for _, p := range packages {
		if p == self || strings.HasPrefix(p, self+"/") {
			continue
		}
		for prefix, reason := range banned {
			if p == prefix || (strings.HasSuffix(prefix, "/") && strings.HasPrefix(p, prefix)) {
				t.Errorf("contract depends on %s: %s", p, reason)
			}
		}
	}
}
