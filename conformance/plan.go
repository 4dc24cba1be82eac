package conformance

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// plan derives every check from the contract.
func (r *runner) plan() []Check {
	var all []Check
	probes := r.c.Probes()
	for i := range probes {
		if c, ok := r.probeCheck(&probes[i]); ok {
			all = append(all, c)
		}
	}
	all = append(all, r.exampleChecks(probes)...)
	all = append(all, r.tokenChecks()...)
	if r.kind != nil {
		all = append(all, r.persistenceChecks()...)
		all = append(all, r.timerChecks()...)
		all = append(all, r.listChecks()...)
		all = append(all, r.tenancyChecks()...)
		all = append(all, r.raceChecks()...)
	}
	all = append(all, r.responseChecks()...)
	return append(all, r.overallChecks()...)
}

// planned is the report of a dry run: nothing was judged, so it is partial.
func (r *runner) planned(checks []Check) *Report {
	for _, c := range checks {
		r.results = append(r.results, Result{ID: c.ID, Suite: c.Suite, Operation: c.Operation, Level: c.Level, Verdict: Skipped,
			Requirement: c.Requirement, Source: citations(c.Source), Location: c.Position.String(), Codes: c.Codes, Reason: "dry run"})
	}
	suites := map[string]int{}
	for _, c := range checks {
		suites[c.Suite]++
	}
	var parts []string
	for _, suite := range sortedKeys(suites) {
		parts = append(parts, fmt.Sprintf("%s %d", suite, suites[suite]))
	}
	r.notes = append(r.notes, fmt.Sprintf("nothing was sent; the run would make %s: %s", plural(len(checks), "check"), strings.Join(parts, ", ")))
	return r.report(checks)
}

// suiteOf tells in which suite the probes of a kind run.
func suiteOf(p *contract.Probe) string {
	switch p.Kind {
	case contract.ProbeSchema:
		return "schema"
	case contract.ProbeAccept:
		return "accept"
	case contract.ProbeCell:
		return "lifecycle"
	case contract.ProbeSecurity:
		return "auth"
	}
	return "error"
}

// probeCheck makes a check of a probe; false for what is assumed, and so never checked, or belongs to
// another service.
func (r *runner) probeCheck(p *contract.Probe) (Check, bool) {
	if p.Source.Basis == contract.Assumed || p.Source.Basis == "" {
		return Check{}, false
	}
	c := Check{ID: p.ID, Suite: suiteOf(p), Level: levelOf(p.Source), Source: p.Source, changes: true, Requirement: requirementOf(p)}
	c.probe = p
	if op := p.Operation; op != nil {
		if op.Effect == nil && p.Condition == "" && op.Secured {
			return Check{}, false
		}
		c.Operation, c.Position = op.ID, op.Position
		c.changes = op.Effect == nil || (op.Effect.Do != contract.List && op.Effect.Do != contract.Read) || p.Setup.State != ""
	} else {
		c.changes = false
		c.Position.File = r.c.Name
	}
	for _, ref := range p.Refusals {
		c.Codes = append(c.Codes, ref.Error.Code)
	}
	c.Claim = r.claimOf(p)
	c.run = func(t *trial) error { return t.probe(p) }
	if p.Kind == contract.ProbeCell {
		c.run = func(t *trial) error { return t.cell(p) }
	}
	return c, true
}

// What a user may give for more to be judged.
const (
	claimControl = "a mock's control API"
	claimSecond  = "credentials of a second project"
	claimLogin   = "user and password for the token service"
	claimTime    = "a clock that can be moved"
)

// claimOf is what a probe needs beyond the first project's credentials.
func (r *runner) claimOf(p *contract.Probe) string {
	switch {
	case p.Setup.Given != "" || len(p.Setup.Catalogue) > 0 || p.Setup.Full || p.Condition == "rate":
		return claimControl
	case p.Condition == "foreign":
		return claimSecond
	case p.Condition == "unscoped":
		return claimLogin
	case p.Condition == "expired":
		return claimControl
	case p.Condition == "credentials":
		return claimLogin
	case p.Condition == "signature", p.Condition == "stale", p.Condition == "locked":
		return claimKey
	}
	return ""
}

// unclaimed tells why a claim does not hold, as the error that ends the check.
func (t *trial) unclaimed(claim string) error {
	given := true
	switch claim {
	case claimControl, claimTime:
		given = t.control != nil
	case claimSecond:
		given = t.second != nil
	case claimLogin:
		given = t.mayLogIn()
	case claimKey:
		given = t.first.Key != nil
	}
	if given {
		return nil
	}
	return notClaimed{claim}
}

// notClaimed ends a check for which the user has not given what it takes. It makes nothing partial.
type notClaimed struct{ claim string }

func (n notClaimed) Error() string { return "not claimed: it takes " + n.claim }

// requirementOf puts a probe into words.
func requirementOf(p *contract.Probe) string {
	answer := "is refused with " + strings.Join(outcomes(p.Refusals, p.Accept), " or ")
	if len(p.Refusals) == 0 {
		answer = "is accepted"
	}
	what := p.ID
	switch p.Kind {
	case contract.ProbeSchema:
		if what = fmt.Sprintf("%s with %s breaking %s", p.Operation.ID, member(p.Pointer), p.Keyword); p.Keyword == "body" {
			what = fmt.Sprintf("%s with a body that it cannot take (%s)", p.Operation.ID, lastPart(p.ID))
		}
	case contract.ProbeRule:
		what = fmt.Sprintf("%s under the trigger of rule %s", p.Operation.ID, lastPart(p.ID))
	case contract.ProbeCell:
		parts := strings.Split(p.ID, "/")
		what = fmt.Sprintf("%s in state %s", parts[len(parts)-1], parts[1])
		if len(parts) >= 3 {
			what = fmt.Sprintf("%s in state %s", strings.Join(parts[2:], ", "), parts[1])
		}
		if len(p.States) > 0 {
			answer += " and leads to " + strings.Join(p.States, " or ")
		}
	case contract.ProbeMissing:
		what = p.Operation.ID + " of something that does not exist"
	case contract.ProbeUnique:
		what = "a second " + p.Operation.ID + " with the same " + p.Operation.Effect.Unique.By[1:]
	case contract.ProbeQuota:
		what = p.Operation.ID + " beyond the quota"
	case contract.ProbeSecurity:
		what = "a request " + cmp.Or(credentials[p.Condition], "whose credential is "+p.Condition)
	case contract.ProbeWire:
		what = "a request with the fault " + p.Condition
	}
	return what + " " + answer
}

// credentials puts the conditions of a credential into words.
var credentials = map[string]string{
	"absent": "without a credential", "garbage": "whose credential is garbage", "damaged": "whose token is damaged",
	"foreign": "with the token of another project", "unscoped": "with a token for no project", "expired": "with a token that has expired",
	"unknown-key": "signed with a key that nobody knows", "scheme": "with a scheme of HTTP that the service does not have",
	"signature": "whose signature does not fit it", "stale": "that was signed an hour ago", "locked": "signed with a key that has failed too often",
	"credentials": "for a token with a wrong password",
}

func member(pointer string) string {
	if pointer == "" {
		return "the body"
	}
	return strings.TrimPrefix(pointer, "/")
}

func lastPart(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }
