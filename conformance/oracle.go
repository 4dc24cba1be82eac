package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// oracle judges every exchange of a run by what the contract says of any answer. What it finds becomes
// the suite response: one check for each operation and aspect, so that one fault in a body, seen a
// thousand times, is one finding.
type oracle struct {
	c        *contract.Contract
	verdicts map[string]*aspect
	forgive  func(*reply, contract.Violation) bool // what cannot be held against an answer; nil for nothing
}

type aspect struct {
	seen    int
	first   string // the first violation in words; "" for none
	by      string // the check that saw it
	kinds   []string
	replies []*reply
}

// maxKinds bounds the different violations that are told apart: a hostile answer can have any number.
const maxKinds = 500

// aspects of an answer, with what each demands.
var aspects = []struct{ name, requirement string }{
	{"arrives", "an answer comes, whole and in time"},
	{"no-failure", "the server does not fail (5xx), whatever it is sent"},
	{"status", "the status is one that the operation documents"},
	{"content-type", "the answer is JSON and says so"},
	{"headers", "documented headers have their documented form"},
	{"body", "the body satisfies its documented schema"},
	{"error-code", "an error carries a code of the catalogue, with that code's own status; a success carries none"},
}

func newOracle(c *contract.Contract) *oracle {
	return &oracle{c: c, verdicts: map[string]*aspect{}}
}

func (o *oracle) aspect(operation, name string) *aspect {
	key := operation + "/" + name
	a := o.verdicts[key]
	if a == nil {
		a = &aspect{}
		o.verdicts[key] = a
	}
	return a
}

// see judges one exchange. Requests that no operation matches are judged by their error bodies alone.
func (o *oracle) see(t *trial, c call, r *reply) {
	operation := "wire"
	if c.op != nil {
		operation = c.op.ID
	}
	note := func(name string, bad bool, kind, text string) {
		a := o.aspect(operation, name)
		if a.seen++; !bad {
			return
		}
		if a.first == "" {
			a.by = t.check.ID
			a.first = fmt.Sprintf("%s (%s %s, in %s)", text, r.Method, strings.TrimPrefix(r.URL, t.session.base), t.check.ID)
		}
		for _, k := range a.kinds {
			if k == kind {
				return
			}
		}
		if len(a.kinds) < maxKinds {
			a.kinds = append(a.kinds, kind)
		}
		if len(a.replies) < maxEvidence {
			a.replies = append(a.replies, r)
		}
	}
	if r.err != nil && (t.ctx.Err() != nil || errors.Is(r.err, errGivenUp)) {
		return // the run was interrupted, the target is not to blame
	}
	note("arrives", r.err != nil, "none", fmt.Sprint(r.err))
	if r.err != nil {
		return
	}
	note("no-failure", r.Status >= http.StatusInternalServerError, "5xx", fmt.Sprintf("status %d: %s", r.Status, shortBody(r)))
	found := o.c.Check(c.op, contract.Answer{Status: r.Status, Header: r.ResponseHeaders, Body: r.body})
	if o.forgive != nil {
		found = slices.DeleteFunc(found, func(v contract.Violation) bool { return o.forgive(r, v) })
	}
	for _, a := range aspects[2:] {
		var bad *contract.Violation
		for i := range found {
			if aspectOf(found[i]) == a.name {
				bad = &found[i]
				break
			}
		}
		if bad == nil {
			note(a.name, false, "", "")
		} else {
			note(a.name, true, bad.Keyword+" "+bad.Pointer, bad.String())
		}
	}
}

func aspectOf(v contract.Violation) string {
	switch {
	case v.In == "status":
		return "status"
	case v.In == "header" && v.Pointer == "Content-Type":
		return "content-type"
	case v.In == "header":
		return "headers"
	case v.Keyword == "code":
		return "error-code"
	}
	return "body"
}

// responseChecks report what the oracle saw.
func (r *runner) responseChecks() []Check {
	var out []Check
	operations := []*contract.Operation{nil}
	for _, op := range r.c.Operations() {
		if op.Effect != nil {
			operations = append(operations, op)
		}
	}
	for _, op := range operations {
		name, source, position := "wire", contract.Source{Basis: contract.Documented}, contract.Position{File: r.c.Name}
		if op != nil {
			name, source, position = op.ID, op.Source, op.Position
		}
		for _, a := range aspects {
			if op == nil && a.name != "arrives" && a.name != "no-failure" && a.name != "error-code" {
				continue
			}
			out = append(out, Check{ID: name + "/response/" + a.name, Suite: "response", Operation: name, Level: Must, changes: changes(op),
				Requirement: a.requirement, Source: source, Position: position, run: func(t *trial) error { return t.verdictOf(name, a.name) }})
		}
	}
	return out
}

