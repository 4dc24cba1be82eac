package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/conformance"
)

// outcome is a verdict together with what the report's settings make of it.
type outcome string

const (
	passed  outcome = "passed"
	skipped outcome = "skipped"
	known   outcome = "known"   // failed, and the baseline says so
	warned  outcome = "warning" // a SHOULD that failed, where only MUST counts
	failed  outcome = "failed"
	errored outcome = "error"
)

// outcomes, the worst first.
var outcomes = []outcome{failed, errored, warned, known, skipped, passed}

func outcomeOf(r *conformance.Report, res *conformance.Result) outcome {
	switch res.Verdict {
	case conformance.Pass:
		return passed
	case conformance.Skipped:
		return skipped
	case conformance.Errored:
		return errored
	}
	switch {
	case res.Known != "":
		return known
	case res.Level == conformance.Should && !r.Strict:
		return warned
	}
	return failed
}

// with gives the results of an outcome, in the order of the run.
func with(r *conformance.Report, o outcome) []*conformance.Result {
	var out []*conformance.Result
	for i := range r.Results {
		if outcomeOf(r, &r.Results[i]) == o {
			out = append(out, &r.Results[i])
		}
	}
	return out
}

// cause is a finding with the result of its most telling check.
type cause struct {
	conformance.Finding
	*conformance.Result // never nil; empty but for its ID when the report lacks it
}

// causes gives the findings whose checks have an outcome, in the report's order, and after them one for
// each such check that no finding names, so that none is lost.
func causes(r *conformance.Report, o outcome) []cause {
	byID := map[string]*conformance.Result{}
	for i := range r.Results {
		byID[r.Results[i].ID] = &r.Results[i]
	}
	named := map[string]bool{}
	var out []cause
	for _, f := range r.Findings {
		res := byID[f.Check]
		if res == nil {
			res = &conformance.Result{ID: f.Check, Level: f.Level, Verdict: conformance.Fail}
		}
		if outcomeOf(r, res) == o {
			out = append(out, cause{f, res})
		}
		named[f.Check] = true
		for _, id := range f.Others {
			named[id] = true
		}
	}
	for _, res := range with(r, o) {
		if !named[res.ID] {
			out = append(out, cause{conformance.Finding{Title: cmp.Or(res.Requirement, res.ID), Level: res.Level, Check: res.ID}, res})
		}
	}
	return out
}

// headline is the verdict in one word, for people.
func headline(r *conformance.Report) string {
	switch r.Verdict {
	case conformance.Conforms:
		return "CONFORMS"
	case conformance.Partial:
		return "PARTIAL"
	case conformance.Findings:
		if r.Counts.Failed > 0 {
			return "DOES NOT CONFORM"
		}
	}
	return strings.ToUpper(r.Verdict)
}

// sentence says what the verdict rests on.
func sentence(r *conformance.Report) string {
	c := r.Counts
	var parts []string
	if c.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%s, from %s", ofChecks(c.Failed, c.Checks, "fails", "fail"), count(len(causes(r, failed)), "cause", "causes")))
	}
	if c.Errors > 0 {
		parts = append(parts, fmt.Sprintf("%d could not be run", c.Errors))
	}
	if len(r.Leftovers) > 0 {
		parts = append(parts, count(len(r.Leftovers), "instance", "instances")+" left behind")
	}
	if len(r.Wrong) > 0 {
		more := ""
		if n := len(r.Wrong) - 1; n > 0 {
			more = fmt.Sprintf(", and %d more", n)
		}
		if len(parts) == 0 {
			parts = append(parts, "no check fails")
		}
		parts = append(parts, oneLine(r.Wrong[0])+more)
	}
	if r.Verdict == conformance.Partial && len(parts) == 0 {
		return fmt.Sprintf("nothing fails, but of %s only %d could be judged", count(max(c.Planned, c.Checks), "check", "checks"), c.Checks-c.Skipped)
	}
	if missing := c.Planned - c.Checks; missing > 0 && len(parts) > 0 {
		parts = append(parts, fmt.Sprintf("the run ended early: of %s planned, %d did not run", count(c.Planned, "check", "checks"), missing))
	}
	if len(parts) > 0 {
		return strings.Join(parts, "; ")
	}
	return ofChecks(c.Passed, c.Checks, "passed", "passed")
}

// ofChecks says how many of the checks do something, with the verb for one and for several.
func ofChecks(n, all int, one, many string) string {
	if all == 1 {
		return fmt.Sprintf("%s %s", []string{"no check", "the check"}[min(n, 1)], one)
	}
	verb := many
	if n == 1 {
		verb = one
	}
	return fmt.Sprintf("%d of %s %s", n, count(all, "check", "checks"), verb)
}

