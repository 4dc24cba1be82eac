package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/cmd/internal/selftest"
	"github.com/tallystick/tallystick/contract"
)

func newSelftest() *cobra.Command {
	var (
		o      selftest.Options
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "selftest [--defect NAME]… [--seeds N] [--workers N] [--fail-fast] [--json]",
		Short: "Examine the conformance runner on planted defects.",
		Long: `Starts the mock with one planted defect after another, lets the conformance runner judge it, and tells by
which check each defect is found. Then it lets it judge the mock without any defect: whatever is found
there is a false alarm. The score is printed for each family of defects.

A defect that is found by no check, or an alarm without a defect, fails the selftest.`,
		Example: "  tally selftest --seeds 20",
		Annotations: map[string]string{exitNotes: `  0  every defect is found, and nothing else
  1  a defect is not found, or there is a false alarm
  2  wrong usage`},
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Progress = func(done, total int) {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "\r%d of %d runs", done, total) // progress is a courtesy
				if done == total {
					_, _ = fmt.Fprintln(cmd.ErrOrStderr())
				}
			}
			score, err := selftest.Run(cmd.Context(), contract.Default(), o)
			if err != nil {
				return err
			}
			if err := printScore(cmd.OutOrStdout(), score, asJSON); err != nil {
				return err
			}
			if !score.Perfect() {
				return errFindings
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&o.Names, "defect", nil, "Plant only this defect; may be given several times. tally mock --list-defects shows the names.")
	cmd.Flags().IntVar(&o.Seeds, "seeds", 1, "How many clean runs to make, each with a seed of its own.")
	cmd.Flags().IntVar(&o.Workers, "workers", runtime.GOMAXPROCS(0), "How many runs to make at a time.")
	cmd.Flags().BoolVar(&o.FailFast, "fail-fast", false, "End each run at the first failed MUST: quicker, but only the first check that finds a defect is told.")
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print one JSON object instead of a table.")
	return cmd
}

func printScore(out io.Writer, s *selftest.Score, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(s)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, r := range s.Results {
		verdict := "found by " + r.By
		if !r.Found {
			verdict = "NOT FOUND " + r.Error
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\n", r.Name, verdict) // an error shows at Flush
	}
	_, _ = fmt.Fprintln(table)
	for _, f := range s.Families {
		_, _ = fmt.Fprintf(table, "%s\t%d of %d\n", f.Name, f.Found, f.Total)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, alarm := range s.FalseAlarms {
		_, _ = fmt.Fprintln(out, "FALSE ALARM", alarm)
	}
	_, err := fmt.Fprintf(out, "\n%d of %d defects found, %d false alarms in %d clean runs, in %s\n", s.Found, s.Defects, len(s.FalseAlarms), s.CleanRuns, s.Took)
	return err
}
