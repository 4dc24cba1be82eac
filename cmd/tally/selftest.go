package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/cmd/internal/selftest"
	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/conformance/render"
	"github.com/tallystick/tallystick/contract"
)

// selftestSettings is what the flags of `tally selftest` say.
type selftestSettings struct {
	selftest.Options
	asJSON bool
}

func newSelftest(env map[string]string) *cobra.Command {
	k := &selftestSettings{Options: selftest.Options{Seeds: 1, Workers: runtime.GOMAXPROCS(0)}}
	all := k.settings()
	cmd := &cobra.Command{
		Use:   "selftest [flags]",
		Short: "Examine the conformance runner on planted defects.",
		Long: `Starts the mock with one planted defect after another, lets the conformance runner judge it, and tells by
which check each defect is found. Then it lets it judge the mock without any defect: whatever is found
there is a false alarm. The score is printed for each family of defects.

A defect that is found by no check, or an alarm without a defect, fails the selftest.`,
		Example: "  tally selftest --seeds 20",
		Annotations: map[string]string{
			exitNotes: `  0  every defect is found, and nothing else
  1  a defect is not found, or there is a false alarm
  2  wrong usage`},
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := all.read(cmd, env); err != nil {
				return err
			}
			paceHeap()
			return k.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), env)
		},
	}
	all.declare(cmd)
	return cmd
}

func (k *selftestSettings) settings() settings {
	return settings{
		{name: "defect", form: "NAME", many: true, set: add(&k.Names), usage: "Plant only this defect. May be repeated. tally mock --list-defects shows the names."},
		{name: "seeds", form: "N", initial: "1", set: setCount(&k.Seeds), usage: "How many clean runs to make, each with a seed of its own."},
		{name: "workers", form: "N", set: setCount(&k.Workers), usage: "How many runs to make at a time. Default as many as there are processors."},
		{name: "fail-fast", form: "bool", set: setBool(&k.FailFast), usage: "End each run at the first failed MUST: quicker, but only the first check that finds a defect is told."},
		{name: "json", form: "bool", set: setBool(&k.asJSON), usage: "Print one JSON object instead of a table."},
	}
}

func (k *selftestSettings) run(ctx context.Context, stdout, stderr io.Writer, env map[string]string) error {
	width, tty := terminal(stderr)
	bar := render.NewProgressBar(stderr, tty && coloured(stderr, env), width)
	bar.What = "runs"
	k.Progress = func(done, total int) { bar.Update(conformance.Progress{Done: done, Total: total}) }
	score, err := selftest.Run(ctx, contract.Default(), k.Options)
	bar.Done()
	if err != nil {
		return err
	}
	if err := printScore(stdout, score, k.asJSON); err != nil {
		return err
	}
	if !score.Perfect() {
		return errFindings
	}
	return nil
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
