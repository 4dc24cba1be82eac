package conformance

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// patiently sends, and sends again when the target asks for fewer calls: that is its right, and no answer to
// what was asked. After a wait in vain of the longest kind nothing is waited for, until the target has taken a
// call again.
func (t *trial) patiently(c call) *reply {
	r := t.session.send(t.ctx, c)
	waiting, left := 50*time.Millisecond, t.settings.waitMax
	for t.isThrottled(r) && !t.hasty && !t.session.exhausted() {
		if left <= 0 {
			t.session.exhaust(true)
			return r
		}
		d := min(max(waiting, retryAfter(r)), left)
		if t.holdOff(d) != nil {
			return r
		}
		left, waiting = left-d, min(waiting*2, time.Minute)
		r = t.session.send(t.ctx, c)
	}
	if r.err == nil && !t.isThrottled(r) {
		t.session.exhaust(false)
	}
	return r
}

// holdOff lets time pass, on a mock by its clock.
func (t *trial) holdOff(d time.Duration) error {
	if t.control != nil {
		return t.control.advance(t.ctx, d.String())
	}
	return pause(t.ctx, d)
}

// isThrottled tells whether an answer is the documented refusal of too many calls.
func (r *runner) isThrottled(answer *reply) bool {
	if answer.err != nil || answer.Status < 400 {
		return false
	}
	code, _ := r.c.ErrorIn(decoded(answer))
	return slices.ContainsFunc(r.rate, func(ref *contract.Refusal) bool {
		return ref.Error.Status == answer.Status && code != "" && accepts(ref, code)
	})
}

// rateRefusals are the documented refusals of too many calls.
func rateRefusals(c *contract.Contract) []*contract.Refusal {
	probes := c.Probes()
	for i := range probes {
		if probes[i].Kind == contract.ProbeWire && probes[i].Condition == "rate" {
			return probes[i].Refusals
		}
	}
	return nil
}

// exhausted tells whether the longest wait was in vain.
func (s *session) exhausted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tired
}

func (s *session) exhaust(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tired = on
}
