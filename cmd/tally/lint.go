package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/internal/count"
	"github.com/tallystick/tallystick/internal/format"
	"github.com/tallystick/tallystick/mock"
)

func newLint() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "lint [FILE] [--json]",
		Short: "Check a contract.",
		Long: `Reads a contract and prints every problem on its own line as file:line:column: text. Problems of one stage
(form, schemas, expressions, proofs) hide those of later stages, which build on it. A contract without
problems gets one line that counts what it holds. Without FILE the built-in contract is checked.

Checked are the OpenAPI document itself, each x-tally-* key (an unknown or misplaced one is a problem),
the types of all expressions, the examples against their schemas, the lifecycle (every state and event
decided, no state out of reach) and each rule, which must be true on its trigger and false on the
documented request. Nothing is fetched over the network.

A document without any x-tally-* key is held to less: what keeps it from being served is a problem, and so is an
operationId that stands twice. What else is wrong with it (an example that breaks its schema, a reference that
leads nowhere) is a warning.`,
		Example: "  tally lint openapi.yaml",
		Annotations: map[string]string{exitNotes: `  0  the contract has no problems
  1  it has some; all of them have been printed
  2  wrong usage, or the file cannot be read`},
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && args[0] == "" {
				return errors.New("FILE is empty; leave it out to check the built-in contract")
			}
			return lint(cmd.OutOrStdout(), append(args, "")[0], asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print one JSON object instead of lines.")
	return cmd
}

// lintReport is what --json prints.
type lintReport struct {
	File     string        `json:"file"`
	Title    string        `json:"title,omitempty"`
	Version  string        `json:"version,omitempty"`
	Problems []lintProblem `json:"problems"`
	Warnings []lintProblem `json:"warnings,omitempty"` // of a document without keys of the vocabulary
	Counts   *lintCounts   `json:"counts,omitempty"`   // only of a contract without problems
}

type lintProblem struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Pointer string `json:"pointer"`
	Text    string `json:"text"`
}

type lintCounts struct {
	Operations int `json:"operations"`
	Codes      int `json:"codes"` // with variants
	Rules      int `json:"rules"`
	Rows       int `json:"rows"` // of lifecycles
	Examples   int `json:"examples"`
	Hooks      int `json:"hooks"` // operations that Go code serves
}

func lint(out io.Writer, path string, asJSON bool) error {
	report := lintReport{File: path, Problems: []lintProblem{}}
	if path == "" {
		report.File = "built-in contract"
	}
	c, err := loadProved(path)
	var problems contract.Problems
	if err != nil && !errors.As(err, &problems) {
		return err
	}
	if err == nil {
		problems = report.examine(c, path)
	}
	for _, p := range problems {
		report.Problems = append(report.Problems, lintProblem{p.File, p.Line, p.Column, p.Pointer, p.Text})
	}
	if err := report.write(out, problems, asJSON); err != nil {
		return err
	}
	if len(problems) > 0 {
		return errFindings
	}
	return nil
}

// examine takes in what there is to say of a contract that has been read, and gives what is wrong with it.
func (r *lintReport) examine(c *contract.Contract, path string) contract.Problems {
	r.Title, r.Version = c.Title, c.Version
	for _, w := range c.Warnings() {
		r.Warnings = append(r.Warnings, lintProblem{filepath.Join(filepath.Dir(path), w.File), w.Line, w.Column, w.Pointer, w.Text})
	}
	problems := c.Repeated()
	for i := range problems {
		problems[i].File = filepath.Join(filepath.Dir(path), problems[i].File)
	}
	if len(problems) == 0 {
		counts := countsOf(c)
		r.Counts = &counts
	}
	return problems
}

func (r *lintReport) write(out io.Writer, problems contract.Problems, asJSON bool) error {
	if asJSON {
		return format.JSON(out, r)
	}
	for _, w := range r.Warnings {
		if _, err := fmt.Fprintf(out, "%s: warning: %s\n", w.File, w.Text); err != nil {
			return err
		}
	}
	if len(problems) > 0 {
		_, err := fmt.Fprintln(out, problems)
		return err
	}
	verdict := "is in order"
	if len(r.Warnings) > 0 {
		verdict = "can be served, with " + count.Of(len(r.Warnings), "warning")
	}
	_, err := fmt.Fprintf(out, "%s: %s %s %s: %s\n", r.File, r.Title, r.Version, verdict, r.Counts)
	return err
}

// String is what there is, in words.
func (n *lintCounts) String() string {
	return strings.Join([]string{count.Of(n.Operations, "operation"), count.Of(n.Codes, "code"), count.Of(n.Rules, "rule"),
		count.Of(n.Rows, "row"), count.Of(n.Examples, "example"), count.Of(n.Hooks, "hook")}, ", ")
}

// countsOf counts what a contract holds. A rule of the root counts once, however many operations it is
// in force for.
func countsOf(c *contract.Contract) lintCounts {
	n := lintCounts{Operations: len(c.Operations()), Codes: len(c.Errors())}
	rules := map[contract.Position]bool{}
	hooks := mock.Hooks()
	for _, op := range c.Operations() {
		n.Examples += len(op.Examples)
		if f := op.Foreign(); f != nil {
			n.Examples += f.Examples()
		}
		for _, r := range op.Rules {
			rules[r.Position] = true
		}
		if slices.Contains(hooks, op.ID) {
			n.Hooks++
		}
	}
	n.Rules = len(rules)
	for _, rt := range c.Resources() {
		if rt.Lifecycle != nil {
			n.Rows += len(rt.Lifecycle.Rows)
		}
	}
	return n
}
