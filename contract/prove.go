package contract

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// checkReferences holds the catalogue and what refers to it to each other, both ways.
func (l *loader) checkReferences() {
	used := l.c.references()
	codes := l.doc.top().get("components", keyErrors, "codes")
	for _, e := range l.c.catalogue.entries {
		code, variant, isVariant := strings.Cut(e.Ref, "/")
		at := codes.get(code)
		if isVariant {
			at = at.get("variants", variant)
		}
		switch {
		case e.Provoke.reachable() && len(used[e.Ref]) == 0:
			at.addf("%s is said to be provoked by %s, but no x-tally-error, rule, row or effect refers to it; refer to it, or say server or none", e.Ref, e.Provoke)
		case !e.Provoke.reachable() && len(used[e.Ref]) > 0:
			at.addf("%s is said to be provoked by %s, yet %s refers to it; say request, timing or state", e.Ref, e.Provoke, used[e.Ref][0])
		}
		for i, id := range at.get("operations").items() {
			if op := e.Operations[i]; op != "all" && l.c.Operation(op) == nil {
				id.addf("%s names the operation %q, which does not exist%s", e.Ref, op, suggest(op, l.operationIDs()))
			}
		}
	}
	l.checkStatuses(used)
}

func (l *loader) operationIDs() []string {
	ids := make([]string, len(l.c.operations))
	for i, op := range l.c.operations {
		ids[i] = op.ID
	}
	return ids
}

// checkStatuses holds refusals of an operation to its documented responses.
func (l *loader) checkStatuses(used map[string][]string) {
	for _, op := range l.c.operations {
		for _, e := range l.c.catalogue.entries {
			if len(used[e.Ref]) > 0 && e.AppliesTo(op.ID) && op.Effect != nil && op.Response(e.Status) == nil {
				at, ok := op.place.child("responses")
				if !ok {
					at = op.place
				}
				at.addf("operation %q can answer %s with status %d, which its responses do not have; document it, or take the operation out of the code's operations", op.ID, e.Ref, e.Status)
			}
		}
	}
}

// references tells for each catalogue entry what yields it, in words. Alternatives that merely conform
// do not count.
func (c *Contract) references() map[string][]string {
	used := map[string][]string{}
	add := func(e *Error, by string) {
		if e != nil && !slices.Contains(used[e.Ref], by) {
			used[e.Ref] = append(used[e.Ref], by)
		}
	}
	faults := func(by string, all map[string]Fault) {
		for _, keyword := range sortedKeys(all) {
			add(all[keyword].Error, keyword+" in "+by)
		}
	}
	for _, s := range c.security {
		faults("x-tally-error of security scheme "+s.Name, s.faults)
	}
	for _, op := range c.operations {
		faults("x-tally-error of "+op.ID, op.faults)
		if op.Effect != nil {
			add(op.Effect.Missing, op.ID+" missing")
			if u := op.Effect.Unique; u != nil {
				add(u.Error, op.ID+" unique")
			}
			if q := op.Effect.Quota; q != nil {
				add(q.Error, op.ID+" quota")
			}
		}
		for _, r := range op.Rules {
			add(r.Error, "rule "+op.ID+"/"+r.ID)
		}
	}
	for _, rt := range c.resources {
		if rt.Lifecycle == nil {
			continue
		}
		for _, r := range append(slices.Clone(rt.Lifecycle.Rows), rt.Lifecycle.fallback) {
			if r != nil {
				add(r.Error, fmt.Sprintf("row %v from %v", r.On, r.From))
			}
		}
	}
	faults("x-tally-error at the root", c.schemas.defaults)
	for _, pointer := range sortedKeys(c.schemas.faults) {
		faults("x-tally-error of "+pointer, c.schemas.faults[pointer])
	}
	return used
}

// proofTime is the moment at which triggers are tried.
var proofTime = time.Date(2020, 7, 16, 8, 22, 29, 0, time.UTC)

// prove tries every rule on its trigger, where it must be the one that refuses, and on the documented
// request, where it must not hold.
func (l *loader) prove() {
	for _, op := range l.c.operations {
		rules := append(l.doc.top().get(keyRules).items(), op.place.get(keyRules).items()...)
		if op.Effect == nil {
			rules = op.place.get(keyRules).items()
		}
		untouched := map[string]*trial{}
		for i, r := range op.Rules {
			l.proveRule(op, r, rules[i], untouched)
		}
	}
}

// trial is an operation's documented request, tried on a resource in one state.
type trial struct {
	variables *frame
	err       error
}

func (c *Contract) try(op *Operation, state string) *trial {
	s, err := c.situation(op, &Rule{Trigger: &Trigger{State: state}})
	if err != nil {
		return &trial{err: err}
	}
	self, err := c.selfOf(op, s)
	return &trial{vars(s.Request, self, s.Now), err}
}

