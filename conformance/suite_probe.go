package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/signing"
)

// probe runs a probe that is no cell: it brings about what must be true before, sends, judges, and sees
// that a refusal has changed nothing.
func (t *trial) probe(p *contract.Probe) error {
	if err := t.unclaimed(t.check.Claim); err != nil {
		return err
	}
	switch p.Kind {
	case contract.ProbeWire:
		return t.wire(p)
	case contract.ProbeSecurity:
		return t.security(p)
	}
	op := p.Operation
	if op.Effect == nil {
		if err := t.unclaimed(claimLogin); err != nil {
			return err
		}
		c := t.request(op, p.Input, t.first, "")
		r := t.session.at(t.whoever().URL).send(t.ctx, c)
		t.replies = append(t.replies, r)
		t.judge(p, r)
		return nil
	}
	if op.Effect.Do == contract.Create {
		return t.probeCreate(p)
	}
	if op.Effect.Key == "" || p.Setup.Unknown {
		if err := t.patchCatalogue(p.Setup.Catalogue); err != nil {
			return err
		}
		takeBack, err := t.give(p)
		if err != nil {
			return err
		}
		defer takeBack()
		t.judge(p, t.send(t.request(op, p.Input, t.first, unknownKey)))
		return nil
	}
	return t.probeExisting(p)
}

// give brings about the condition of the world that a probe asks for, and gives what takes it back.
func (t *trial) give(p *contract.Probe) (takeBack func(), err error) {
	if p.Setup.Given == "" {
		return func() {}, nil
	}
	if takeBack, err = t.control.given(t.ctx, p.Setup.Given); err != nil {
		return nil, skip("%v", err)
	}
	return takeBack, nil
}

// unknownKey names no resource: it has the form of the documented ids, and nobody gives it out.
const unknownKey = "00000000-0000-1000-8000-000000000000"

// probeCreate sends a create that is special in one way. Whatever it makes is removed.
func (t *trial) probeCreate(p *contract.Probe) error {
	if err := t.offered(p); err != nil {
		return err
	}
	if err := t.patchCatalogue(p.Setup.Catalogue); err != nil {
		return err
	}
	if p.Setup.Full || p.Setup.Twice {
		if err := t.takes(2); err != nil {
			return err
		}
	}
	if p.Setup.Full {
		if err := t.fillUp(p); err != nil {
			return err
		}
	}
	in, name, err := t.personal(p)
	if err != nil {
		return err
	}
	if p.Setup.Twice {
		first, r, err := t.submit(0, name, in)
		if err != nil {
			return err
		}
		if first == nil {
			return skip("set-up: the first of two is refused: %s", t.describe(r))
		}
		defer func() { t.dispose(first) }()
	}
	if err := t.makeRoom(1); err != nil {
		return err
	}
	if t.takenByOthers(name) && !p.Setup.Twice {
		return skip("somebody else in this project has %q, the name that this takes; run it in a project of its own", name)
	}
	before := t.ids()
	takeBack, err := t.give(p)
	if err != nil {
		return err
	}
	made, r, err := t.submit(0, name, in)
	takeBack()
	t.clearUp(before, name)
	if err != nil {
		return err
	}
	if made != nil {
		defer func() { t.dispose(made) }()
	}
	t.judge(p, r)
	if made != nil && p.Kind == contract.ProbeAccept {
		if shown, refusal, err := t.foreseen(in, ""); err == nil && refusal == nil {
			t.echoes("the create's answer", scalars(common(made.sent, with(shown, t.uniqueMember(), name))), object(r))
		}
	}
	if made == nil && len(p.Refusals) > 0 && (p.Setup.Twice || p.Setup.Full || p.Kind == contract.ProbeRule) {
		t.nothingNew(before, name)
	}
	return nil
}

// personal is the probe's input with the target's values and a name of this run, unless those are what is
// probed.
func (t *trial) personal(p *contract.Probe) (contract.Input, string, error) {
	name := t.name()
	var body map[string]any
	if json.Unmarshal(p.Input.Body, &body) != nil || body == nil {
		return p.Input, name, nil
	}
	in, err := t.fitted(p)
	if err != nil {
		return in, name, err
	}
	patch := map[string]any{}
	if u := t.kind.Create.Effect.Unique; u != nil {
		if !t.namesItself(p) {
			patch, _ = contract.MergePatch(patch, nest(u.By, name)).(map[string]any)
		} else if text, ok := contract.Value(body, u.By).(string); ok {
			name = text
		}
	}
	patched, err := in.Patched(patch, nil)
	patched.ContentType = in.ContentType // which may be what is probed
	return patched, name, err
}

// fillUp lowers the quota to one more than there is, and takes that one.
func (t *trial) fillUp(p *contract.Probe) error {
	if _, err := t.leaveRoom(1); err != nil {
		return err
	}
	in, r, err := t.make(0, nil)
	if err != nil {
		return err
	}
	if in == nil && t.refusal(p, r) == nil {
		return skip("set-up: %s is refused: %s", t.kind.Create.ID, t.describe(r))
	}
	t.expectf(in != nil, "the last one that the quota allows is accepted", "%s", t.describe(r))
	if in != nil {
		t.undo = append(t.undo, func() { t.dispose(in) })
	}
	return nil
}

