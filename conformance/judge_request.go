package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// judgeRequest holds what was refused, and what was not, to what the contract says of the request itself.
func (j *judge) judgeRequest(t *trial, op *contract.Operation, in contract.Input, e *Recorded, r *reply) {
	if !e.isAsked() {
		j.unasked++
		return
	}
	if op.Effect == nil || !isWhole(op, in, e) {
		return
	}
	_, found := op.Read(in)
	switch {
	case r.ok():
		j.judgeDue(t, op, in, found)
	case r.Status >= http.StatusBadRequest && r.Status < http.StatusInternalServerError:
		code, _ := j.c.ErrorIn(decoded(r))
		if code == "" || j.c.Error(code) == nil {
			return // the response aspects judge that
		}
		ok := j.explains(op, code, found, j.eventErrors(op, in))
		j.hold(op.ID, "refusal/code", ok, fmt.Sprintf("%d %s, which nothing in the request explains", r.Status, code), t.check.ID, r)
	}
}

// isWhole tells whether the recording holds a request as it was sent.
func isWhole(op *contract.Operation, in contract.Input, e *Recorded) bool {
	for _, values := range in.Query {
		if slices.ContainsFunc(values, func(v string) bool { return isRedacted(v) }) {
			return false
		}
	}
	if op.Body == nil {
		return true
	}
	body := decoded(&reply{body: in.Body})
	return e.isAsked() && body != nil && !isRedacted(body) && in.ContentType != ""
}

// judgeDue sees that a request which the contract must refuse was not accepted. Only what a check of the
// runner would provoke counts: there both the demand and its source are certain.
func (j *judge) judgeDue(t *trial, op *contract.Operation, in contract.Input, found []contract.Violation) {
	due := map[Level]string{}
	for _, v := range found {
		if p := j.probeOf(op, v); p != nil {
			due[levelOf(p.Source)] = v.String()
		}
	}
	if len(found) == 0 {
		if rule := j.ruleOf(op, in); rule != nil && rule.Source.Basis != contract.Assumed {
			due[levelOf(rule.Source)] = "rule " + rule.ID + " holds"
		}
	}
	for _, level := range []Level{Must, Should} {
		text, bad := due[level]
		j.hold(op.ID, "refusal/due/"+string(level), !bad, "accepted, although "+text, t.check.ID, t.replies...)
	}
}

// demands is what the contract's probes say, found by what they are about.
type demands struct {
	schema map[string]*contract.Probe // by operation, pointer and keyword: those that must be refused
	codes  map[string]bool            // by operation and code: some request gets it
}

func newDemands(c *contract.Contract) demands {
	d := demands{map[string]*contract.Probe{}, map[string]bool{}}
	probes := c.Probes()
	for i := range probes {
		p := &probes[i]
		if p.Operation == nil {
			continue
		}
		for _, r := range p.Refusals {
			d.codes[p.Operation.ID+" "+r.Error.Code] = true
		}
		if p.Kind == contract.ProbeSchema && p.Refuses() && !p.Accept && p.Source.Basis != contract.Assumed && p.Source.Basis != "" {
			d.schema[p.Operation.ID+" "+p.Pointer+" "+p.Keyword] = p
		}
	}
	return d
}

// probeOf is the probe that breaks a schema as a violation does, where it must be refused; nil when there is
// none.
func (j *judge) probeOf(op *contract.Operation, v contract.Violation) *contract.Probe {
	return j.demands.schema[op.ID+" "+firstItem(v.Pointer)+" "+v.Keyword]
}

// firstItem is a pointer with every place in an array made the first, as probes have it.
func firstItem(pointer string) string {
	tokens := strings.Split(pointer, "/")
	for i, token := range tokens {
		if token != "" && strings.Trim(token, "0123456789") == "" {
			tokens[i] = "0"
		}
	}
	return strings.Join(tokens, "/")
}

// ruleOf is the rule that refuses a request whatever the world is like; nil when there is none. Rules about
// catalogues, the resource, the time or conditions outside the API are left out: a recording does not tell.
func (j *judge) ruleOf(op *contract.Operation, in contract.Input) *contract.Rule {
	if op.Effect.Do != contract.Create && op.Effect.Do != contract.List {
		return nil
	}
	req, bad := op.Read(in)
	if len(bad) > 0 {
		return nil
	}
	d, err := j.c.Decide(contract.Situation{Request: req, Entries: j.c.Entries(), Now: modelTime})
	if err != nil || d.Rule == nil || d.Rule.Given != "" || mentions(d.Rule.When, "self") || mentions(d.Rule.When, "now") {
		return nil
	}
	return d.Rule
}

// mentions tells whether an expression speaks of a variable.
func mentions(expression, variable string) bool {
	for _, word := range strings.FieldsFunc(expression, func(c rune) bool {
		return c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9')
	}) {
		if word == variable {
			return true
		}
	}
	return false
}

// eventErrors are the codes with which the lifecycle may refuse a request in some state.
func (j *judge) eventErrors(op *contract.Operation, in contract.Input) []string {
	if j.kind == nil || op.Effect.Resource != j.kind {
		return nil
	}
	var out []string
	for _, s := range j.kind.Lifecycle.States {
		_, codes := outcomesOf(j.kind, []string{s.Name}, eventOf(op, in))
		out = append(out, codes...)
	}
	return out
}

// explains tells whether the contract may answer a code to a request with these violations, whose event may
// be refused with these codes. A code that the contract never gives to the operation, although the catalogue
// has it for it, explains itself.
func (j *judge) explains(op *contract.Operation, code string, found []contract.Violation, codes []string) bool {
	is := func(e *contract.Error) bool { return e != nil && e.Code == code }
	for _, v := range found {
		if v.Refusal == nil || is(v.Refusal.Error) || slices.ContainsFunc(v.Refusal.Also, is) {
			return true
		}
	}
	for _, rule := range op.Rules {
		if is(rule.Error) || slices.ContainsFunc(rule.Also, is) {
			return true
		}
	}
	e := op.Effect
	if slices.Contains(codes, code) || is(e.Missing) || (e.Unique != nil && is(e.Unique.Error)) || (e.Quota != nil && is(e.Quota.Error)) {
		return true
	}
	if slices.ContainsFunc(j.c.Standing(op), is) {
		return true
	}
	named := slices.ContainsFunc(j.c.Errors(), func(e *contract.Error) bool { return e.Code == code && e.AppliesTo(op.ID) })
	return named && !j.demands.codes[op.ID+" "+code]
}
