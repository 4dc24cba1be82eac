package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
)

// verifySettings is what the flags of `tally verify` say.
type verifySettings struct{ checkSettings }

func newVerify(env map[string]string) *cobra.Command {
	k := &verifySettings{defaultCheck()}
	all := k.settings()
	cmd := &cobra.Command{
		Use:   "verify FILE.har... --target URL --project ID --token TOKEN [flags]",
		Short: "Send recorded requests again, and compare the answers.",
		Long: `Sends the requests of a recording to a server in their order, with the server's own project, credentials and
ids, and holds each answer to the recorded one: status, error code, and members. What clients decide must be
as recorded; of what depends on the state, the time or the region only the type is compared. Where the recording
waited for a state, verify waits too. The answers are also judged as tally judge does.

What it creates gets names that begin with tally-, is written to a ledger before it is created, and is removed at
the end; after a crash, tally cleanup does that. Requests that get a token are not sent again, and neither are
those that would change an instance whose creation the recording does not show.`,
		Example: `  tally verify traffic.har --target http://127.0.0.1:8080 --project a4a5d409 --token @token.txt`,
		Annotations: map[string]string{
			variableNotes: secretNotes,
			exitNotes: `  0  the server answers as recorded
  1  findings: it does not, something could not be removed, or an entry of the baseline is stale or has expired
  2  wrong usage or configuration, such as a recording with nothing to send; or the credentials were refused
  3  the server cannot be reached, or what answers is not the service
  4  only a part was judged, or nothing: an interrupted run, entries that cannot be read, an empty
     recording, --dry-run`},
		Args: harFiles,
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := all.read(cmd, env); err != nil {
				return err
			}
			return toldNothing(cmd, k.verify(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), env, files))
		},
	}
	all.declare(cmd)
	return cmd
}

func (k *verifySettings) settings() settings {
	names := []string{"spec", "include", "exclude", "dry-run", "strict", "fail-fast", "max-instances", "rate-limit", "timeout", "wait-max", "control",
		"ledger", "baseline", "baseline-update", "report", "json", "har"}
	for _, s := range k.targetSettings.settings() {
		names = append(names, s.name)
	}
	return k.only(names...)
}

// verify is a check whose holding is a recording that is sent again.
func (k *verifySettings) verify(ctx context.Context, stdout, stderr io.Writer, env map[string]string, files []string) error {
	return k.check(ctx, stdout, stderr, env, func(ctx context.Context, c *contract.Contract, target conformance.Target, opts ...conformance.Option) (*conformance.Report, error) {
		return conformance.Verify(ctx, c, target, conformance.ReadHAR(files...), opts...)
	})
}
