package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// exampleChecks hold the target to the documented exchanges: each documented request is sent, each
// documented success compared member by member, each documented failure reproduced.
func (r *runner) exampleChecks(probes []contract.Probe) []Check {
	var out []Check
	for _, op := range r.c.Operations() {
		if op.Effect == nil || op.Effect.Resource != r.kind {
			continue
		}
		for _, e := range op.Examples {
			base := Check{Suite: "example", Operation: op.ID, Level: levelOf(e.Source), Source: e.Source, Position: e.Position,
				changes: op.Effect.Do != contract.List && op.Effect.Do != contract.Read}
			switch {
			case op.Success() != nil && e.Status == op.Success().Status: // other 2xx refer to the same examples
				c := base
				c.ID = op.ID + "/example/" + e.Name
				c.Requirement = fmt.Sprintf("the documented %s of edition %s gets the documented answer", op.ID, e.Name)
				c.changes = true
				c.run = func(t *trial) error { return t.exchange(op, e) }
				out = append(out, c)
			case e.Status >= 400:
				if c, ok := r.failureCheck(base, op, e, probes); ok {
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// failureCheck reproduces a documented failure by the probe that provokes its code.
func (r *runner) failureCheck(c Check, op *contract.Operation, e *contract.Example, probes []contract.Probe) (Check, bool) {
	code, _ := r.c.ErrorIn(e.Payload)
	for i := range probes {
		p := &probes[i]
		if p.Operation != op || !p.Refuses() || p.Refusals[0].Error.Code != code || p.Kind == contract.ProbeCell {
			continue
		}
		c.ID = op.ID + "/failure/" + e.Name
		c.Requirement = fmt.Sprintf("the documented failure of %s is %d %s", op.ID, e.Status, code)
		c.Codes, c.changes, c.probe = []string{code}, op.Effect.Do != contract.Read, p
		c.run = func(t *trial) error {
			only := *p
			only.Refusals, only.Accept = p.Refusals[:1], false
			return t.probe(&only)
		}
		return c, true
	}
	return c, false
}

// exchange sends a documented request, adapted only where it must be, and compares the answer.
func (t *trial) exchange(op *contract.Operation, e *contract.Example) error {
	request := op.Example(e.Name, 0)
	in, err := op.DocumentedInput()
	if err == nil && request != nil {
		in, err = in.WithBody(request.Payload)
	}
	if err != nil {
		return err
	}
	if len(t.target.Values) > 0 {
		if in, err = t.exampleFor(op, in); err != nil {
			return err
		}
	}
	r, sent, err := t.perform(op, e, in)
	if err != nil {
		return err
	}
	if !t.expect(r.ok(), []string{"2xx"}, t.describe(r)+" "+shortBody(r)) {
		return nil
	}
	t.place = placeIn(op)
	t.compare(e, "", e.Payload, t.ownFirst(op, decoded(r)), sent)
	return nil
}

// placeIn is the pointer at which the answer of an operation has the resource, or the first of several; nil
// when its answer is something else.
func placeIn(op *contract.Operation) *string {
	pointer := ""
	switch {
	case op.Effect.Do == contract.List && op.Effect.Answer != nil:
		pointer = op.Effect.Answer.PointerOf("items") + "/0"
	case op.Effect.Answer != nil:
		return nil
	}
	return &pointer
}

// perform brings about the state that an example shows and sends its request.
func (t *trial) perform(op *contract.Operation, e *contract.Example, in contract.Input) (*reply, map[string]any, error) {
	switch op.Effect.Do {
	case contract.Create:
		made, r, err := t.makeFrom(0, in)
		if err != nil || made == nil {
			return r, nil, err
		}
		defer t.dispose(made)
		if t.shows != nil {
			return r, common(made.sent, with(t.shows, t.uniqueMember(), made.name)), nil
		}
		return r, made.sent, nil
	case contract.List:
		if _, err := t.anyInstance(0); err != nil {
			return nil, nil, err
		}
		return t.send(t.request(op, in, t.first, "")), nil, nil
	}
	v := 0
	in2, err := t.drive(v, t.stateFor(op, e))
	if err != nil {
		return nil, nil, err
	}
	var sent map[string]any
	if body, ok := decoded(&reply{body: in.Body}).(map[string]any); ok {
		sent = body
	}
	r := t.fireInput(in2, op, in, nil)
	if r.ok() && !in2.gone {
		_, err = t.look(in2)
	}
	return r, sent, err
}

// stateFor is the state in which the example's request makes sense: the one it shows, else any in which the
// contract accepts it.
func (t *trial) stateFor(op *contract.Operation, e *contract.Example) string {
	lc := t.kind.Lifecycle
	shown := ""
	if m, ok := e.Payload.(map[string]any); ok {
		if op.Effect.Answer != nil {
			shown, _ = contract.Value(m, op.Effect.Answer.PointerOf("previous")).(string)
		} else {
			shown, _ = contract.Value(m, t.kind.PointerOf("state")).(string)
		}
	}
	if lc.State(shown) != nil {
		return shown
	}
	request := op.Example(e.Name, 0)
	in, err := op.DocumentedInput()
	if err == nil && request != nil {
		in, err = in.WithBody(request.Payload)
	}
	best, length := "", 0
	for _, s := range lc.States {
		d, ok := t.model.decideInput(t.model.variants[0], s.Name, op, in)
		if err != nil || !ok || d.Refusal != nil || lc.Passage(s.Name) != nil {
			continue
		}
		if path, ok := t.model.route(t.model.variants[0], "", s.Name, false); ok && (best == "" || len(path) < length) {
			best, length = s.Name, len(path)
		}
	}
	return best
}

// compare holds an answer to a documented one, member by member. A member must be there and of the same
// type; what the request sent must come back. Literals of the page's own sample (ids, names, times) are
// not compared, and neither is what is known to contradict.
func (t *trial) compare(e *contract.Example, pointer string, want, have any, sent map[string]any) {
	known := func(at string) bool {
		return slices.ContainsFunc(e.Source.Contradicts, func(c contract.Contradiction) bool { return c.Pointer == at })
	}
	if known(pointer) && pointer != "" {
		return
	}
	switch w := want.(type) {
	case nil: // null promises nothing
	case map[string]any:
		h, ok := have.(map[string]any)
		if !t.expectf(ok, at(pointer)+" is an object", "%s is %s", at(pointer), kindOf(have)) {
			return
		}
		for _, name := range sortedKeys(w) {
			inner := pointer + "/" + strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
			value, present := h[name]
			if !present {
				if w[name] != nil && !known(inner) && !t.optional(inner) {
					t.expectf(false, inner+" is there, as the page shows", "%s is missing", inner)
				}
				continue
			}
			t.compare(e, inner, w[name], value, sent)
		}
	case []any:
		h, ok := have.([]any)
		if !t.expectf(ok, at(pointer)+" is an array", "%s is %s", at(pointer), kindOf(have)) {
			return
		}
		if len(w) > 0 && len(h) > 0 {
			t.compare(e, pointer+"/0", w[0], h[0], nil)
		}
	default:
		if echo := contract.Value(sent, pointer); echo != nil {
			t.expectf(same(echo, have), fmt.Sprintf("%s comes back as sent: %v", pointer, echo), "%s is %v", pointer, have)
			return
		}
		t.expectf(kindOf(want) == kindOf(have), at(pointer)+" is "+kindOf(want), "%s is %s", at(pointer), kindOf(have))
	}
}

// optional tells whether a documented member may be absent here: in a map whose names nobody fixes, in an
// entry of the region's catalogue, and where it depends on the state or the time.
func (t *trial) optional(pointer string) bool {
	if t.shows != nil && t.place != nil {
		inner, ok := strings.CutPrefix(pointer, *t.place)
		if ok && strings.HasPrefix(inner, "/") && contract.Value(t.shows, inner) == nil {
			return true // with the target's values the contract does not show it either
		}
	}
	if i := strings.Index(pointer, "/0/"); i >= 0 { // of an item in a list
		pointer = pointer[i+2:]
	}
	return t.kind.FreeForm(pointer) || t.kind.Dynamic(pointer) || t.kind.LookedUp(pointer)
}

func at(pointer string) string {
	if pointer == "" {
		return "the body"
	}
	return pointer
}
