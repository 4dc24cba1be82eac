package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/changelog"
)

// betweenEditions prints what changed from the first pages to the second.
func (k *deriveSettings) betweenEditions(ctx context.Context, stdout, stderr io.Writer, paths []string) error {
	switch {
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
	return k.tellBetween(stdout, log)
}

func (k *deriveSettings) tellBetween(stdout io.Writer, log *changelog.Changelog) error {
	format := "text"
	if k.json {
		format = "json"
	}
	if err := errors.Join(log.Write(format, stdout), writeReports(k.reports, func(format string, w io.Writer) error { return log.Write(format, w) })); err != nil {
		return err
	}
	if log.Breaking > 0 {
		return errFindings
	}
	return nil
}
