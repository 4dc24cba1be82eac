package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/conformance/render"
)

// newReport holds the commands about reports that are there already.
func newReport(env map[string]string) *cobra.Command {
	cmd := &cobra.Command{
		Use:         "report COMMAND",
		Short:       "Work on reports of tally check.",
		Long:        "Works on reports in the form JSON, as tally check writes them with --report json=FILE.",
		Example:     "  tally report merge part1.json part2.json",
		Annotations: map[string]string{exitNotes: plainExits},
		Args:        cobra.ArbitraryArgs,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknown("command", args[0], commandNames(cmd))
		}
		return errors.New("a command is missing; 'tally help report' lists them")
	}
	merge := newMerge(env)
	merge.Flags().BoolP("help", "h", false, "Show this help.")
	merge.Flags().SortFlags = false
	cmd.AddCommand(merge)
	return cmd
}

// mergeSettings is what the flags of `tally report merge` say.
type mergeSettings struct{ checkSettings }

func newMerge(env map[string]string) *cobra.Command {
	k := &mergeSettings{}
	all := k.only("spec", "report", "json", "min-coverage")
	cmd := &cobra.Command{
		Use:   "merge PART.json... [flags]",
		Short: "Make one report of the shards of a run.",
		Long: `Reads the reports of all parts of a run that tally check --shard has split, written with --report json=FILE,
and makes the report of the whole run: the same checks, findings and coverage, the same verdict, and the same
exit code, as if it had not been split. Times and exchanges are added up. A part that ended early leaves the
whole partial, unless there are findings.

Every shard is wanted once, in any order. All must be of one contract, one version of tally, one target and the
same options, --values and --baseline among them; what may differ is only what decides how fast a run is. The
entries of the baseline are judged by what all parts say together.`,
		Example: "  tally report merge part-*.json --report junit=junit.xml,html=report.html",
		Annotations: map[string]string{
			exitNotes: `  0  the server conforms
  1  findings: it does not, something could not be removed, an entry of the baseline is stale or has
     expired, or a part of the coverage is below --min-coverage
  2  wrong usage, such as a shard that is missing or there twice, or parts that do not belong together
  4  only a part was judged, or nothing: a shard ended early, or a check has no verdict`},
		Args: func(_ *cobra.Command, files []string) error {
			if len(files) == 0 {
				return errors.New("the parts are missing: give the JSON report of every shard")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := all.read(cmd, env); err != nil {
				return err
			}
			return k.merge(cmd.OutOrStdout(), cmd.ErrOrStderr(), env, files)
		},
	}
	all.declare(cmd)
	return cmd
}

func (k *mergeSettings) merge(stdout, stderr io.Writer, env map[string]string, files []string) error {
	parts := make([]conformance.Part, len(files))
	for i, path := range files {
		var err error
		if parts[i], err = readPart(path); err != nil {
			return err
		}
	}
	c, err := loadChecked(k.spec)
	if err != nil {
		return err
	}
	report, err := conformance.Merge(c, parts)
	if err != nil {
		return err
	}
	for _, text := range report.DemandCoverage(k.minCoverage) {
		_, _ = fmt.Fprintln(stderr, "tally report merge:", text) // nowhere else to report to
	}
	if err := errors.Join(k.print(stdout, report, env), k.writeReports(report)); err != nil {
		return err
	}
	return outcome(report)
}

func readPart(path string) (conformance.Part, error) {
	f, err := os.Open(path)
	if err != nil {
		return conformance.Part{}, fmt.Errorf("%s: %w", path, reasonOf(err))
	}
	defer f.Close()
	report, err := render.ReadJSON(f)
	if err != nil {
		return conformance.Part{}, fmt.Errorf("%s: %w", path, reasonOf(err))
	}
	return conformance.Part{Name: path, Report: report}, nil
}
