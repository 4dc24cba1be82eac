package conformance

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// report puts the results together.
func (r *runner) report(checks []Check) *Report {
	checks = r.withoutUnasked(checks)
	r.tidyResults(len(checks))
	r.session.withoutSecrets(r.results)
	for i := range r.choices {
		r.choices[i].Took, r.choices[i].Of = r.session.clean(r.choices[i].Took), r.session.clean(r.choices[i].Of)
	}
	out := &Report{Version: ReportVersion, Target: r.session.base, Control: r.control != nil, Seed: r.settings.seed,
		Strict: r.settings.strict, Started: r.started.UTC(), Took: Duration(time.Since(r.started)), Exchanges: r.session.count, Peak: r.ledger.peak,
		Contract:   ContractInfo{Title: r.c.Title, Version: r.c.Version, File: r.c.Name, SHA256: r.c.SHA256()},
		NotClaimed: []Claim{}, Choices: r.choices, Notes: r.session.cleanAll(r.notes), Leftovers: r.session.cleanAll(r.leftovers()), Results: r.results}
	if r.target.Serve != nil {
		out.Target = "in process"
	}
	var stale []string
	if r.settings.baseline != nil {
		stale = r.known().apply(r.results, r.plan())
	}
	out.Wrong = stale
	if out.Choices == nil {
		out.Choices = []Choice{}
	}
	if out.Notes == nil {
		out.Notes = []string{}
	}
	r.claims(out, checks)
	out.Counts = r.counts()
	out.Counts.Planned = len(checks)
	out.Findings = r.findings()
	out.Coverage = r.coverage()
	out.Shard = r.record()
	out.Verdict = r.verdict(out, checks, len(stale) > 0)
	return out
}

// unasked begins the reason of a check that judges what was seen, where nothing was.
const unasked = "no exchange of this run was about "

// tidyResults words what is left of Go's own words, and drops the checks that only say that a run which ended
// early has seen nothing of their matter.
func (r *runner) tidyResults(planned int) {
	for i := range r.results {
		r.results[i].Reason = r.hinted(inWords(r.results[i].Reason))
	}
	for i := range r.notes {
		r.notes[i] = inWords(r.notes[i])
	}
	if len(r.results) < planned {
		r.results = slices.DeleteFunc(r.results, func(res Result) bool {
			return res.Verdict == Skipped && strings.HasPrefix(res.Reason, unasked)
		})
	}
}

// hinted adds what a user can do to the reason of a check whose instance could not be made.
func (r *runner) hinted(reason string) string {
	if r.kind == nil || !strings.HasPrefix(reason, "set-up: "+r.kind.Create.ID+" is refused: ") {
		return reason
	}
	if len(r.target.Values) > 0 {
		return reason + "; are the values those that this target offers?"
	}
	return reason + "; values (--values) say what this target offers where it is not what is documented"
}

var goWords = strings.NewReplacer(context.Canceled.Error(), "the run was interrupted", context.DeadlineExceeded.Error(), "there was no time left")

func inWords(text string) string { return goWords.Replace(text) }

// The verdicts of a run.
const (
	Conforms = "conforms"
	Findings = "findings"
	Partial  = "partial"
)

// verdict sums up. Findings win over what could not be judged; a run that judged nothing is partial.
func (r *runner) verdict(out *Report, checks []Check, stale bool) string {
	if out.Counts.Failed > 0 || (len(out.Leftovers) > 0 && !r.session.gone) || stale {
		return Findings
	}
	open := len(r.results) < len(checks) || out.Counts.Passed == 0
	for _, res := range r.results {
		if res.Level == Must && (res.Verdict == Errored || (res.Verdict == Skipped && res.Takes == "" && !res.Excused)) {
			open = true
		}
	}
	if open {
		return Partial
	}
	return Conforms
}

// claims lists what was not judged for want of something that the user could give.
func (r *runner) claims(out *Report, checks []Check) {
	counts := map[string]int{}
	for _, res := range r.results {
		if res.Takes != "" {
			counts[res.Takes]++
		}
	}
	for _, takes := range sortedKeys(counts) {
		out.NotClaimed = append(out.NotClaimed, Claim{What: plural(counts[takes], "check"), Takes: takes, Checks: counts[takes]})
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (r *runner) counts() Counts {
	c := Counts{Checks: len(r.results)}
	for _, res := range r.results {
		switch {
		case res.Verdict == Pass:
			c.Passed++
		case res.Verdict == Skipped:
			c.Skipped++
		case res.Verdict == Errored:
			c.Errors++
		case res.Known != "":
			c.Known++
		case res.Level == Must || r.settings.strict:
			c.Failed++
		default:
			c.Warned++
		}
	}
	return c
}

// findings groups what failed by what the failures share: an operation and what it did instead. The most
// telling check comes first: the one that demands most, in the suite that says most.
func (r *runner) findings() []Finding {
	telling := []string{"error", "schema", "auth", "tenancy", "lifecycle", "accept", "persistence", "list", "race", "response", "example"}
	failed := slices.DeleteFunc(slices.Clone(r.results), func(res Result) bool { return res.Verdict != Fail || res.Known != "" })
	slices.SortStableFunc(failed, func(a, b Result) int {
		return cmp.Or(cmp.Compare(levelRank(a.Level), levelRank(b.Level)), cmp.Compare(rootRank(a), rootRank(b)),
			cmp.Compare(slices.Index(telling, a.Suite), slices.Index(telling, b.Suite)), cmp.Compare(a.ID, b.ID))
	})
	out := []Finding{}
	if answer := r.everything(); answer != "" && len(failed) > 0 {
		one := Finding{Title: "the target gives one answer to everything: " + answer, Level: failed[0].Level, Check: failed[0].ID, Others: []string{}}
		for _, res := range failed[1:] {
			one.Others = append(one.Others, res.ID)
		}
		return append(out, one)
	}
	byCause := map[string]int{}
	for _, res := range failed {
		cause := causeOf(res)
		if i, known := byCause[cause]; known {
			out[i].Others = append(out[i].Others, res.ID)
			continue
		}
		byCause[cause] = len(out)
		out = append(out, Finding{Title: res.Requirement + " — " + res.Actual, Level: res.Level, Check: res.ID, Others: []string{}})
	}
	return out
}

// rootRank puts first what makes other checks fail: an answer that does not come whole, or whose body is not
// what the page shows.
func rootRank(res Result) int {
	if res.Suite == "response" && (lastPart(res.ID) == "arrives" || lastPart(res.ID) == "body") {
		return 0
	}
	return 1
}

func levelRank(l Level) int {
	if l == Must {
		return 0
	}
	return 1
}

// causeOf is what failures of one cause have in common: the operation asked, what was wanted of it and what
// it did, ids and names aside.
func causeOf(res Result) string {
	actual := res.Actual
	if i := strings.IndexAny(actual, "{"); i > 0 {
		actual = actual[:i]
	}
	if res.Suite == "schema" || res.Suite == "accept" || res.Suite == "error" || res.Suite == "lifecycle" {
		return res.Operation + "|" + strings.Join(res.Expected, ",") + "|" + actual
	}
	return res.ID
}
