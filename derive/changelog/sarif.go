package changelog

import (
	"io"

	"github.com/tallystick/tallystick/internal/sarif"
)

// WriteSARIF writes the changes as results: at the place in the new edition, with that in the old one beside it.
func (l *Changelog) WriteSARIF(w io.Writer) error {
	run := sarif.Run{Results: []sarif.Result{}, Properties: map[string]any{"old": l.Old, "new": l.New, "compared": l.Compared}}
	run.Tool.Driver = sarif.Driver{Name: "tally derive --between", Rules: []sarif.Rule{}}
	index := map[string]int{}
	for _, c := range l.Changes {
		at, known := index[c.Rule]
		if !known {
			at = len(index)
			index[c.Rule] = at
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarif.Rule{ID: c.Rule})
		}
		run.Results = append(run.Results, c.sarif(at))
	}
	return sarif.Write(w, run)
}

func (c *Change) sarif(index int) sarif.Result {
	text := c.operation() + ": " + c.Text + ". Old: " + c.Old.String() + ". New: " + c.New.String() + "."
	level := map[Level]string{Error: "error", Warning: "warning", Info: "note"}[c.Level]
	out := sarif.Result{RuleID: c.Rule, RuleIndex: index, Level: level, Message: sarif.Text{Text: text}}
	if places := c.New.locations(); len(places) > 0 {
		out.Locations, out.Related = places, c.Old.locations()
	} else {
		out.Locations = c.Old.locations() // what is gone can only be shown where it was
	}
	return out
}

func (s Side) locations() []sarif.Location {
	var out []sarif.Location
	for _, p := range s.Places {
		at := sarif.Location{Message: sarif.Text{Text: p.Text}}
		if p.File != "" {
			at.Physical = sarif.In(p.File, p.Line, 0)
		}
		out = append(out, at)
	}
	return out
}
