package mock

import (
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// What a request that matches nothing may have meant, and what would have to be otherwise.
func TestNearest(t *testing.T) {
	c := contract.Default()
	for _, test := range []struct{ method, path, operation, why string }{
		{"PUT", "/v1/p/demanager/instances", "createInstance", "the method is PUT, want POST"},
		{"GET", "/v1/p/demanager/instance", "listInstances", `segment 4 is "instance", want instances`},
		{"GET", "/v1/p/demanger/instances/x", "getInstance", `segment 3 is "demanger", want demanager`},
		{"GET", "/v1/p/demanager/instances/", "listInstances", "a slash at the end is one too many or missing"},
		{"GET", "/api/v1/p/demanager/instances", "listInstances", "/api stands before its path"},
		{"POST", "/v1/p/demanager/instances/x/actions", "actOnInstance", `segment 6 is "actions", want action`},
		{"GET", "/v1/p/demanager/instances/x/y/z", "getInstance", "/y/z at the end is too much"},
		{"GET", "/v1//demanager/instances", "listInstances", `segment 2 is "", want {project_id}`},
		{"GET", "/v1/p/demanager/%69nstancez", "listInstances", `segment 4 is "instancez", want instances`},
	} {
		got := nearest(c, test.method, test.path)
		if len(got) == 0 || got[0].Operation != test.operation || got[0].Why != test.why || !strings.HasPrefix(got[0].Position, "openapi.yaml:") {
			t.Errorf("%s %s: %+v, want %s: %s", test.method, test.path, got, test.operation, test.why)
		}
	}
	for _, path := range []string{"/favicon.ico", "/a/b/c/d/e/f/g/h/i/j/k/l", "/" + strings.Repeat("x", 30_000), "/" + strings.Repeat("/", 30_000), "", "*"} {
		if got := nearest(c, "GET", path); len(got) > 0 && got[0].Why == "" {
			t.Errorf("%.40q: %+v", path, got)
		}
	}
	if got := nearest(c, "GET", "/a/b/c/d/e/f/g/h/i/j/k/l"); len(got) > 0 {
		t.Errorf("far from everything: %+v", got)
	}
}

// Whatever path comes, each operation that is named has a reason.
func FuzzNearest(f *testing.F) {
	c := contract.Default()
	for _, path := range []string{"/v1/p/demanager/instances", "//", "/%zz", "/v1/\x00/demanager", "*"} {
		f.Add("GET", path)
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		if m := c.Match(method, path); m.Operation != nil {
			return
		}
		got := nearest(c, method, path)
		for _, n := range got {
			if n.Why == "" || n.Operation == "" {
				t.Errorf("%q %q: %+v", method, path, n)
			}
		}
		if len(got) > mostNear {
			t.Errorf("%d operations", len(got))
		}
	})
}
