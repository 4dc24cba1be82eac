package contract_test

import (
	"slices"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// Errors of HTTP, of credentials and of the server may come at any time; what a request or a state provokes
// may not.
func TestStanding(t *testing.T) {
	c := contract.Default()
	for _, op := range c.Operations() {
		all := c.Standing(op)
		for _, want := range []*contract.Refusal{c.WireRefusal("rate"), c.SecurityRefusal("absent"), c.SecurityRefusal("foreign")} {
			if want != nil && !slices.Contains(all, want.Error) {
				t.Errorf("%s: %s is missing", op.ID, want.Error.Ref)
			}
		}
		if e := op.Effect; e != nil && e.Missing != nil && slices.Contains(all, e.Missing) {
			t.Errorf("%s: %s is among them", op.ID, e.Missing.Ref)
		}
		for _, e := range all {
			if slices.Index(all, e) != len(all)-1-slices.Index(reversed(all), e) {
				t.Errorf("%s: %s stands there twice", op.ID, e.Ref)
			}
		}
	}
}

func reversed(all []*contract.Error) []*contract.Error {
	out := slices.Clone(all)
	slices.Reverse(out)
	return out
}
