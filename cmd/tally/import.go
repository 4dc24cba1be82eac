package main

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
	"github.com/tallystick/tallystick/fixtures/formats"
)

// importSettings is what the flags of `tally import` say.
type importSettings struct {
	from, out  string
	variables  map[string]string
	redactAlso []string
}

func newImport(env map[string]string) *cobra.Command {
	k := &importSettings{variables: map[string]string{}}
	all := k.settings()
	cmd := &cobra.Command{
		Use:   "import [--from FORMAT] FILE... --out FILE.har",
		Short: "Make a recording of the files of other programs.",
		Long: `Reads requests and answers that other programs keep, and writes them as HAR, in the order of the files.
Without --from the format is told by the name and the content of each file. The formats are:

` + formats.Describe(true) + `
A .http file has requests only; in the HAR they have no answer. Variables in a file get the value that the file
gives them, or the one of --var. Mappings of WireMock have no server: --var base_url=URL says which, else it is
http://localhost:8080. What cannot be read is named by its file and number, from 0, and left out. Secrets are
replaced as tally record replaces them.`,
		Example: `  tally import testdata/cassette.yaml --out life.har
  tally import --from postman console.json --var host=modelarts.example.com --out console.har`,
		Annotations: map[string]string{
			exitNotes: `  0  everything was read
  1  something was left out; all of it has been named
  2  wrong usage, or nothing could be read; nothing was written`},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := all.read(cmd, env); err != nil {
				return err
			}
			return k.run(cmd.ErrOrStderr(), args)
		},
	}
	all.declare(cmd)
	return cmd
}

func (k *importSettings) settings() settings {
	names := formats.Names(true)
	return settings{
		{name: "from", form: "FORMAT", words: names, set: oneOf(&k.from, names), usage: "The format of the files: " + strings.Join(names, ", ") + ". Default told by each file."},
		{name: "var", form: "NAME=VALUE", many: true, set: k.addVariable, usage: "The value of a variable in the files. It wins over the one that a file gives. May be repeated."},
		{name: "redact-also", form: "POINTER|HEADER", many: true, set: add(&k.redactAlso), usage: "What is secret besides what tally record takes for it: a JSON pointer into bodies, or a header. May be repeated."},
		{name: "out", form: "FILE", set: into(&k.out), usage: "The recording to write; one that exists is replaced."},
	}
}

func (k *importSettings) addVariable(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return errors.New("want NAME=VALUE")
	}
	k.variables[name] = value
	return nil
}

func (k *importSettings) run(stderr io.Writer, paths []string) error {
	switch {
	case len(paths) == 0:
		return errors.New("the files to import are missing")
	case k.out == "":
		return errors.New("--out is missing")
	}
	exchanges, leftOut := formats.ImportFiles(k.from, k.variables, paths...)
	if errors.Is(leftOut, formats.ErrNothing) {
		return leftOut
	}
	redacted, err := fixtures.Redacted(contract.Default(), k.redactAlso...)
	if err != nil {
		return fmt.Errorf("--redact-also: %w", err)
	}
	for i := range exchanges {
		exchanges[i] = redacted(exchanges[i])
	}
	if err := writeHAR(k.out, exchanges); err != nil {
		return fmt.Errorf("--out %s: %w", k.out, reasonOf(err))
	}
	return tellLeftOut(stderr, "import", leftOut)
}

func writeHAR(path string, exchanges []fixtures.Exchange) error {
	info, _ := debug.ReadBuildInfo()
	w, err := fixtures.Create(path, fixtures.Creator{Name: "tally", Version: versionOf(info)})
	if err != nil {
		return err
	}
	for _, e := range exchanges {
		_ = w.Add(e) // Close tells
	}
	return w.Close()
}

// tellLeftOut prints what was left out, a line each.
func tellLeftOut(stderr io.Writer, command string, leftOut error) error {
	if leftOut == nil {
		return nil
	}
	for _, err := range formats.Each(leftOut) {
		_, _ = fmt.Fprintf(stderr, "tally %s: %v\n", command, err) // nowhere else to report to
	}
	return errFindings
}
