package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/tallystick/tallystick/mock"
)

// workbench is what the flags of `tally mock` say of its worlds.
type workbench struct {
	sandboxes mock.Sandboxes
	seed      uint64
	seeded    bool
	watch     bool
}

func newWorkbench() workbench {
	return workbench{sandboxes: mock.Sandboxes{Max: 1000, Idle: 10 * time.Minute}}
}

// settings lists the flags in the order of the help.
func (b *workbench) settings() settings {
	return settings{
		{name: "max-sandboxes", form: "N", initial: strconv.Itoa(b.sandboxes.Max), set: b.setMax,
			usage: "How many sandboxes there may be at a time. The header X-Tally-Sandbox, or NAME.localhost as host, selects one."},
		{name: "sandbox-idle", form: "TIME", initial: "10m", set: b.setIdle,
			usage: "Drop a sandbox that nobody has used for so long. 0 is never."},
		{name: "seed", form: "N", set: b.setSeed,
			usage: "What ids are made from, in each sandbox of its own, and where chance begins, for faults by probability and latencies from a range, so that runs repeat. Default ids differ from run to run, and chance begins at 0."},
		{name: "watch", form: "bool", set: setBool(&b.watch),
			usage: "Read the contract of --spec again when it, a file that it refers to, or one beside it changes, and go on under it with all state. One with problems is told and not taken."},
	}
}

func (b *workbench) setMax(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return errors.New("want 0 (none) or a number above it")
	}
	b.sandboxes.Max = n
	return nil
}

func (b *workbench) setIdle(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return errors.New("want a duration such as 10m, or 0 for never")
	}
	b.sandboxes.Idle = d
	return nil
}

func (b *workbench) setSeed(text string) error {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return fmt.Errorf("want a number from 0 to %d", uint64(1<<64-1))
	}
	b.seed, b.seeded = n, true
	return nil
}

// options are those of the mock. The contract is read again from where --spec says.
func (m *mockSettings) workbenchOptions() []mock.Option {
	opts := []mock.Option{mock.WithSandboxes(m.bench.sandboxes)}
	if m.bench.seeded {
		opts = append(opts, mock.WithSeed(m.bench.seed))
	}
	if m.spec != "" {
		opts = append(opts, mock.WithSource(m.contract))
	}
	return opts
}
