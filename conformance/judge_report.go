package conformance

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// recordedCheck is a check whose verdict has been gathered while the recording was read.
func recordedCheck(c Check, about, name string) Check {
	c.Suite = "recording"
	c.run = func(t *trial) error {
		if t.oracle.aspect(about, name).seen == 0 {
			return notClaimed{"a recording in which that comes up"}
		}
		return t.verdictOf(about, name)
	}
	return c
}

// checks are all that a recording can be judged by.
func (j *judge) checks() []Check {
	var out []Check
	for _, op := range j.c.Operations() {
		if !telling(op) {
			continue
		}
		base := Check{Operation: op.ID, Level: Must, Source: op.Source, Position: op.Position}
		add := func(name, requirement string, level Level) {
			c := base
			c.ID, c.Requirement, c.Level = op.ID+"/"+name, requirement, level
			out = append(out, recordedCheck(c, op.ID, name))
		}
		for _, a := range aspects {
			c := base
			c.ID, c.Requirement = op.ID+"/response/"+a.name, a.requirement
			if a.name == "arrives" { // who broke it off, a recording does not tell
				c.Level = Should
			}
			out = append(out, recordedCheck(c, op.ID, a.name))
		}
		if op.Effect == nil {
			continue
		}
		add("refusal/code", "a refusal has a code that the contract gives for such a request", Must)
		add("refusal/due/"+string(Must), "what the contract refuses for what it says itself is not accepted", Must)
		add("refusal/due/"+string(Should), "what the contract is inferred to refuse for what it says itself is not accepted", Should)
		switch op.Effect.Do {
		case contract.List:
			add("list/total", "the total is at least what the page has", Must)
			add("list/limit", "a page has at most as many as its limit", Must)
			add("list/order", "a list is in the order that was asked for", Must)
			add("list/filter", "a filter keeps nothing that does not match", Must)
		case contract.Create, contract.Update:
			if op.Effect.Resource == j.kind {
				add("kept", "the answer shows every member as it was sent", Must)
			}
		}
	}
	return append(out, j.lifeChecks()...)
}

// lifeChecks are about what a recording shows of a resource over time, and about all operations together.
func (j *judge) lifeChecks() []Check {
	text := Check{ID: "error/text", Level: Should, Position: contract.Position{File: j.c.Name}, Source: contract.Source{Basis: contract.Inferred},
		Requirement: "the message of an error is that of the catalogue, with its placeholders filled"}
	out := []Check{recordedCheck(text, "error", "text")}
	if j.kind == nil {
		return out
	}
	for _, c := range []struct{ name, requirement string }{
		{"path/legal", "every change of state that is seen is a path of the table"},
		{"path/accepted", "what is accepted is allowed in the state"},
		{"path/refused", "a refusal for the state is one of that state"},
		{"path/previous", "a transition tells the state before it"},
		{"created-never-moves", "the time of creation never changes"},
		{"updated-moves-with-updates", "the time of the latest change changes only with an update"},
		{"keeps-itself", "get, list and later answers show the same as long as nothing changes it"},
		{"not-lost", "what has been shown is known to every operation until it is deleted"},
		{"deleted", "what is deleted is gone from get, list and every operation"},
	} {
		check := Check{ID: j.kind.Name + "/" + c.name, Level: Must, Requirement: c.requirement, Position: contract.Position{File: j.c.Name},
			Source: contract.Source{Basis: contract.Documented}}
		out = append(out, recordedCheck(check, j.kind.Name, c.name))
	}
	return out
}

// filtered are the checks that the options leave.
func filtered(all []Check, s settings) ([]Check, error) {
	matches := func(patterns []string) func(Check) bool {
		return func(c Check) bool { return slices.ContainsFunc(patterns, c.matches) }
	}
	for _, pattern := range slices.Concat(s.include, s.exclude) {
		if !slices.ContainsFunc(all, matches([]string{pattern})) {
			return nil, usage("pattern %q matches none of %s", pattern, plural(len(all), "check"))
		}
	}
	out := slices.DeleteFunc(all, func(c Check) bool {
		return (len(s.include) > 0 && !matches(s.include)(c)) || matches(s.exclude)(c)
	})
	if len(out) == 0 {
		return nil, usage("nothing is left to check: the filters exclude everything")
	}
	return out, nil
}

// conclude makes results of what was gathered.
func (j *judge) conclude(ctx context.Context, checks []Check) {
	for i := range checks {
		res := j.try(context.WithoutCancel(ctx), &checks[i])
		if res.Rerun != "" {
			res.Rerun = fmt.Sprintf("tally judge %s --include '%s'", strings.Join(j.files, " "), res.ID)
		}
		j.results = append(j.results, res)
	}
}

