package contract_test

import (
	"slices"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// What a contract remembers is nobody's to change.
func TestRemembered(t *testing.T) {
	c := contract.Default()
	op := c.Operations()[0]
	names, headers, allowed := c.SecretNames(), c.SecretHeaders(), c.Allowed(op)
	if len(names) == 0 || len(headers) == 0 || len(allowed) == 0 || slices.Equal(names, headers) {
		t.Fatalf("%v %v %v", names, headers, allowed)
	}
	was := [3]any{names[0], headers[0], allowed[0]}
	names[0], headers[0], allowed[0] = "", "", nil
	if now := [3]any{c.SecretNames()[0], c.SecretHeaders()[0], c.Allowed(op)[0]}; now != was {
		t.Errorf("%v, want %v", now, was)
	}
	if other := c.Allowed(c.Operation("createToken")); slices.Equal(other, c.Allowed(op)) {
		t.Errorf("two operations have the same errors: %v", other)
	}
}

// Asked again, a contract answers without working it out: a mock asks for each fault and each refused signature.
func BenchmarkRemembered(b *testing.B) {
	c := contract.Default()
	b.ReportAllocs()
	for b.Loop() {
		c.SecretNames()
		c.Allowed(c.Operations()[0])
	}
}