// rest counts what the sentence does not.
func rest(r *conformance.Report) string {
	c := r.Counts
	parts := []string{fmt.Sprintf("%d passed", c.Passed)}
	for _, p := range []struct {
		n         int
		one, many string
	}{{c.Warned, "warning", "warnings"}, {c.Known, "known failure", "known failures"}, {c.Skipped, "not judged", "not judged"}} {
		if p.n > 0 {
			parts = append(parts, count(p.n, p.one, p.many))
		}
	}
	return strings.Join(parts, ", ")
}

// against names what was held to what.
func against(r *conformance.Report) string {
	contract := strings.TrimSpace(r.Contract.Title + " " + r.Contract.Version)
	if r.Contract.File != "" {
		contract += " (" + r.Contract.File
		if len(r.Contract.SHA256) >= 12 {
			contract += " " + r.Contract.SHA256[:12]
		}
		contract += ")"
	}
	return fmt.Sprintf("%s against %s", r.Target, contract)
}

// circumstances are the settings and sizes of a run.
func circumstances(r *conformance.Report) string {
	var parts []string
	if s := r.Shard; s != nil {
		parts = append(parts, fmt.Sprintf("shard %s, with %d of %s", shardOf(s), r.Counts.Planned, count(s.Checks, "check", "checks")))
	}
	parts = append(parts, count(r.Exchanges, "exchange", "exchanges")+" in "+span(r.Took), fmt.Sprintf("seed %d", r.Seed))
	if r.Peak > 0 {
		parts = append(parts, "at most "+count(r.Peak, "instance", "instances")+" at once")
	}
	if r.Strict {
		parts = append(parts, "strict")
	}
	if r.Control {
		parts = append(parts, "control API used")
	}
	return strings.Join(parts, ", ")
}

// shardOf is the number of a shard, as the option takes it.
func shardOf(s *conformance.Shard) string { return fmt.Sprintf("%d/%d", s.Index, s.Of) }

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// span is a duration as a person says it.
func span(d conformance.Duration) string {
	t := time.Duration(d)
	switch {
	case t < time.Millisecond:
		return t.Round(time.Microsecond).String()
	case t < time.Second:
		return t.Round(time.Millisecond).String()
	case t < time.Minute:
		return t.Round(10 * time.Millisecond).String()
	}
	return t.Round(time.Second).String()
}

// seconds is a duration as JUnit and tables write it.
func seconds(d conformance.Duration) string {
	return fmt.Sprintf("%.3f", max(0, time.Duration(d)).Seconds())
}

// suitesOf gives the suites in the order in which they ran.
func suitesOf(r *conformance.Report) []string {
	var out []string
	for _, res := range r.Results {
		if !slices.Contains(out, res.Suite) {
			out = append(out, res.Suite)
		}
	}
	return out
}

// percent is how much of a part is covered, in whole percents that reach 100 only when all is.
func percent(p conformance.CoveragePart) int {
	if p.Total <= 0 {
		return 100
	}
	return max(0, min(100, p.Covered*100/p.Total))
}

// left splits what a part of the coverage leaves into what this run could have covered and what is out of its
// reach: for the latter, too, the reasons stand in Left, after no fixed rule, so only the numbers are told.
func left(p conformance.CoveragePart) (open, outside int) {
	open = min(max(0, p.Total-p.Covered), len(p.Left))
	return open, len(p.Left) - open
}

// leftText says in short what is left of a part, and why, by its first reason.
func leftText(p conformance.CoveragePart) string {
	open, outside := left(p)
	if len(p.Left) == 0 {
		return ""
	}
	var numbers []string
	if open > 0 {
		numbers = append(numbers, fmt.Sprintf("%d left", open))
	}
	if outside > 0 {
		numbers = append(numbers, fmt.Sprintf("%d not reachable", outside))
	}
	more := ""
	if len(p.Left) > 1 {
		more = ", …"
	}
	return strings.Join(numbers, ", ") + ": " + oneLine(p.Left[0]) + more
}

// ask is an exchange in one line.
func ask(e conformance.Exchange) string {
	answer := "no answer: " + e.Error
	if e.Status != 0 {
		answer = fmt.Sprint(e.Status)
	}
	return fmt.Sprintf("%s %s → %s in %s", e.Method, e.URL, answer, span(e.Took))
}

// telling is the exchange that shows a failure; nil when none is kept.
func telling(res *conformance.Result) *conformance.Exchange {
	if len(res.Exchanges) == 0 {
		return nil
	}
	return &res.Exchanges[len(res.Exchanges)-1]
}

// need says what a claim takes, and for how much.
func need(c conformance.Claim) string {
	checks := count(c.Checks, "check", "checks")
	if what := oneLine(c.What); what != "" && what != checks && what != fmt.Sprintf("%d checks", c.Checks) {
		checks = what + ", " + checks
	}
	return checks + ": " + c.Takes
}

// unclaimed tells whether a check was skipped for want of what a claim takes, which is listed by itself.
func unclaimed(r *conformance.Report, res *conformance.Result) bool {
	return slices.ContainsFunc(r.NotClaimed, func(c conformance.Claim) bool {
		return c.Takes != "" && strings.HasSuffix(res.Reason, c.Takes)
	})
}
