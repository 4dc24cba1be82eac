package count_test

import (
	"testing"

	"github.com/tallystick/tallystick/internal/count"
)

func TestOf(t *testing.T) {
	for n, want := range map[int]string{0: "0 requests", 1: "1 request", 2: "2 requests", -1: "-1 requests"} {
		if got := count.Of(n, "request"); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
