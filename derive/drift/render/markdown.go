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

// Markdown writes the report for a step summary or a comment.
func Markdown(w io.Writer, r *drift.Report) error {
	m := &markdown{}
	n := r.Rows
	m.block("# Contract and pages\n\n%s of %d rows are accounted for; **%d findings**.", safetext.Markdown(share(n.Accounted(), n.All)), n.All, len(r.Findings))
	m.counts(r)
	m.findings(r)
	m.reasons(r)
	m.rest(r)
	m.coverage(r)
	_, err := io.WriteString(w, m.String())
	return err
}

type markdown struct{ strings.Builder }

func (m *markdown) block(format string, args ...any) { fmt.Fprintf(&m.Builder, format+"\n\n", args...) }

// table writes rows of cells; nothing for none.
func (m *markdown) table(title string, head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	m.block("## %s", title)
	fmt.Fprintf(&m.Builder, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, row := range rows {
		for i := range row {
			row[i] = safetext.Markdown(row[i])
		}
		fmt.Fprintf(&m.Builder, "| %s |\n", strings.Join(row, " | "))
	}
	m.WriteString("\n")
}

func (m *markdown) counts(r *drift.Report) {
	var rows [][]string
	line := func(name string, n drift.Rows) {
		row := []string{name}
		for _, count := range []int{n.All, n.Stated, n.Deviating, n.Left, n.Headings, n.Findings} {
			row = append(row, fmt.Sprint(count))
		}
		rows = append(rows, row)
	}
	for _, kind := range slices.Sorted(maps.Keys(r.ByKind)) {
		line(kind, r.ByKind[kind])
	}
	line("all", r.Rows)
	m.table("Rows", []string{"tables", "rows", "as stated", "deviate", "left out", "headings", "findings"}, rows)
	s := r.Sources
	m.block("%d operations; %d statements with %d sources: %d followed to table and row, %d to a text, %d of other editions; %d places whose limits no row has to state.",
		r.Operations, s.Statements, s.Citations, s.Followed, s.Texts, s.Elsewhere, s.Unjudged)
}

func (m *markdown) findings(r *drift.Report) {
	var rows [][]string
	for _, f := range r.Findings {
		rows = append(rows, []string{string(f.Kind), f.Place, strings.TrimSpace(f.At + " " + f.Pointer), f.Text, f.Remedy})
	}
	m.table("Findings", []string{"kind", "page", "contract", "what", "to do"}, rows)
}

func (m *markdown) reasons(r *drift.Report) {
	var rows [][]string
	for _, e := range r.Explained {
		rows = append(rows, []string{e.Pointer, e.Aspect, e.Says, e.Has, e.Reason})
	}
	m.table("Deviations with a reason", []string{"place", "aspect", "the pages say", "the contract says", "reason"}, rows)
	rows = nil
	for _, l := range r.Left {
		rows = append(rows, []string{tableOf(l), fmt.Sprint(l.Found), strings.Join(l.Rows, ", "), l.Reason})
	}
	m.table("Rows left out for a reason", []string{"table", "rows", "which", "reason"}, rows)
}

func (m *markdown) rest(r *drift.Report) {
	var rows [][]string
	for _, n := range r.NotCompared {
		rows = append(rows, []string{n.Place, n.Kind, n.Text})
	}
	m.table("Not understood, and not compared", []string{"page", "kind", "text"}, rows)
	rows = nil
	for _, c := range r.Contradictions {
		rows = append(rows, []string{string(c.Kind), c.Text, strings.Join(c.Places, "; ")})
	}
	m.table("The pages contradict themselves", []string{"kind", "what", "places"}, rows)
}

func (m *markdown) coverage(r *drift.Report) {
	c := r.Coverage
	m.table("Coverage", []string{"what", "how many"}, [][]string{
		{"pages", fmt.Sprint(c.Pages)}, {"pages without use", fmt.Sprint(len(c.Skipped))},
		{"cells understood", fmt.Sprint(c.Cells.Understood)}, {"cells kept as they stand", fmt.Sprint(c.Cells.Kept)},
		{"cells not read", fmt.Sprint(c.Cells.Failed)}, {"cells without a constraint", fmt.Sprint(c.Cells.Plain)},
	})
}
