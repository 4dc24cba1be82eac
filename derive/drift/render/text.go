package render

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/derive/drift"
	"github.com/tallystick/tallystick/internal/safetext"
)

// Text writes the report for a terminal.
func Text(w io.Writer, r *drift.Report) error {
	t := &text{}
	t.head(r)
	t.findings(r)
	t.reasons(r)
	t.rest(r)
	t.line("\nwhat the pages are made of")
	if err := r.Coverage.WriteCounts(t); err != nil {
		return err
	}
	_, err := io.WriteString(w, t.String())
	return err
}

type text struct{ strings.Builder }

// line writes a line of which nothing acts on a terminal.
func (t *text) line(format string, args ...any) {
	t.WriteString(safetext.Text(fmt.Sprintf(format, args...)) + "\n")
}

func (t *text) head(r *drift.Report) {
	n := r.Rows
	t.line("%s: %d findings", r.Contract, len(r.Findings))
	t.line("%d of %d rows accounted for (%s): %d as stated, %d with a reason to deviate, %d left out for a reason, %d headings",
		n.Accounted(), n.All, share(n.Accounted(), n.All), n.Stated, n.Deviating, n.Left, n.Headings)
	for _, kind := range slices.Sorted(maps.Keys(r.ByKind)) {
		k := r.ByKind[kind]
		t.line("  %-15s %4d of %4d: %d stated, %d deviate, %d left out, %d headings", kind, k.Accounted(), k.All, k.Stated, k.Deviating, k.Left, k.Headings)
	}
	s := r.Sources
	t.line("%d operations; %d statements with %d sources: %d followed to table and row, %d to a text, %d of other editions; %d places whose limits no row has to state",
		r.Operations, s.Statements, s.Citations, s.Followed, s.Texts, s.Elsewhere, s.Unjudged)
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(r.Aspects)) {
		parts = append(parts, fmt.Sprintf("%d %s", r.Aspects[name], name))
	}
	t.line("compared: %s", strings.Join(parts, ", "))
}

func (t *text) findings(r *drift.Report) {
	for _, f := range r.Findings {
		t.line("\n%s: %s", f.Kind, f.Text)
		for _, part := range []struct{ name, text string }{{"page", f.Place}, {"contract", strings.TrimSpace(f.At + " " + f.Pointer)}, {"to do", f.Remedy}} {
			if part.text != "" {
				t.line("  %-9s %s", part.name+":", safetext.Line(part.text))
			}
		}
	}
}

func (t *text) reasons(r *drift.Report) {
	if len(r.Explained) > 0 {
		t.line("\ndeviations with a reason: %d", len(r.Explained))
	}
	for _, e := range r.Explained {
		t.line("  %s: %s: the pages say %s, the contract %s (%d places)", e.Pointer, e.Aspect, e.Says, e.Has, len(e.Places))
		t.line("    %s", safetext.Line(e.Reason))
	}
	if len(r.Left) > 0 {
		t.line("\nrows left out for a reason: %d", r.Rows.Left)
	}
	for _, l := range r.Left {
		t.line("  %s: %d rows: %s", tableOf(l), l.Found, strings.Join(l.Rows, ", "))
		t.line("    %s", safetext.Line(l.Reason))
	}
}

func tableOf(l drift.Left) string {
	name := l.Edition + " " + l.Page
	if l.Table > 0 {
		name += fmt.Sprintf(", table %d", l.Table)
	}
	return name
}

func (t *text) rest(r *drift.Report) {
	if len(r.NotCompared) > 0 {
		t.line("\nconstraints that were not understood, and not compared: %d", len(r.NotCompared))
	}
	for _, n := range r.NotCompared {
		t.line("  %s: %s: %s", n.Place, n.Kind, safetext.Line(n.Text))
	}
	if len(r.Contradictions) > 0 {
		t.line("\nthe pages contradict themselves: %d", len(r.Contradictions))
	}
	for _, c := range r.Contradictions {
		t.line("  %s: %s", c.Kind, safetext.Line(c.Text))
		for _, p := range c.Places {
			t.line("    %s", p)
		}
	}
}
