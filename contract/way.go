package contract

import (
	"slices"
	"strings"
)

// What ends a transient state, as a Way names it beside the events of rows.
const (
	ByPassing = "time"    // it is over
	ByFailing = "failure" // it has failed
)

// Way leads from one state to another.
type Way struct {
	From string // "" for a create
	On   string // the events of a row, with commas between; ByPassing or ByFailing
	To   string
	Row  *Row // nil for the end of a transient state
}

// Ways lists the ways that the table has, each once: those of its rows in their order, then the ends of
// the transient states. What is refused and what stays is no way.
func (l *Lifecycle) Ways() []Way {
	var out []Way
	add := func(t Way) {
		if !slices.ContainsFunc(out, func(o Way) bool { return o.From == t.From && o.To == t.To && o.On == t.On }) {
			out = append(out, t)
		}
	}
	for _, row := range l.Rows {
		if row.Error != nil || row.Stays {
			continue
		}
		from := row.From
		if len(from) == 0 {
			from = []string{""}
		}
		for _, f := range from {
			add(Way{f, strings.Join(row.On, ", "), row.Next(f), row})
		}
	}
	for _, s := range l.States {
		if p := l.Passage(s.Name); p != nil {
			add(Way{From: s.Name, On: ByPassing, To: p.To})
			if p.Fails != nil {
				add(Way{From: s.Name, On: ByFailing, To: p.Fails.To})
			}
		}
	}
	return out
}

// Fails tells whether a transient state that fails ends in this one.
func (l *Lifecycle) Fails(state string) bool {
	return slices.ContainsFunc(l.Rows, func(r *Row) bool { return r.Fails != nil && r.Fails.To == state })
}
