package contract

import (
	"fmt"
	"slices"
)

// ruleProbes makes each rule of an operation true, one at a time.
func (g *prober) ruleProbes(s *stage) {
	for _, r := range s.op.Rules {
		id := s.op.ID + "/rule/" + r.ID
		t := r.Trigger
		if t == nil {
			t = &Trigger{}
		}
		in, err := s.in.Patched(t.Body, t.Query)
		if err != nil {
			g.miss(id, err.Error())
			continue
		}
		setup := Setup{Create: t.Create, State: t.State, Given: r.Given, Catalogue: t.Catalogue}
		if setup.State == "" && s.op.keyed() {
			setup.State, err = g.ruleState(s.op, in, setup, r)
		}
		if err != nil {
			g.miss(id, err.Error())
			continue
		}
		d, bad, err := g.judge(s.op, in, setup)
		if err != nil || len(bad) > 0 || d.Rule != r {
			g.miss(id, fmt.Sprintf("the rule does not refuse on its trigger (%v, %v)", err, bad))
			continue
		}
		g.add(Probe{ID: id, Operation: s.op, Kind: ProbeRule, Input: in, Setup: setup, Refusals: conforming(d.Refusal),
			Source: d.Refusal.Source, refuses: true})
	}
}

// ruleState is a state in which only the rule stands in the way of the request.
func (g *prober) ruleState(op *Operation, in Input, setup Setup, r *Rule) (string, error) {
	if r.Given == "" {
		return g.state(op, in, setup, func(d Decision) bool { return d.Rule == r })
	}
	setup.Given = ""
	return g.state(op, in, setup, func(d Decision) bool { return d.Refusal == nil })
}

// effectProbes are about the resource itself: there is none, there is one of that name, there are too many.
func (g *prober) effectProbes(s *stage) {
	e := s.op.Effect
	refused := func(kind string, setup Setup) {
		id := s.op.ID + "/" + kind
		d, bad, err := g.judge(s.op, s.in, setup)
		if err != nil || len(bad) > 0 || d.Refusal == nil {
			g.miss(id, fmt.Sprintf("the documented request is not refused (%v, %v)", err, bad))
			return
		}
		g.add(Probe{ID: id, Operation: s.op, Kind: kind, Input: s.in, Setup: setup, Refusals: conforming(d.Refusal),
			Source: d.Refusal.Source, refuses: true})
	}
	if e.Missing != nil {
		refused(ProbeMissing, Setup{Unknown: true})
	}
	if e.Unique != nil {
		refused(ProbeUnique, Setup{Twice: true})
	}
	if e.Quota != nil {
		refused(ProbeQuota, Setup{Full: true})
	}
}

// wireProbes are the conditions of HTTP and of credentials, one for each that the document names.
func (g *prober) wireProbes() {
	for _, op := range g.c.operations {
		if r := op.Refusal(credentialsKeyword); r != nil {
			in, err := op.DocumentedInput()
			if err != nil {
				g.miss(op.ID+"/"+ProbeSecurity+"/"+credentialsKeyword, err.Error())
				continue
			}
			g.add(Probe{ID: op.ID + "/" + ProbeSecurity + "/" + credentialsKeyword, Operation: op, Kind: ProbeSecurity, Input: in,
				Condition: credentialsKeyword, Refusals: conforming(r), Source: r.Source, refuses: true})
		}
	}
	for _, keyword := range wireKeywords {
		if r := g.c.WireRefusal(keyword); r != nil && keyword != "body" {
			g.add(Probe{ID: ProbeWire + "/" + keyword, Kind: ProbeWire, Condition: keyword, Refusals: conforming(r),
				Source: r.Source, refuses: true})
		}
	}
	op := g.secured()
	for _, keyword := range securityKeywords {
		r := g.c.SecurityRefusal(keyword)
		if r == nil {
			continue
		}
		id := ProbeSecurity + "/" + keyword
		if op == nil {
			g.miss(id, "no operation asks for a credential")
			continue
		}
		in, err := op.DocumentedInput()
		if err != nil {
			g.miss(id, err.Error())
			continue
		}
		g.add(Probe{ID: id, Operation: op, Kind: ProbeSecurity, Input: in, Condition: keyword, Refusals: conforming(r),
			Source: r.Source, refuses: true})
	}
}

// secured is the operation on which credentials are tried: one that asks for them, changes nothing and needs
// no resource, if there is any.
func (g *prober) secured() *Operation {
	all := slices.DeleteFunc(g.c.Operations(), func(op *Operation) bool { return !op.Secured })
	if i := slices.IndexFunc(all, func(op *Operation) bool { return op.Effect != nil && op.Effect.Do == List }); i >= 0 {
		return all[i]
	}
	if len(all) > 0 {
		return all[0]
	}
	return nil
}
