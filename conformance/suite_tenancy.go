package conformance

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/tallystick/tallystick/contract"
)

// tenancyChecks try to reach an instance from another project.
func (r *runner) tenancyChecks() []Check {
	var out []Check
	for _, op := range r.c.Operations() {
		if op.Effect == nil || op.Effect.Resource != r.kind || op.Effect.Do == contract.Create {
			continue
		}
		what := "cannot be reached by " + op.ID
		c := r.kindCheck("tenancy", "tenancy/"+op.ID, "an instance of one project "+what+" of another", op, func(t *trial) error { return t.fromOutside(op) })
		c.Claim = claimSecond
		out = append(out, c)
	}
	c := should(r.kindCheck("tenancy", "tenancy/same-name", "names are unique in a project, not across projects", r.kind.Create, (*trial).sameName))
	c.Claim = claimSecond
	return append(out, c)
}

// sameName creates in both projects under one name.
func (t *trial) sameName() error {
	if err := t.unclaimed(claimSecond); err != nil {
		return err
	}
	if err := t.takes(2); err != nil {
		return err
	}
	name := t.name()
	in, r, err := t.makeNamed(0, name)
	if err != nil {
		return err
	}
	if in == nil {
		return skip("set-up: %s is refused: %s", t.kind.Create.ID, t.describe(r))
	}
	defer t.dispose(in)
	twin, r, err := t.makeIn(t.second, 0, name)
	if err != nil {
		return err
	}
	t.expectf(twin != nil, "the other project may use the name too", "%s", t.describe(r))
	if twin != nil {
		t.dispose(twin)
	}
	return nil
}

// fromOutside sends an operation on the first project's instance with the second's credentials, under both
// projects' paths.
func (t *trial) fromOutside(op *contract.Operation) error {
	if err := t.unclaimed(claimSecond); err != nil {
		return err
	}
	in, err := t.anyInstance(0)
	if err != nil {
		return err
	}
	input, err := op.DocumentedInput()
	if err != nil {
		return err
	}
	if op.Effect.Do == contract.List {
		r := t.send(t.request(op, input, t.second, ""))
		t.expect(r.ok(), []string{"2xx"}, t.describe(r))
		for _, item := range t.items(op, r) {
			id := contract.Value(item, t.kind.PointerOf("id"))
			t.expectf(id != in.id, "the other project does not list "+in.id, "it does")
		}
		return nil
	}
	if _, err := t.look(in); err != nil {
		return err
	}
	before := in.shown
	r := t.send(t.request(op, input, t.second, in.id))
	code, _ := t.c.ErrorIn(decoded(r))
	t.expectf(code == op.Effect.Missing.Code, fmt.Sprint(op.Effect.Missing.Status, " ", op.Effect.Missing.Code), "%s", t.describe(r))
	stolen := t.request(op, input, t.first, in.id)
	stolen.token = t.second.token
	r = t.send(stolen)
	refusal := t.c.SecurityRefusal("foreign")
	if refusal != nil {
		code, _ = t.c.ErrorIn(decoded(r))
		t.expectf(r.Status >= 400 && accepts(refusal, code), refusal.Error.Code, "with the other project's token: %s", t.describe(r))
	}
	if _, err := t.look(in); err != nil {
		return err
	}
	at, was, is := difference(t.ticking(), "", before, in.shown)
	t.expectf(at == "" || t.kind.Dynamic(at), "nothing has changed", "%s was %v and is %v", at, was, is)
	return nil
}

// raceChecks send two requests at once: any result that some order of the two explains conforms.
func (r *runner) raceChecks() []Check {
	var out []Check
	create := r.kind.Create
	if create.Effect.Unique != nil {
		out = append(out, r.kindCheck("race", "race/same-name", "of creates of one name at the same time, one is accepted", create, (*trial).raceNames))
	}
	if create.Effect.Quota != nil {
		c := r.kindCheck("race", "race/quota", "of creates at the same time, as many are accepted as the quota has room for", create, (*trial).raceQuota)
		c.Claim = claimControl
		out = append(out, c)
	}
	if update := r.operation(contract.Update); update != nil {
		out = append(out, r.kindCheck("race", "race/updates", "of two updates of different members at the same time, none is lost", update, (*trial).raceUpdates))
	}
	for _, e := range r.kind.Events() {
		if e.Action {
			out = append(out, r.kindCheck("race", "race/"+e.Name, "of two "+e.Name+" at the same time, the table allows the one after the other", e.Operation,
				func(t *trial) error { return t.raceEvents(e) }))
		}
	}
	return out
}

const racers = 4

