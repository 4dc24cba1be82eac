package conformance

import (
	"reflect"
	"slices"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// Each check is dealt once, always to the same lane, and what shares an instance or a name shares a lane.
func TestDeal(t *testing.T) {
	for _, n := range []int{2, 3, 5} {
		deal := func() (*runner, []Check, [][]int, []int) {
			r, err := newRunner(contract.Default(), Target{URL: "http://127.0.0.1", First: Credentials{Project: "project"}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			checks, err := r.selected()
			if err != nil {
				t.Fatal(err)
			}
			lanes, alone := r.deal(checks, n)
			return r, checks, lanes, alone
		}
		r, checks, lanes, alone := deal()
		if _, _, again, _ := deal(); !reflect.DeepEqual(lanes, again) {
			t.Errorf("%d lanes: dealt in another way the second time", n)
		}
		all := slices.Clone(alone)
		laneOf := map[string]int{}
		for i, places := range lanes {
			if len(places) == 0 {
				t.Errorf("lane %d of %d is empty", i+1, n)
			}
			all = append(all, places...)
			for _, place := range places {
				c := &checks[place]
				if first, ok := laneOf[r.group(c)]; ok && first != i && r.group(c) != "" {
					t.Errorf("%s is in lane %d of %d, others of its group in %d", c.ID, i+1, n, first+1)
				}
				laneOf[r.group(c)] = i
			}
		}
		slices.Sort(all)
		if len(all) != len(checks) || len(slices.Compact(all)) != len(checks) {
			t.Errorf("%d lanes: %d places for %d checks", n, len(all), len(checks))
		}
		if len(laneOf) < 10 {
			t.Errorf("%d groups only: %v", len(laneOf), laneOf)
		}
		for _, i := range alone {
			if checks[i].Suite == "schema" || checks[i].Suite == "accept" {
				t.Errorf("%s runs alone", checks[i].ID)
			}
		}
	}
}
