package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/control"
	"github.com/tallystick/tallystick/mock/store"
	"github.com/tallystick/tallystick/mock/store/bolt"
)

// newState holds the commands about state that a mock has kept.
func newState(env map[string]string) *cobra.Command {
	cmd := &cobra.Command{
		Use:         "state COMMAND",
		Short:       "Work on the state that a mock keeps in a file.",
		Long:        "Works on files that tally mock --state writes, while no mock has them open.",
		Example:     "  tally state check life.tally",
		Annotations: map[string]string{exitNotes: plainExits},
		Args:        cobra.ArbitraryArgs,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknown("command", args[0], commandNames(cmd))
		}
		return errors.New("a command is missing; 'tally help state' lists them")
	}
	for _, sub := range []*cobra.Command{newStateCheck(env), newStateDump(env), newStateLoad(env), newStateCompact(env)} {
		sub.Flags().BoolP("help", "h", false, "Show this help.")
		sub.Flags().SortFlags = false
		cmd.AddCommand(sub)
	}
	return cmd
}

// stateSettings is what the flags of the commands under `tally state` say.
type stateSettings struct {
	spec, output string
	force        bool
}

func (k *stateSettings) specFlag() setting {
	return setting{name: "spec", form: "FILE", set: into(&k.spec), usage: "The contract that the mock played. Default the built-in one."}
}

// command makes a command about some files.
func (k *stateSettings) command(env map[string]string, cmd *cobra.Command, all settings, words []string, do func(ctx context.Context, args []string, out io.Writer) error) *cobra.Command {
	cmd.Args = atMost(len(words))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := all.read(cmd, env); err != nil {
			return err
		}
		if len(args) < len(words) {
			return fmt.Errorf("the %s is missing; '%s --help' shows the usage", words[len(args)], cmd.CommandPath())
		}
		if schemeOf(args[0]) != "" {
			return errors.New("want a file: what is shared has tools of its own, and GET /_tally/snapshot of any of its mocks")
		}
		return do(cmd.Context(), args, cmd.OutOrStdout())
	}
	all.declare(cmd)
	return cmd
}

func newStateCheck(env map[string]string) *cobra.Command {
	k := &stateSettings{}
	return k.command(env, &cobra.Command{
		Use:   "check FILE [flags]",
		Short: "See whether a file is whole, and what is in it.",
		Long: `Reads the whole file, holds every row to its checksum and to the contract, and counts what is there. The file
is not changed.`,
		Example: "  tally state check life.tally",
		Annotations: map[string]string{exitNotes: `  0  a mock can go on with it
  1  it is damaged, of a newer version, or of another contract
  2  wrong usage, or the file cannot be read or is none of a mock, or a mock has it open`},
	}, settings{k.specFlag()}, []string{"file"}, func(ctx context.Context, args []string, out io.Writer) error {
		s, err := k.read(ctx, args[0], bolt.OpenToCheck)
		if errors.Is(err, bolt.ErrDamaged) || errors.Is(err, mock.ErrKept) {
			_, _ = fmt.Fprintln(out, err)
			return errFindings
		}
		if err == nil {
			_, err = fmt.Fprintf(out, "%s: whole, %s, %s, %s; its clock shows %s\n", args[0], counted(len(s.Resources), "resource"),
				counted(len(s.Queues), "queue"), counted(len(s.Tokens), "token"), s.Clock.Now.Format("2006-01-02T15:04:05Z07:00"))
		}
		return err
	})
}

// read reads a file under the contract.
func (k *stateSettings) read(ctx context.Context, path string, open func(string) (*bolt.File, error)) (s control.Snapshot, err error) {
	c, err := loadContract(k.spec)
	if err != nil {
		return s, err
	}
	f, err := open(path)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	s, err = mock.ReadState(ctx, c, f.Load)
	if errors.Is(err, mock.ErrKept) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return s, err
}

