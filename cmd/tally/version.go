package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/contract"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version of tally and of the contract in it.",
		Long: `Prints the version of the module, or the revision it was built from, with the version of Go; then the
title and version of the built-in contract.`,
		Example:     "  tally version",
		Annotations: map[string]string{exitNotes: plainExits},
		Args:        atMost(0),
		RunE:        func(cmd *cobra.Command, _ []string) error { return printVersion(cmd.OutOrStdout()) },
	}
}

func printVersion(out io.Writer) error {
	info, _ := debug.ReadBuildInfo()
	c := contract.Default()
	_, err := fmt.Fprintf(out, "tally %s (%s, %s/%s)\ncontract: %s %s\n",
		versionOf(info), runtime.Version(), runtime.GOOS, runtime.GOARCH, c.Title, c.Version)
	return err
}

// versionOf is the version of the module, or what the build knows instead of it.
func versionOf(info *debug.BuildInfo) string {
	if info == nil {
		return "unknown"
	}
	version := info.Main.Version
	if version != "" && version != "(devel)" {
		return version
	}
	setting := map[string]string{}
	for _, s := range info.Settings {
		setting[s.Key] = s.Value
	}
	revision := setting["vcs.revision"]
	if revision == "" {
		return "development"
	}
	if setting["vcs.modified"] == "true" {
		return revision + " (changed)"
	}
	return revision
}
