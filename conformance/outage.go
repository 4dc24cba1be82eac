package conformance

import "errors"

// unheard is an exchange that got no answer, until it is known whether the target has failed to give one or was
// not there any more.
type unheard struct {
	t *trial
	c call
	r *reply
}

// hear lets the oracle judge an exchange. One without an answer waits for the next that has one: should the
// target have gone, then nobody is to blame for it.
func (t *trial) hear(c call, r *reply) {
	if r.err != nil && r.Status == 0 && t.ctx.Err() == nil && !errors.Is(r.err, errGivenUp) {
		t.runner.unheard = append(t.runner.unheard, unheard{t, c, r})
		return
	}
	if r.err == nil {
		t.blameSilence()
	}
	t.oracle.see(t, c, r)
	t.seen.exchange(c, r)
}

// blameSilence lets the oracle judge what has got no answer so far.
func (r *runner) blameSilence() {
	for _, u := range r.unheard {
		r.oracle.see(u.t, u.c, u.r)
	}
	r.unheard = nil
}

// lastUnheard is the latest exchange of a check when it got no answer; 0 when it got one.
func (t *trial) lastUnheard() int {
	if len(t.replies) == 0 || t.replies[len(t.replies)-1].err == nil {
		return 0
	}
	return t.replies[len(t.replies)-1].nth
}

// forgive takes back what only failed because the target had gone by then.
func (r *runner) forgive() {
	if !r.session.gone {
		r.blameSilence()
		return
	}
	r.unheard = nil
	for i := range r.results {
		res := &r.results[i]
		if res.Verdict == Fail && res.unheard > r.session.breaker.heard {
			*res = Result{ID: res.ID, Suite: res.Suite, Operation: res.Operation, Level: res.Level, Verdict: Skipped, Requirement: res.Requirement,
				Source: res.Source, Location: res.Location, Codes: res.Codes, Took: res.Took, Reason: "nobody listened at the target's address any more"}
		}
	}
}
