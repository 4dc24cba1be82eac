package defects

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

type (
	reader  = func(contract.Input) (*contract.Request, []contract.Violation)
	decider = func(contract.Situation) (contract.Decision, error)
)

// bounds are the keywords that draw a line in numbers.
var bounds = []string{"minimum", "maximum", "minLength", "maxLength"}

// overlooking is a tampering that does not see some violations of one operation.
func overlooking(op *contract.Operation, overlooked func(*contract.Request, contract.Violation) bool) mock.Tampering {
	return mock.Tampering{Read: func(o *contract.Operation, in contract.Input, honest reader) (*contract.Request, []contract.Violation) {
		req, found := honest(in)
		if o.ID == op.ID {
			found = slices.DeleteFunc(found, func(v contract.Violation) bool { return overlooked(req, v) })
		}
		return req, found
	}}
}

// validationDefects leave a keyword of a schema unchecked: each once for an operation, and once for each code
// that it has; types, of which there are most, only that. Updates share their members with creates.
func validationDefects(k *catalog) {
	done := map[string]bool{}
	for i := range k.probes {
		p := &k.probes[i]
		if p.Kind != contract.ProbeSchema || !p.Refuses() || p.Operation.Effect == nil || p.Operation.Effect.Do == contract.Update || p.Keyword == "body" || slices.Contains(bounds, p.Keyword) || !k.passes(p) {
			continue
		}
		here, code := p.Operation.ID+" "+p.Keyword, p.Keyword+" "+p.Refusals[0].Error.Ref
		if done[code] && (done[here] || p.Keyword == "type") {
			continue
		}
		done[here], done[code] = true, true
		k.add(strings.Join([]string{"unchecked", p.Operation.ID, p.Keyword, slug(p.Pointer)}, "/"),
			fmt.Sprintf("%s does not hold %s to the keyword %s of its schema.", p.Operation.ID, p.Pointer, p.Keyword),
			overlooking(p.Operation, func(_ *contract.Request, v contract.Violation) bool {
				return v.Keyword == p.Keyword && v.Pointer == p.Pointer
			})).seen(p)
	}
	for _, op := range k.Operations() {
		if op.Effect == nil || op.Effect.Do != contract.Create {
			continue
		}
		k.add("unchecked/"+op.ID+"/content-type", fmt.Sprintf("%s takes JSON under any other Content-Type too.", op.ID),
			mock.Tampering{Read: func(o *contract.Operation, in contract.Input, honest reader) (*contract.Request, []contract.Violation) {
				if o.ID == op.ID {
					in.ContentType = ""
				}
				return honest(in)
			}}).seen(k.named(op.ID + "/body/content-type"))
	}
}

func (k *catalog) named(id string) *contract.Probe {
	return k.probe(func(p *contract.Probe) bool { return p.ID == id })
}

// passes tells whether a request that breaks its schema in one place would come through if the schema were
// not there. Of requests about a resource that is not known here.
func (k *catalog) passes(p *contract.Probe) bool {
	req, _ := p.Operation.Read(p.Input)
	if p.Operation.Effect == nil || p.Operation.Effect.Do != contract.Create {
		return true
	}
	d, err := k.Decide(contract.Situation{Request: req, Entries: k.Entries(), Caller: contract.Caller{ID: "caller", Name: "caller"}, Now: time.Unix(0, 0)})
	return err == nil && d.Refusal == nil
}

// boundaryDefects draw a line one too far out, for each operation one for each keyword and code; and, once
// for each keyword, one too far in.
func boundaryDefects(k *catalog) {
	drawn, short := map[string]bool{}, map[string]bool{}
	for i := range k.probes {
		p := &k.probes[i]
		if p.Kind != contract.ProbeSchema || !slices.Contains(bounds, p.Keyword) || !k.passes(p) || p.Operation.Effect == nil || strings.Contains(p.Pointer, "/0/") {
			continue
		}
		name := strings.Join([]string{p.Operation.ID, p.Keyword, slug(p.Pointer)}, "/")
		line := strings.Join([]string{p.Operation.ID, p.Keyword, p.Refusals[0].Error.Ref}, " ")
		if drawn[line] || p.Operation.Effect.Do == contract.Update { // an update has its bounds from the create
			continue
		}
		drawn[line] = true
		req, _ := p.Operation.Read(p.Input)
		beyond := valueOf(req, p.Pointer)
		k.add("one-beyond/"+name, fmt.Sprintf("%s accepts in %s what is one beyond its %s.", p.Operation.ID, p.Pointer, p.Keyword),
			overlooking(p.Operation, func(req *contract.Request, v contract.Violation) bool {
				return v.Keyword == p.Keyword && v.Pointer == p.Pointer && equal(valueOf(req, p.Pointer), beyond)
			})).seen(p)
		if p.Operation.Effect.Do != contract.Create {
			continue
		}
		if edge := k.named(p.Operation.ID + "/accept" + p.Pointer + "/" + p.Keyword); edge != nil && !short[p.Keyword] {
			short[p.Keyword] = true
			k.add("one-short/"+name, fmt.Sprintf("%s refuses in %s what is exactly its %s.", p.Operation.ID, p.Pointer, p.Keyword), refusingEdge(p, edge)).seen(edge)
		}
	}
	k.quotaDefects()
}

