package conformance

import (
	"encoding/json"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// Numbers are equal by value, however they are written; one that is out of all bounds fills no memory.
func TestSame(t *testing.T) {
	for _, row := range []struct {
		a, b any
		want bool
	}{
		{json.Number("1"), json.Number("1.0"), true},
		{json.Number("1e2"), json.Number("100"), true},
		{json.Number("0.1"), json.Number("0.10000000000000000001"), false},
		{json.Number("1e999999999"), json.Number("1e999999999"), true},
		{json.Number("1e999999999"), json.Number("2e999999999"), false},
		{json.Number("1e-999999999"), json.Number("0"), false},
		{json.Number("1"), "1", false},
		{[]any{json.Number("1")}, []any{json.Number("1.0")}, true},
		{[]any{}, nil, false},
		{"x", []any{"x"}, false},
		{map[string]any{"a": nil}, map[string]any{}, false},
		{nil, nil, true},
	} {
		if got := same(row.a, row.b); got != row.want {
			t.Errorf("same(%v, %v) is %v", row.a, row.b, got)
		}
	}
}

// A recorded URL is found by the end of its path; templates of one word fit nothing of other services.
func TestRoutes(t *testing.T) {
	for _, row := range []struct{ method, url, want string }{
		{"GET", "https://h/v1/p/demanager/instances?x=1", "listInstances"},
		{"GET", "https://h/gateway/a/v1/p/demanager/instances/i", "getInstance"},
		{"POST", "/v1/p/demanager/instances/i/action", "actOnInstance"},
		{"GET", "https://h/v1/p/demanager/instances/a%2Fb", "getInstance"},
		{"PATCH", "https://h/v1/p/demanager/instances", ""},
		{"GET", "https://h/v1/p/demanager/instances/", ""},
		{"GET", "https://h/v1//demanager/instances", ""},
		{"GET", "https://h/v3", ""},
		{"GET", "https://h/", ""},
		{"GET", "://", ""},
		{"GET", "https://h/v1/p/demanager/instances/%zz", ""},
	} {
		op, in := routed(contract.Default(), row.method, row.url)
		got := ""
		if op != nil {
			got = op.ID
		}
		if got != row.want {
			t.Errorf("%s %s is %q, want %q", row.method, row.url, got, row.want)
		}
		if row.url == "https://h/v1/p/demanager/instances/a%2Fb" && in.Path["instance_id"] != "a/b" {
			t.Errorf("path %v", in.Path)
		}
	}
}

// Recorded values become those of the target, and back; what is no JSON stays as it is.
func TestValues(t *testing.T) {
	k := newValues()
	k.learn("name", "tally-name")
	k.learnID("DE-1", "DE-2")
	k.learnID("same", "same")
	k.learn("", "x")
	for recorded, now := range map[string]string{"name": "tally-name", "names": "names", "DE-1": "DE-2", "/a/DE-1/b": "/a/DE-2/b", "same": "same", "": ""} {
		if got := k.text(recorded); got != now {
			t.Errorf("%q becomes %q, want %q", recorded, got, now)
		}
		if got := k.recorded(now); got != recorded {
			t.Errorf("%q was %q, want %q", now, got, recorded)
		}
	}
}
