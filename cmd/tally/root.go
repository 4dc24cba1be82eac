package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/mock/store/postgres"
)

// The exit codes. They are API: scripts rely on them.
const (
	exitOK       = 0 // everything conforms
	exitFindings = 1 // something does not
	exitUsage    = 2 // wrong usage or configuration: nothing was checked or served
	exitNoTarget = 3 // the target cannot be reached
	exitPartial  = 4 // only a part was judged, or nothing
)

// These end a command that has already told what it found.
var (
	errFindings = errors.New("findings")
	errPartial  = errors.New("only a part was judged")
)

// run is the whole program: arguments, streams and environment in, exit code out.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env []string) int {
	root := newRoot(environment(env))
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.Is(err, errPartial):
		return exitPartial
	case errors.Is(err, conformance.ErrInterrupted):
		_, _ = fmt.Fprintf(stderr, "%s: %v\n", cmd.CommandPath(), err)
		return exitPartial
	}
	_, _ = fmt.Fprintf(stderr, "%s: %s\n", cmd.CommandPath(), strings.TrimPrefix(err.Error(), conformance.ErrUsage.Error()+": ")) // nowhere else to report to
	if errors.Is(err, conformance.ErrUnreachable) || errors.Is(err, postgres.ErrUnreachable) {
		return exitNoTarget
	}
	return exitUsage
}

// environment is a set of variables, from the form NAME=VALUE.
func environment(lines []string) map[string]string {
	env := map[string]string{}
	for _, line := range lines {
		if name, value, ok := strings.Cut(line, "="); ok {
			env[name] = value
		}
	}
	return env
}

func newRoot(env map[string]string) *cobra.Command {
	root := &cobra.Command{
		Use:   "tally COMMAND",
		Short: "Play a service from its contract, and hold servers to it.",
		Long: `Tallystick works from a contract: an OpenAPI 3.1 document that also says, under six x-tally-* keys,
which error each wrong request gets, how resources live and where every statement comes from. One such
contract, the notebooks of ModelArts, is built in; most commands take another one.`,
		Example:           "  tally mock",
		Args:              cobra.ArbitraryArgs,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Annotations: map[string]string{exitNotes: `  0  done: what was checked conforms
  1  findings: what was checked does not conform
  2  wrong usage or configuration
  3  the target cannot be reached
  4  only a part could be judged, or nothing`},
	}
	var version bool
	root.Flags().BoolVarP(&version, "version", "v", false, "Show what tally version shows.")
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if version && len(args) == 0 {
			return printVersion(cmd.OutOrStdout())
		}
		if len(args) > 0 {
			return unknown("command", args[0], commandNames(root))
		}
		return errors.New("a command is missing; 'tally help' lists them")
	}
	root.SetFlagErrorFunc(flagError)
	root.SetUsageTemplate("{{.CommandPath}}\n")
	root.SetHelpFunc(printHelp)
	root.AddCommand(newMock(env), newWait(env), newEnv(env), newCheck(env), newCleanup(env), newRecord(env), newReplay(env), newVerify(env), newJudge(env), newReport(env),
		newState(env), newImport(env), newExport(env), newDerive(), newLint(), newSelftest(env), newVersion(), newCompletion())
	help := newHelp(root)
	root.SetHelpCommand(help)
	for _, cmd := range append(root.Commands(), root, help) {
		cmd.Flags().BoolP("help", "h", false, "Show this help.")
		cmd.Flags().SortFlags = false
	}
	return root
}

func commandNames(root *cobra.Command) []string {
	var names []string
	for _, c := range root.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}

// fewNames is how many names a message lists.
const fewNames = 6

// unknown words a name that does not exist, with the one that was probably meant.
func unknown(what, name string, known []string) error {
	if near := nearest(strings.TrimLeft(name, "-"), known); near != "" {
		return fmt.Errorf("unknown %s %q; did you mean %q?", what, name, near)
	}
	if len(known) <= fewNames {
		return fmt.Errorf("unknown %s %q; want %s", what, name, strings.Join(known, ", "))
	}
	return fmt.Errorf("unknown %s %q; 'tally help' shows what there is", what, name)
}

// flagError words what the flag library found, on one line and naming the flag.
func flagError(cmd *cobra.Command, err error) error {
	var (
		missing *pflag.NotExistError
		invalid *pflag.InvalidValueError
	)
	switch {
	case errors.As(err, &invalid):
		return fmt.Errorf("--%s %w", invalid.GetFlag().Name, errors.Unwrap(invalid))
	case errors.As(err, &missing):
		dashes, name, known := "--", missing.GetSpecifiedName(), []string{}
		if short, _, _ := strings.Cut(missing.GetSpecifiedShortnames(), "="); short != "" {
			dashes, name = "-", short // a word after one dash is meant as the flag of that name
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		if args := cmd.Flags().Args(); !cmd.HasParent() && len(args) > 0 {
			return unknown("command", args[0], commandNames(cmd))
		}
		if near := meantFlag(name, known); near != "" {
			return fmt.Errorf("unknown flag %s%s; did you mean --%s?", dashes, name, near)
		}
		return fmt.Errorf("unknown flag %s%s; '%s --help' lists the flags", dashes, name, cmd.CommandPath())
	}
	return err
}

// atMost refuses more arguments than a command takes.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return fmt.Errorf("argument %q is too many; '%s --help' shows the usage", args[n], cmd.CommandPath())
		}
		return nil
	}
}
