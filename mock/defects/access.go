package defects

import (
	"fmt"
	"slices"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// conditions is a tampering that takes one condition for another, "" for nothing wrong.
func conditions(from, to string) mock.Tampering {
	return mock.Tampering{Condition: func(_ *contract.Operation, condition string) string {
		if condition == from {
			return to
		}
		return condition
	}}
}

// authDefects are about credentials: each kind of bad one is let in, and some are taken for another kind.
func authDefects(k *catalog) {
	var bad []*contract.Probe
	for i := range k.probes {
		if p := &k.probes[i]; p.Kind == contract.ProbeSecurity {
			bad = append(bad, p)
			k.add("let-in/"+p.Condition, fmt.Sprintf("A caller whose credential is %s is let in.", credential(p.Condition)), conditions(p.Condition, "")).seen(p)
		}
	}
	for _, p := range bad {
		i := slices.IndexFunc(bad, func(o *contract.Probe) bool { return !conforms(p, o.Refusals[0].Error) && o.Operation == p.Operation })
		if i >= 0 && p.Condition == "expired" {
			other := bad[i].Condition
			k.add("taken-for-"+other+"/"+p.Condition, fmt.Sprintf("A credential that is %s is answered as if it were %s.", credential(p.Condition), credential(other)),
				conditions(p.Condition, other)).seen(p)
		}
	}
	for _, op := range k.Operations() {
		if op.Secured || op.Refusal("credentials") == nil || op.Success() == nil {
			continue
		}
		for _, h := range op.Success().Headers {
			if h.Required {
				k.add("token-void/"+op.ID, fmt.Sprintf("The token that %s issues is not accepted anywhere.", op.ID),
					onSuccess(op, func(a *mock.Answer) { a.Header.Set(h.Name, a.Header.Get(h.Name)+"0") }))
			}
		}
	}
}

// credential is a condition as an adjective.
func credential(condition string) string {
	switch condition {
	case "foreign":
		return "another tenant's"
	case "scheme":
		return "of an unknown kind"
	case "unknown-key":
		return "signed with an unknown key"
	case "signature":
		return "a wrong signature"
	case "stale":
		return "a signature from long ago"
	case "locked":
		return "signed with a locked key"
	case "credentials":
		return "a wrong password"
	}
	return condition
}

// tenancyDefects let one tenant reach what is another's.
func tenancyDefects(k *catalog) {
	for _, rt := range k.kinds() {
		for _, op := range k.Operations() {
			if op.Effect == nil || op.Effect.Resource != rt || op.Effect.Do == contract.Create || (op.Effect.Do == contract.Read && op.Effect.Answer != nil) {
				continue
			}
			k.add("other-tenants/"+op.ID, fmt.Sprintf("%s reaches the resources of other tenants.", op.ID),
				mock.Tampering{Foreign: func(o *contract.Operation) bool { return o.ID == op.ID }})
		}
		if op := rt.Create; op != nil && op.Effect.Unique != nil {
			k.remembering("names-shared-by-tenants", "A name that one tenant has is taken for every other.", func() mock.Tampering {
				used := memory[string, bool]{}
				return deciding(op, func(s contract.Situation, honest decider) (contract.Decision, error) {
					name := fmt.Sprint(at(s.Request.Body, op.Effect.Unique.By))
					if _, known := used.get(name); known {
						s.Taken = true
					}
					d, err := honest(s)
					if err == nil && d.Refusal == nil {
						used.put(name, true)
					}
					return d, err
				})
			})
		}
	}
}