func (t *trial) raceNames() error {
	if _, err := t.anyInstance(0); err != nil {
		return err // a create that is refused has no race to run
	}
	in, err := t.kind.Create.DocumentedInput()
	if err == nil {
		in, err = in.Patched(t.target.Values, nil)
	}
	name := t.name()
	if err == nil {
		in, err = in.Patched(nest(t.kind.Create.Effect.Unique.By, name), nil)
	}
	if err != nil {
		return err
	}
	if err := t.makeRoom(racers); err != nil {
		return err
	}
	if err := t.ledger.plan(name, ""); err != nil {
		return err
	}
	accepted, known := 0, 0
	for _, r := range t.together(racers, func() *reply { return t.patiently(t.request(t.kind.Create, in, t.first, "")) }) {
		t.observed(t.kind.Create, r)
		if r.refuses() {
			known++
		}
		if !r.ok() {
			code, _ := t.c.ErrorIn(decoded(r))
			t.expectf(code == t.kind.Create.Effect.Unique.Error.Code, t.kind.Create.Effect.Unique.Error.Code, "%s", t.describe(r))
			continue
		}
		accepted++
		made, err := t.racer(r)
		if err != nil {
			return err
		}
		if made != nil {
			known++
		}
	}
	if known == racers {
		_ = t.ledger.refused(name) // nothing but what has come back can be there
	} else {
		_ = t.ledger.plan(name, "") // one more may be there
	}
	t.expectf(accepted == 1, "one is accepted", "%d are", accepted)
	return nil
}

// racer takes in what a create in a race has made, to be removed after the check; nil when the answer does not
// show what that is, as the suite response says then.
func (t *trial) racer(r *reply) (*instance, error) {
	made := &instance{name: t.asked(r), born: r.Started}
	if made.id, _ = contract.Value(object(r), t.kind.PointerOf("id")).(string); made.id == "" {
		return nil, nil
	}
	t.made = append(t.made, made)
	t.sees(made, object(r), "", nil)
	t.undo = append(t.undo, func() { t.dispose(made) })
	return made, t.ledger.created(made)
}

// asked is the unique member that a create has asked for.
func (t *trial) asked(r *reply) string {
	return t.askedBy(contract.Input{Body: []byte(r.RequestBody)})
}

func (t *trial) askedBy(in contract.Input) string {
	name, _ := contract.Value(object(&reply{body: in.Body}), t.uniqueMember()).(string)
	return name
}

// takes makes room for some instances at once. A budget that has not so many cannot judge what takes them.
func (t *trial) takes(n int) error {
	if t.settings.maxInstances < n {
		return notClaimed{"a budget of " + plural(n, "instance")}
	}
	return t.makeRoom(n)
}

// raceQuota leaves room for one, and creates several.
func (t *trial) raceQuota() error {
	if err := t.unclaimed(claimControl); err != nil {
		return err
	}
	if err := t.takes(2); err != nil {
		return err
	}
	if _, err := t.anyInstance(0); err != nil {
		return err
	}
	if err := t.makeRoom(racers); err != nil {
		return err
	}
	there, err := t.leaveRoom(1)
	if err != nil {
		return err
	}
	var names [racers]string
	for i := range names {
		names[i] = t.name()
		if err := t.ledger.plan(names[i], ""); err != nil {
			return err
		}
	}
	accepted := 0
	var next atomic.Int32
	for _, r := range t.together(racers, func() *reply { return t.createAs(names[next.Add(1)-1]) }) {
		t.observed(t.kind.Create, r)
		if r.refuses() {
			_ = t.ledger.refused(t.asked(r))
		}
		if !r.ok() {
			continue
		}
		accepted++
		if _, err := t.racer(r); err != nil {
			return err
		}
	}
	if now, err := t.control.count(t.ctx, t.kind.Name, t.first.Project); accepted != 1 && err == nil && now != there+accepted {
		return overtaken{"others create and remove in this project, and so take of its quota"}
	}
	t.expectf(accepted == 1, "one is accepted", "%d are", accepted)
	return nil
}

// leaveRoom sets the quota to a few more than the project has, whoever has made those, and gives how many it has.
func (t *trial) leaveRoom(n int) (there int, err error) {
	there, err = t.control.count(t.ctx, t.kind.Name, t.first.Project)
	undo := func() {}
	if err == nil {
		undo, err = t.control.limits(t.ctx, map[string]any{"quota": there + n})
	}
	if err != nil {
		return there, skip("%v", err)
	}
	t.undo = append(t.undo, undo)
	return there, nil
}