// report puts the results together.
func (j *judge) report(checks []Check) *Report {
	out := &Report{Version: ReportVersion, Target: "a recording", Seed: j.settings.seed, Strict: j.settings.strict,
		Started: j.began.UTC(), Took: Duration(max(0, j.ended.Sub(j.began))), Exchanges: j.judged,
		Contract:   ContractInfo{Title: j.c.Title, Version: j.c.Version, File: j.c.Name, SHA256: j.c.SHA256()},
		NotClaimed: []Claim{}, Choices: []Choice{}, Leftovers: []string{}, Notes: j.notes, Results: j.results}
	stale := j.settings.baseline.apply(j.results, nil)
	out.Wrong = stale
	out.Notes = append(out.Notes, j.remarks()...)
	if out.Notes == nil {
		out.Notes = []string{}
	}
	j.claims(out, checks)
	out.Counts, out.Findings, out.Coverage = j.counts(), j.findings(), j.coverage()
	switch {
	case out.Counts.Failed > 0 || len(stale) > 0:
		out.Verdict = Findings
	case len(j.unreadable) > 0 || len(j.unanswered) > 0 || len(j.withheld) > 0 || j.adrift > 0 || out.Counts.Passed == 0 || out.Counts.Errors > 0:
		out.Verdict = Partial
	default:
		out.Verdict = Conforms
	}
	return out
}

// remarks say what of the recording was not judged, or not by everything.
func (j *judge) remarks() []string {
	var out []string
	add := func(n int, noun, one, many string) {
		if n == 1 {
			out = append(out, "1 "+noun+" "+one)
		} else if n > 1 {
			out = append(out, plural(n, noun)+" "+many)
		}
	}
	add(j.foreign, "exchange", "belongs to no operation of the contract and was not judged", "belong to no operation of the contract and were not judged")
	add(j.forced, "exchange", "not judged: forced, as the recording says: its answer is not the service's own",
		"not judged: forced, as the recording says: their answers are not the service's own")
	add(j.moved, "change", "of a resource not judged: forced from outside the service, as the recording says",
		"of resources not judged: forced from outside the service, as the recording says")
	add(j.placed, "exchange", "does not say when it was or how long it took; its place in the file was taken for its order",
		"do not say when they were or how long they took; their places in the file were taken for their order")
	add(j.adrift, "exchange", "does not say when it was or how long it took, nor does the file tell, so nothing was judged that depends on its order",
		"do not say when they were or how long they took, nor does the file tell, so nothing was judged that depends on their order")
	add(j.unasked, "exchange", "has only a part of its request in the recording; what the answer should be to that was not judged",
		"have only a part of their request in the recording; what the answer should be to that was not judged")
	if j.forgot > 0 {
		out = append(out, fmt.Sprintf("the recording is so large that %s could not be compared with later ones", plural(j.forgot, "answer")))
	}
	return slices.Concat(out, namedNotes("not used: ", j.unreadable), namedNotes("not judged: ", j.unanswered), namedNotes("not judged as a whole: ", j.withheld),
		namedNotes("not judged as a whole: ", j.cutShort))
}

// maxNamed is how many notes of one kind name an exchange each.
const maxNamed = 20

func namedNotes(prefix string, all []string) []string {
	var out []string
	for i, text := range all {
		if i == maxNamed {
			return append(out, fmt.Sprintf("%s%d more", prefix, len(all)-i))
		}
		out = append(out, prefix+text)
	}
	return out
}

// coverage tells how much of the contract the recording shows.
func (j *judge) coverage() Coverage {
	c := Coverage{Parts: []CoveragePart{j.operationCoverage(), j.answeredStatuses(), j.answeredCodes()}, Transitions: []Transition{}}
	for i, text := range c.Parts[0].Left {
		c.Parts[0].Left[i], _, _ = strings.Cut(text, ":")
	}
	if j.kind != nil {
		c.Transitions = j.transitions()
		c.Parts = append(c.Parts, j.stateCoverage(), j.transitionCoverage(c.Transitions))
		c.Grid = j.shownGrid()
	}
	return c
}

// answeredStatuses counts the documented statuses of each operation that were answered.
func (j *judge) answeredStatuses() CoveragePart {
	part := CoveragePart{Name: "statuses", Left: []string{}}
	for _, op := range j.c.Operations() {
		for _, response := range op.Responses {
			if op.Effect == nil || response.Status == 0 {
				continue
			}
			thing := op.ID + " " + strconv.Itoa(response.Status)
			if part.Total++; j.seen.statuses[thing] {
				part.Covered++
			} else {
				part.Left = append(part.Left, thing+": never answered")
			}
		}
	}
	return part
}

// answeredCodes counts the codes that can be provoked and were answered.
func (j *judge) answeredCodes() CoveragePart {
	part := CoveragePart{Name: "error codes", Left: []string{}}
	known := map[string]bool{}
	probed := j.c.ProbedErrors()
	for _, e := range j.c.Errors() {
		if known[e.Code] || len(probed[e.Ref]) == 0 {
			continue
		}
		known[e.Code] = true
		if part.Total++; j.seen.answered[e.Code] {
			part.Covered++
		} else {
			part.Left = append(part.Left, e.Code+": never answered")
		}
	}
	return part
}

// shownGrid is the state × event table: a cell that the recording shows passes, or fails.
func (j *judge) shownGrid() Grid {
	g := Grid{}
	for _, e := range j.kind.Events() {
		g.Events = append(g.Events, e.Name)
	}
	for _, s := range j.kind.Lifecycle.States {
		g.States = append(g.States, s.Name)
		row := make([]string, len(g.Events))
		for i, name := range g.Events {
			row[i] = "unchecked"
			if v, ok := j.seen.things["cell "+s.Name+"/"+name]; ok {
				row[i] = v.String()
			}
		}
		g.Cells = append(g.Cells, row)
	}
	return g
}
