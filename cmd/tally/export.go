package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures/formats"
)

// exportSettings is what the flags of `tally export` say.
type exportSettings struct{ to, out string }

func newExport(env map[string]string) *cobra.Command {
	k := &exportSettings{}
	all := k.settings()
	cmd := &cobra.Command{
		Use:   "export --to FORMAT FILE.har... --out FILE",
		Short: "Write recordings for other programs.",
		Long: `Reads recordings and writes them, in the order of the files, as one file that another program takes. The
formats are:

` + formats.Describe(false) + `
In http, postman and k6 the server and the token are variables, base_url and token, so that the requests can be
sent to another server. A value that a recorded answer brought and a later URL asks for, such as the id of what
was created, is a variable too; postman and k6 set it anew from the answer.

The file has what the recording has, so that secrets are in it only where they are in the recording. What a
format has no way to write is named by its file and entry, from 0, and left out.`,
		Example: `  tally export --to k6 life.har --out life.js
  tally export --to http life.har --out -`,
		Annotations: map[string]string{
			exitNotes: `  0  everything was written
  1  something was left out; all of it has been named
  2  wrong usage, or there was nothing to write`},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := all.read(cmd, env); err != nil {
				return err
			}
			return k.run(cmd.OutOrStdout(), cmd.ErrOrStderr(), args)
		},
	}
	all.declare(cmd)
	return cmd
}

func (k *exportSettings) settings() settings {
	names := formats.Names(false)
	return settings{
		{name: "to", form: "FORMAT", words: names, set: oneOf(&k.to, names), usage: "The format to write: " + strings.Join(names, ", ") + "."},
		{name: "out", form: "FILE", set: into(&k.out), usage: "The file to write; one that exists is replaced. - is the standard output stream."},
	}
}

func (k *exportSettings) run(stdout, stderr io.Writer, paths []string) error {
	format, known := formats.Find(k.to)
	switch {
	case !known:
		return errors.New("--to is missing")
	case len(paths) == 0:
		return errors.New("the recordings to export are missing")
	case k.out == "":
		return errors.New("--out is missing; - is the standard output stream")
	}
	var text bytes.Buffer
	leftOut := formats.ExportFiles(&text, format, contract.Default(), paths...)
	if errors.Is(leftOut, formats.ErrNothing) {
		return leftOut
	}
	var err error
	if k.out == "-" {
		_, err = stdout.Write(text.Bytes())
	} else {
		err = os.WriteFile(k.out, text.Bytes(), 0o600)
	}
	if err != nil {
		return fmt.Errorf("--out %s: %w", k.out, reasonOf(err))
	}
	return tellLeftOut(stderr, "export", leftOut)
}
