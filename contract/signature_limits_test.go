package contract_test

import (
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// The built-in contract has the limits of the signing guide.
func TestSignatureLimits(t *testing.T) {
	if got, want := contract.Default().SignatureLimits(), (contract.SignatureLimits{Window: 15 * time.Minute, Failures: 5, Lock: 5 * time.Minute}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
