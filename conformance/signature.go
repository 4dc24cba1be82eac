package conformance

import (
	"fmt"

	"github.com/tallystick/tallystick/contract"
)

// AccessKey signs requests instead of sending a token. Signatures follow the target's clock where a control API
// tells it, and this machine's otherwise.
type AccessKey struct{ ID, Secret string }

// claimKey is what it takes to judge how a target verifies signatures.
const claimKey = "an access key"

// badSignature signs a request so that the signature is in the given condition.
func (t *trial) badSignature(p *contract.Probe) error {
	if err := t.unclaimed(claimKey); err != nil {
		return err
	}
	right := t.request(p.Operation, p.Input, t.first, unknownKey)
	right.token, right.key = "", t.first.Key
	wrong := right
	wrong.key = &AccessKey{ID: right.key.ID, Secret: right.key.Secret + "x"}
	switch p.Condition {
	case "signature":
		t.judge(p, t.send(wrong))
	case "stale":
		if t.c.SignatureLimits().Window == 0 {
			return skip("the contract does not say when a signature is too old")
		}
		right.age = 4 * t.c.SignatureLimits().Window
		t.judge(p, t.send(right))
	default:
		return t.lockedKey(p, right, wrong)
	}
	return nil
}

// lockedKey lets the key fail until it is locked, and the time of the lock pass. Where nobody can move the clock
// it is left alone: others may need the key.
func (t *trial) lockedKey(p *contract.Probe, right, wrong call) error {
	if err := t.unclaimed(claimControl); err != nil {
		return err
	}
	limits := t.c.SignatureLimits()
	if limits.Failures == 0 {
		return skip("the contract does not say how many failures lock a key")
	}
	for range limits.Failures + 1 {
		t.send(wrong)
	}
	t.judge(p, t.send(right))
	if err := t.control.advance(t.ctx, limits.Lock.String()); err != nil {
		return fmt.Errorf("the key may still be locked: %w", err)
	}
	r := t.send(right)
	t.expectf(r.ok(), "2xx when the lock is over", "%s", t.describe(r))
	return nil
}

// signsAs tells whether a call is signed as a tenant's own are.
func (t *trial) signsAs(c call) bool {
	if c.key == nil || c.age != 0 {
		return false
	}
	for _, own := range []*tenant{t.first, t.second} {
		if own != nil && own.Key != nil && *own.Key == *c.key {
			return true
		}
	}
	return false
}
