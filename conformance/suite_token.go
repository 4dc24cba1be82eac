package conformance

import (
	"github.com/tallystick/tallystick/contract"
)

// tokenChecks judge the token service as far as a client needs it, and one habit of clients that no member
// of a schema stands for.
func (r *runner) tokenChecks() []Check {
	var out []Check
	if op := r.c.Operation(identityHook.operation); op != nil {
		out = append(out, Check{ID: op.ID + "/issues", Suite: "auth", Operation: op.ID, Level: levelOf(op.Source), Source: op.Source, Position: op.Position,
			Requirement: "a token comes in the header " + identityHook.header + ", and works at once", Claim: claimLogin, run: (*trial).tokenWorks})
	}
	if r.kind != nil && r.kind.Create != nil {
		out = append(out, should(r.kindCheck("accept", "content-type/charset", "a body whose Content-Type names its charset is read", r.kind.Create, (*trial).charset)))
	}
	return out
}

func (t *trial) tokenWorks() error {
	if err := t.unclaimed(claimLogin); err != nil {
		return err
	}
	op := t.c.Operation(identityHook.operation)
	r, token, err := t.askToken(t.ctx, t.whoever(), map[string]any{"project": map[string]any{"id": t.first.Project}})
	if err != nil {
		return err
	}
	if refusal := op.Refusal("credentials"); t.first.Login == nil && !r.ok() && r.err == nil && refusal != nil {
		if code, _ := t.c.ErrorIn(decoded(r)); r.Status == refusal.Error.Status && (accepts(refusal, code) || (code == "" && t.codeless(refusal.Error))) {
			return notClaimed{claimLogin} // nobody has given a user, and the invented one is not known
		}
	}
	t.observed(op, r)
	t.expectf(r.ok() && token != "", "2xx with "+identityHook.header, "%s, the header is %q", t.describe(r), redactedIf(token))
	for _, v := range t.c.Check(op, contract.Answer{Status: r.Status, Header: r.rawHeader, Body: r.body}) {
		t.expectf(false, "the documented answer", "%s", v)
	}
	if token == "" {
		return nil
	}
	t.session.secret(token)
	list := t.operation(contract.List)
	in, err := list.DocumentedInput()
	if err != nil {
		return err
	}
	c := t.request(list, in, t.first, "")
	c.token = token
	answer := t.send(c)
	t.expectf(answer.ok(), "the new token works", "%s", t.describe(answer))
	return nil
}

func redactedIf(secret string) string {
	if secret == "" {
		return ""
	}
	return redacted
}

func (t *trial) charset() error {
	in, err := t.kind.Create.DocumentedInput()
	if err == nil {
		in, err = in.Patched(t.target.Values, nil)
	}
	if err != nil {
		return err
	}
	name := t.name()
	if u := t.kind.Create.Effect.Unique; u != nil {
		if in, err = in.Patched(nest(u.By, name), nil); err != nil {
			return err
		}
	}
	in.ContentType = "application/json; charset=UTF-8"
	made, r, err := t.submit(0, name, in)
	if err != nil {
		return err
	}
	t.expect(made != nil, []string{"2xx"}, t.describe(r))
	if made != nil {
		t.dispose(made)
	}
	return nil
}