// valueOf is what a request has at the place of a violation.
func valueOf(req *contract.Request, pointer string) any {
	if strings.HasPrefix(pointer, "/") {
		return at(req.Body, pointer)
	}
	return req.Query[pointer]
}

// refusingEdge refuses what stands exactly on a line with the violation of what stands beyond it.
func refusingEdge(beyond, edge *contract.Probe) mock.Tampering {
	req, _ := edge.Operation.Read(edge.Input)
	line := valueOf(req, beyond.Pointer)
	return mock.Tampering{Read: func(o *contract.Operation, in contract.Input, honest reader) (*contract.Request, []contract.Violation) {
		req, found := honest(in)
		if o.ID == edge.Operation.ID && len(found) == 0 && equal(valueOf(req, beyond.Pointer), line) {
			_, found = honest(beyond.Input)
		}
		return req, found
	}}
}

func (k *catalog) quotaDefects() {
	for _, op := range k.Operations() {
		if op.Effect == nil || op.Effect.Quota == nil {
			continue
		}
		for _, row := range []struct {
			name, breaks string
			by           int
		}{
			{"one-beyond", "%s grants one resource more than the quota.", 1},
			{"one-short", "%s grants one resource less than the quota.", -1},
		} {
			d := k.add(row.name+"/"+op.ID+"/quota", fmt.Sprintf(row.breaks, op.ID), deciding(op, func(s contract.Situation, honest decider) (contract.Decision, error) {
				if s.Quota > 0 {
					s.Quota = max(1, s.Quota+row.by)
				}
				return honest(s)
			}))
			if row.by > 0 {
				d.seen(k.named(op.ID + "/" + contract.ProbeQuota))
			}
		}
	}
}

// deciding is a tampering with the decisions on one operation.
func deciding(op *contract.Operation, decide func(contract.Situation, decider) (contract.Decision, error)) mock.Tampering {
	return mock.Tampering{Decide: func(s contract.Situation, honest decider) (contract.Decision, error) {
		if s.Request.Operation.ID != op.ID {
			return honest(s)
		}
		return decide(s, honest)
	}}
}

// ruleDefects leave a rule of an operation out: all that a request alone can break, and the first that
// speaks of the world.
func ruleDefects(k *catalog) {
	world := false
	for _, op := range k.Operations() {
		if op.Effect == nil {
			continue
		}
		for _, r := range op.Rules {
			p := k.probe(func(p *contract.Probe) bool { return p.ID == op.ID+"/"+contract.ProbeRule+"/"+r.ID })
			if p == nil || (r.Given != "" && (world || k.isRoot(r))) {
				continue
			}
			world = world || r.Given != ""
			k.add("rule-ignored/"+op.ID+"/"+r.ID, fmt.Sprintf("%s accepts what its rule %s refuses with %s.", op.ID, r.ID, r.Error.Ref),
				deciding(op, func(s contract.Situation, honest decider) (contract.Decision, error) { return k.without(s, r, honest) })).seen(p)
		}
		if op.Effect.Unique != nil {
			k.add("unique-ignored/"+op.ID, fmt.Sprintf("%s accepts a second resource with the same %s.", op.ID, slug(op.Effect.Unique.By)),
				deciding(op, func(s contract.Situation, honest decider) (contract.Decision, error) {
					s.Taken = false
					return honest(s)
				})).seen(k.named(op.ID + "/" + contract.ProbeUnique))
		}
	}
}

// isRoot tells whether a rule is one for every operation.
func (k *catalog) isRoot(r *contract.Rule) bool {
	n := 0
	for _, op := range k.Operations() {
		if slices.ContainsFunc(op.Rules, func(o *contract.Rule) bool { return o.ID == r.ID && o.Position == r.Position }) {
			n++
		}
	}
	return n > 1
}

// without decides as if an operation had not one of its rules. Rules that rely on the one which is gone
// cannot be evaluated then, and go too.
func (k *catalog) without(s contract.Situation, ignored *contract.Rule, honest decider) (contract.Decision, error) {
	rules := slices.DeleteFunc(slices.Clone(s.Request.Operation.Rules), func(r *contract.Rule) bool { return r == ignored })
	d, err := honest(ruledBy(s, rules))
	if err == nil {
		return d, nil
	}
	rules = slices.DeleteFunc(rules, func(r *contract.Rule) bool {
		_, err := honest(ruledBy(s, []*contract.Rule{r}))
		return err != nil
	})
	if d, err = honest(ruledBy(s, rules)); err == nil || d.Body == nil || s.Resource != nil {
		return d, err
	}
	d.State = initial(s.Request.Operation) // the row of the create cannot be evaluated either
	return d, nil
}

// ruledBy is a situation in which the operation has other rules.
func ruledBy(s contract.Situation, rules []*contract.Rule) contract.Situation {
	op, req := *s.Request.Operation, *s.Request
	op.Rules, req.Operation = rules, &op
	s.Request = &req
	return s
}

// initial is the state after a create on which nothing special is to be said.
func initial(op *contract.Operation) string {
	for _, row := range op.Effect.Resource.Lifecycle.Cell("", op.ID) {
		if row.When == "" && row.Error == nil {
			return row.Next("")
		}
	}
	return ""
}
