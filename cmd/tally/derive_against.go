package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/drift"
	"github.com/tallystick/tallystick/derive/drift/render"
)

// reportFlags declares the flags of what reports without drafting.
func (k *deriveSettings) reportFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&k.between, "between", false, "Compare two editions of the pages, OLD and NEW, instead of drafting.")
	cmd.Flags().StringVar(&k.against, "against", "", "The contract, a `FILE`, to hold to the pages, instead of drafting one.")
	cmd.Flags().Func("report", "With --against and --between: write reports too, as `FORMAT=FILE,…`: "+strings.Join(render.Formats(), ", ")+". May be repeated.", func(text string) (err error) {
		k.reports, err = reportFiles(k.reports, render.Formats(), text)
		return err
	})
}

// drift holds a contract to pages.
func (k *deriveSettings) drift(ctx context.Context, stdout, stderr io.Writer, paths []string) error {
	if k.out != "" || k.title != "" {
		return errors.New("--against drafts nothing: --out and --title are for a draft")
	}
	c, err := loadContract(k.against)
	if err != nil {
		return err
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(deriveMemory))
	set, err := derive.Read(ctx, progressOf(stderr), paths...)
	if err != nil {
		return err
	}
	report, err := drift.Check(k.against, c, set)
	if errors.Is(err, drift.ErrNothing) {
		_, _ = fmt.Fprintf(stderr, "tally derive: %s: %v\n", k.against, err) // nowhere else to report to
		return errPartial
	}
	if err != nil {
		return err
	}
	format := "text"
	if k.json {
		format = "json"
	}
	if err := errors.Join(render.Write(format, stdout, report), writeReports(k.reports, func(format string, w io.Writer) error { return render.Write(format, w, report) })); err != nil {
		return err
	}
	if len(report.Findings) > 0 {
		return errFindings
	}
	return nil
}
