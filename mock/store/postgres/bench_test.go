//go:build unix

package postgres

import (
	"fmt"
	"testing"

	"github.com/tallystick/tallystick/internal/testpostgres"
	"github.com/tallystick/tallystick/mock/store"
)

// A turn that only looks, one that writes a row, and all rows of a large state.
func BenchmarkTurn(b *testing.B) {
	for _, size := range []int{10, 100_000} {
		s := mustOpen(b, testpostgres.Schema(b))
		rows := make([]store.Row, size)
		for i := range rows {
			rows[i] = row(fmt.Sprintf("%08d", i), "some hundred bytes of a value that stands for a resource of a mock")
		}
		since := write(b, s, rows...)
		b.Run(fmt.Sprintf("look/%d", size), func(b *testing.B) {
			for b.Loop() {
				mustCommit(b, mustBegin(b, s, since))
			}
		})
		b.Run(fmt.Sprintf("write/%d", size), func(b *testing.B) {
			for b.Loop() {
				since = mustCommit(b, mustBegin(b, s, since), rows[0])
			}
		})
		b.Run(fmt.Sprintf("whole/%d", size), func(b *testing.B) {
			for b.Loop() {
				turn := mustBegin(b, s, 0)
				n := 0
				if err := turn.Changes(func(store.Row) error { n++; return nil }); err != nil || n != size {
					b.Fatal(n, err)
				}
				mustCommit(b, turn)
			}
		})
	}
}
