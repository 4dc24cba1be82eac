package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/internal/format"
)

// listedCheck is a check as --list --json prints it.
type listedCheck struct {
	ID          string            `json:"id"`
	Level       conformance.Level `json:"level"`
	Suite       string            `json:"suite"`
	Operation   string            `json:"operation,omitempty"`
	Requirement string            `json:"requirement"`
	Codes       []string          `json:"codes,omitempty"`
	Claim       string            `json:"claim,omitempty"` // what the user must give for it to be judged
	Location    string            `json:"location"`        // in the contract
}

// sortChecks puts the checks of a suite in the order of their ids; the suites stay in the order of a run. In a
// run the seed shuffles some of them.
func sortChecks(checks []conformance.Check) {
	place := map[string]int{}
	for _, c := range checks {
		if _, ok := place[c.Suite]; !ok {
			place[c.Suite] = len(place)
		}
	}
	slices.SortStableFunc(checks, func(a, b conformance.Check) int {
		return cmp.Or(cmp.Compare(place[a.Suite], place[b.Suite]), cmp.Compare(a.ID, b.ID))
	})
}

// printPlan prints the checks that a run would make. No target is needed for that.
func (k *checkSettings) printPlan(out io.Writer) error {
	c, err := loadCheckable(k.spec)
	if err != nil {
		return err
	}
	opts := k.options(nil)
	target, err := k.valued()
	if err != nil {
		return err
	}
	target.URL = cmp.Or(k.url, "http://localhost")
	target.First.Project = cmp.Or(k.project, "project")
	checks, err := conformance.Plan(c, target, opts...)
	if err != nil {
		return err
	}
	sortChecks(checks)
	if k.asJSON {
		listed := make([]listedCheck, len(checks))
		for i, check := range checks {
			listed[i] = listedCheck{check.ID, check.Level, check.Suite, check.Operation, check.Requirement, check.Codes, check.Claim, check.Position.String()}
		}
		return format.JSON(out, listed)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, check := range checks {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", check.ID, check.Level, check.Suite, check.Requirement) // Flush tells
	}
	return table.Flush()
}
