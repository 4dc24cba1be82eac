package conformance

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// Part is the report of one shard, and what messages call it, such as the name of its file.
type Part struct {
	Name   string
	Report *Report
}

// Merge makes one report of the reports of all shards of a run: what a run that was not split would have said of
// the same target. Times and exchanges are added up; a part that ended early leaves the whole partial, unless there
// are findings. The parts may come in any order, and are not changed. An error is ErrUsage, and says which shards
// are missing or there twice, or in what the parts differ that must be the same.
func Merge(c *contract.Contract, parts []Part) (*Report, error) {
	parts = slices.Clone(parts)
	if err := soundParts(c, parts); err != nil {
		return nil, err
	}
	m, err := newMerge(c, parts)
	if err != nil {
		return nil, err
	}
	defer m.close()
	if err := m.gather(); err != nil {
		return nil, err
	}
	return m.report(), nil
}

// merge puts parts together, ordered by their index.
type merge struct {
	*runner
	parts  []Part
	checks []Check // of the whole run
	ended  bool    // a part ended early
}

func newMerge(c *contract.Contract, parts []Part) (*merge, error) {
	first := parts[0].Report
	on := first.Shard.Conditions
	r, err := newRunner(c, Target{Serve: http.NotFoundHandler(), First: Credentials{Project: on.Project}},
		[]Option{WithSeed(first.Seed), WithStrict(first.Strict), WithFilter(on.Include, on.Exclude), WithReadOnly(on.ReadOnly)})
	if err != nil {
		return nil, err
	}
	m := &merge{runner: r, parts: parts}
	if m.checks, err = r.selected(); err != nil {
		return nil, err
	}
	if planSum(m.checks) != first.Shard.Plan {
		return nil, usage("%s: its run was to make other checks than this program would, of the same contract; merge with the program that made the parts (%s)",
			parts[0].Name, cmp.Or(first.Shard.Program, "version unknown"))
	}
	if len(on.Baseline) > 0 {
		r.settings.baseline = &Baseline{Known: on.Baseline}
	}
	return m, nil
}

// gather puts the results of the parts in the order of the plan, and joins what they have seen.
func (m *merge) gather() error {
	byID := map[string][]held{}
	for _, p := range m.parts {
		m.ended = m.ended || p.Report.Counts.Planned > len(p.Report.Results)
		m.seen.join(p.Report.Shard.Seen.of())
		for i := range p.Report.Results {
			res := &p.Report.Results[i]
			byID[res.ID] = append(byID[res.ID], held{p, res})
		}
	}
	for i := range m.checks {
		check := &m.checks[i]
		all := byID[check.ID]
		delete(byID, check.ID)
		switch {
		case len(all) == 1, len(all) > 1 && check.gathers():
			m.results = append(m.results, joined(all))
		case len(all) > 1:
			return usage("check %s is in %s and in %s; they are not parts of one run", check.ID, all[0].part.Name, all[1].part.Name)
		case check.gathers() && !m.ended:
			m.results = append(m.results, m.try(context.Background(), check)) // nothing was seen: it says what it always does
		default:
			m.ended = true
		}
	}
	for _, id := range sortedKeys(byID) {
		return usage("%s: there is no check %s in this run", byID[id][0].part.Name, id)
	}
	return nil
}

// held is a result with the part that has it.
type held struct {
	part Part
	*Result
}

// joined is one result of those that the shards have of one check: the worst, where any of them was judged. What
// a baseline has said is said anew.
func joined(all []held) Result {
	worth := func(h held) int {
		switch {
		case h.Verdict == Skipped && !h.Excused:
			return 0
		case h.Verdict == Skipped:
			return 1
		case h.Verdict == Pass:
			return 2
		}
		return 3 + slices.Index([]Verdict{Errored, Fail}, h.Verdict)
	}
	best, seen, took := all[0], 0, Duration(0)
	for _, h := range all {
		if worth(h) > worth(best) {
			best = h
		}
		seen, took = seen+h.Opportunities, took+h.Took
	}
	out := *best.Result
	out.Opportunities, out.Took, out.Known = seen, took, ""
	return out
}

// report puts everything together, as a run does.
func (m *merge) report() *Report {
	first := m.parts[0].Report
	out := &Report{Version: ReportVersion, Contract: first.Contract, Target: first.Target, Seed: first.Seed, Strict: first.Strict,
		Started: first.Started, NotClaimed: []Claim{}, Choices: []Choice{}, Notes: m.merged(), Leftovers: []string{}, Results: m.results}
	m.session.gone = true // as long as no part blames the target for what is left
	latest := time.Time{}
	for _, p := range m.parts {
		m.add(out, p.Report)
		if p.Report.Started.After(latest) {
			latest = p.Report.Started
		}
	}
	m.order(out.Choices)
	if m.settings.baseline != nil {
		m.settings.baseline.now = latest
		out.Wrong = append(out.Wrong, m.settings.baseline.apply(m.results, m.plan())...)
	}
	m.same = m.oneAnswer()
	m.claims(out, m.checks)
	out.Counts, out.Findings, out.Coverage = m.counts(), m.findings(), m.coverage()
	out.Counts.Planned = len(m.checks)
	out.Verdict = m.verdict(out, m.checks, len(out.Wrong) > 0)
	if m.ended && out.Verdict == Conforms {
		out.Verdict = Partial
	}
	return out
}

// add adds up what a part has besides its results. Of what fails it besides its checks, the entries of the baseline
// are told anew.
func (m *merge) add(out, part *Report) {
	out.Control = out.Control || part.Control
	out.Took += part.Took
	out.Exchanges += part.Exchanges
	out.Peak = max(out.Peak, part.Peak)
	out.Choices = append(out.Choices, part.Choices...)
	out.Leftovers = append(out.Leftovers, part.Leftovers...)
	if part.Started.Before(out.Started) {
		out.Started = part.Started
	}
	if len(part.Leftovers) > 0 && part.Verdict == Findings {
		m.session.gone = false
	}
	for _, text := range part.Wrong {
		if !strings.HasPrefix(text, ofBaseline) {
			out.Wrong = append(out.Wrong, text)
		}
	}
}

// order puts choices in the order of the plan.
func (m *merge) order(choices []Choice) {
	places := map[string]int{}
	for i := range m.checks {
		places[m.checks[i].ID] = i
	}
	slices.SortStableFunc(choices, func(a, b Choice) int { return places[a.Check] - places[b.Check] })
}

// merged are the notes: what all parts say once, and what one says with its number.
func (m *merge) merged() []string {
	said := map[string]int{}
	for _, p := range m.parts {
		for _, note := range p.Report.Notes {
			said[note]++
		}
	}
	out, told := []string{fmt.Sprintf("put together from %s; times and exchanges are theirs added up", plural(len(m.parts), "shard"))}, map[string]bool{}
	for _, p := range m.parts {
		for _, note := range p.Report.Notes {
			if said[note] < len(m.parts) {
				note = fmt.Sprintf("shard %d/%d: %s", p.Report.Shard.Index, p.Report.Shard.Of, note)
			}
			if !told[note] {
				told[note] = true
				out = append(out, note)
			}
		}
	}
	return out
}

// oneAnswer is the one answer that all parts got to everything; "" when some got another.
func (m *merge) oneAnswer() string {
	same := m.parts[0].Report.Shard.Same
	for _, p := range m.parts {
		if p.Report.Shard.Same != same {
			return ""
		}
	}
	return same
}
