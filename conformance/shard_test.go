package conformance

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// sharePlan is the plan of a shard, with the runner that made it.
func sharePlan(t *testing.T, index, n int, opts ...Option) (*runner, []Check, error) {
	t.Helper()
	r, err := newRunner(contract.Default(), Target{URL: "http://127.0.0.1", First: Credentials{Project: "project"}},
		append(opts, WithShard(index, n, "test")))
	if err != nil {
		return nil, nil, err
	}
	t.Cleanup(r.close)
	checks, err := r.selected()
	return r, checks, err
}

// The shards make every check of the run, each once, in the order of the run; what shares an instance or a name
// stays together; another seed changes nothing but the order; and the load is even.
func TestShards(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 20} {
		whole, err := Plan(contract.Default(), Target{URL: "http://127.0.0.1", First: Credentials{Project: "project"}})
		if err != nil {
			t.Fatal(err)
		}
		made, groupOf, loads := map[string]int{}, map[string]int{}, make([]int, n)
		for i := range n {
			r, checks, err := sharePlan(t, i+1, n)
			if err != nil {
				t.Fatal(err)
			}
			last, gathered, own := -1, 0, 0
			for j := range checks {
				c := &checks[j]
				place := slices.IndexFunc(whole, func(w Check) bool { return w.ID == c.ID })
				if place <= last {
					t.Errorf("shard %d/%d: %s is out of order", i+1, n, c.ID)
				}
				if last = place; c.gathers() {
					gathered++
					continue
				}
				own++
				made[c.ID]++
				loads[i] += r.weight(c)
				if group := r.company(c); group != "" {
					if first, ok := groupOf[group]; ok && first != i {
						t.Errorf("%s is in shard %d/%d, others of its group in %d", c.ID, i+1, n, first+1)
					}
					groupOf[group] = i
				}
			}
			if own == 0 || gathered != countGathered(whole) {
				t.Errorf("shard %d/%d has %d checks of its own and judges what was seen by %d", i+1, n, own, gathered)
			}
			sameShare(t, checks, i+1, n)
		}
		for _, c := range whole {
			if !c.gathers() && made[c.ID] != 1 {
				t.Errorf("%d shards: %s is made %d times", n, c.ID, made[c.ID])
			}
			delete(made, c.ID)
		}
		if len(made) > 0 || len(groupOf) < 10 {
			t.Errorf("%d shards: %v are no checks of the run; %d groups", n, made, len(groupOf))
		}
		t.Logf("%d shards: loads %v", n, loads)
		if n <= 3 && slices.Max(loads) > slices.Min(loads)*5/4 {
			t.Errorf("%d shards: the loads are %v", n, loads)
		}
	}
}

func countGathered(checks []Check) int {
	return len(slices.DeleteFunc(slices.Clone(checks), func(c Check) bool { return !c.gathers() }))
}

// sameShare makes the shard again with another seed, which may order it anew.
func sameShare(t *testing.T, checks []Check, index, n int) {
	t.Helper()
	_, again, err := sharePlan(t, index, n, WithSeed(99))
	if err != nil {
		t.Fatal(err)
	}
	if planSum(checks) != planSum(again) {
		t.Errorf("shard %d/%d: the seed decides what is in it", index, n)
	}
}

// A shard that would have nothing to do is wrong usage, which says how many there may be.
func TestShardUsage(t *testing.T) {
	races := WithFilter([]string{"suite:race"}, nil)
	lists := WithFilter([]string{"suite:list", "suite:response"}, nil)
	for _, c := range []struct {
		index, n int
		opt      Option
		says     string
	}{
		{0, 2, races, "shard 0/2: want I/N, with I from 1 to N"},
		{3, 2, races, "shard 3/2: want I/N"},
		{1, 0, races, "shard 1/0: want I/N"},
		{1, 100, races, "want at most "},
		{2, 2, lists, "the run has only 1 part to split, what belongs together staying together; want at most 1"},
		{1, 2, WithFilter([]string{"suite:response"}, nil), "the filters leave only checks that judge what others have seen"},
	} {
		_, _, err := sharePlan(t, c.index, c.n, c.opt)
		if !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%d/%d: %v, want %q", c.index, c.n, err, c.says)
		}
	}
	if _, _, err := sharePlan(t, 1, 1, lists); err != nil {
		t.Error(err)
	}
}
