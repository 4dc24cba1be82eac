package defects

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// recoded makes a body speak of another code; everything else in it stays.
func recoded(a *mock.Answer, code string) {
	a.Body = replaced(a.Body, map[string]string{a.Refusal.Error.Code: code})
}

func codeDefects(k *catalog) {
	k.swapDefects()
	missing := k.probe(func(p *contract.Probe) bool { return p.Kind == contract.ProbeMissing })
	k.add("code-not-in-catalogue", "Error codes are none that the document knows.", onRefusal(func(a *mock.Answer) {
		for n := 1; ; n++ {
			if code := fmt.Sprint(a.Refusal.Error.Code[:len(a.Refusal.Error.Code)-1], n); len(k.statuses(code)) == 0 {
				recoded(a, code)
				return
			}
		}
	})).seen(missing)
	k.add("message-not-filled", "Messages still have the placeholders of their templates in them.", onRefusal(func(a *mock.Answer) {
		a.Body = replaced(a.Body, map[string]string{a.Refusal.Message(): a.Refusal.Error.Template})
	})).seen(k.probe(func(p *contract.Probe) bool {
		return p.Kind == contract.ProbeSchema && p.Refuses() && p.Refusals[0].Error.Holes() > 0
	}))
	k.add("message-wrong-member", "Messages name another member than the one that is wrong.", onRefusal(func(a *mock.Answer) {
		if args := slices.Clone(a.Refusal.Args); len(args) > 0 {
			args[0] += "s"
			a.Body = replaced(a.Body, map[string]string{a.Refusal.Message(): a.Refusal.Error.Message(args...)})
		}
	})).seen(k.probe(func(p *contract.Probe) bool {
		return p.Kind == contract.ProbeSchema && p.Refuses() && len(p.Refusals[0].Args) > 0
	}))
	if general := k.serverError(); general != nil {
		k.add("code-always-the-same", "Every refusal has the code of a failed server.", onRefusal(func(a *mock.Answer) {
			recoded(a, general.Code)
		})).seen(missing)
	}
}

// swap is a pair of probes whose error codes take each other's place.
type swap struct{ name, breaks, a, b string }

func (k *catalog) swapDefects() {
	for _, s := range []swap{
		{"taken-and-quota", "The codes for a name that is taken and for a used-up quota stand in each other's place.", contract.ProbeUnique, contract.ProbeQuota},
		{"missing-and-schema", "The codes for an unknown resource and for a broken schema stand in each other's place.", contract.ProbeMissing, contract.ProbeSchema},
		{"cell-and-missing", "The codes for a forbidden action and for an unknown resource stand in each other's place.", contract.ProbeCell, contract.ProbeMissing},
	} {
		a := k.probe(func(p *contract.Probe) bool { return p.Kind == s.a && p.Refuses() && !p.Accept })
		if a == nil {
			continue
		}
		b := k.probe(func(p *contract.Probe) bool {
			return p.Kind == s.b && p.Refuses() && !p.Accept && !conforms(a, p.Refusals[0].Error) && !conforms(p, a.Refusals[0].Error)
		})
		if b != nil {
			k.swapped("codes-swapped/"+s.name, s.breaks, a, b)
		}
	}
	for _, keywords := range [][2]string{{"required", "type"}, {"pattern", "enum"}} {
		a := k.keyword(keywords[0], nil)
		if a == nil {
			continue
		}
		if b := k.keyword(keywords[1], a); b != nil {
			k.swapped("codes-swapped/"+keywords[0]+"-and-"+keywords[1],
				fmt.Sprintf("The codes for the keywords %s and %s stand in each other's place.", keywords[0], keywords[1]), a, b)
		}
	}
	k.rowDefects()
}

func (k *catalog) keyword(keyword string, other *contract.Probe) *contract.Probe {
	return k.probe(func(p *contract.Probe) bool {
		return p.Kind == contract.ProbeSchema && p.Keyword == keyword && p.Refuses() &&
			(other == nil || (p.Operation == other.Operation && !conforms(p, other.Refusals[0].Error) && !conforms(other, p.Refusals[0].Error)))
	})
}

func conforms(p *contract.Probe, e *contract.Error) bool {
	return slices.ContainsFunc(p.Refusals, func(r *contract.Refusal) bool { return r.Error.Code == e.Code })
}

func (k *catalog) swapped(name, breaks string, a, b *contract.Probe) {
	x, y := a.Refusals[0], b.Refusals[0]
	k.add(name, breaks, onRefusal(func(answer *mock.Answer) {
		switch answer.Refusal.Error {
		case x.Error:
			k.refuse(answer, &contract.Refusal{Error: y.Error, Args: y.Args})
		case y.Error:
			k.refuse(answer, &contract.Refusal{Error: x.Error, Args: x.Args})
		}
	})).seen(a)
}

// rowDefects give a row of the lifecycle the error of the default row, where that does not conform.
func (k *catalog) rowDefects() {
	for _, rt := range k.kinds() {
		plain := k.fallback(rt)
		p := k.probe(func(p *contract.Probe) bool {
			return p.Kind == contract.ProbeCell && p.Operation.Effect.Resource == rt && p.Refuses() && !p.Accept &&
				p.Setup.State != rt.Lifecycle.Gone && plain != nil && !conforms(p, plain) && p.Source.Basis == contract.Documented
		})
		if p == nil {
			continue
		}
		own := p.Refusals[0].Error
		k.add("code-of-default-row/"+own.Ref, fmt.Sprintf("What the table of states refuses with %s is refused with %s, the code for all the rest.", own.Ref, plain.Ref),
			onRefusal(func(a *mock.Answer) {
				if a.Refusal.Error == own {
					k.refuse(a, &contract.Refusal{Error: plain, Args: a.Refusal.Args})
				}
			})).seen(p)
	}
}

// fallback is the error of a lifecycle's default row: that of a state and an event that no row names.
func (k *catalog) fallback(rt *contract.ResourceType) *contract.Error {
	rows := rt.Lifecycle.Cell("", "")
	if len(rows) == 0 {
		return nil
	}
	return rows[0].Error
}

// serverError is the code for a failure of the server itself.
func (k *catalog) serverError() *contract.Error {
	for _, e := range k.Errors() {
		if e.Provoke == contract.ByServer && e.Status == http.StatusInternalServerError {
			return e
		}
	}
	return nil
}
