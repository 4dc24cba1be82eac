package conformance

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/tallystick/tallystick/contract"
)

// cell judges one event in one state: the state is reached by the shortest way of the table, the event is
// fired, and the answer and the state afterwards are held to every row that may decide.
func (t *trial) cell(p *contract.Probe) error {
	if p.Operation.Effect.Do == contract.Create {
		return t.createCell(p)
	}
	if p.Setup.State == t.kind.Lifecycle.Gone {
		return t.goneCell(p)
	}
	v, err := t.variantOf(p)
	if err != nil {
		return err
	}
	want, err := t.wanted(v, p)
	if err != nil {
		return err
	}
	for range maxPassages {
		in, err := t.drive(v, p.Setup.State)
		if err != nil {
			return err
		}
		var late overtaken
		if err = t.fireCell(v, in, p, want); !errors.As(err, &late) {
			return err
		}
		if in.gone || in.state != p.Setup.State {
			continue
		}
		if err := t.settle(in, in.state); err != nil { // so that it is entered anew
			return err
		}
	}
	return tooLate(p.Setup.State)
}

// createCell creates, and sees where the new instance goes from there.
func (t *trial) createCell(p *contract.Probe) error {
	if err := t.unclaimed(t.check.Claim); err != nil {
		return err
	}
	if err := t.offered(p); err != nil {
		return err
	}
	if err := t.patchCatalogue(p.Setup.Catalogue); err != nil {
		return err
	}
	in, _, err := t.personal(p)
	if err != nil {
		return err
	}
	made, r, err := t.makeFrom(0, in)
	if err != nil {
		return err
	}
	t.judge(p, r)
	if made == nil {
		return nil
	}
	defer t.dispose(made)
	t.expect(slices.Contains(p.States, made.state), p.States, "the state is "+made.state)
	if err := t.settle(made, ""); err != nil {
		t.expect(false, []string{"it comes to rest"}, err.Error())
	}
	return nil
}

// goneCell sends the event to an instance that has been deleted.
func (t *trial) goneCell(p *contract.Probe) error {
	if t.grave == "" {
		in, r, err := t.make(0, nil)
		if err != nil {
			return err
		}
		if in == nil {
			return skip("set-up: %s is refused: %s %s", t.kind.Create.ID, t.describe(r), shortBody(r))
		}
		if err := t.retire(in); err != nil {
			return skip("set-up: %v", err)
		}
		t.grave = in.id
	}
	t.judge(p, t.send(t.request(p.Operation, p.Input, t.first, t.grave)))
	return nil
}

// variantOf chooses the variant in which a cell is walked: the probe's own where its state can be reached in
// it, else the first in which it can.
func (t *trial) variantOf(p *contract.Probe) (int, error) {
	best := t.model.variantFor(p, t.control != nil)
	switch {
	case best >= 0:
		return best, nil
	case t.control == nil && t.reachableByControl(p.Setup.State):
		return 0, notClaimed{claimControl}
	}
	return 0, notClaimed{"a way to " + p.Setup.State + ", which nothing from outside leads to"}
}

// variantFor is the variant in which a cell is walked, with a control API or without; -1 for none.
func (m *model) variantFor(p *contract.Probe, control bool) int {
	best := -1
	for i, v := range m.variants {
		if len(v.catalogue) > 0 && !control {
			continue
		}
		if _, ok := m.route(v, "", p.Setup.State, control); !ok {
			continue
		}
		own := fmt.Sprint(v.create) == fmt.Sprint(p.Setup.Create) && fmt.Sprint(v.catalogue) == fmt.Sprint(p.Setup.Catalogue)
		conditional := len(p.Setup.Create)+len(p.Setup.Catalogue) > 0
		if own || (best < 0 && !conditional) {
			best = i
		}
		if own {
			break
		}
	}
	return best
}

func (t *trial) reachableByControl(state string) bool {
	return slices.ContainsFunc(t.model.variants, func(v variant) bool {
		_, ok := t.model.route(v, "", state, true)
		return ok
	})
}

