package contract_test

import (
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tallystick/tallystick/contract"
)

// A slash at the end of a template is part of the path, as it is for every server.
func TestMatchSlash(t *testing.T) {
	data, err := os.ReadFile("testdata/good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc := strings.Replace(string(data), "  /{shop}/cakes/{cake}/do:", "  /{shop}/cakes/{cake}/do/:", 1)
	c, err := contract.Load(fstest.MapFS{"good.yaml": {Data: []byte(doc)}}, "good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if m := c.Match("POST", "/corner/cakes/tart/do/"); m.Operation == nil || m.Operation.ID != "actOnCake" || m.Path["cake"] != "tart" {
		t.Errorf("with a slash: %+v", m)
	}
	if m := c.Match("POST", "/corner/cakes/tart/do"); m.Known {
		t.Errorf("without: %+v", m)
	}
}

func TestMatch(t *testing.T) {
	for _, row := range []struct {
		method, url, want string
		known             bool
	}{
		{"GET", "https://h/v1/p/demanager/instances?x=1", "listInstances", true},
		{"GET", "https://h/gateway/a/v1/p/demanager/instances/i", "getInstance", true},
		{"POST", "/v1/p/demanager/instances/i/action", "actOnInstance", true},
		{"GET", "https://h/v1/p/demanager/instances/a%2Fb", "getInstance", true},
		{"PATCH", "https://h/v1/p/demanager/instances", "", true},
		{"GET", "https://h/v1/p/demanager/instances/", "", false},
		{"GET", "https://h/v1//demanager/instances", "", false},
		{"GET", "https://h/v3/nothing", "", false},
		{"GET", "https://h/", "", false},
	} {
		u, err := url.Parse(row.url)
		if err != nil {
			t.Fatal(err)
		}
		m := contract.Default().Match(row.method, u.EscapedPath())
		got := ""
		if m.Operation != nil {
			got = m.Operation.ID
		}
		if got != row.want || m.Known != row.known {
			t.Errorf("%s %s is %q, known %v; want %q, %v", row.method, row.url, got, m.Known, row.want, row.known)
		}
		if row.url == "https://h/v1/p/demanager/instances/a%2Fb" && m.Path["instance_id"] != "a/b" {
			t.Errorf("path %v", m.Path)
		}
	}
}
