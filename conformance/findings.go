package conformance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// report puts the results together.
func (r *runner) report(checks []Check) *Report {
	out := &Report{Version: ReportVersion, Target: r.session.base, Control: r.control != nil, Seed: r.settings.seed,
		Strict: r.settings.strict, Started: r.started.UTC(), Took: Duration(time.Since(r.started)), Exchanges: r.session.count, Peak: r.ledger.peak,
		Contract:   ContractInfo{Title: r.c.Title, Version: r.c.Version, File: r.c.Name, SHA256: r.c.SHA256()},
		NotClaimed: []Claim{}, Choices: r.choices, Notes: r.notes, Leftovers: r.leftovers(), Results: r.results}
	if r.target.Serve != nil {
		out.Target = "in process"
	}
	stale := r.settings.baseline.apply(r.results)
	out.Notes = append(out.Notes, stale...)
	if out.Choices == nil {
		out.Choices = []Choice{}
	}
	if out.Notes == nil {
		out.Notes = []string{}
	}
	r.claims(out, checks)
	out.Counts = r.counts()
	out.Findings = r.findings()
	out.Coverage = r.coverage(checks)
	out.Verdict = r.verdict(out, checks, len(stale) > 0)
	return out
}

// The verdicts of a run.
const (
	Conforms = "conforms"
	Findings = "findings"
	Partial  = "partial"
)

