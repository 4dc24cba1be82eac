package conformance

import (
	"time"

	"github.com/tallystick/tallystick/contract"
)

// maxPassages is how often a transient state is entered anew when it was over before a request came.
const maxPassages = 3

// entry is how a state began: by a request that was sent and answered at these times.
type entry struct {
	state          string
	sent, answered time.Time
}

// enters notes the request by which an instance came into the state that it is shown in.
func (in *instance) enters(r *reply) {
	in.entry = entry{state: in.state, sent: r.Started, answered: r.Started.Add(time.Duration(r.Took))}
}

// lasts notes that a state which a request began was still seen when another was sent: it lasts at least
// that long on this target.
func (t *trial) lasts(in *instance, r *reply) {
	if in.entry.state == in.state && in.state != "" {
		t.lasted[in.state] = max(t.lasted[in.state], r.Started.Sub(in.entry.answered))
	}
}

// overtaken is the error of a cell whose state was over before the request came.
type overtaken struct{ state string }

func (o overtaken) Error() string {
	return "the target leaves " + o.state + " before a request about it can come"
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
