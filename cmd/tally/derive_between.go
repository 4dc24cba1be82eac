package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/changelog"
)

// betweenSettings is what the flags of `tally derive --between` say, with the flags of derive.
type betweenSettings struct {
	on      bool
	reports string
}

func (b *betweenSettings) declare(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&b.on, "between", false, "Compare two editions of the pages, OLD and NEW, instead of drafting.")
	cmd.Flags().StringVar(&b.reports, "report", "", "With --between, write the changelog to files too: `FORMAT=FILE,…`, where FORMAT is "+strings.Join(changelog.Formats(), ", ")+".")
}

// betweenReport is a file to write.
type betweenReport struct{ format, file string }

func (b *betweenSettings) files() ([]betweenReport, error) {
	var out []betweenReport
	if b.reports == "" {
		return nil, nil
	}
	for r := range strings.SplitSeq(b.reports, ",") {
		format, file, ok := strings.Cut(r, "=")
		if !ok || file == "" || !slices.Contains(changelog.Formats(), format) {
			return nil, fmt.Errorf("--report %s: not FORMAT=FILE, where FORMAT is one of %s", r, strings.Join(changelog.Formats(), ", "))
		}
		out = append(out, betweenReport{format, file})
	}
	return out, nil
}

// between prints what changed from the first pages to the second.
func (k *deriveSettings) betweenEditions(ctx context.Context, stdout, stderr io.Writer, paths []string) error {
	files, err := k.between.files()
	switch {
	case err != nil:
		return err
	case len(paths) != 2:
		return fmt.Errorf("--between takes two editions of the pages, OLD and NEW; these are %d", len(paths))
	case k.out != "" || k.title != "":
		return errors.New("--between makes no draft: leave out --out and --title; --report writes files")
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(deriveMemory))
	var sets []*derive.Set
	for _, path := range paths {
		set, err := derive.Read(ctx, progressOf(stderr), path)
		if err != nil {
			return err
		}
		sets = append(sets, set)
	}
	log, err := changelog.Compare(paths[0], sets[0], paths[1], sets[1])
	if errors.Is(err, changelog.ErrNothing) {
		_, _ = fmt.Fprintf(stderr, "tally derive: %s and %s: %v\n", paths[0], paths[1], err)
		return errPartial
	}
	if err != nil {
		return err
	}
	return k.tellBetween(stdout, log, files)
}

func (k *deriveSettings) tellBetween(stdout io.Writer, log *changelog.Changelog, files []betweenReport) error {
	for _, f := range files {
		var b strings.Builder
		if err := log.Write(f.format, &b); err != nil {
			return err
		}
		if err := os.WriteFile(f.file, []byte(b.String()), 0o600); err != nil {
			return fmt.Errorf("--report %s: %w", f.file, reasonOf(err))
		}
	}
	format := "text"
	if k.json {
		format = "json"
	}
	if err := log.Write(format, stdout); err != nil {
		return err
	}
	if log.Breaking > 0 {
		return errFindings
	}
	return nil
}