// verdict sums up. Findings win over what could not be judged; a run that judged nothing is partial.
func (r *runner) verdict(out *Report, checks []Check, stale bool) string {
	if out.Counts.Failed > 0 || len(out.Leftovers) > 0 || stale {
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
		return cmp.Or(cmp.Compare(levelRank(a.Level), levelRank(b.Level)),
			cmp.Compare(slices.Index(telling, a.Suite), slices.Index(telling, b.Suite)), cmp.Compare(a.ID, b.ID))
	})
	out := []Finding{}
	if answer := r.session.everything(); answer != "" && len(failed) > 0 {
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

// coverage tells how much of the contract the run has seen.
func (r *runner) coverage(checks []Check) Coverage {
	c := Coverage{Parts: []CoveragePart{}, Transitions: []Transition{}}
	judged := map[string]Result{}
	for _, res := range r.results {
		judged[res.ID] = res
	}
	c.Parts = append(c.Parts, r.operationCoverage(), r.codeCoverage(judged))
	for _, kind := range []struct{ name, probe string }{{"rules", contract.ProbeRule}, {"parameters and members", contract.ProbeSchema}, {"boundaries and values", contract.ProbeAccept}, {"cells", contract.ProbeCell}} {
		c.Parts = append(c.Parts, r.probeCoverage(kind.name, kind.probe, judged))
	}
	if r.kind != nil {
		c.Parts = append(c.Parts, r.stateCoverage())
		c.Transitions = r.transitions()
		c.Parts = append(c.Parts, r.transitionCoverage(c.Transitions))
		c.Grid = r.grid(judged)
	}
	return c
}

func (r *runner) operationCoverage() CoveragePart {
	part := CoveragePart{Name: "operations", Left: []string{}}
	for _, op := range r.c.Operations() {
		if op.Effect == nil && op.Secured {
			continue
		}
		if op.Effect == nil {
			continue // of the token service, which is not on trial
		}
		part.Total++
		if r.seen.operations[op.ID] {
			part.Covered++
		} else {
			part.Left = append(part.Left, op.ID+": no check of this run sent it")
		}
	}
	return part
}

// codeCoverage counts the codes that can be provoked from outside.
func (r *runner) codeCoverage(judged map[string]Result) CoveragePart {
	part := CoveragePart{Name: "error codes", Left: []string{}}
	probed := r.c.ProbedErrors()
	for _, e := range r.c.Errors() {
		ids := probed[e.Ref]
		if len(ids) == 0 {
			continue
		}
		reason, takes, reached := "no check of this run provokes it", "", false
		for _, id := range ids {
			res, ok := judged[id]
			switch {
			case !ok:
			case res.Verdict == Pass:
				reached = true
			case res.Reason != "":
				reason, takes = res.Reason, res.Takes
			default:
				reason, takes = res.Verdict.String()+" in "+id, ""
			}
		}
		if !reached && takes != "" {
			part.Left = append(part.Left, e.Ref+": not reachable here; it takes "+takes)
			continue
		}
		part.Total++
		if reached {
			part.Covered++
		} else {
			part.Left = append(part.Left, e.Ref+": "+reason)
		}
	}
	return part
}

func (r *runner) probeCoverage(name, kind string, judged map[string]Result) CoveragePart {
	part := CoveragePart{Name: name, Left: []string{}}
	for _, p := range r.c.Probes() {
		if p.Kind != kind || p.Source.Basis == contract.Assumed {
			continue
		}
		res, ok := judged[p.ID]
		switch {
		case ok && (res.Verdict == Pass || res.Verdict == Fail):
			part.Total++
			part.Covered++
		case res.Takes != "":
			part.Left = append(part.Left, p.ID+": it takes "+res.Takes)
		case ok:
			part.Total++
			part.Left = append(part.Left, p.ID+": "+res.Reason)
		default:
			part.Total++
			part.Left = append(part.Left, p.ID+": not part of this run")
		}
	}
	return part
}

func (r *runner) stateCoverage() CoveragePart {
	part := CoveragePart{Name: "states", Left: []string{}}
	for _, s := range r.kind.Lifecycle.States {
		if s.Outside || s.Name == r.kind.Lifecycle.Gone {
			continue
		}
		part.Total++
		if r.seen.states[s.Name] {
			part.Covered++
		} else {
			part.Left = append(part.Left, s.Name+": never seen")
		}
	}
	return part
}

// transitions are the arrows of the table, with those that were walked.
func (r *runner) transitions() []Transition {
	var out []Transition
	add := func(from, on, to string, walked bool) {
		t := Transition{from, on, to, walked}
		if !slices.ContainsFunc(out, func(o Transition) bool { return o.From == from && o.To == to && o.On == on }) {
			out = append(out, t)
		}
	}
	lc := r.kind.Lifecycle
	for _, row := range lc.Rows {
		if row.Error != nil || row.Stays {
			continue
		}
		from := row.From
		if len(from) == 0 {
			from = []string{""}
		}
		for _, f := range from {
			next := row.Next(f)
			add(f, strings.Join(row.On, ", "), next, r.seen.transitions[[2]string{f, next}] || (f == "" && r.seen.states[next]) || (next == lc.Gone && r.seen.states[f] && r.seen.operations[row.On[0]]))
		}
	}
	for _, s := range lc.States {
		if p := lc.Passage(s.Name); p != nil {
			add(s.Name, "time", p.To, r.seen.transitions[[2]string{s.Name, p.To}])
			if p.Fails != nil {
				add(s.Name, "failure", p.Fails.To, r.seen.transitions[[2]string{s.Name, p.Fails.To}])
			}
		}
	}
	return out
}

func (r *runner) transitionCoverage(all []Transition) CoveragePart {
	part := CoveragePart{Name: "transitions", Left: []string{}}
	for _, t := range all {
		if s := r.kind.Lifecycle.State(t.From); s != nil && s.Outside {
			part.Left = append(part.Left, fmt.Sprintf("%s → %s (%s): nothing from outside leads to %s", t.From, t.To, t.On, t.From))
			continue
		}
		if part.Total++; t.Walked {
			part.Covered++
		} else {
			part.Left = append(part.Left, fmt.Sprintf("%s → %s (%s): not walked", cmp.Or(t.From, "nothing"), t.To, t.On))
		}
	}
	return part
}

// grid is the state × event table with the worst verdict of each cell.
func (r *runner) grid(judged map[string]Result) Grid {
	g := Grid{}
	for _, e := range r.kind.Events() {
		g.Events = append(g.Events, e.Name)
	}
	for _, s := range r.kind.Lifecycle.States {
		g.States = append(g.States, s.Name)
		row := make([]string, len(g.Events))
		for i, event := range g.Events {
			row[i] = cellOf(judged, r.kind.Name+"/"+s.Name+"/"+event)
		}
		g.Cells = append(g.Cells, row)
	}
	return g
}

// cellOf sums up the checks of one cell.
func cellOf(judged map[string]Result, prefix string) string {
	worst := ""
	for id, res := range judged {
		if id != prefix && !strings.HasPrefix(id, prefix+"/") {
			continue
		}
		now := res.Verdict.String()
		if res.Takes != "" {
			now = "unreachable"
		}
		order := []string{"", "unreachable", "pass", "skipped", "error", "fail"}
		if slices.Index(order, now) > slices.Index(order, worst) {
			worst = now
		}
	}
	if worst == "" {
		return "unchecked"
	}
	return worst
}