// dispose removes an instance that a check has made; what cannot be removed now stays in the ledger.
func (t *trial) dispose(in *instance) {
	after := &trial{runner: t.runner, ctx: t.ctx, check: t.check}
	if in.gone {
		return
	}
	if err := after.retire(in); err != nil {
		t.notes = append(t.notes, fmt.Sprintf("%s: %v", t.check.ID, err))
	}
}

// probeExisting sends a request about an instance in the state that the probe asks for, and looks
// afterwards: what was refused must have changed nothing.
func (t *trial) probeExisting(p *contract.Probe) error {
	v, err := t.variantFor(p)
	if err != nil {
		return err
	}
	in, err := t.drive(v, p.Setup.State)
	if p.Setup.State == "" {
		in, err = t.anyInstance(v)
	}
	if err != nil {
		return err
	}
	if len(p.Setup.Catalogue) > 0 {
		if err := t.patchCatalogue(p.Setup.Catalogue); err != nil {
			return err
		}
		if _, err := t.look(in); err != nil { // what a look-up shows may follow the catalogue
			return err
		}
	}
	takeBack, err := t.give(p)
	if err != nil {
		return err
	}
	before := in.shown
	r := t.fireInput(in, p.Operation, p.Input, p.States)
	takeBack()
	t.judge(p, r)
	if r.err == nil && !r.ok() {
		return t.unchanged(p, in, before)
	}
	if r.ok() && !in.gone {
		_, err = t.look(in)
	}
	return err
}

// variantFor finds the variant that a probe's create is.
func (t *trial) variantFor(p *contract.Probe) (int, error) {
	plain := len(p.Setup.Catalogue) > 0 && len(t.target.Values) > 0 // the catalogue speaks of documented values
	if len(p.Setup.Create) == 0 && !plain {
		return 0, nil
	}
	for range 2 {
		for i, v := range t.model.variants {
			if len(v.catalogue) == 0 && v.plain == plain && fmt.Sprint(v.create) == fmt.Sprint(p.Setup.Create) {
				return i, nil
			}
		}
		t.model.add(p.Setup.Create, nil, plain)
	}
	return 0, skip("the create of this probe is refused by the contract itself")
}

// anyInstance is an instance of a variant in whatever state.
func (t *trial) anyInstance(v int) (*instance, error) {
	if in := t.fleet[v]; in != nil && !in.gone {
		return in, nil
	}
	in, r, err := t.make(v, nil)
	if err != nil {
		return nil, err
	}
	if in == nil {
		return nil, skip("set-up: %s is refused: %s", t.kind.Create.ID, t.describe(r))
	}
	t.fleet[v] = in
	return in, nil
}

// unchanged reads an instance after a refusal, and holds it to what it was.
func (t *trial) unchanged(p *contract.Probe, in *instance, before map[string]any) error {
	state := in.state
	r, err := t.look(in)
	if err != nil || !r.ok() {
		t.expectf(err == nil && r.ok(), "a refusal leaves the "+t.kind.Name+" readable", "after the refusal: %s", t.describe(r))
		return nil
	}
	t.expectf(in.state == state || t.model.soon(state, in.state), "a refusal leaves the state "+state, "after the refusal the state is %s", in.state)
	if in.state == state {
		at, was, is := difference(t.ticking(), "", before, in.shown)
		t.expectf(at == "", "a refusal changes nothing", "after the refusal %s is %v, it was %v", at, is, was)
	}
	return nil
}

// judge holds an answer to what conforms. The text of a message is only ever a SHOULD, so it is a note.
func (t *trial) judge(p *contract.Probe, r *reply) {
	want := outcomes(p.Refusals, p.Accept || len(p.Refusals) == 0)
	if r.err != nil {
		t.expect(false, want, r.err.Error())
		return
	}
	took, ok := t.outcome(p, r)
	t.expect(ok, want, t.describe(r)+" "+shortBody(r))
	if ok {
		t.choice(took, want)
	}
}

// outcome tells whether an answer is one of those that conform.
func (t *trial) outcome(p *contract.Probe, r *reply) (string, bool) {
	if r.Status < 400 {
		return "2xx", r.ok() && (p.Accept || len(p.Refusals) == 0)
	}
	ref := t.refusal(p, r)
	if ref == nil {
		return "", false
	}
	t.seen.answered[ref.Error.Ref] = true
	_, messages := t.c.ErrorIn(decoded(r))
	if len(messages) > 0 && !slices.ContainsFunc(messages, func(m string) bool { return t.isText(ref, m) }) {
		t.oracle.text(t, ref, messages)
	} else {
		t.oracle.text(t, ref, nil)
	}
	return fmt.Sprint(r.Status, " ", ref.Error.Code), true
}