// changes tells whether a request for an operation may change something.
func changes(op *contract.Operation) bool {
	return op != nil && op.Effect != nil && op.Effect.Do != contract.List && op.Effect.Do != contract.Read
}

// blame keeps the first violation, and where it was seen.
func (a *aspect) blame(t *trial, format string, args ...any) {
	a.first, a.by = fmt.Sprintf(format, args...)+" (in "+t.check.ID+")", t.check.ID
	a.replies = slices.Clone(t.replies)
}

func (t *trial) verdictOf(operation, name string) error {
	a := t.oracle.aspect(operation, name)
	switch {
	case a.seen > 0:
	case operation == "path" && len(t.seen.states) > 0:
		return overtaken{"there was nothing to judge: no " + t.kind.Name + " came into such a case on this target"}
	default:
		return skip("%s%s", unasked, operation)
	}
	t.opportunities += a.seen - 1
	t.blame, t.replies = a.by, slices.Clone(a.replies[:min(len(a.replies), maxEvidence)])
	if operation != "path" && operation != "error" && len(t.replies) > 1 {
		t.replies = append(t.replies[1:], t.replies[0]) // the violation that is told is of the first
	}
	actual := a.first
	if len(a.kinds) > 1 {
		actual += fmt.Sprintf("; and %d other violations", len(a.kinds)-1)
	}
	t.expect(a.first == "", []string{t.check.Requirement}, actual)
	return nil
}

// decoded is the body of an answer as JSON; nil when it is none.
func decoded(r *reply) any {
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil {
		return nil
	}
	return v
}

func object(r *reply) map[string]any {
	m, _ := decoded(r).(map[string]any)
	return m
}

// path judges a change of state that was seen.
func (o *oracle) path(t *trial, from, to, operation string, legal bool) {
	a := o.aspect("path", "legal")
	if a.seen++; legal || a.first != "" {
		return
	}
	cause := "with no request in between"
	if operation != "" {
		cause = "after " + operation
	}
	a.blame(t, "%s became %s %s", from, to, cause)
}

// settles judges whether a state that ends by itself did.
func (o *oracle) settles(t *trial, state string, ended bool, why string) {
	a := o.aspect("path", "settles")
	if a.seen++; ended || a.first != "" {
		return
	}
	a.blame(t, "%s does not end: %s", state, why)
}

// removable judges whether what was created could be removed in the legal order.
func (o *oracle) removable(t *trial, in *instance, err error) {
	a := o.aspect("path", "removable")
	if a.seen++; err == nil || a.first != "" {
		return
	}
	a.blame(t, "%s, last seen in state %s: %v", in.id, in.state, err)
}

// text judges the text of an error; nil messages are right ones.
func (o *oracle) text(t *trial, ref *contract.Refusal, messages []string) {
	a := o.aspect("error", "text")
	if a.seen++; messages == nil || a.first != "" {
		return
	}
	a.blame(t, "%s says %q", ref.Error.Code, messages)
}

// overallChecks report what was gathered across all operations.
func (r *runner) overallChecks() []Check {
	var out []Check
	if r.kind != nil {
		out = append(out, Check{ID: r.kind.Name + "/path/legal", Suite: "response", Level: Must, changes: true, Position: contract.Position{File: r.c.Name},
			Requirement: "every change of state that is seen is a path of the table", Source: contract.Source{Basis: contract.Documented},
			run: func(t *trial) error { return t.verdictOf("path", "legal") }},
			Check{ID: r.kind.Name + "/path/settles", Suite: "response", Level: Must, changes: true, Position: contract.Position{File: r.c.Name},
				Requirement: "a state that ends by itself ends", Source: contract.Source{Basis: contract.Documented},
				run: func(t *trial) error { return t.verdictOf("path", "settles") }},
			Check{ID: r.kind.Name + "/path/removable", Suite: "response", Level: Must, changes: true, Position: contract.Position{File: r.c.Name},
				Requirement: "what was created can be removed in the legal order", Source: contract.Source{Basis: contract.Documented},
				run: func(t *trial) error { return t.verdictOf("path", "removable") }})
	}
	return append(out, Check{ID: "error/text", Suite: "response", Level: Should, Position: contract.Position{File: r.c.Name},
		Requirement: "the message of an error is that of the catalogue, with its placeholders filled", Source: contract.Source{Basis: contract.Inferred},
		run: func(t *trial) error { return t.verdictOf("error", "text") }})
}