// wanted is the probe with the outcomes of the variant in which it is walked: another flavor may meet
// another row.
func (t *trial) wanted(v int, p *contract.Probe) (*contract.Probe, error) {
	d, ok := t.model.decideInput(t.model.variants[v], p.Setup.State, p.Operation, p.Input)
	if !ok || d.Row == nil {
		return nil, skip("the contract cannot decide this cell in the variant that reaches it")
	}
	q := *p
	q.Refusals, q.States, q.Accept = nil, nil, false
	if d.Refusal != nil && d.Rule != nil {
		q.Refusals = []*contract.Refusal{d.Refusal}
	}
	for _, o := range d.Row.Outcomes(p.Setup.State) {
		if o.Error != nil {
			q.Refusals = append(q.Refusals, &contract.Refusal{Error: o.Error})
		} else if d.Rule == nil {
			q.Accept, q.States = true, append(q.States, o.State)
		}
	}
	return &q, nil
}

// fireCell fires and judges. It gives overtaken when the state was over before the request came.
func (t *trial) fireCell(v int, in *instance, p *contract.Probe, want *contract.Probe) error {
	if catalogue := t.model.variants[v].catalogue; len(catalogue) > 0 {
		if err := t.patchCatalogue(catalogue); err != nil {
			return err
		}
		if _, err := t.look(in); err != nil { // what a look-up shows may follow the catalogue
			return err
		}
	}
	before, state, began, states := in.shown, in.state, in.entry, want.States
	var later []*contract.Probe
	if t.passes(p.Setup.State) {
		later = t.later(v, p)
		states = slices.Clone(states)
		for _, l := range later {
			states = append(states, l.States...)
		}
	}
	r := t.fireInput(in, p.Operation, p.Input, states)
	if late, err := t.overtook(in, p, want, later, began, r); err != nil || late {
		return cmp.Or[error](err, tooLate(p.Setup.State))
	}
	t.about = r
	t.judge(want, r)
	t.about = nil
	switch {
	case r.err != nil || t.failed:
		if r.err == nil {
			_, err := t.look(in)
			return err
		}
		return nil
	case !r.ok():
		return t.unchanged(want, in, before)
	case p.Operation.Effect.Do == contract.Delete:
		return t.vanished(in)
	case p.Operation.Effect.Do == contract.Transition:
		t.judgeReport(p, r, state, want.States)
	}
	if _, err := t.look(in); err != nil {
		return err
	}
	reached := slices.ContainsFunc(want.States, func(s string) bool { return t.model.soon(s, in.state) })
	t.expect(reached, want.States, "the state afterwards is "+in.state)
	return t.follow(in, want.States)
}

// follow waits until a transient state has ended, and holds its end to the table.
func (t *trial) follow(in *instance, states []string) error {
	if t.kind.Lifecycle.Passage(in.state) == nil || t.control == nil {
		return nil // without a clock the next check that needs the state waits for it
	}
	from := in.state
	if err := t.settle(in, from); err != nil {
		t.expect(false, []string{from + " ends in " + t.kind.Lifecycle.Passage(from).To}, err.Error())
		return nil
	}
	end := t.kind.Lifecycle.Passage(from).To
	t.expectf(in.state == end, from+" ends in "+end, "%s ended in %s", from, in.state)
	return nil
}

// judgeReport holds what a transition reports to what was and what came.
func (t *trial) judgeReport(p *contract.Probe, r *reply, before string, states []string) {
	answer := p.Operation.Effect.Answer
	now, _ := contract.Value(object(r), answer.PointerOf("state")).(string)
	was, _ := contract.Value(object(r), answer.PointerOf("previous")).(string)
	reached := slices.ContainsFunc(states, func(s string) bool { return t.model.soon(s, now) })
	t.expectf(reached, fmt.Sprintf("%s is %v", answer.PointerOf("state"), states), "%s is %q", answer.PointerOf("state"), now)
	t.expectf(was == before, fmt.Sprintf("%s is %s", answer.PointerOf("previous"), before), "%s is %q", answer.PointerOf("previous"), was)
}

// vanished sees that what was deleted is gone from get and list.
func (t *trial) vanished(in *instance) error {
	r, err := t.look(in)
	if err != nil {
		return err
	}
	t.expectf(t.isMissing(r), "a deleted "+t.kind.Name+" cannot be read any more", "reading it answers %s", t.describe(r))
	id := t.kind.PointerOf("id")
	for _, item := range t.list() {
		if contract.Value(item, id) == in.id {
			t.expectf(false, "a deleted "+t.kind.Name+" is not listed any more", "the list still has %s", in.id)
			return nil
		}
	}
	t.expect(true, nil, "")
	return nil
}
