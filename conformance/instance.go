package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// instance is a resource that this run has created.
type instance struct {
	id, name string
	project  string // whose it is; "" for that of the run
	variant  int
	sent     map[string]any // the body of its create
	state    string         // as last seen
	shown    map[string]any // as last seen
	gone     bool
	nth      int       // how many its ledger had opened with it
	entry    entry     // how its state began, when a request of ours began it
	born     time.Time // when its create was sent; zero when that is not known
	stuck    string    // a state that it did not leave in time; "" for none
}

// make sends a create for a variant with a patch of its own, and keeps to the ledger and the budget. The
// instance is nil when the create was refused.
func (t *trial) make(v int, patch map[string]any) (*instance, *reply, error) {
	in, err := t.kind.Create.DocumentedInput()
	if err == nil {
		in, err = in.Patched(t.model.variants[v].patch, nil)
	}
	if err == nil {
		in, err = in.Patched(patch, nil)
	}
	if err != nil {
		return nil, nil, err
	}
	return t.makeFrom(v, in)
}

// makeNamed is make under a given name.
func (t *trial) makeNamed(v int, name string) (*instance, *reply, error) {
	return t.makeIn(t.first, v, name)
}

// makeIn is makeNamed in a tenant's project.
func (t *trial) makeIn(owner *tenant, v int, name string) (*instance, *reply, error) {
	in, err := t.kind.Create.DocumentedInput()
	if err == nil {
		in, err = in.Patched(t.model.variants[v].patch, nil)
	}
	if u := t.kind.Create.Effect.Unique; err == nil && u != nil {
		in, err = in.Patched(nest(u.By, name), nil)
	}
	if err != nil {
		return nil, nil, err
	}
	t.serial++
	return t.submitIn(owner, v, name, in)
}

// makeFrom sends a create with an input whose unique member is replaced by a name of this run.
func (t *trial) makeFrom(v int, in contract.Input) (*instance, *reply, error) {
	name := t.name()
	if u := t.kind.Create.Effect.Unique; u != nil {
		var err error
		if in, err = in.Patched(nest(u.By, name), nil); err != nil {
			return nil, nil, err
		}
	}
	return t.submit(v, name, in)
}

// submit sends a create as it is. Whatever comes back with an id is ours to remove.
func (t *trial) submit(v int, name string, in contract.Input) (*instance, *reply, error) {
	return t.submitIn(t.first, v, name, in)
}

// submitIn is submit in a tenant's project.
func (t *trial) submitIn(owner *tenant, v int, name string, in contract.Input) (*instance, *reply, error) {
	if err := t.makeRoom(1); err != nil {
		return nil, nil, err
	}
	project := t.elsewhere(owner.Project)
	if err := t.ledger.plan(name, project); err != nil {
		return nil, nil, err
	}
	r := t.send(t.request(t.kind.Create, in, owner, ""))
	body := object(r)
	id, _ := contract.Value(body, t.kind.PointerOf("id")).(string)
	if id == "" || r.err != nil || r.Status >= 400 {
		if r.refuses() {
			return nil, r, t.ledger.refused(name)
		}
		return nil, r, nil // whether it was created is not known: the name stays in the ledger
	}
	fresh := &instance{id: id, name: name, project: project, variant: v, born: r.Started}
	t.made = append(t.made, fresh)
	_ = json.Unmarshal(in.Body, &fresh.sent)
	t.sees(fresh, body, "", nil)
	fresh.enters(r)
	return fresh, r, t.ledger.created(fresh)
}

// refuses tells whether an answer says that nothing was created: a failure of the server, or of a gateway before
// it, does not say that, and neither does a success that shows nothing.
func (r *reply) refuses() bool {
	return r.err == nil && r.Status >= http.StatusMultipleChoices && r.Status < http.StatusInternalServerError
}

// makeRoom removes instances, the oldest first, until the budget allows n more, or is all free when n is
// more than it has. What the check has made for itself stays.
func (t *trial) makeRoom(n int) error {
	allowed := max(t.settings.maxInstances-n, 0)
	for _, in := range t.ledger.byAge() {
		if len(t.ledger.open) <= allowed {
			break
		}
		if slices.Contains(t.made, in) && t.fleet[in.variant] != in {
			continue
		}
		maps.DeleteFunc(t.fleet, func(_ int, idle *instance) bool { return idle == in })
		_ = t.retire(in) // where that fails, the next may do
	}
	if len(t.ledger.open) > allowed {
		return skip("the budget of %s is used up", plural(t.settings.maxInstances, "instance"))
	}
	return nil
}

