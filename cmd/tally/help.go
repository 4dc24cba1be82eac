package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Annotations of a command that its help shows.
const (
	exitNotes     = "exit"
	variableNotes = "variables"
)

const helpWidth = 100

// newHelp is the command `tally help [COMMAND]`.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:         "help [COMMAND]",
		Short:       "Show the help of a command.",
		Long:        "Prints the same text as COMMAND --help, or the list of commands.",
		Example:     "  tally help mock",
		Annotations: map[string]string{exitNotes: plainExits},
		RunE: func(self *cobra.Command, args []string) error {
			if len(args) == 0 {
				return root.Help()
			}
			cmd, rest, err := root.Find(args)
			if err != nil || cmd == root {
				return unknown("command", args[0], commandNames(root))
			}
			if len(rest) > 0 {
				return atMost(0)(self, rest)
			}
			return cmd.Help()
		},
	}
}

const plainExits = "  0  done\n  2  wrong usage"

// printHelp writes the manual of a command.
func printHelp(cmd *cobra.Command, _ []string) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nUsage:\n  %s\n\n%s\n", cmd.Short, usageLine(cmd), cmd.Long)
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\nCommands:\n")
		for _, c := range cmd.Commands() {
			if !c.Hidden {
				fmt.Fprintf(&b, "  %-12s %s\n", c.Name(), c.Short)
			}
		}
	}
	section(&b, "Flags", flagNotes(cmd))
	section(&b, "Variables and file", cmd.Annotations[variableNotes])
	section(&b, "Exit codes", cmd.Annotations[exitNotes])
	section(&b, "Example", cmd.Example)
	_, _ = io.WriteString(cmd.OutOrStdout(), b.String())
}

func usageLine(cmd *cobra.Command) string {
	if cmd.HasParent() {
		return cmd.Parent().CommandPath() + " " + cmd.Use
	}
	return cmd.Use
}

func section(b *strings.Builder, title, text string) {
	if text = strings.TrimRight(text, "\n"); text != "" {
		fmt.Fprintf(b, "\n%s:\n%s\n", title, text)
	}
}

// flagNotes tells of each flag on a line of its own, with what it does and its default below.
func flagNotes(cmd *cobra.Command) string {
	var b strings.Builder
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		form, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if f.DefValue != "" && f.DefValue != "false" {
			usage += " Default " + f.DefValue + "."
		}
		fmt.Fprintf(&b, "  %s\n", strings.TrimSpace(name+" "+form))
		wrap(&b, "      ", usage)
	})
	return b.String()
}

// wrap writes words, in lines that fit.
func wrap(b *strings.Builder, indent, text string) {
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len(line)+len(word) >= helpWidth && line != indent {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = indent
		}
		line += word + " "
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}
