package changelog

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/internal/format"
)

var formats = format.Table[*Changelog]{
	{Name: "json", Write: func(w io.Writer, l *Changelog) error { return l.WriteJSON(w) }},
	{Name: "markdown", Write: func(w io.Writer, l *Changelog) error { return l.WriteMarkdown(w) }},
	{Name: "sarif", Write: func(w io.Writer, l *Changelog) error { return l.WriteSARIF(w) }},
	{Name: "text", Write: func(w io.Writer, l *Changelog) error { return l.WriteText(w) }},
}

// Formats are the names that Write takes.
func Formats() []string { return formats.Names() }

// Write writes the changelog in the named format, one of Formats.
func (l *Changelog) Write(name string, w io.Writer) error { return formats.Write(name, w, l) }

// WriteJSON writes all of it as one object.
func (l *Changelog) WriteJSON(w io.Writer) error { return format.JSON(w, l) }

// WriteText writes the changelog for people, all changes of it.
func (l *Changelog) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", l.headline())
	fmt.Fprintf(&b, "compared: %s\n", l.Compared)
	for _, e := range []*Edition{&l.Old, &l.New} {
		fmt.Fprintf(&b, "%s\n", clean(e.summary()))
		for _, s := range e.Coverage.Skipped {
			fmt.Fprintf(&b, "  skipped %s: %s\n", clean(s.File), s.Reason)
		}
	}
	fmt.Fprintf(&b, "understood, kept and failed by kind: %s\n", l.kinds())
	for title, changes := range l.groups() {
		fmt.Fprintf(&b, "\n%s\n", title)
		for _, c := range changes {
			fmt.Fprintf(&b, "  %-8s %s [%s]\n", c.mark(), c.Text, c.Rule)
			fmt.Fprintf(&b, "           old: %s\n           new: %s\n", c.Old, c.New)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// mark says what a change means, in one word.
func (c *Change) mark() string {
	switch c.Level {
	case Error:
		return "BREAKING"
	case Warning:
		return "RISKY"
	}
	return "info"
}

func (l *Changelog) headline() string {
	risky := 0
	for _, c := range l.Changes {
		if c.Level == Warning {
			risky++
		}
	}
	return fmt.Sprintf("%s to %s: %d changes, %d of them break clients or may (%d BREAKING, %d RISKY)",
		clean(l.Old.Name), clean(l.New.Name), len(l.Changes), l.Breaking, l.Breaking-risky, risky)
}

// String is the counts in one line.
func (c Compared) String() string {
	return fmt.Sprintf("%d operations, %d statements of them, %d rows, %d codes, %d examples", c.Operations, c.Statements, c.Rows, c.Codes, c.Examples)
}

func (e *Edition) summary() string {
	c := &e.Coverage
	return fmt.Sprintf("%s: %d pages, %d skipped, %d tables, %d rows, %d operations, %d codes, %d examples; cells %d understood, %d kept, %d failed, %d without a constraint",
		e.Name, c.Pages, len(c.Skipped), total(c.Tables), total(c.Rows), c.Operations, c.Codes, total(c.Examples), c.Cells.Understood, c.Cells.Kept, c.Cells.Failed, c.Cells.Plain)
}

func total(counts map[string]int) int {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}

// kinds are the statements of both editions by kind: enum 3/0/0 and 5/1/0.
func (l *Changelog) kinds() string {
	all := map[string]bool{}
	for _, e := range []*Edition{&l.Old, &l.New} {
		for kind := range e.Coverage.Kinds {
			all[kind] = true
		}
	}
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		a, b := l.Old.Coverage.Kinds[kind], l.New.Coverage.Kinds[kind]
		parts = append(parts, fmt.Sprintf("%s %d/%d/%d and %d/%d/%d", kind, a.Understood, a.Kept, a.Failed, b.Understood, b.Kept, b.Failed))
	}
	return strings.Join(parts, ", ")
}

// groups are the changes by operation, in their order.
func (l *Changelog) groups() func(func(string, []Change) bool) {
	return func(yield func(string, []Change) bool) {
		for i := 0; i < len(l.Changes); {
			first, end := &l.Changes[i], i+1
			for end < len(l.Changes) && l.Changes[end].Method == first.Method && operationKey("", l.Changes[end].Path) == operationKey("", first.Path) {
				end++
			}
			if !yield(first.operation(), l.Changes[i:end]) {
				return
			}
			i = end
		}
	}
}

func (c *Change) operation() string {
	if c.Method == "" {
		return "error catalogue"
	}
	return clean(c.Method + " " + c.Path)
}

// String is the places in one line.
func (s Side) String() string {
	var texts []string
	for _, p := range s.Places {
		texts = append(texts, p.Text)
	}
	switch {
	case len(texts) == 0:
		return "nothing of the kind"
	case !s.Stated:
		return "not in " + strings.Join(texts, "; ")
	}
	return strings.Join(texts, "; ")
}

// WriteMarkdown writes the changelog as a document: a table for each operation.
func (l *Changelog) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Changelog: %s to %s\n\n%s.\n\n", md(l.Old.Name), md(l.New.Name), md(l.headline()))
	fmt.Fprintf(&b, "Compared: %s.\n\n", l.Compared)
	for _, e := range []*Edition{&l.Old, &l.New} {
		fmt.Fprintf(&b, "- %s\n", md(e.summary()))
	}
	fmt.Fprintf(&b, "- Understood, kept and failed by kind: %s\n", md(l.kinds()))
	for title, changes := range l.groups() {
		fmt.Fprintf(&b, "\n## %s\n\n| | change | old | new |\n|---|---|---|---|\n", md(title))
		for _, c := range changes {
			mark := c.mark()
			if c.Breaking {
				mark = "**" + mark + "**"
			}
			fmt.Fprintf(&b, "| %s | %s (%s) | %s | %s |\n", mark, md(c.Text), md(c.Rule), md(c.Old.String()), md(c.New.String()))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var markdown = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, "|", `\|`, "~", `\~`, "&", `\&`, "!", `\!`)

// md makes what pages say plain text of Markdown.
func md(text string) string { return markdown.Replace(clean(text)) }