// sees takes in what a client is shown of an instance, and holds the change of state to the table: without
// a request in between only time may have changed it; after one, the states that its row allows, and what
// time makes of them.
func (t *trial) sees(in *instance, body map[string]any, operation string, allowed []string) {
	state, _ := contract.Value(body, t.kind.PointerOf("state")).(string)
	if state == "" {
		return
	}
	before := in.state
	in.state, in.shown = state, body
	t.seen.state(state)
	if before == "" || before == state {
		return
	}
	timer := t.ranOut(in)
	legal := t.model.byTime(before, state, timer)
	for _, a := range allowed {
		legal = legal || t.model.byTime(a, state, timer)
	}
	t.oracle.path(t, before, state, operation, legal)
	t.seen.transition(before, state)
}

// ranOut tells whether the timer of an instance may have run out: its clock is in our hands, or it has been
// there for longer than its timer takes.
func (t *trial) ranOut(in *instance) bool {
	if timer := t.kind.Lifecycle.Timer; t.control == nil && timer != nil {
		seconds, ok := contract.Value(in.shown, timer.Seconds).(json.Number)
		n, err := seconds.Int64()
		return ok && err == nil && time.Since(in.born) >= time.Duration(n)*time.Second
	}
	return true
}

// look reads an instance.
func (t *trial) look(in *instance) (*reply, error) {
	op := t.operation(contract.Read)
	if op == nil {
		return nil, skip("the contract has no operation that reads a %s", t.kind.Name)
	}
	r := t.send(t.request(op, contract.Input{}, t.tenantOf(in), in.id))
	if r.err == nil && r.ok() {
		t.sees(in, object(r), "", nil)
		t.lasts(in, r)
	}
	if r.err != nil {
		return r, skip("%s does not answer: %v", op.ID, r.err)
	}
	return r, nil
}

// fire sends an event's documented request to an instance.
func (t *trial) fire(in *instance, e contract.Event) (*reply, error) {
	input, err := inputOf(e)
	if err != nil {
		return nil, err
	}
	return t.fireInput(in, e.Operation, input, nil), nil
}

// fireInput sends an input to an instance; states are those that an acceptance may lead to.
func (t *trial) fireInput(in *instance, op *contract.Operation, input contract.Input, states []string) *reply {
	r := t.send(t.request(op, input, t.tenantOf(in), in.id))
	if r.err != nil || !r.ok() {
		return r
	}
	if op.Effect.Do == contract.Delete {
		in.gone = true
		_ = t.ledger.removed(in)
		return r
	}
	if op.Effect.Do == contract.Transition && op.Effect.Answer != nil {
		if state, _ := contract.Value(object(r), op.Effect.Answer.PointerOf("state")).(string); state != "" {
			if states == nil {
				states = []string{state} // a cell judges this; here it is only a step on the way
			}
			t.sees(in, with(in.shown, t.kind.PointerOf("state"), state), op.ID, states)
			in.enters(r)
		}
	}
	return r
}

// drive brings an instance of a variant into a state, by the shortest way from where one is, or anew.
func (t *trial) drive(v int, state string) (*instance, error) {
	for attempt := 0; attempt < 3; attempt++ {
		in := t.standing(v)
		if in != nil && !in.gone {
			if _, err := t.look(in); err != nil {
				return nil, err
			}
			if in.state == state {
				return in, nil
			}
		}
		in, err := t.walk(v, in, state)
		if err != nil {
			return nil, err
		}
		if in.state == state {
			return in, nil
		}
	}
	return nil, otherWay{state}
}

// standing is the instance that drives a variant: the one at hand, or, when the budget leaves no other, one
// that could not be removed.
func (t *trial) standing(v int) *instance {
	if in := t.fleet[v]; in != nil && !in.gone {
		return in
	}
	if len(t.ledger.open) < t.settings.maxInstances {
		return nil
	}
	for _, in := range t.ledger.byAge() {
		if in.variant == v && !in.gone {
			t.fleet[v] = in
			return in
		}
	}
	return nil
}

// walk takes the steps of a route. The target may choose another way that conforms; then the next attempt
// starts from where it is.
func (t *trial) walk(v int, in *instance, state string) (*instance, error) {
	variant := t.model.variants[v]
	path, ok := []move(nil), false
	if in != nil && !in.gone {
		if path, ok = t.model.route(variant, in.state, state, t.control != nil); !ok {
			if err := t.retire(in); err != nil {
				return nil, err
			}
		}
	}
	if !ok {
		in = nil
		if path, ok = t.model.route(variant, "", state, t.control != nil); !ok {
			return nil, skip("no way leads to %s from outside", state)
		}
	}
	if err := t.patchCatalogue(variant.catalogue); err != nil {
		return nil, err
	}
	for _, step := range path {
		next, err := t.step(v, in, step)
		if err != nil {
			return nil, err
		}
		in = next
		t.fleet[v] = in
		if in.state != step.to {
			return in, nil
		}
	}
	return in, nil
}

