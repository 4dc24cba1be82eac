package contract_test

import (
	"slices"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

func refs(errors []*contract.Error) []string {
	var out []string
	for _, e := range errors {
		out = append(out, e.Ref)
	}
	return out
}

// An operation may answer what the catalogue has for it, its rules, rows and credentials, in the shape that it
// documents, and nothing else.
func TestAllowed(t *testing.T) {
	c := contract.Default()
	for _, row := range []struct {
		operation, ref string
		want           bool
	}{
		{"createInstance", "ModelArts.6320", true},
		{"createInstance", "APIGW.0308", true},
		{"createInstance", "ModelArts.6309", false}, // there is nothing yet that could be missing
		{"getInstance", "ModelArts.6309", true},
		{"getInstance", "ModelArts.6320", false},
		{"actOnInstance", "ModelArts.6357", true},
		{"createToken", "Identity.401", true},
		{"createToken", "ModelArts.6361", false}, // in another shape than the operation documents
		{"getIdentityVersion", "ModelArts.6361", false},
		{"getIdentityVersion", "APIGW.0601", true},
	} {
		if got := slices.Contains(refs(c.Allowed(c.Operation(row.operation))), row.ref); got != row.want {
			t.Errorf("%s may answer %s: %v, want %v", row.operation, row.ref, got, row.want)
		}
	}
	for _, op := range c.Operations() {
		for _, e := range c.Allowed(op) {
			if words := c.Words(op, e); len(words) != e.Holes() {
				t.Errorf("%s of %s: words %v for %d placeholders", e.Ref, op.ID, words, e.Holes())
			}
		}
	}
}

// What fails, fails for the table's own reason first, and then for those of the server.
func TestReasons(t *testing.T) {
	c := contract.Default()
	kind := c.Resources()[0]
	for event, want := range map[string][]string{
		"start":          {"ModelArts.6360", "ModelArts.6100", "ModelArts.6101", "ModelArts.6102", "ModelArts.6200", "ModelArts.6361"},
		"createInstance": {"ModelArts.6361", "ModelArts.6100", "ModelArts.6101", "ModelArts.6102", "ModelArts.6200"},
		"turn":           {"ModelArts.6361", "ModelArts.6100", "ModelArts.6101", "ModelArts.6102", "ModelArts.6200"},
	} {
		if got := refs(c.Reasons(kind, event)); len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			t.Errorf("%s: %v, want %v…", event, got, want)
		}
	}
	if got := c.Reasons(kind, "stop"); got != nil {
		t.Errorf("stop fails for %v", refs(got))
	}
	for state, want := range map[string]string{"CREATE_FAILED": "ModelArts.6361", "START_FAILED": "ModelArts.6360"} {
		if e := kind.Lifecycle.FailureOf(state); e == nil || e.Ref != want {
			t.Errorf("%s: %v, want %s", state, e, want)
		}
	}
	if e := kind.Lifecycle.FailureOf("RUNNING"); e != nil {
		t.Errorf("RUNNING: %v", e)
	}
}
