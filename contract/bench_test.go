package contract

import (
	"testing"

	"github.com/tallystick/tallystick"
)

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(tallystick.Files, tallystick.Document); err != nil {
			b.Fatal(err)
		}
	}
}
