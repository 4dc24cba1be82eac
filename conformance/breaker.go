package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/tallystick/tallystick/contract"
)

// breaker ends a run whose target no longer answers, instead of waiting out the time of every request.
// Its session guards it.
type breaker struct {
	row, total int // requests without a whole answer: one after another, and of the whole run
	trips      int
	open       bool
	last       error
	heard      int // the exchange that got the latest whole answer, as reply.nth counts; 0 for none
}

const (
	maxUnansweredRow = 5  // then a plain list is asked for once more
	maxTrips         = 3  // how often such a list may revive the run
	maxUnanswered    = 30 // in a whole run
)

// errGivenUp stands for the answer to a request that was not sent.
var errGivenUp = errors.New("not sent: the target no longer answers")

// allows tells whether requests are still sent.
func (s *session) allows() bool {
	s = s.root()
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.breaker.open
}

// revive lets requests through again.
func (s *session) revive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.breaker.open, s.breaker.row = false, 0
}

// lose notes that the target has gone: nothing listens at its address.
func (s *session) lose() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = true
}

// count takes in what became of a request; the mutex is held. What the runner itself broke off does not
// count, and calls of a control API neither: a service is on trial, not its remote control.
func (b *breaker) count(ctx context.Context, c call, r *reply) {
	switch {
	case strings.HasPrefix(c.path, controlPrefix):
	case r.err == nil:
		b.row, b.heard = 0, r.nth
	case ctx.Err() == nil:
		b.row++
		b.total++
		b.last = r.err
		if b.row >= maxUnansweredRow || b.total >= maxUnanswered {
			b.open = true
		}
	}
}

// tripped is the breaker as it stands, and whether it is open: then that is one trip more.
func (s *session) tripped() (breaker, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.breaker.open {
		s.breaker.trips++
	}
	return s.breaker, s.breaker.open
}

// asked is why a run with WithFailFast ends.
const asked = "ended at the first failed MUST, as asked"

// over tells in words why a run ends after a check; "" when it goes on.
func (r *runner) over(ctx context.Context, c *Check, verdict Verdict) string {
	if r.settings.failFast && verdict == Fail && c.Level == Must {
		return asked
	}
	if ctx.Err() != nil {
		return "interrupted after " + c.ID
	}
	b, open := r.session.tripped()
	if !open {
		return ""
	}
	if b.total >= maxUnanswered {
		return fmt.Sprintf("ended after %s: %d requests of this run got no whole answer (last: %v)", c.ID, b.total, b.last)
	}
	if b.trips >= maxTrips {
		return fmt.Sprintf("ended after %s: %d times, %d requests in a row got no whole answer (last: %v)", c.ID, b.trips, maxUnansweredRow, b.last)
	}
	row, last := b.row, b.last
	r.session.revive()
	if list := r.operation(contract.List); list != nil {
		if in, err := list.DocumentedInput(); err == nil {
			last = r.session.send(ctx, r.request(list, in, r.first, "")).err
		}
	}
	if last == nil {
		return ""
	}
	if errors.Is(last, syscall.ECONNREFUSED) {
		r.session.lose()
		return fmt.Sprintf("ended after %s: nobody listens at the target's address any more (%v)", c.ID, last)
	}
	return fmt.Sprintf("ended after %s: %d requests in a row got no whole answer, and a plain list none either (%v)", c.ID, row, last)
}

// conclude runs the checks that only judge what was seen, after a run that ended early.
func (r *runner) conclude(ctx context.Context, k *course) {
	for i := range k.checks {
		if k.results[i] == nil && k.checks[i].Suite == "response" {
			k.keep(i, r.try(context.WithoutCancel(ctx), &k.checks[i]))
		}
	}
}

// cutShort tells whether the check can no longer be judged: the run was interrupted or has given up, be it
// for as long as another lane took to find the target alive.
func (t *trial) cutShort() bool { return t.cut || t.ctx.Err() != nil || !t.session.allows() }
