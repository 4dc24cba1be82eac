package contract

import (
	"reflect"
	"slices"
	"strings"
)

// checkLifecycle holds the table to itself: known states and events, no cell decided twice or not at
// all, no state that nothing reaches.
func (l *loader) checkLifecycle(rt *ResourceType, p place) {
	lc := rt.Lifecycle
	events, before := rt.eventNames(), len(l.doc.problems)
	for i, r := range lc.Rows {
		at := p.get("rows").items()[i]
		l.checkRow(rt, r, at, events)
	}
	l.checkStateNames(lc, p)
	if len(l.doc.problems) > before {
		return // what follows would only repeat it
	}
	if lc.Gone != "" {
		l.goneRows(rt)
	}
	if !slices.ContainsFunc(lc.Rows, func(r *Row) bool { return len(r.From) == 0 }) {
		p.get("rows").addf("no row creates the resource; write one on its create operation, without from")
		return
	}
	l.checkCells(rt, p)
	l.checkReach(rt, p)
}

func (l *loader) checkRow(rt *ResourceType, r *Row, at place, events []string) {
	lc := rt.Lifecycle
	creates := false
	for _, on := range r.On {
		op := l.c.Operation(on)
		create := op != nil && op.Effect != nil && op.Effect.Do == Create && op.Effect.Resource == rt
		creates = creates || create
		if !create && !slices.Contains(events, on) {
			at.get("on").addf("event %q is unknown; known are %s%s", on, strings.Join(events, ", "), suggest(on, events))
		}
	}
	if creates != (len(r.From) == 0) {
		at.addf("a row on a create has no from, every other row has one")
		return
	}
	from := r.From
	if creates {
		from = []string{""}
	}
	for _, state := range from {
		for _, on := range r.On {
			l.addToCell(lc, at, cell{state, on}, r)
		}
	}
	if r.Through != "" {
		l.addPassage(lc, at, r)
	}
}

func (l *loader) addToCell(lc *Lifecycle, at place, c cell, r *Row) {
	rows := lc.cells[c]
	for _, earlier := range rows {
		if earlier.When == "" || earlier.When == r.When {
			at.addf("ambiguous: %s in state %q is decided already by the row at line %d; take one out or give the earlier one a when", c.event, c.state, earlier.Position.Line)
			return
		}
	}
	lc.cells[c] = append(rows, r)
}

func (l *loader) addPassage(lc *Lifecycle, at place, r *Row) {
	passage := &Passage{r.To, r.Takes, r.Fails}
	if known := lc.passages[r.Through]; known != nil && !reflect.DeepEqual(known, passage) {
		at.get("through").addf("rows through %q disagree: this one ends in %q after %v, an earlier one in %q after %v",
			r.Through, passage.To, passage.Takes, known.To, known.Takes)
		return
	}
	lc.passages[r.Through] = passage
}

// checkStateNames reports every mention of a state that states does not define.
func (l *loader) checkStateNames(lc *Lifecycle, p place) {
	names := make([]string, len(lc.States))
	for i, s := range lc.States {
		names[i] = s.Name
	}
	check := func(at place) {
		if name := at.text(); at.exists() && !slices.Contains(names, name) {
			at.addf("state %q is not among states%s", name, suggest(name, names))
		}
	}
	for _, row := range append(p.get("rows").items(), p.get("default")) {
		for _, from := range row.get("from").items() {
			check(from)
		}
		for _, at := range append(row.get("also").items(), row) {
			check(at.get("through"))
			check(at.get("to"))
		}
		check(row.get("fails", "to"))
	}
	check(p.get("gone"))
	check(p.get("timer", "in"))
	for _, list := range append(p.get("shows").items(), p.get("queue")) {
		for _, at := range list.get("in").items() {
			check(at)
		}
	}
}

// goneRows decides the gone state: whatever is asked of it, the resource is missing.
func (l *loader) goneRows(rt *ResourceType) {
	for _, event := range rt.Events() {
		if event.Operation.Effect.Missing != nil {
			rt.Lifecycle.cells[cell{rt.Lifecycle.Gone, event.Name}] = []*Row{{
				On: []string{event.Name}, From: []string{rt.Lifecycle.Gone}, Error: event.Operation.Effect.Missing,
				Source: event.Operation.Effect.Missing.Source, Position: event.Operation.Position}}
		}
	}
}

func (l *loader) checkCells(rt *ResourceType, p place) {
	lc := rt.Lifecycle
	if lc.fallback != nil {
		return
	}
	for _, e := range rt.Events() {
		var open []string
		for _, s := range lc.States {
			rows := lc.Cell(s.Name, e.Name)
			if len(rows) == 0 || rows[len(rows)-1].When != "" {
				open = append(open, s.Name)
			}
		}
		if len(open) > 0 {
			p.get("rows").addf("nothing decides %s in %s; write a row without a when, or a default", e.Name, strings.Join(open, ", "))
		}
	}
}

// checkReach walks the table from its create rows.
func (l *loader) checkReach(rt *ResourceType, p place) {
	lc := rt.Lifecycle
	reached := map[string]bool{}
	var enter func(state string)
	enter = func(state string) {
		if state == "" || reached[state] {
			return
		}
		reached[state] = true
		if end := lc.passages[state]; end != nil {
			enter(end.To)
			if end.Fails != nil {
				enter(end.Fails.To)
			}
		}
		for _, r := range lc.Rows {
			if slices.Contains(r.From, state) && r.Error == nil {
				enter(r.Next(state))
			}
		}
	}
	for _, r := range lc.Rows {
		if len(r.From) == 0 && r.Error == nil {
			enter(r.Next(""))
		}
	}
	for _, s := range lc.States {
		at := p.get("states").get(s.Name)
		switch {
		case s.Outside && reached[s.Name]:
			at.addf("state %q is marked outside, yet rows lead to it", s.Name)
		case !s.Outside && !reached[s.Name]:
			at.addf("no row leads to state %q; mark it outside: true if something beyond this API does", s.Name)
		}
	}
}
