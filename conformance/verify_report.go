package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// verified puts the results together: of the steps, and of judging what the target answered.
func (v *verifier) verified(ctx context.Context, checks, selected []Check) *Report {
	v.judge.judgeLives()
	v.judge.conclude(ctx, v.gathered())
	for i := range v.judge.results {
		if res := &v.judge.results[i]; res.Rerun != "" {
			res.Rerun = v.rerunOf(res.ID)
		}
	}
	for i := range v.results {
		if res := &v.results[i]; res.Rerun != "" {
			res.Rerun = v.rerunOf(res.ID)
		}
	}
	interrupted := len(v.results) < len(checks)
	v.results = slices.DeleteFunc(append(v.results, v.judge.results...), func(res Result) bool {
		return !slices.ContainsFunc(selected, func(c Check) bool { return c.ID == res.ID })
	})
	v.remarks()
	out := v.report(selected)
	out.Coverage = v.judge.coverage()
	out.Findings = v.grouped(out.Findings)
	if out.Verdict == Conforms && (len(v.unread) > 0 || interrupted || !v.judgedSteps()) {
		out.Verdict = Partial
	}
	return out
}

// judgedSteps tells whether any step has a verdict.
func (v *verifier) judgedSteps() bool {
	return slices.ContainsFunc(v.results, func(res Result) bool { return res.Suite == "verify" && (res.Verdict == Pass || res.Verdict == Fail) })
}

func (v *verifier) rerunOf(id string) string {
	return fmt.Sprintf("tally verify %s --target %s --project %s --include '%s'", strings.Join(v.files, " "), v.session.base, v.first.Project, id)
}

// remarks say what of the recording was not sent, and what is wrong with the recording itself.
func (v *verifier) remarks() {
	v.notes = append(v.notes, namedNotes("not used: ", v.unread)...)
	if v.skipped > 0 {
		v.notes = append(v.notes, fmt.Sprintf("%s get a token or belong to no operation of the contract and were not sent", plural(v.skipped, "recorded exchange")))
	}
	repeated, wrong := 0, 0
	for _, s := range v.steps {
		repeated += s.repeated
		if !s.conforms {
			if wrong++; wrong <= maxNamed {
				v.notes = append(v.notes, fmt.Sprintf("%s: the recorded answer, %d, does not conform itself or is not there; a difference is a SHOULD", s.Where(), s.Status))
			}
		}
	}
	if wrong > maxNamed {
		v.notes = append(v.notes, fmt.Sprintf("%d more recorded answers do not conform themselves", wrong-maxNamed))
	}
	if repeated > 0 {
		v.notes = append(v.notes, fmt.Sprintf("%s only waited for a state and were not sent each", plural(repeated, "recorded read")))
	}
}

// grouped puts findings of one cause together: the same difference, in however many exchanges.
func (v *verifier) grouped(findings []Finding) []Finding {
	out := []Finding{}
	byCause := map[string]int{}
	for _, f := range findings {
		cause := v.causes[f.Check]
		if i, known := byCause[cause]; known && cause != "" {
			out[i].Others = append(append(out[i].Others, f.Check), f.Others...)
			continue
		}
		byCause[cause] = len(out)
		out = append(out, f)
	}
	return out
}
