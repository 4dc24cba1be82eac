package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/conformance"
)

// cleanupSettings is what the flags of `tally cleanup` say.
type cleanupSettings struct {
	targetSettings
	ledger, spec string

	secondProject, secondToken string
	control                    bool
	timeout, waitMax           time.Duration
}

func newCleanup(env map[string]string) *cobra.Command {
	k := &cleanupSettings{control: true, timeout: 10 * time.Second, waitMax: 10 * time.Minute}
	all := k.settings()
	cmd := &cobra.Command{
		Use:   "cleanup --ledger FILE --token TOKEN [flags]",
		Short: "Remove what a crashed check has left.",
		Long: `Reads the ledger of a run of tally check that could not end, and removes the instances in it from the server
in the legal order: stop, wait, delete. An instance whose create was never answered is found by its name.
Nothing else is touched. The ledger is removed when nothing is left.`,
		Example: `  tally cleanup --ledger run.ledger --token @token.txt`,
		Annotations: map[string]string{
			variableNotes: secretNotes,
			exitNotes: `  0  nothing is left
  1  something could not be removed; the ledger still has it
  2  wrong usage, a file that is no ledger, or the credentials were refused
  3  the server cannot be reached`},
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := all.read(cmd, env); err != nil {
				return err
			}
			return k.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	all.declare(cmd)
	return cmd
}

func (k *cleanupSettings) settings() settings {
	target := k.targetSettings.settings()
	for i := range 2 { // the address and the project
		target[i].usage += " Default that of the ledger."
	}
	return slices.Concat(settings{
		{name: "ledger", form: "FILE", set: into(&k.ledger), usage: "The ledger of the run."},
	}, target, settings{
		{name: "second-project", form: "ID", set: into(&k.secondProject), usage: "The other project of the run, when something is left there."},
		{name: "second-token", form: "TOKEN", set: secret(&k.secondToken), usage: "A token for the second project. Default one for the same --user."},
		{name: "spec", form: "FILE", set: into(&k.spec), usage: "The contract of the run. Default the built-in one."},
		{name: "timeout", form: "DURATION", initial: "10s", set: setDuration(&k.timeout), usage: "How long to wait for one answer."},
		{name: "wait-max", form: "DURATION", initial: "10m", set: setDuration(&k.waitMax), usage: "How long to wait for a transient state to end."},
		{name: "control", form: "on|off", initial: "on", words: []string{"on", "off"}, set: setOnOff(&k.control), usage: "Whether the control API of a mock is used where there is one."},
	})
}

func (k *cleanupSettings) run(ctx context.Context, stdout, stderr io.Writer) error {
	if k.ledger == "" {
		return errors.New("--ledger is missing")
	}
	c, err := loadChecked(k.spec)
	if err != nil {
		return err
	}
	_, _, ids, names, err := conformance.ReadLedger(k.ledger)
	if err != nil {
		return err
	}
	var target conformance.Target
	if len(ids)+len(names) > 0 {
		target.URL = k.url
		if target.TLS, err = trusting(k.ca, k.insecure); err != nil {
			return err
		}
		if target.First, err = k.first(); err != nil {
			return err
		}
		if target.Second, err = k.second(k.secondProject, k.secondToken); err != nil {
			return err
		}
	}
	outlivePipes()
	removed, left, err := conformance.Cleanup(ctx, c, target, k.ledger, conformance.WithControl(k.control),
		conformance.WithBudget(conformance.Budget{Timeout: k.timeout, WaitMax: k.waitMax}))
	if err != nil && len(removed)+len(left) == 0 {
		return err
	}
	for _, id := range removed {
		_, _ = fmt.Fprintln(stdout, "removed", id) // the last line tells
	}
	for _, id := range left {
		_, _ = fmt.Fprintln(stdout, "left", id)
	}
	switch {
	case errors.Is(err, conformance.ErrUnreachable):
		return err
	case len(left) > 0:
		_, _ = fmt.Fprintf(stderr, "tally cleanup: %v\n", err)
		return errFindings
	}
	if _, err := fmt.Fprintln(stdout, "nothing is left"); err != nil {
		return err
	}
	return os.Remove(k.ledger)
}
