package conformance

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// maxPassages is how often a transient state is entered anew when it was over before a request came.
const maxPassages = 3

// entry is how a state began: by a request that was sent and answered at these times.
type entry struct {
	state          string
	sent, answered time.Time
	least          time.Duration // that it was still seen for
}

// enters notes the request by which an instance came into the state that it is shown in.
func (in *instance) enters(r *reply) {
	in.entry = entry{state: in.state, sent: r.Started, answered: r.Started.Add(time.Duration(r.Took))}
}

// lasts takes in that an instance was looked at: how long a state was still seen, or, when it has ended by
// itself, that it lasts at least that long on this target. The shortest of all its passages counts: a target
// may have one instance ready in stock, and not the next.
func (t *trial) lasts(in *instance, r *reply) {
	switch began := in.entry; {
	case began.state == "":
	case began.state == in.state:
		in.entry.least = max(began.least, r.Started.Sub(began.answered))
	default:
		t.runner.lasts(began.state, began.least)
		in.entry = entry{}
	}
}

// lasts notes a passage that took at least so long.
func (r *runner) lasts(state string, least time.Duration) {
	if known, ok := r.lasted[state]; !ok || least < known {
		r.lasted[state] = least
	}
}

// overtaken is the error of a check whose matter was over before a request about it could come. It makes
// nothing partial.
type overtaken struct{ reason string }

func (o overtaken) Error() string { return o.reason }

func tooLate(state string) overtaken {
	return overtaken{"the target leaves " + state + " before a request about it can come"}
}

// passes tells whether a state ends by itself, with nobody's clock in our hands.
func (t *trial) passes(state string) bool {
	return t.control == nil && (t.kind.Lifecycle.Passage(state) != nil || t.kind.Lifecycle.InQueue(state))
}

// later are the probes of a cell in the states that time may have brought by the time the request comes.
func (t *trial) later(v int, p *contract.Probe) []*contract.Probe {
	var out []*contract.Probe
	for _, s := range t.kind.Lifecycle.States {
		if s.Name == p.Setup.State || !t.model.soon(p.Setup.State, s.Name) {
			continue
		}
		q := *p
		q.Setup.State = s.Name
		if want, err := t.wanted(v, &q); err == nil {
			out = append(out, want)
		}
	}
	return out
}

// overtook tells whether an answer that does not fit the state may be that of a later one. A target that
// says which state it found, or is still seen in it afterwards, has not been overtaken; nor has one that
// answered sooner than the state is known to last.
func (t *trial) overtook(in *instance, p, want *contract.Probe, later []*contract.Probe, began entry, r *reply) (bool, error) {
	state := p.Setup.State
	if !t.passes(state) || r.err != nil || t.conforms(want, r) || !t.conformsAny(later, r) {
		return false, nil
	}
	if answer := p.Operation.Effect.Answer; answer != nil && r.ok() {
		if was, _ := contract.Value(object(r), answer.PointerOf("previous")).(string); was == state {
			return false, nil
		}
	}
	if !r.ok() {
		if _, err := t.look(in); err != nil || in.state == state {
			return false, err
		}
	}
	known := began.state == state && r.Started.Add(time.Duration(r.Took)).Sub(began.sent) < t.lasted[state]
	return !known, nil
}

func (t *trial) conformsAny(probes []*contract.Probe, r *reply) bool {
	for _, p := range probes {
		if t.conforms(p, r) {
			return true
		}
	}
	return false
}

// conforms tells whether an answer is one that a probe accepts, and notes nothing.
func (t *trial) conforms(p *contract.Probe, r *reply) bool {
	if r.Status < 400 {
		return r.ok() && (p.Accept || len(p.Refusals) == 0)
	}
	return t.refusal(p, r) != nil
}

// mayRepeat tells whether an event that was accepted in a state may be accepted again soon, when what it began
// has ended by itself.
func (t *trial) mayRepeat(v int, state string, e contract.Event) bool {
	variant := t.model.variants[v]
	first, ok := t.model.decide(variant, state, e)
	if !ok || t.control != nil {
		return false
	}
	return slices.ContainsFunc(t.kind.Lifecycle.States, func(s contract.State) bool {
		if s.Name == first.State || !t.model.soon(first.State, s.Name) {
			return false
		}
		again, ok := t.model.decide(variant, s.Name, e)
		return ok && again.Refusal == nil
	})
}
