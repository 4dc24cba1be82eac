package contract_test

import (
	"slices"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// The operations that the catalogue names for a code are those whose rules and rows can answer it, or
// conform by doing so.
func TestCodesNameTheirOperations(t *testing.T) {
	c := contract.Default()
	for _, op := range c.Operations() {
		for _, r := range op.Rules {
			for _, e := range append([]*contract.Error{r.Error}, r.Also...) {
				if e.Provoke != contract.ByNothing && !e.AppliesTo(op.ID) {
					t.Errorf("rule %s/%s: the catalogue does not name %s for %s (%v)", op.ID, r.ID, op.ID, e.Ref, e.Operations)
				}
			}
		}
	}
	for _, rt := range c.Resources() {
		for _, event := range rt.Events() {
			for _, s := range rt.Lifecycle.States {
				for _, row := range rt.Lifecycle.Cell(s.Name, event.Name) {
					for _, o := range row.Outcomes(s.Name) {
						if o.Error != nil && !slices.Contains(o.Error.Operations, event.Operation.ID) {
							t.Errorf("%s in %s: the catalogue does not name %s for %s (%v)", event.Name, s.Name, event.Operation.ID, o.Error.Ref, o.Error.Operations)
						}
					}
				}
			}
		}
	}
}
