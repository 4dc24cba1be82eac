package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/conformance"
)

// judgeSettings is what the flags of `tally judge` say.
type judgeSettings struct{ checkSettings }

func newJudge(env map[string]string) *cobra.Command {
	k := &judgeSettings{}
	all := k.settings()
	cmd := &cobra.Command{
		Use:   "judge FILE.har... [flags]",
		Short: "Hold recorded exchanges to a contract.",
		Long: `Reads recordings in the HAR format, as browsers, proxies and tally itself write them, and judges every
exchange that belongs to the contract: the answer, whether it was right to refuse or to accept what was sent,
and for each resource that is shown the order of its states, and that what was kept, changed and deleted stays
so. Nothing is sent. Every test that records its traffic can be judged so.

Only what a recording tells for certain is a finding. Exchanges that overlap may have happened in any order;
what one file shows of a resource is taken for all that was done to it while the file was recorded. Of an
exchange without a time the place in the file is taken, where all others came one after another in the order
of the file; else what depends on its order is not judged, and the outcome is 4.`,
		Example:     `  tally judge traffic.har --report html=report.html`,
		Annotations: map[string]string{exitNotes: recordingExits},
		Args:        harFiles,
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := all.read(cmd, env); err != nil {
				return err
			}
			return toldNothing(cmd, k.judge(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), env, files))
		},
	}
	all.declare(cmd)
	return cmd
}

const recordingExits = `  0  what was recorded conforms
  1  findings: it does not, or an entry of the baseline is stale or has expired
  2  wrong usage or configuration, such as a file that is no HAR
  4  only a part was judged, or nothing: entries that cannot be read, that have no answer or only a part of one, or
     whose order is not known, none that belongs to the contract, an empty recording`

// harFiles wants files that can be read.
func harFiles(_ *cobra.Command, files []string) error {
	if len(files) == 0 {
		return errors.New("the recording is missing: give one or more HAR files")
	}
	for _, path := range files {
		info, err := os.Stat(path)
		if err == nil && info.IsDir() {
			err = errors.New("a folder, not a HAR file")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, reasonOf(err))
		}
	}
	return nil
}

func (k *judgeSettings) settings() settings {
	return k.only("spec", "include", "exclude", "strict", "baseline", "baseline-update", "report", "json")
}

// only are the settings of a check with these names, in its order.
func (k *checkSettings) only(names ...string) settings {
	return slices.DeleteFunc(k.settings(), func(s setting) bool { return !slices.Contains(names, s.name) })
}

func (k *judgeSettings) judge(ctx context.Context, stdout, stderr io.Writer, env map[string]string, files []string) error {
	c, err := loadChecked(k.spec)
	if err != nil {
		return err
	}
	baseline, err := k.readBaseline()
	if err != nil {
		return err
	}
	report, err := conformance.Judge(ctx, c, conformance.ReadHAR(files...), conformance.WithFilter(k.include, k.exclude),
		conformance.WithStrict(k.strict), conformance.WithBaseline(baseline))
	if err != nil {
		return err
	}
	if err := errors.Join(k.print(stdout, report, env), k.writeReports(report), k.updateBaseline(baseline, report)); err != nil {
		return err
	}
	return outcome(report)
}