// refusal is the one of a probe's refusals that an answer is; nil when it is none.
func (t *trial) refusal(p *contract.Probe, r *reply) *contract.Refusal {
	code, _ := t.c.ErrorIn(decoded(r))
	for _, ref := range p.Refusals {
		if ref.Error.Status == r.Status && (ref.Error.Code == code || (code == "" && t.codeless(ref.Error))) {
			return ref
		}
	}
	return nil
}

// isText tells whether the catalogue has a text for a code, in any of its variants, and whether the first
// placeholder says what the contract would say: it names what is wrong.
func (t *trial) isText(ref *contract.Refusal, message string) bool {
	return slices.ContainsFunc(t.c.Errors(), func(e *contract.Error) bool {
		variant := contract.Refusal{Error: e, Args: ref.Args}
		return e.Code == ref.Error.Code && e.Matches(message) && variant.Says(message)
	})
}

// codeless tells whether errors of this shape have no member for a code.
func (t *trial) codeless(e *contract.Error) bool {
	body := t.c.Body(&contract.Refusal{Error: e}, "")
	code, _ := t.c.ErrorIn(body)
	return code == ""
}

// wire brings about a condition of HTTP.
func (t *trial) wire(p *contract.Probe) error {
	op := t.operation(contract.List)
	if op == nil {
		return skip("the contract has no list operation to do it with")
	}
	in, err := op.DocumentedInput()
	if err != nil {
		return err
	}
	c := t.request(op, in, t.first, "")
	switch p.Condition {
	case "route":
		c.op, c.path = nil, "/tally-no-such-path"
	case "method":
		c.op, c.method, c.path = nil, http.MethodPatch, strings.SplitN(c.path, "?", 2)[0]
	case "uri-size":
		c.path += "&tally=" + strings.Repeat("x", 40<<10)
	case "header-size":
		c.header = http.Header{"X-Tally": {strings.Repeat("x", 40<<10)}}
	case "entity-size":
		create := t.request(t.kind.Create, contract.Input{ContentType: "application/json", Body: make([]byte, 12<<20+1)}, t.first, "")
		c = create
	case "rate":
		undo, err := t.control.limits(t.ctx, map[string]any{"calls": 2, "window": "minute"})
		if err != nil {
			return skip("%v", err)
		}
		defer undo()
		t.hasty = true
		t.send(c)
		t.send(c)
	default:
		return skip("nobody knows how to bring about %q", p.Condition)
	}
	t.judge(p, t.send(c))
	return nil
}

// security sends a request with a credential in the given condition.
func (t *trial) security(p *contract.Probe) error {
	c := t.request(p.Operation, p.Input, t.first, unknownKey)
	if c.key = nil; t.first.token == "" && p.Condition == "damaged" {
		return notClaimed{"a token, which could be damaged"}
	}
	var err error
	switch p.Condition {
	case "absent":
		c.token = ""
	case "garbage":
		c.token = "this is no token"
	case "damaged":
		c.token = c.token[:len(c.token)-1]
		t.session.secret(c.token)
	case "foreign":
		c.token = t.second.token
	case "unscoped":
		c.token, err = t.unscoped()
	case "expired":
		c.token, err = t.expired()
	case "unknown-key":
		c.token, c.header = "", http.Header{"Authorization": {signing.Scheme + " Access=TALLYUNKNOWN, SignedHeaders=host;x-sdk-date, Signature=" + strings.Repeat("0", 64)}}
	case "scheme":
		c.token, c.header = "", http.Header{"Authorization": {"Basic dGFsbHk6dGFsbHk="}}
	case "credentials":
		return t.wrongPassword(p)
	case "signature", "stale", "locked":
		return t.badSignature(p)
	default:
		return skip("nobody knows how to bring about %q", p.Condition)
	}
	if err != nil {
		return t.tokenless(err)
	}
	t.judge(p, t.send(c))
	return nil
}

// tokenless ends a check for which no token could be had: when nobody has given a user, and the invented one is
// refused, that is what it takes.
func (t *trial) tokenless(err error) error {
	switch {
	case errors.As(err, new(notClaimed)):
		return err
	case t.first.Login == nil && errors.Is(err, ErrCredentials):
		return notClaimed{claimLogin}
	}
	return skip("%v", err)
}

// wrongPassword asks for a token with a password that is not right.
func (t *trial) wrongPassword(p *contract.Probe) error {
	if t.first.Login == nil {
		return notClaimed{claimLogin}
	}
	l := *t.first.Login
	l.Password += "-wrong"
	scope := map[string]any{"project": map[string]any{"id": t.first.Project}}
	if t.control != nil && t.control.anybody {
		return notClaimed{claimUsers} // a mock that was told of no users takes any, and any password
	}
	r, _, err := t.askToken(t.ctx, l, scope)
	if err != nil {
		return err
	}
	t.observed(p.Operation, r)
	t.judge(p, r)
	return nil
}