// createAs sends a documented create under a name.
func (t *trial) createAs(name string) *reply {
	in, err := t.kind.Create.DocumentedInput()
	if err == nil {
		in, err = in.Patched(contract.MergePatch(t.target.Values, nest(t.kind.Create.Effect.Unique.By, name)).(map[string]any), nil)
	}
	if err != nil {
		return &reply{err: err}
	}
	return t.patiently(t.request(t.kind.Create, in, t.first, ""))
}

// raceUpdates sends two updates that speak of different members.
func (t *trial) raceUpdates() error {
	update := t.operation(contract.Update)
	bodies := t.disjoint(update)
	if len(bodies) < 2 {
		return skip("the contract has no two updates of different members")
	}
	in, err := t.drive(0, t.quiet(update))
	if err != nil {
		return err
	}
	queue := make(chan contract.Input, 2)
	for _, body := range bodies[:2] {
		queue <- body
	}
	for _, r := range t.together(2, func() *reply { return t.patiently(t.request(update, <-queue, t.first, in.id)) }) {
		t.observed(update, r)
		t.expectf(r.ok(), "2xx", "%s", t.describe(r))
	}
	if _, err := t.look(in); err != nil {
		return err
	}
	for _, body := range bodies[:2] {
		sent, _ := decoded(&reply{body: body.Body}).(map[string]any)
		t.echoes("get after both", sent, in.shown)
	}
	return nil
}

// disjoint finds two updates that speak of different members: the documented one, and what an accepted
// probe adds to it.
func (t *trial) disjoint(update *contract.Operation) []contract.Input {
	in, err := update.DocumentedInput()
	documented, _ := decoded(&reply{body: in.Body}).(map[string]any)
	if err != nil || len(documented) == 0 {
		return nil
	}
	for _, p := range t.c.Probes() {
		if p.Operation != update || p.Kind != contract.ProbeAccept {
			continue
		}
		sent, _ := decoded(&reply{body: p.Input.Body}).(map[string]any)
		added := map[string]any{}
		for name, value := range sent {
			if _, known := documented[name]; !known {
				added[name] = value
			}
		}
		if len(t.kind.Kept(added)) == 0 {
			continue
		}
		if other, err := in.WithBody(added); err == nil {
			return []contract.Input{in, other}
		}
	}
	return nil
}

// raceEvents fires one event several times at once, from a state in which it is accepted and changes the
// state.
func (t *trial) raceEvents(e contract.Event) error {
	for v, variant := range t.model.variants {
		for _, s := range t.kind.Lifecycle.States {
			d, ok := t.model.decide(variant, s.Name, e)
			if _, way := t.model.route(variant, "", s.Name, t.control != nil); !ok || d.Refusal != nil || d.Row == nil || d.Row.Stays || !way || (t.control == nil && len(variant.catalogue) > 0) {
				continue
			}
			again, ok := t.model.decide(variant, d.State, e)
			if !ok || again.Refusal == nil {
				continue // a second one after the first is accepted too: nothing to tell
			}
			return t.raceFrom(v, s.Name, e)
		}
	}
	if t.control == nil {
		return notClaimed{claimControl}
	}
	return skip("no reachable state accepts %s once and not twice", e.Name)
}

func (t *trial) raceFrom(v int, state string, e contract.Event) error {
	in, err := t.drive(v, state)
	if err != nil {
		return err
	}
	input, err := inputOf(e)
	if err != nil {
		return err
	}
	accepted := 0
	for _, r := range t.together(racers, func() *reply { return t.patiently(t.request(e.Operation, input, t.first, in.id)) }) {
		t.observed(e.Operation, r)
		if r.ok() {
			accepted++
		}
	}
	late := accepted > 1 && t.mayRepeat(v, state, e)
	if !late {
		t.expectf(accepted == 1, "one is accepted", "%d are, from state %s", accepted, state)
	}
	in.state = "" // several requests lie between: what comes now is another story
	if _, err = t.look(in); err == nil && late {
		err = overtaken{"the state that " + e.Name + " leads to ends by itself, perhaps between two of the requests, and then it is accepted again"}
	}
	return err
}

// together sends at the same moment.
func (t *trial) together(n int, send func() *reply) []*reply {
	var wg sync.WaitGroup
	replies := make([]*reply, n)
	gate := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-gate
			replies[i] = send()
		})
	}
	close(gate)
	wg.Wait()
	return replies
}

// observed lets the oracle and the evidence see an exchange that was not sent by send.
func (t *trial) observed(op *contract.Operation, r *reply) {
	t.replies = append(t.replies, r)
	t.hear(call{op: op}, r)
}
