package conformance

import (
	"fmt"
	"slices"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// kindCheck is a check about the resource as such; its source is that of the schema.
func (r *runner) kindCheck(suite, id, requirement string, op *contract.Operation, run func(*trial) error) Check {
	c := Check{ID: r.kind.Name + "/" + id, Suite: suite, Level: Must, Requirement: requirement, changes: true, run: run}
	if op != nil {
		c.Operation, c.Source, c.Position = op.ID, op.Source, op.Position
		c.Source.Basis = contract.Documented
	}
	return c
}

// persistenceChecks see that what was accepted stays, and that what was refused leaves nothing.
func (r *runner) persistenceChecks() []Check {
	var out []Check
	create, read, update := r.kind.Create, r.operation(contract.Read), r.operation(contract.Update)
	if create == nil || read == nil {
		return nil
	}
	for _, e := range create.Examples {
		if e.Status != 0 {
			continue
		}
		out = append(out, r.kindCheck("persistence", "kept/"+e.Name, "every member that the create sent is shown by its answer, by get and by list, and again after the instance has run and stopped", read,
			func(t *trial) error { return t.kept(e) }))
	}
	out = append(out,
		r.kindCheck("persistence", "agree", "get and list show the same", r.operation(contract.List), (*trial).agree),
		r.kindCheck("persistence", "created-never-moves", "the time of creation never changes, and the time of the latest change only with an update", read, (*trial).timestamps),
		r.kindCheck("persistence", "deleted", "what is deleted is gone from get, list and every operation", r.operation(contract.Delete), (*trial).deleted),
		should(r.kindCheck("persistence", "name-freed", "the name of what was deleted may be used again", create, (*trial).nameFreed)),
		whole(r.kindCheck("persistence", "refusal-leaves-nothing", "a refused create leaves nothing behind", create, (*trial).leavesNothing)))
	if update != nil {
		out = append(out, should(r.kindCheck("persistence", "update/moves-time", "an update moves the time of the latest change", update, (*trial).updateMoves)))
		for _, e := range update.Examples {
			if e.Status == 0 {
				out = append(out, r.kindCheck("persistence", "update/"+e.Name, "an update changes what it was given and nothing else, and the change stays", update,
					func(t *trial) error { return t.updated(e.Payload) }))
				break
			}
		}
		if body := r.timerUpdate(); body != nil {
			out = append(out, r.kindCheck("persistence", "update/timer", "an update of the timer changes what it was given and nothing else, and the change stays", update,
				func(t *trial) error { return t.updated(body) }))
		}
	}
	return out
}

// should makes a check of something that is inferred.
func should(c Check) Check {
	c.Level, c.Source.Basis = Should, contract.Inferred
	return c
}

// whole makes a check of something that looks at all that the project has.
func whole(c Check) Check {
	c.whole = true
	return c
}

// nameFreed uses a name, frees it and uses it again.
func (t *trial) nameFreed() error {
	if t.uniqueMember() == "" {
		return skip("nothing has to be unique")
	}
	name := t.name()
	for round := range 2 {
		in, r, err := t.makeNamed(0, name)
		if err != nil {
			return err
		}
		if in == nil && round == 0 {
			return skip("set-up: %s is refused: %s", t.kind.Create.ID, t.describe(r))
		}
		if !t.expectf(in != nil, "the name is free again", "%s", t.describe(r)) {
			return nil
		}
		if err := t.retire(in); err != nil {
			return skip("set-up: %v", err)
		}
	}
	return nil
}

// updateMoves updates after a moment has passed.
func (t *trial) updateMoves() error {
	updated, update := t.kind.PointerOf("updated"), t.operation(contract.Update)
	if updated == "" {
		return skip("the contract shows no time of the latest change")
	}
	in, err := t.drive(0, t.quiet(update))
	if err != nil {
		return err
	}
	before := contract.Value(in.shown, updated)
	if t.control != nil {
		err = t.control.advance(t.ctx, "2s")
	} else {
		err = pause(t.ctx, 5*time.Millisecond)
	}
	if err != nil {
		return skip("%v", err)
	}
	if err := t.update(in, update); err != nil {
		return err
	}
	after := contract.Value(in.shown, updated)
	t.expectf(compareValues(before, after) < 0, fmt.Sprintf("%s is later than %v", updated, before), "it is %v", after)
	return nil
}

// echoes holds a shown resource to what was sent.
func (t *trial) echoes(where string, sent, shown map[string]any) {
	for _, pointer := range t.kind.Kept(sent) {
		want, have := contract.Value(sent, pointer), contract.Value(shown, pointer)
		t.expectf(same(want, have), fmt.Sprintf("%s shows %s as sent: %v", where, pointer, want), "%s shows %s as %v", where, pointer, have)
	}
}

// defaults holds what was not sent to what the table says it is then, where the answer shows it at all.
func (t *trial) defaults(foreseen, sent, shown map[string]any) {
	if t.kind.Create.Body == nil {
		return
	}
	for _, pointer := range t.kind.Kept(foreseen) {
		value, documented := t.kind.Create.Body.Schema.Default(pointer)
		have := contract.Value(shown, pointer)
		if documented && have != nil && contract.Value(sent, pointer) == nil {
			t.expectf(same(value, have), fmt.Sprintf("%s is %v when it is not sent", pointer, value), "%s is %v", pointer, have)
		}
	}
}

// kept creates as documented, and looks for every member again and again.
func (t *trial) kept(e *contract.Example) error {
	in, err := t.kind.Create.DocumentedInput()
	if err == nil {
		in, err = in.WithBody(e.Payload)
	}
	var shown map[string]any
	if err == nil {
		in, shown, err = t.valuedExample(in)
	}
	if err != nil {
		return err
	}
	made, r, err := t.makeFrom(0, in)
	if err != nil {
		return err
	}
	if made == nil {
		return skip("set-up: %s is refused: %s", t.kind.Create.ID, t.describe(r))
	}
	defer t.dispose(made)
	if len(t.target.Values) > 0 { // some values make the server decide about others
		made.sent = common(made.sent, with(shown, t.uniqueMember(), made.name))
	}
	t.echoes("the create's answer", made.sent, object(r))
	t.defaults(shown, made.sent, object(r))
	if err := t.showsEverywhere(made, "after the create"); err != nil {
		return err
	}
	if err := t.settle(made, ""); err != nil {
		return err
	}
	if err := t.showsEverywhere(made, "in state "+made.state); err != nil {
		return err
	}
	for range 3 { // as far as the life goes on: to another resting state, and back
		if err := t.onward(made); err != nil {
			return err
		}
		if err := t.showsEverywhere(made, "in state "+made.state); err != nil {
			return err
		}
	}
	return nil
}

// onward takes an action that leads out of a resting state, and waits for the next.
func (t *trial) onward(in *instance) error {
	for _, m := range t.model.moves(t.model.variants[in.variant], in.state) {
		if m.kind == act {
			if _, err := t.step(in.variant, in, m); err != nil {
				return err
			}
			return t.settle(in, "")
		}
	}
	return nil
}

func (t *trial) showsEverywhere(in *instance, when string) error {
	r, err := t.look(in)
	if err != nil {
		return err
	}
	if !t.expectf(r.ok(), "get shows it "+when, "get answers %s", t.describe(r)) {
		return nil
	}
	t.echoes("get "+when, in.sent, object(r))
	item := t.listed(in)
	if t.expectf(item != nil, "list shows it "+when, "the list does not have %s", in.id) {
		t.echoes("list "+when, in.sent, item)
	}
	return nil
}

// listed is an instance as the list shows it; nil when it does not.
func (t *trial) listed(in *instance) map[string]any {
	for _, item := range t.list() {
		if contract.Value(item, t.kind.PointerOf("id")) == in.id {
			return item
		}
	}
	return nil
}

func (t *trial) agree() error {
	in, err := t.anyInstance(0)
	if err == nil {
		err = t.settle(in, "")
	}
	if err != nil {
		return err
	}
	item := t.listed(in)
	if !t.expectf(item != nil, "list shows it", "the list does not have %s", in.id) {
		return nil
	}
	r, err := t.look(in)
	if err != nil {
		return err
	}
	at, listed, got := difference(t.ticking(), "", item, object(r))
	t.expectf(at == "", "get and list show the same", "%s is %v in the list and %v in get", at, listed, got)
	return nil
}

// ticking are the members that time changes.
func (t *trial) ticking() func(string) bool {
	left, wait := t.kind.PointerOf("left"), t.kind.PointerOf("wait")
	return func(pointer string) bool { return pointer != "" && (pointer == left || pointer == wait) }
}

func (t *trial) timestamps() error {
	created, updated := t.kind.PointerOf("created"), t.kind.PointerOf("updated")
	if created == "" {
		return skip("the contract shows no time of creation")
	}
	in, r, err := t.make(0, nil)
	if err != nil {
		return err
	}
	if in == nil {
		return skip("set-up: %s is refused: %s", t.kind.Create.ID, t.describe(r))
	}
	defer t.dispose(in)
	atFirst, changed := contract.Value(in.shown, created), contract.Value(in.shown, updated)
	t.expectf(atFirst != nil, created+" is there", "it is missing")
	if err := t.settle(in, ""); err != nil {
		return err
	}
	for range 2 {
		if err := t.onward(in); err != nil {
			return err
		}
		t.expectf(same(contract.Value(in.shown, created), atFirst), fmt.Sprintf("%s stays %v", created, atFirst), "in state %s it is %v", in.state, contract.Value(in.shown, created))
		if changed != nil {
			t.expectf(same(contract.Value(in.shown, updated), changed), fmt.Sprintf("%s stays %v while nothing is updated", updated, changed), "in state %s it is %v", in.state, contract.Value(in.shown, updated))
		}
	}
	return t.afterUpdate(in, created, atFirst)
}

// update sends the documented update, and reads what became of it.
func (t *trial) update(in *instance, op *contract.Operation) error {
	input, err := op.DocumentedInput()
	if err != nil {
		return err
	}
	if r := t.fireInput(in, op, input, nil); !r.ok() {
		return skip("set-up: %s is refused: %s", op.ID, t.describe(r))
	}
	_, err = t.look(in)
	return err
}

func (t *trial) afterUpdate(in *instance, created string, atFirst any) error {
	update := t.operation(contract.Update)
	if update == nil {
		return nil
	}
	if err := t.update(in, update); err != nil {
		return err
	}
	t.expectf(same(contract.Value(in.shown, created), atFirst), fmt.Sprintf("%s stays %v", created, atFirst), "after an update it is %v", contract.Value(in.shown, created))
	return nil
}

// deleted removes an instance and sends every operation after it.
func (t *trial) deleted() error {
	in, r, err := t.make(0, nil)
	if err != nil {
		return err
	}
	if in == nil {
		return skip("set-up: %s is refused: %s", t.kind.Create.ID, t.describe(r))
	}
	if err := t.settle(in, ""); err != nil {
		return err
	}
	if err := t.retire(in); err != nil {
		return skip("set-up: %v", err)
	}
	if err := t.vanished(in); err != nil {
		return err
	}
	for _, e := range t.kind.Events() {
		r, err := t.fire(in, e)
		if err != nil {
			return err
		}
		t.expectf(t.isMissing(r), e.Name+" after the deletion answers "+e.Operation.Effect.Missing.Code, "%s answers %s", e.Name, t.describe(r))
	}
	return nil
}

// leavesNothing compares what the project has of this run with the ledger. It runs after the refusals.
func (t *trial) leavesNothing() error {
	unique := t.uniqueMember()
	if unique == "" {
		return skip("nothing tells the instances of this run apart")
	}
	before := t.ids()
	var names []string
	for _, p := range t.c.Probes() {
		if p.Operation != t.kind.Create || p.Kind != contract.ProbeSchema || !p.Refuses() {
			continue
		}
		in, name, err := t.personal(&p)
		if err != nil {
			continue // the target's values leave nothing of this probe
		}
		made, _, err := t.submit(0, name, in)
		if err != nil {
			return err
		}
		t.clearUp(before, name)
		if made != nil {
			t.dispose(made) // the probe's own check says so
			continue
		}
		if wanted := t.askedBy(in); wanted != "" {
			names = append(names, wanted)
		}
	}
	t.nothingNew(before, names...)
	t.expect(true, nil, "")
	return nil
}

func (t *trial) ids() []string {
	var out []string
	for _, item := range t.list() {
		if id, ok := contract.Value(item, t.kind.PointerOf("id")).(string); ok {
			out = append(out, id)
		}
	}
	return out
}

// updated sends an update and sees that it changes what it was given, at once and later, and nothing else.
func (t *trial) updated(body any) error {
	v := 0
	update := t.operation(contract.Update)
	in, err := t.drive(v, t.quiet(update))
	if err != nil {
		return err
	}
	input, err := update.DocumentedInput()
	if err == nil {
		input, err = input.WithBody(body)
	}
	if err != nil {
		return err
	}
	before := in.shown
	r := t.fireInput(in, update, input, nil)
	if !t.expect(r.ok(), []string{"2xx"}, t.describe(r)+" "+shortBody(r)) {
		return nil
	}
	sent, _ := decoded(&reply{body: input.Body}).(map[string]any)
	t.echoes("the update's answer", sent, object(r))
	if _, err := t.look(in); err != nil {
		return err
	}
	t.echoes("get", sent, in.shown)
	given := t.kind.Kept(sent)
	at, was, is := difference(func(p string) bool {
		return slices.Contains(given, p) || (p != "" && t.kind.Dynamic(p))
	}, "", before, in.shown)
	t.expectf(at == "", "nothing else changes", "%s was %v and is %v", at, was, is)
	if err := t.onward(in); err != nil {
		return err
	}
	t.echoes("get in state "+in.state, sent, in.shown)
	return nil
}

// quiet is a resting state, nearest to a create, in which an operation's documented request is accepted.
func (t *trial) quiet(op *contract.Operation) string {
	return t.stateFor(op, &contract.Example{})
}

// timerUpdate is an update that sets the timer, taken from the documented create; nil when there is none.
func (r *runner) timerUpdate() any {
	timer := r.kind.Lifecycle.Timer
	if timer == nil {
		return nil
	}
	create, _ := r.kind.Create.DocumentedRequest().(map[string]any)
	parent := timer.Seconds[:lastSlash(timer.Seconds)]
	value := contract.Value(create, parent)
	if value == nil {
		return nil
	}
	return nest(parent, value)
}

func lastSlash(pointer string) int {
	for i := len(pointer) - 1; i > 0; i-- {
		if pointer[i] == '/' {
			return i
		}
	}
	return 0
}
