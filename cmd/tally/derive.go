package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/internal/format"
)

// deriveMemory is what the garbage collector tries to stay below. Most of what a draft needs is needed for a moment.
const deriveMemory = 200 << 20

// deriveSettings is what the flags of `tally derive` say.
type deriveSettings struct {
	out, title string
	json       bool
	between    bool
	against    string
	reports    []reportFile
}

func newDerive() *cobra.Command {
	k := &deriveSettings{}
	cmd := &cobra.Command{
		Use:   "derive PAGES... [flags]",
		Short: "Draft a contract from documentation pages.",
		Long: `Reads the pages of an API reference (Markdown, with tables in HTML or of pipes, in Chinese or English) and
drafts a contract: operations, parameters, schemas, examples and error codes. Every statement of the draft
names the page, table and row that it comes from. PAGES are files, or folders whose pages are all read; the
name of the folder is the edition. Of two editions of an operation, the one that is given last wins.

The report goes to the standard error stream: pages, tables, rows and cells; what was understood, what was
kept as it stands, and what could not be read, by kind. Examples that are no JSON are repaired, and each
repair is reported. A page that describes no part of an API is named and skipped.

The draft is a contract that tally lint, tally mock and tally judge take. What it cannot know is left to
whoever finishes it: rules, lifecycles and effects; conditions stand in notes, as drafts of rules. Before its
operations have effects, tally check has nothing to hold a server to.

With --between OLD NEW nothing is drafted: what changed between two editions of the pages is printed, by
operation, with the page, table and row of both editions. The rules of oasdiff say what breaks clients; codes,
statuses, permissions, conditions, wording and examples are compared too.

With --against, nothing is drafted: the contract is held to the pages. Every row of every table is stated by
the contract, deviates for a reason that its source records (deviates), is left out for one (leaves), or is a
finding; and every source leads to a row that is there and about the same. Where the pages contradict
themselves is listed. The report goes to the standard output stream.`,
		Example: `  tally derive docs/2019 docs/2021 -o draft.yaml
  tally mock --spec draft.yaml
  tally derive --between docs/2019 docs/2021
  tally derive --against openapi.yaml docs/2019 docs/2021 --report sarif=drift.sarif`,
		Annotations: map[string]string{exitNotes: `  0  everything the pages state is in the draft, or kept and counted
  1  drafted, but some statements are lost: cells that could not be read, tables that nothing refers to,
     examples beyond repair, constraints that contradict their own row; all of them are named
  2  wrong usage, a page that cannot be read, or no page with an operation
  With --between: 0 nothing that changed breaks clients; 1 something does, or may; 2 wrong usage, or a page
  that cannot be read; 4 nothing was compared, as the editions share no operation and no code
With --against:
  0  every row is accounted for, and every source leads to its row
  1  findings: rows that are missing or deviate without a reason, sources that lead nowhere, stale reasons
  2  wrong usage, a page or a contract that cannot be read
  4  nothing was judged: no source of the contract leads to these pages`},
		RunE: func(cmd *cobra.Command, args []string) error {
			return k.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), args)
		},
	}
	cmd.Flags().StringVarP(&k.out, "out", "o", "", "The `FILE` to write; one that exists is replaced. - is the standard output stream. Without it nothing is written.")
	cmd.Flags().StringVar(&k.title, "title", "", "The `TITLE` of the contract. Default the product that the pages name, or Draft.")
	cmd.Flags().BoolVar(&k.json, "json", false, "Print the report as one JSON object to the standard output stream.")
	k.reportFlags(cmd)
	return cmd
}

func (k *deriveSettings) run(ctx context.Context, stdout, stderr io.Writer, paths []string) error {
	switch {
	case k.between && k.against != "":
		return errors.New("--between and --against: want one of them")
	case k.between:
		return k.betweenEditions(ctx, stdout, stderr, paths)
	case len(paths) == 0:
		return errors.New("the pages are missing: files or folders")
	case k.against != "":
		return k.drift(ctx, stdout, stderr, paths)
	case len(k.reports) > 0:
		return errors.New("--report is for --against and --between; the draft has --json")
	case k.out == "-" && k.json:
		return errors.New("--json and --out - both want the standard output stream")
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(deriveMemory))
	set, err := derive.Read(ctx, progressOf(stderr), paths...)
	if err != nil {
		return err
	}
	if k.out != "" && k.out != "-" && set.Holds(k.out) {
		return fmt.Errorf("--out %s: one of the pages that are read; want another file", k.out)
	}
	draft, err := set.Draft(k.title)
	if err != nil {
		return err
	}
	if err := k.write(stdout, draft.Document); err != nil {
		return err
	}
	if err := k.report(stdout, stderr, &draft.Coverage); err != nil {
		return err
	}
	if draft.Coverage.Lost() > 0 {
		return errFindings
	}
	return nil
}

func (k *deriveSettings) write(stdout io.Writer, document []byte) error {
	var err error
	switch k.out {
	case "":
	case "-":
		_, err = stdout.Write(document)
	default:
		err = replaceFile(k.out, document)
	}
	if err != nil {
		return fmt.Errorf("--out %s: %w", k.out, reasonOf(err))
	}
	return nil
}

// replaceFile writes a file in one step, behind a link too. A device or a pipe cannot be replaced, and is written to.
func replaceFile(path string, data []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(path, data, 0o600)
	}
	return writeWhole(path, data, 0o600)
}

func (k *deriveSettings) report(stdout, stderr io.Writer, c *derive.Coverage) error {
	if !k.json {
		return c.WriteText(stderr)
	}
	return format.JSON(stdout, c)
}

// progressOf tells how far the reading is, each second after the first.
func progressOf(w io.Writer) derive.Progress {
	last := time.Now()
	return func(done, all int) {
		if now := time.Now(); now.Sub(last) >= time.Second && done < all {
			last = now
			_, _ = fmt.Fprintf(w, "%d of %d pages read\n", done, all)
		}
	}
}
