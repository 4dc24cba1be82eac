package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// A lane is a runner within a run. Its instances, their names and its share of the budget are its own, and so
// is what it has seen; it has in common with the other lanes what is safe for concurrent use: the session, the
// book of the ledgers, the course, and the contract.

// workers is how many lanes the run may have.
func (r *runner) workers() int {
	if r.settings.workers > 1 && r.control != nil {
		r.notes = append(r.notes, fmt.Sprintf("one check ran at a time, not %d: the checks move the mock's clock, which is one for all (--control off leaves it alone)", r.settings.workers))
		return 1
	}
	return r.settings.workers
}

// inLanes runs the checks that stand alone, in n lanes, and gives the places of the rest.
func (r *runner) inLanes(ctx context.Context, k *course, n int) (rest []int) {
	dealt, rest := r.deal(k.checks, n)
	lanes := make([]*runner, n)
	var wg sync.WaitGroup
	for i := range lanes {
		lanes[i] = r.lane(i, n)
		wg.Go(func() { lanes[i].work(ctx, k, dealt[i]) })
	}
	wg.Wait()
	variants := len(r.model.variants)
	for _, l := range lanes {
		r.join(l, variants)
	}
	places := map[string]int{}
	for i, c := range k.checks {
		places[c.ID] = i
	}
	slices.SortStableFunc(r.choices, func(a, b Choice) int { return places[a.Check] - places[b.Check] })
	return rest
}

// lane makes the i-th of n lanes.
func (r *runner) lane(i, n int) *runner {
	l := *r
	l.settings.maxInstances = r.settings.maxInstances / n
	if i < r.settings.maxInstances%n {
		l.settings.maxInstances++
	}
	l.settings.prefix += fmt.Sprintf("%d-", i+1)
	l.first, l.second = r.first.clone(), r.second.clone()
	l.model, l.ledger = r.model.clone(), r.ledger.book.ledger()
	l.oracle, l.seen = newOracle(r.c), newSeen()
	l.fleet, l.lasted, l.stuck = map[int]*instance{}, map[string]time.Duration{}, maps.Clone(r.stuck)
	l.results, l.choices, l.notes, l.unheard = nil, nil, nil, nil
	return &l
}

// clone is a model that learns by itself.
func (m *model) clone() *model {
	c := *m
	c.variants = slices.Clone(m.variants)
	for i := range c.variants {
		c.variants[i].known = maps.Clone(c.variants[i].known)
	}
	return &c
}

// join takes over what a lane that has ended leaves. The variants after the first few are its own.
func (r *runner) join(l *runner, variants int) {
	shift := len(r.model.variants) - variants
	r.model.variants = append(r.model.variants, l.model.variants[variants:]...)
	for _, in := range l.ledger.open {
		held := l.fleet[in.variant] == in
		if in.variant >= variants {
			in.variant += shift
		}
		if held && r.fleet[in.variant] == nil {
			r.fleet[in.variant] = in
		}
	}
	r.ledger.join(l.ledger)
	r.oracle.join(l.oracle)
	r.seen.join(l.seen)
	for state, least := range l.lasted {
		r.lasts(state, least)
	}
	for state, n := range l.stuck {
		r.stuck[state] = max(r.stuck[state], n)
	}
	r.unheard = append(r.unheard, l.unheard...)
	r.choices, r.notes = append(r.choices, l.choices...), append(r.notes, l.notes...)
}

// join adds what another oracle has seen of the same contract.
func (o *oracle) join(other *oracle) {
	for key, b := range other.verdicts {
		a := o.verdicts[key]
		if a == nil {
			o.verdicts[key] = b
			continue
		}
		a.seen += b.seen
		if a.first == "" {
			a.first, a.by, a.kinds, a.replies = b.first, b.by, b.kinds, b.replies
			continue
		}
		for i, kind := range b.kinds {
			if !slices.Contains(a.kinds, kind) {
				a.kinds, a.replies = append(a.kinds, kind), append(a.replies, b.replies[i])
			}
		}
	}
}

// join adds what was seen elsewhere.
func (s *seen) join(other *seen) {
	maps.Copy(s.operations, other.operations)
	maps.Copy(s.statuses, other.statuses)
	maps.Copy(s.states, other.states)
	maps.Copy(s.transitions, other.transitions)
	maps.Copy(s.answered, other.answered)
}