func newStateDump(env map[string]string) *cobra.Command {
	k := &stateSettings{}
	return k.command(env, &cobra.Command{
		Use:   "dump FILE [flags]",
		Short: "Print the state in a file as JSON.",
		Long: `Prints what GET /_tally/snapshot of a mock would give that goes on with the file now: a form that --seed-state,
PUT /_tally/snapshot and tally state load take. Tokens stand in it as hashes only. The file is not changed.`,
		Example: "  tally state dump life.tally --output life.json",
		Annotations: map[string]string{exitNotes: `  0  done
  2  wrong usage, or the file cannot be read or gone on with`},
	}, settings{k.specFlag(), {name: "output", form: "FILE", set: into(&k.output), usage: "Write it into this file. Default the standard output."}},
		[]string{"file"}, func(ctx context.Context, args []string, out io.Writer) error {
			s, err := k.read(ctx, args[0], bolt.OpenToRead)
			if err != nil {
				return err
			}
			data, err := json.Marshal(s)
			if err != nil {
				return err
			}
			data = append(data, '\n')
			if k.output == "" {
				_, err = out.Write(data)
			} else if err = writeWhole(k.output, data, 0o600); err != nil {
				err = fmt.Errorf("--output %s: %w", k.output, reasonOf(err))
			}
			return err
		})
}

func newStateLoad(env map[string]string) *cobra.Command {
	k := &stateSettings{}
	return k.command(env, &cobra.Command{
		Use:   "load FILE SNAPSHOT.json [flags]",
		Short: "Make a file of state from a snapshot.",
		Long: `Puts a snapshot, as tally state dump and GET /_tally/snapshot give it, into a new file, in one step. A file that
holds something is left as it is, unless --force says that this may go.`,
		Example: "  tally state load life.tally life.json",
		Annotations: map[string]string{exitNotes: `  0  done
  2  wrong usage, a snapshot that cannot be, or a file that holds something; nothing was changed`},
	}, settings{k.specFlag(), {name: "force", form: "bool", set: setBool(&k.force), usage: "Replace what the file holds."}},
		[]string{"file", "snapshot"}, func(ctx context.Context, args []string, _ io.Writer) error {
			c, err := loadContract(k.spec)
			if err != nil {
				return err
			}
			return k.load(ctx, c, args[0], args[1])
		})
}

// load puts a snapshot into a file, in place of what is there.
func (k *stateSettings) load(ctx context.Context, c *contract.Contract, path, snapshot string) (err error) {
	in, err := os.Open(snapshot)
	if err != nil {
		return fmt.Errorf("%s: %w", snapshot, reasonOf(err))
	}
	defer func() { _ = in.Close() }() // it was only read
	rows, err := mock.StateRows(c, in)
	if err != nil {
		return fmt.Errorf("%s: %w", snapshot, err)
	}
	f, err := bolt.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	come := map[[2]string]bool{}
	for _, r := range rows {
		come[[2]string{r.Kind, r.Key}] = true
	}
	there := 0
	err = f.Load(ctx, func(r store.Row) error {
		if there++; !come[[2]string{r.Kind, r.Key}] {
			rows = append(rows, store.Row{Kind: r.Kind, Key: r.Key})
		}
		return nil
	})
	if err == nil && there > 0 && !k.force {
		err = fmt.Errorf("%s: it holds a state already; take another file, or --force to replace it", path)
	}
	if err != nil {
		return err
	}
	if err := f.Commit(ctx, rows); err != nil {
		return err
	}
	return f.Commit(ctx, nil) // so that the root before the newest has all rows too
}

func newStateCompact(env map[string]string) *cobra.Command {
	k := &stateSettings{}
	return k.command(env, &cobra.Command{
		Use:     "compact FILE",
		Short:   "Write a file anew, without the room that what has gone left in it.",
		Long:    "Writes what is in the file into a new one beside it, which takes its place in one step when it is whole.",
		Example: "  tally state compact life.tally",
		Annotations: map[string]string{exitNotes: `  0  done
  2  wrong usage, or the file cannot be read or written, or a mock has it open; nothing was changed`},
	}, nil, []string{"file"}, func(ctx context.Context, args []string, out io.Writer) error {
		before, after, err := bolt.Compact(ctx, args[0])
		if err == nil {
			_, err = fmt.Fprintf(out, "%s: %d bytes, before that %d\n", args[0], after, before)
		}
		return err
	})
}
