package conformance

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// coverage tells how much of the contract the run has seen.
func (r *runner) coverage() Coverage {
	c := Coverage{Parts: []CoveragePart{}, Transitions: []Transition{}}
	judged := map[string]Result{}
	for _, res := range r.results {
		judged[res.ID] = res
	}
	c.Parts = append(c.Parts, r.operationCoverage(), r.statusCoverage(judged), r.codeCoverage(judged))
	for _, kind := range []struct {
		name string
		of   func(contract.Probe) bool
	}{
		{"rules", func(p contract.Probe) bool { return p.Kind == contract.ProbeRule }},
		{"parameters and members", func(p contract.Probe) bool { return p.Kind == contract.ProbeSchema }},
		{"enumeration values", enumerated},
		{"boundaries", func(p contract.Probe) bool { return p.Kind == contract.ProbeAccept && !enumerated(p) }},
		{"cells", func(p contract.Probe) bool { return p.Kind == contract.ProbeCell }},
	} {
		c.Parts = append(c.Parts, r.probeCoverage(kind.name, kind.of, judged))
	}
	c.Parts = append(c.Parts, r.tableCoverage(judged))
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

// unreachable stands between a thing that does not count and what it would take.
const unreachable = ": not reachable here; it takes "

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
			case r.seen.answered[e.Ref]:
				reached = true
			case res.Verdict == Pass:
				reason, takes = "the target takes another answer that conforms, in "+id, ""
			case res.Reason != "":
				reason, takes = res.Reason, res.Takes
			default:
				reason, takes = res.Verdict.String()+" in "+id, ""
			}
		}
		if !reached && takes != "" {
			part.Left = append(part.Left, e.Ref+unreachable+takes)
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

// enumerated tells whether a probe sends a value of an enumeration, which must be accepted.
func enumerated(p contract.Probe) bool {
	return p.Kind == contract.ProbeAccept && strings.Contains(p.ID, "/enum/")
}

// statusCoverage counts the statuses that an operation documents and that came back. Those with which no
// probe ends are not within reach.
func (r *runner) statusCoverage(judged map[string]Result) CoveragePart {
	part := CoveragePart{Name: "statuses", Left: []string{}}
	outside := map[int][]string{} // operations by status
	within, takes := map[string]bool{}, map[string]string{}
	for _, p := range r.c.Probes() {
		if p.Operation == nil || p.Operation.Effect == nil || !p.Refuses() || p.Source.Basis == contract.Assumed {
			continue
		}
		key := p.Operation.ID + " " + strconv.Itoa(p.Refusals[0].Error.Status)
		if claim := judged[p.ID].Takes; claim != "" {
			takes[key] = claim
		} else {
			within[key] = true
		}
	}
	for _, op := range r.c.Operations() {
		for _, response := range op.Responses {
			key := op.ID + " " + strconv.Itoa(response.Status)
			switch {
			case op.Effect == nil || response.Status == 0 || (response.Status < 300 && response != op.Success() && !r.seen.statuses[key]):
			case r.seen.statuses[key]:
				part.Total, part.Covered = part.Total+1, part.Covered+1
			case response == op.Success() || within[key]:
				part.Total, part.Left = part.Total+1, append(part.Left, key+": did not come back")
			case takes[key] != "":
				part.Left = append(part.Left, key+unreachable+takes[key])
			default:
				outside[response.Status] = append(outside[response.Status], op.ID)
			}
		}
	}
	for _, status := range slices.Sorted(maps.Keys(outside)) {
		part.Left = append(part.Left, fmt.Sprintf("%d: nothing from outside leads to it, of %s", status, strings.Join(outside[status], ", ")))
	}
	return part
}

// tableCoverage counts the tables of the documentation of which something was judged: by a check that cites
// the table, or, for a table of an answer's members, by holding bodies to their schema.
func (r *runner) tableCoverage(judged map[string]Result) CoveragePart {
	part := CoveragePart{Name: "documentation tables", Left: []string{}}
	covered, planned, left := map[contract.Citation]bool{}, map[contract.Citation]bool{}, map[contract.Citation]string{}
	note := func(id string, tables []contract.Citation) {
		res, ok := judged[id]
		for _, table := range tables {
			at := table.Whole()
			planned[at] = true
			covered[at] = covered[at] || (ok && wasJudged(res))
			left[at] = cmp.Or(left[at], res.Takes, res.Reason)
		}
	}
	for _, c := range r.plan() { // all of it, so that the total is the same for every filter
		note(c.ID, c.Source.At)
	}
	for _, op := range r.c.Operations() {
		note(op.ID+"/response/body", op.Tables())
	}
	for _, table := range r.c.Tables() {
		switch {
		case covered[table]:
			part.Total, part.Covered = part.Total+1, part.Covered+1
		case planned[table]:
			part.Total, part.Left = part.Total+1, append(part.Left, table.String()+": "+cmp.Or(left[table], "no check about it was part of this run"))
		default:
			part.Left = append(part.Left, table.String()+": it says nothing that can be judged from outside")
		}
	}
	return part
}

// wasJudged tells whether a check came to a verdict about the target.
func wasJudged(res Result) bool { return res.Verdict == Pass || res.Verdict == Fail }

func (r *runner) probeCoverage(name string, of func(contract.Probe) bool, judged map[string]Result) CoveragePart {
	part := CoveragePart{Name: name, Left: []string{}}
	for _, p := range r.c.Probes() {
		if !of(p) || p.Source.Basis == contract.Assumed {
			continue
		}
		res, ok := judged[p.ID]
		switch {
		case ok && wasJudged(res):
			part.Total++
			part.Covered++
		case res.Takes != "":
			part.Left = append(part.Left, p.ID+unreachable+res.Takes)
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
	lc := r.kind.Lifecycle
	for _, t := range lc.Ways() {
		walked := r.seen.transitions[[2]string{t.From, t.To}]
		if t.Row != nil {
			walked = walked || (t.From == "" && r.seen.states[t.To]) || (t.To == lc.Gone && r.seen.states[t.From] && r.seen.operations[t.Row.On[0]])
		}
		out = append(out, Transition{t.From, t.On, t.To, walked})
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
