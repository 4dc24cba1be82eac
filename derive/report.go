package derive

import (
	"fmt"
	"io"
	"strings"
)

// maxListed bounds what the text lists of each kind; the JSON has all.
const maxListed = 20

// WriteText writes the coverage for people.
func (c *Coverage) WriteText(w io.Writer) error {
	var b strings.Builder
	c.counts(&b)
	listed(&b, "findings", c.Findings)
	listed(&b, "constraints kept as they stand", c.Kept)
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteCounts writes the figures of WriteText without what they count.
func (c *Coverage) WriteCounts(w io.Writer) error {
	var b strings.Builder
	c.counts(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (c *Coverage) counts(b *strings.Builder) {
	fmt.Fprintf(b, "%d pages read, %d skipped\n", c.Pages, len(c.Skipped))
	for _, s := range c.Skipped {
		fmt.Fprintf(b, "  skipped %s: %s\n", s.File, s.Reason)
	}
	if c.Operations > 0 { // only a draft knows
		fmt.Fprintf(b, "%d operations, %d parameters, %d schemas, %d codes, %d drafts of rules\n", c.Operations, c.Parameters, c.Schemas, c.Codes, c.Conditions)
	}
	fmt.Fprintf(b, "tables  %s\n", counted(c.Tables))
	fmt.Fprintf(b, "rows    %s\n", counted(c.Rows))
	fmt.Fprintf(b, "cells   %d understood, %d kept, %d failed, %d without a constraint\n", c.Cells.Understood, c.Cells.Kept, c.Cells.Failed, c.Cells.Plain)
	fmt.Fprintf(b, "cells with a constraint: %d understood, %d not or in part\n", c.Stated.Understood, c.Stated.Kept)
	for _, kind := range sortedKeys(c.Kinds) {
		t := c.Kinds[kind]
		fmt.Fprintf(b, "  %-12s %5d understood %5d kept %5d failed\n", kind, t.Understood, t.Kept, t.Failed)
	}
	fmt.Fprintf(b, "examples %s\n", counted(c.Examples))
}

// counted writes counts by name, with their sum.
func counted(m map[string]int) string {
	sum := 0
	var parts []string
	for _, name := range sortedKeys(m) {
		sum += m[name]
		parts = append(parts, fmt.Sprintf("%d %s", m[name], name))
	}
	if len(parts) == 0 {
		return "0"
	}
	return fmt.Sprintf("%d: %s", sum, strings.Join(parts, ", "))
}

func listed(b *strings.Builder, title string, all []Finding) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(b, "%s: %d\n", title, len(all))
	for i, f := range all {
		if i == maxListed {
			fmt.Fprintf(b, "  … and %d more; --json has them all\n", len(all)-i)
			return
		}
		fmt.Fprintf(b, "  %s: %s: %s\n", f.Place, f.Kind, f.Text)
	}
}