// proveRule tries one rule; untouched keeps the trials of its operation by state, because rules share them.
func (l *loader) proveRule(op *Operation, r *Rule, at place, untouched map[string]*trial) {
	at.get("trigger", "catalogue").each(func(name string, patch place) {
		if known := l.c.entries.Names(); !slices.Contains(known, name) {
			patch.addf("rule %q: the catalogue has no entry %q to patch%s", r.ID, name, suggest(name, known))
		}
	})
	s, err := l.c.situation(op, r)
	if err != nil {
		at.addf("rule %q: its trigger cannot be tried: %v", r.ID, err)
		return
	}
	d, err := l.c.Decide(s)
	switch {
	case err != nil:
		text := strings.TrimPrefix(err.Error(), fmt.Sprintf("%s: rule %q: ", r.Position, r.ID))
		at.addf("rule %q: on its trigger, %s", r.ID, text)
	case d.Refusal == nil:
		at.addf("rule %q is dead: it does not hold on its own trigger", r.ID)
	case d.Rule == nil:
		at.addf("rule %q is shadowed: on its trigger, the answer is %s from the lifecycle", r.ID, d.Refusal.Error.Ref)
	case d.Rule.ID != r.ID:
		at.addf("rule %q is shadowed: on its trigger, rule %q refuses first", r.ID, d.Rule.ID)
	}
	if r.when == nil || r.Given != "" {
		return // silent on the documented request, because nothing is given there
	}
	state := ""
	if r.Trigger != nil {
		state = r.Trigger.State
	}
	t := untouched[state]
	if t == nil {
		t = l.c.try(op, state)
		untouched[state] = t
	}
	if t.err != nil {
		at.addf("rule %q: the documented request cannot be tried: %v", r.ID, t.err)
		return
	}
	if holds, err := r.when.holds(t.variables); err != nil {
		at.addf("rule %q: on the documented request, %v", r.ID, err)
	} else if holds {
		at.addf("rule %q holds on the documented request, which must be accepted", r.ID)
	}
}

func (c *Contract) selfOf(op *Operation, s Situation) (map[string]any, error) {
	switch {
	case op.Effect == nil || op.Effect.Do == List:
		return nil, nil
	case op.Effect.Do == Create:
		return op.Effect.candidate(s.Request, s.Caller, s.Entries, s.Now)
	}
	return op.Effect.Resource.Show(s.Resource, s.Now)
}

// situation builds the situation of a rule's trigger.
func (c *Contract) situation(op *Operation, r *Rule) (Situation, error) {
	t := r.Trigger
	if t == nil {
		t = &Trigger{}
	}
	s := Situation{Caller: Caller{ID: "proof", Name: "proof"}, Now: proofTime, Entries: c.entries, Given: map[string]bool{r.Given: true}}
	for _, name := range sortedKeys(t.Catalogue) {
		var err error
		if s.Entries, err = s.Entries.With(name, t.Catalogue[name]); err != nil {
			return s, err
		}
	}
	var err error
	if s.Request, err = op.triggered(t.Body, t.Query); err != nil {
		return s, err
	}
	if op.Effect != nil && op.Effect.Do != Create && op.Effect.Do != List {
		s.Resource, err = c.sample(op.Effect.Resource, t, s)
	}
	return s, err
}

// sample is a resource made by the documented create request, put into the trigger's state.
func (c *Contract) sample(rt *ResourceType, t *Trigger, s Situation) (*Resource, error) {
	if rt.Create == nil {
		return nil, fmt.Errorf("no operation creates %s", rt.Name)
	}
	req, err := rt.Create.triggered(t.Create, nil)
	if err != nil {
		return nil, err
	}
	body, err := rt.Create.Effect.candidate(req, s.Caller, s.Entries, s.Now)
	if err != nil {
		return nil, err
	}
	r := &Resource{ID: "proof", Tenant: "proof", Owner: s.Caller, State: t.State, Since: s.Now, Created: s.Now, Updated: s.Now, Body: body}
	if rt.Lifecycle == nil {
		return r, nil
	}
	if t.State == "" {
		d := Decision{}
		if err := d.follow(rt, "", rt.Create.ID, vars(req, body, s.Now)); err != nil {
			return nil, err
		}
		r.State = d.State
		if end := rt.Lifecycle.Passage(d.State); end != nil {
			r.State = end.To
		}
	} else if rt.Lifecycle.State(t.State) == nil {
		return nil, fmt.Errorf("state %q is not in the lifecycle", t.State)
	}
	r.Deadline, err = rt.Deadline(r.State, body, s.Now)
	return r, err
}

// triggered is the operation's documented request with a patch.
func (op *Operation) triggered(body map[string]any, query map[string]string) (*Request, error) {
	in, err := op.DocumentedInput()
	if err != nil {
		return nil, err
	}
	if in, err = in.Patched(body, query); err != nil {
		return nil, err
	}
	req, bad := op.Read(in)
	if len(bad) > 0 {
		return nil, fmt.Errorf("the request of %s breaks a schema already: %s", op.ID, bad[0])
	}
	return req, nil
}
