package conformance

import (
	"context"
	"sync"
)

// course is how far the checks of a run have come. It is safe for concurrent use: the lanes share it.
type course struct {
	checks   []Check
	progress func(Progress)

	mu      sync.Mutex
	results []*Result // by place in checks; nil for none yet
	now     Progress
	ended   string // why no other check begins; "" as long as one may
}

// execute runs the checks, those that stand alone in lanes when there are several. The results are in the
// order of the plan.
func (r *runner) execute(ctx context.Context, checks []Check) {
	k := &course{checks: checks, progress: r.settings.progress, results: make([]*Result, len(checks)), now: Progress{Total: len(checks)}}
	rest := make([]int, len(checks))
	for i := range rest {
		rest[i] = i
	}
	if n := r.workers(); n > 1 {
		rest = r.inLanes(ctx, k, n)
	}
	r.work(ctx, k, rest)
	if k.ended != "" {
		r.notes = append(r.notes, k.ended)
	}
	if !r.session.gone {
		r.blameSilence()
	}
	if k.ended != "" && k.ended != asked {
		r.session.revive()
		r.conclude(ctx, k)
	}
	for _, res := range k.results {
		if res != nil {
			r.results = append(r.results, *res)
		}
	}
	r.forgive()
	k.now.Check = ""
	k.progress(k.now)
}

// work runs the checks at some places one after another, until the run ends.
func (r *runner) work(ctx context.Context, k *course, places []int) {
	for _, i := range places {
		if !k.begin(i) {
			return
		}
		if k.checks[i].Suite == "response" {
			r.blameSilence() // it judges what was seen, and asks for nothing more
		}
		res := r.try(ctx, &k.checks[i])
		k.keep(i, res)
		k.end(func() string { return r.over(ctx, &k.checks[i], res.Verdict) })
	}
}

// begin announces a check; false when the run has ended.
func (k *course) begin(i int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ended != "" {
		return false
	}
	k.now.Check = k.checks[i].ID
	k.progress(k.now)
	return true
}

func (k *course) keep(i int, res Result) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.results[i] = &res
	k.now.Done++
	switch res.Verdict {
	case Pass:
		k.now.Passed++
	case Fail:
		k.now.Failed++
	}
}

// end asks whether the run is over, unless that is known. The lanes ask one at a time.
func (k *course) end(over func() string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ended == "" {
		k.ended = over()
	}
}

// oneAtATime makes a function safe for concurrent use.
func oneAtATime(f func(Exchange)) func(Exchange) {
	var mu sync.Mutex
	return func(e Exchange) {
		mu.Lock()
		defer mu.Unlock()
		f(e)
	}
}
