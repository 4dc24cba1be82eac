package contract

import "testing"

func TestDefault(t *testing.T) {
	c := Default()
	if len(c.Operations()) != 9 {
		t.Errorf("%d operations", len(c.Operations()))
	}
}
