package conformance

import (
	"slices"

	"github.com/tallystick/tallystick/contract"
)

// Checkable tells why a server cannot be held to a contract, whatever the options are; nil when it can. The error is
// ErrUsage. Judge needs less: it takes any contract.
func Checkable(c *contract.Contract) error {
	if slices.ContainsFunc(c.Operations(), func(op *contract.Operation) bool { return op.Effect != nil }) {
		return nil
	}
	return usage("nothing in %s has an effect, so there is nothing to hold a server to: give its operations x-tally-effect; tally judge holds recorded exchanges to it as it is", c.Name)
}
