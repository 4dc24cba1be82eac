package conformance

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/contract"
)

// again sends a recorded request once more, in the state in which it was sent, and compares the answers.
func (v *verifier) again(t *trial, s *step) error {
	if err := v.sendable(s); err != nil {
		return err
	}
	in := v.known.input(s.in)
	if op := s.op; op.Effect.Do == contract.Create {
		return v.createAgain(t, s, in)
	}
	if s.op.Effect.Key == "" {
		v.catchUp(t, s)
		return v.compareList(t, s, t.send(v.callFor(s, in, "")))
	}
	key := s.in.Path[s.op.Effect.Key]
	tw := v.twins[key]
	if tw == nil {
		return v.strange(t, s, in)
	}
	return v.eventAgain(t, s, in, tw)
}

// callFor is the request for the target.
func (v *verifier) callFor(s *step, in contract.Input, key string) call {
	c := v.request(s.op, in, v.first, key)
	if v.isUnauthenticated(s) && s.Status >= http.StatusBadRequest {
		c.token, c.key = "", nil
	}
	return c
}

// createAgain creates, and remembers for which recorded instance the new one stands.
func (v *verifier) createAgain(t *trial, s *step, in contract.Input) error {
	if len(t.ledger.open) >= t.settings.maxInstances {
		return skip("the budget of %s is used up", plural(t.settings.maxInstances, "instance"))
	}
	name, _ := contract.Value(object(&reply{body: in.Body}), v.uniqueMember()).(string)
	if name == "" {
		name = t.name()
	}
	made, now, err := t.submit(0, name, in)
	if err != nil {
		return err
	}
	var tw *twin
	if made != nil && s.was.ok() {
		was := object(s.was)
		id, _ := contract.Value(was, v.kind.PointerOf("id")).(string)
		tw = &twin{instance: made, recorded: id, was: v.stateIn(s.was), sent: object(&reply{body: s.in.Body})}
		v.twins[id] = tw
		v.known.learnID(id, made.id)
	}
	err = v.compare(t, s, now, tw)
	if made != nil && tw == nil {
		t.dispose(made)
	}
	return err
}

// strange sends a request about an instance that this run has not created. It must not change one that is
// there by chance.
func (v *verifier) strange(t *trial, s *step, in contract.Input) error {
	read := t.operation(contract.Read)
	if s.was.ok() || s.op.Effect.Missing == nil || s.code != s.op.Effect.Missing.Code || read == nil {
		if v.createdBefore(s) {
			return skip("the %s that it is about could not be created here", v.kind.Name)
		}
		return notClaimed{claimRecordedCreate}
	}
	key := in.Path[s.op.Effect.Key]
	if s.op != read {
		r := t.send(t.request(read, contract.Input{}, t.first, key))
		if !t.isMissing(r) {
			return notClaimed{claimRecordedCreate}
		}
	}
	return v.compare(t, s, t.send(v.callFor(s, in, key)), nil)
}

// createdBefore tells whether the recording shows the create of the instance that a step is about.
func (v *verifier) createdBefore(s *step) bool {
	key := s.in.Path[s.op.Effect.Key]
	return slices.ContainsFunc(v.steps, func(o *step) bool {
		return o.op == v.kind.Create && o.was.ok() && contract.Value(object(o.was), v.kind.PointerOf("id")) == key
	})
}

// eventAgain sends a request about a twin.
func (v *verifier) eventAgain(t *trial, s *step, in contract.Input, tw *twin) error {
	if missing := s.op.Effect.Missing; !tw.gone && missing != nil && s.code == missing.Code {
		return notClaimed{claimRecordedCredential} // it was there, for another caller
	}
	name := eventOf(s.op, s.in)
	if name != "" && !tw.gone {
		if err := v.prepare(t, s, tw, name); err != nil {
			return err
		}
	}
	before := tw.state
	tw.before = before
	next, _ := outcomesOf(v.kind, drift(v.kind.Lifecycle, []string{before}, contract.OnTurn, contract.OnTimer), name)
	plain := s.op.Effect.Do == contract.Read && s.op.Effect.Answer == nil
	now := v.fire(t, s, in, tw, next)
	if plain && now.ok() && s.was.ok() {
		now = v.await(t, tw, now, v.stateIn(s.was))
	}
	defer v.follow(s, tw)
	if t.control == nil && v.passing(before) {
		s.overtaken = v.overtook(before, name, now)
	}
	return v.compare(t, s, now, tw)
}

// overtook is the state that was over before a request came, where its answer is one of a later state; "" when
// it is not.
func (v *verifier) overtook(before, name string, now *reply) string {
	later := slices.DeleteFunc(drift(v.kind.Lifecycle, []string{before}, contract.OnTurn), func(s string) bool { return s == before })
	next, codes := outcomesOf(v.kind, later, name)
	code, _ := v.c.ErrorIn(decoded(now))
	if (now.ok() && len(next) > 0) || slices.Contains(codes, code) {
		return before
	}
	return ""
}

// fire sends the request, and takes in what the answer shows.
func (v *verifier) fire(t *trial, s *step, in contract.Input, tw *twin, states []string) *reply {
	c := v.callFor(s, in, tw.id)
	r := t.send(c)
	if r.err != nil || !r.ok() {
		return r
	}
	switch effect := s.op.Effect; {
	case effect.Do == contract.Delete:
		tw.gone = true
		_ = t.ledger.removed(tw.instance)
	case effect.Do == contract.Transition && effect.Answer != nil:
		if state, _ := contract.Value(object(r), effect.Answer.PointerOf("state")).(string); state != "" {
			t.sees(tw.instance, with(tw.shown, v.kind.PointerOf("state"), state), s.op.ID, states)
		}
	case effect.Answer == nil:
		t.sees(tw.instance, object(r), "", nil)
	}
	return r
}

// follow keeps what the recording says of an instance.
func (v *verifier) follow(s *step, tw *twin) {
	if !s.was.ok() {
		return
	}
	was := object(s.was)
	switch effect := s.op.Effect; {
	case effect.Do == contract.Transition && effect.Answer != nil:
		if state, _ := contract.Value(was, effect.Answer.PointerOf("state")).(string); state != "" {
			tw.was = state
		}
	case effect.Answer == nil:
		if state := v.stateIn(s.was); state != "" {
			tw.was = state
		}
	}
	if s.op.Effect.Do == contract.Update {
		if merged, ok := contract.MergePatch(tw.sent, object(&reply{body: s.in.Body})).(map[string]any); ok {
			tw.sent = merged
		}
	}
}

func describeStep(s *step, t *trial) string {
	if s.was.err != nil {
		return s.was.err.Error()
	}
	return fmt.Sprint("as recorded: ", t.describe(s.was))
}
