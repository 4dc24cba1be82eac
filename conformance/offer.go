package conformance

import (
	"reflect"

	"github.com/tallystick/tallystick/contract"
)

// What a target offers, such as a flavor, is laid over every create that is meant to be accepted, as far as
// the check is not about the very members: a region that does not have the documented flavor refuses the
// documented request, and is right.

// spelt refuses values that the request which creates has no member for: they would be sent for nothing.
func (m *model) spelt() error {
	if body := m.kind.Create.Body; body != nil {
		if at, hint := body.Schema.Stray(anyMap(m.values)); at != "" {
			return usage("values: %s is no member of the body of %s%s", at, m.kind.Create.ID, hint)
		}
	}
	return nil
}

// valued is a create's input with the target's values, where it is as documented.
func (t *trial) valued(in contract.Input) (contract.Input, error) {
	documented, err := t.kind.Create.DocumentedInput()
	if err != nil {
		return in, err
	}
	patch := untouched(t.target.Values, decoded(&reply{body: documented.Body}), decoded(&reply{body: in.Body}))
	if len(patch) == 0 {
		return in, nil
	}
	out, err := in.Patched(patch, nil)
	out.ContentType = in.ContentType // which may be what is probed
	return out, err
}

// untouched is what of a patch speaks of members in which two documents agree.
func untouched(patch map[string]any, documented, sent any) map[string]any {
	was, _ := documented.(map[string]any)
	is, ok := sent.(map[string]any)
	if !ok {
		return nil
	}
	out := map[string]any{}
	for name, value := range patch {
		inner, nested := value.(map[string]any)
		switch {
		case present(was, name) == present(is, name) && reflect.DeepEqual(was[name], is[name]):
			out[name] = value
		case nested:
			if rest := untouched(inner, was[name], is[name]); len(rest) > 0 {
				out[name] = rest
			}
		}
	}
	return out
}

func present(object map[string]any, name string) bool {
	_, ok := object[name]
	return ok
}

// foreseen is what the contract shows of what a create makes, and the refusal where it makes nothing.
func (t *trial) foreseen(in contract.Input, given string) (map[string]any, *contract.Refusal, error) {
	req, bad := t.kind.Create.Read(addressed(in))
	if len(bad) > 0 {
		return nil, nil, notClaimed{"values that the schema of the request allows: " + bad[0].String()}
	}
	d, err := t.c.Decide(contract.Situation{Request: req, Entries: t.model.entries, Now: modelTime, Given: map[string]bool{given: given != ""}})
	if err != nil || d.Refusal != nil {
		return nil, d.Refusal, err
	}
	shown, err := t.kind.Show(&contract.Resource{ID: "model", State: d.State, Since: modelTime, Created: modelTime, Updated: modelTime, Body: d.Body}, modelTime)
	return shown, nil, err
}

// valuedExample is a documented create with the target's values, and what the contract shows of it; with
// values that do not fit it nothing can be judged.
func (t *trial) valuedExample(in contract.Input) (contract.Input, map[string]any, error) {
	in, err := in.Patched(t.target.Values, nil)
	if err != nil {
		return in, nil, err
	}
	shown, refusal, err := t.foreseen(in, "")
	if err == nil && refusal != nil {
		err = notClaimed{"values that fit " + lastPart(t.check.ID) + ", which the contract refuses with these: " + refusal.Error.Code}
	}
	return in, shown, err
}

// exampleFor is a documented request with the target's values, where it creates; and notes what the contract
// shows with them.
func (t *trial) exampleFor(op *contract.Operation, in contract.Input) (contract.Input, error) {
	if op.Effect.Do != contract.Create {
		documented, err := t.kind.Create.DocumentedInput()
		if err == nil {
			_, t.shows, err = t.valuedExample(documented)
		}
		return in, err
	}
	in, shown, err := t.valuedExample(in)
	t.shows = shown
	return in, err
}

// common is what of a document another has too, with the same value.
func common(document, other map[string]any) map[string]any {
	out := map[string]any{}
	for name, value := range document {
		have, present := other[name]
		inner, nested := value.(map[string]any)
		theirs, both := have.(map[string]any)
		switch {
		case nested && both:
			out[name] = common(inner, theirs)
		case present && same(value, have):
			out[name] = value
		}
	}
	return out
}

// scalars is a document without its arrays: what stands in them may be filled up.
func scalars(document map[string]any) map[string]any {
	out := map[string]any{}
	for name, value := range document {
		switch v := value.(type) {
		case map[string]any:
			out[name] = scalars(v)
		case []any:
		default:
			out[name] = v
		}
	}
	return out
}

// offered makes sure that the target takes the values at all; a probe of one schema needs no more than that
// the member is read.
func (t *trial) offered(p *contract.Probe) error {
	if len(t.target.Values) == 0 || p.Kind == contract.ProbeSchema {
		return nil
	}
	_, err := t.anyInstance(0)
	return err
}

// fitted is a probe's input with the target's values, as long as the contract gives it the same answer. A
// catalogue that is changed for the probe speaks of documented values.
func (t *trial) fitted(p *contract.Probe) (contract.Input, error) {
	if len(t.target.Values) == 0 || len(p.Setup.Catalogue) > 0 {
		return p.Input, nil
	}
	in, err := t.valued(p.Input)
	if err != nil || p.Kind == contract.ProbeSchema {
		return in, err
	}
	_, was, err := t.foreseen(p.Input, p.Setup.Given)
	if err != nil {
		return p.Input, nil // it is no create that the contract decides by itself
	}
	_, is, err := t.foreseen(in, p.Setup.Given)
	switch {
	case err == nil && refOf(was) == refOf(is):
		return in, nil
	case t.control != nil:
		return p.Input, nil // a mock has what is documented
	}
	return in, notClaimed{"values that leave " + p.ID + " as it is"}
}

func refOf(r *contract.Refusal) string {
	if r == nil {
		return ""
	}
	return r.Error.Ref
}