// step takes one step, and looks where it led.
func (t *trial) step(v int, in *instance, m move) (*instance, error) {
	var before string
	if in != nil {
		before = in.state
	}
	if m.kind == createFail || m.kind == actFail {
		if err := t.control.fail(t.ctx, m.event.Name); err != nil {
			return nil, skip("%v", err)
		}
	}
	switch m.kind {
	case create, createFail:
		fresh, r, err := t.make(v, nil)
		if err != nil {
			return nil, err
		}
		if fresh == nil {
			return nil, skip("set-up: %s is refused: %s %s", t.kind.Create.ID, t.describe(r), shortBody(r))
		}
		in = fresh
	case act, actFail:
		r, err := t.fire(in, m.event)
		if err != nil {
			return nil, err
		}
		if !r.ok() {
			return nil, skip("set-up: %s in state %s is refused: %s", m.event.Name, before, t.describe(r))
		}
		if _, err := t.look(in); err != nil {
			return nil, err
		}
	case fault:
		if err := t.control.fault(t.ctx, t.first.Project, in.id); err != nil {
			return nil, skip("%v", err)
		}
		_, err := t.look(in)
		return in, err
	case wait:
		return in, t.settle(in, in.state)
	}
	if m.kind == createFail || m.kind == actFail {
		return in, t.settle(in, in.state)
	}
	return in, nil
}

func (t *trial) patchCatalogue(catalogue map[string]map[string]any) error {
	for _, entry := range sortedKeys(catalogue) {
		if t.control == nil {
			return skip("the catalogue of the target would have to be changed (%s)", entry)
		}
		undo, err := t.control.patch(t.ctx, entry, catalogue[entry])
		if err != nil {
			return skip("%v", err)
		}
		t.undo = append(t.undo, undo)
	}
	return nil
}

// retire removes an instance in the legal order: it is brought to a state in which it may be deleted.
func (t *trial) retire(in *instance) error {
	err := t.remove(in)
	if t.ctx.Err() == nil {
		t.oracle.removable(t, in, err)
	}
	return err
}

func (t *trial) remove(in *instance) error {
	for attempt := 0; attempt < 6 && !in.gone; attempt++ {
		r, err := t.look(in)
		if err != nil {
			return err
		}
		if !r.ok() {
			if t.isMissing(r) {
				in.gone = true
				return t.ledger.removed(in)
			}
			return skip("%s cannot be read: %s", in.id, t.describe(r))
		}
		if t.kind.Lifecycle.Passage(in.state) != nil {
			if err := t.settle(in, in.state); err != nil {
				return err
			}
			continue
		}
		if err := t.towardsDeletion(in); err != nil {
			return err
		}
	}
	if !in.gone {
		return fmt.Errorf("instance %s in state %s cannot be removed", in.id, in.state)
	}
	return nil
}

func (t *trial) towardsDeletion(in *instance) error {
	variant := t.model.variants[in.variant]
	target, ok := t.model.deletable(variant, in.state)
	if !ok {
		return fmt.Errorf("instance %s in state %s: no way leads to a deletion", in.id, in.state)
	}
	if target == in.state {
		for _, e := range t.kind.Events() {
			if e.Operation.Effect.Do == contract.Delete {
				_, err := t.fire(in, e)
				return err
			}
		}
	}
	path, ok := t.model.route(variant, in.state, target, false)
	if !ok || len(path) == 0 {
		return fmt.Errorf("instance %s in state %s: no way leads to a deletion", in.id, in.state)
	}
	_, err := t.step(in.variant, in, path[0])
	return err
}

// isMissing tells whether an answer says that there is no such resource.
func (t *trial) isMissing(r *reply) bool {
	code, _ := t.c.ErrorIn(decoded(r))
	op := t.operation(contract.Read)
	return op != nil && op.Effect.Missing != nil && code == op.Effect.Missing.Code
}

func (r *runner) uniqueMember() string {
	if u := r.kind.Create.Effect.Unique; u != nil {
		return u.By
	}
	return ""
}

// list reads everything that the project has, unfiltered but for what is required.
func (t *trial) list() []map[string]any {
	op := t.operation(contract.List)
	if op == nil {
		return nil
	}
	in, err := op.DocumentedInput()
	if err != nil {
		return nil
	}
	return t.items(op, t.send(t.request(op, in, t.first, "")))
}

// items are the resources of a list's answer; nil when it is no list.
func (t *trial) items(op *contract.Operation, r *reply) []map[string]any {
	if r.err != nil || !r.ok() {
		return nil
	}
	listed, _ := contract.Value(object(r), op.Effect.Answer.PointerOf("items")).([]any)
	out := []map[string]any{}
	for _, item := range listed {
		if m, ok := item.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func tokensOf(pointer string) []string {
	if pointer == "" {
		return nil
	}
	return strings.Split(strings.TrimPrefix(pointer, "/"), "/")
}

// with is a copy of an object with one member set.
func with(object map[string]any, pointer string, value any) map[string]any {
	m, _ := contract.MergePatch(object, nest(pointer, value)).(map[string]any)
	return m
}
