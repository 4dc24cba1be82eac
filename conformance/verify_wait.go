package conformance

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// prepare brings a twin into a state in which the recorded outcome can come about, as far as time does that.
// It is no use where the target has gone past that state.
func (v *verifier) prepare(t *trial, s *step, tw *twin, name string) error {
	if t.control == nil || v.passing(tw.state) {
		if r, err := t.look(tw.instance); err != nil || !r.ok() {
			return nil // the request itself tells
		}
	}
	fits := v.fitting(s, tw, name)
	if fits == nil || fits(tw.state) {
		return nil
	}
	if _, err := t.look(tw.instance); err != nil || fits(tw.state) { // time may have passed for it while another was waited for
		return nil
	}
	if v.waitFor(t, tw, fits) || s.was.ok() {
		return nil
	}
	return otherWay{tw.was}
}

// fitting tells in which states the recorded outcome can come about; nil when the state does not matter.
func (v *verifier) fitting(s *step, tw *twin, name string) func(string) bool {
	if s.was.ok() {
		previous := ""
		if effect := s.op.Effect; effect.Do == contract.Transition && effect.Answer != nil {
			previous, _ = contract.Value(object(s.was), effect.Answer.PointerOf("previous")).(string)
		}
		return func(state string) bool {
			next, _ := outcomesOf(v.kind, []string{state}, name)
			return len(next) > 0 && (previous == "" || previous == state || !v.timeLeads(state, previous))
		}
	}
	var all []string
	for _, state := range v.kind.Lifecycle.States {
		_, codes := outcomesOf(v.kind, []string{state.Name}, name)
		all = append(all, codes...)
	}
	if !slices.Contains(all, s.code) {
		return nil
	}
	return func(state string) bool {
		_, codes := outcomesOf(v.kind, []string{state}, name)
		return slices.Contains(codes, s.code) && (state == tw.was || !v.passing(state) || v.passing(tw.was))
	}
}

func (v *verifier) passing(state string) bool {
	return v.kind.Lifecycle.Passage(state) != nil || v.kind.Lifecycle.InQueue(state)
}

// timeLeads tells whether waiting leads from one state to another.
func (v *verifier) timeLeads(from, to string) bool {
	return from != to && slices.Contains(drift(v.kind.Lifecycle, []string{from}, contract.OnTurn, contract.OnTimer), to)
}

// await reads a twin until it shows the recorded state, as long as time may bring it there.
func (v *verifier) await(t *trial, tw *twin, now *reply, state string) *reply {
	if state == "" || tw.state == state || v.agree(state, tw.state) {
		return now
	}
	last := now
	v.wait(t, tw, func(s string) bool { return s == state || !v.timeLeads(s, state) }, func(r *reply) { last = r })
	return last
}

// waitFor waits until a twin is in one of some states; false when it will not be.
func (v *verifier) waitFor(t *trial, tw *twin, fits func(string) bool) bool {
	hopeful := func(state string) bool {
		return slices.ContainsFunc(drift(v.kind.Lifecycle, []string{state}, contract.OnTurn, contract.OnTimer), fits)
	}
	v.wait(t, tw, func(s string) bool { return fits(s) || !hopeful(s) }, func(*reply) {})
	return fits(tw.state)
}

const maxTurns = 50 // of a clock that is moved

// wait reads a twin again and again, moving the clock where there is one to move, until it is done.
func (v *verifier) wait(t *trial, tw *twin, done func(state string) bool, seen func(*reply)) {
	deadline, pausing := time.Now().Add(v.settings.waitMax), 20*time.Millisecond
	for turn := 0; !done(tw.state); turn++ {
		switch {
		case t.control != nil:
			if turn >= maxTurns || t.control.next(t.ctx) != nil {
				return
			}
		case !time.Now().Before(deadline) || pause(t.ctx, pausing) != nil:
			return
		default:
			pausing = min(pausing*3/2, 10*time.Second)
		}
		r, err := t.look(tw.instance)
		if err != nil || !r.ok() {
			return
		}
		seen(r)
	}
}

// catchUp lets each twin that a recorded list shows come into the state that it shows.
func (v *verifier) catchUp(t *trial, s *step) {
	if s.op.Effect.Answer == nil || s.op.Effect.Resource != v.kind {
		return
	}
	for _, item := range t.items(s.op, s.was) {
		id, _ := contract.Value(item, v.kind.PointerOf("id")).(string)
		state, _ := contract.Value(item, v.kind.PointerOf("state")).(string)
		if tw := v.twins[id]; tw != nil && !tw.gone && state != "" {
			tw.was = state
			if tw.state != state { // time may have passed for it while another was waited for
				_, _ = t.look(tw.instance)
			}
			v.await(t, tw, nil, state)
		}
	}
}

// agree tells whether a state conforms where another was recorded: the target may be quicker, or take another
// transient state to the same end where the table allows both.
func (v *verifier) agree(recorded, now string) bool {
	lc := v.kind.Lifecycle
	if recorded == now {
		return true
	}
	p, q := lc.Passage(recorded), lc.Passage(now)
	if !v.passing(recorded) {
		return false
	}
	if p == nil || q == nil || q.To != p.To {
		return slices.Contains(drift(lc, []string{recorded}, contract.OnTurn), now)
	}
	return slices.ContainsFunc(lc.Rows, func(row *contract.Row) bool {
		return row.Error == nil && has(row, "", recorded) && has(row, "", now)
	})
}

// has tells whether a row, in a state, may lead to another at once.
func has(row *contract.Row, current, state string) bool {
	return slices.ContainsFunc(row.Outcomes(current), func(o contract.Outcome) bool { return o.Error == nil && o.State == state })
}
