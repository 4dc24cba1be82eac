package contract_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// Every way is one that the table gives, and every row that changes a state gives one.
func TestWays(t *testing.T) {
	bakery, err := contract.Load(os.DirFS("testdata"), "good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*contract.Contract{contract.Default(), bakery} {
		lc := c.Resources()[0].Lifecycle
		ways := lc.Ways()
		if len(ways) == 0 {
			t.Fatalf("%s has no ways", c.Title)
		}
		seen := map[string]bool{}
		for _, w := range ways {
			key := fmt.Sprint(w.From, "|", w.On, "|", w.To)
			if seen[key] {
				t.Errorf("%s: %s twice", c.Title, key)
			}
			seen[key] = true
			if lc.State(w.To) == nil || (w.From != "" && lc.State(w.From) == nil) {
				t.Errorf("%s: %s leads from or to no state", c.Title, key)
			}
			switch {
			case w.Row == nil && lc.Passage(w.From) == nil:
				t.Errorf("%s: %s does not end by itself", c.Title, key)
			case w.Row == nil && w.On == contract.ByFailing && !lc.Fails(w.To):
				t.Errorf("%s: %s leads to no state of failures", c.Title, key)
			case w.Row != nil && (w.Row.Error != nil || w.Row.Stays || w.Row.Next(w.From) != w.To):
				t.Errorf("%s: %s is no way of its row", c.Title, key)
			}
		}
		for _, row := range lc.Rows {
			for _, from := range row.From {
				leads := slices.ContainsFunc(ways, func(w contract.Way) bool { return w.From == from && w.To == row.Next(from) && w.Row != nil })
				if row.Error == nil && !row.Stays && !leads {
					t.Errorf("%s: the row at %s gives no way from %s", c.Title, row.Position, from)
				}
			}
		}
	}
}
