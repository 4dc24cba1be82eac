package mock

import (
	"encoding/json"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
)

// explainers put together an explanation, each its own part of it.
var explainers = []func(v view, e *entry, x *control.Explanation) error{
	explainOperation, explainParameters, explainDecision, explainState, explainRefusal, explainFault, explainSignature,
}

// explain tells why a request got its answer.
func (v view) explain(e *entry) (control.Explanation, error) {
	x := control.Explanation{Request: v.summary(e), Origin: e.origin(), Near: v.near(e),
		Violations: v.violations(e, e.requestViolations()), Broken: v.violations(e, e.answerViolations()), Cut: e.status != 0 && e.answerBody.isCut()}
	for _, part := range explainers {
		if err := part(v, e, &x); err != nil {
			return x, err
		}
	}
	return x, nil
}

func explainOperation(v view, e *entry, x *control.Explanation) error {
	if op := e.operation; op != nil {
		x.Operation = &control.Operation{ID: op.ID, Summary: op.Summary, Position: op.Position.String()}
		x.Credential = &control.Credential{Required: op.Secured || (op.Foreign() != nil && op.Foreign().Secured()), Condition: e.condition, Caller: v.redactor.Text(e.caller.Name)}
	}
	return nil
}

func explainParameters(v view, e *entry, x *control.Explanation) error {
	if !e.read {
		return nil
	}
	data, err := json.Marshal(e.parameters())
	if err == nil {
		x.Parameters = json.RawMessage(v.redactor.Text(string(data)))
	}
	return err
}

func explainDecision(_ view, e *entry, x *control.Explanation) error {
	if r := e.rule; r != nil {
		x.Rule = &control.Rule{ID: r.ID, Given: r.Given, When: r.When, Position: r.Position.String(), Source: sourceOf(r.Source)}
	}
	if r := e.row; r != nil {
		x.Row = &control.Row{On: append([]string{}, r.On...), From: append([]string{}, r.From...), When: r.When, Through: r.Through,
			To: r.To, Stays: r.Stays, Position: r.Position.String(), Source: sourceOf(r.Source)}
		if r.Error != nil {
			x.Row.Error = r.Error.Ref
		}
	}
	return nil
}

func explainState(_ view, e *entry, x *control.Explanation) error {
	if e.states == (states{}) {
		return nil
	}
	x.State = &control.Passing{Stored: e.states.stored, Before: e.states.before, After: e.states.after}
	if !e.states.since.IsZero() {
		x.State.Since = &e.states.since
	}
	return nil
}

func explainRefusal(v view, e *entry, x *control.Explanation) error {
	if r := e.refusal; r != nil {
		x.Refusal = &control.Reason{Code: r.Error.Ref, Status: r.Error.Status, Message: v.redactor.Text(r.Message()), Meaning: r.Error.Meaning,
			Position: r.Error.Position.String(), Source: sourceOf(r.Source)}
		for _, also := range r.Also {
			x.Refusal.Also = append(x.Refusal.Also, also.Ref)
		}
	}
	return nil
}

func explainFault(v view, e *entry, x *control.Explanation) error {
	x.Fault = v.redactor.Text(e.fault)
	return nil
}

func explainSignature(v view, e *entry, x *control.Explanation) error {
	x.Signature = v.signature(e)
	return nil
}

func sourceOf(s contract.Source) control.Source {
	out := control.Source{Basis: string(s.Basis), Note: s.Note}
	for _, c := range s.At {
		out.At = append(out.At, c.String())
	}
	return out
}
