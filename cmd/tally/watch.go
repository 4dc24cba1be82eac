package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tallystick/tallystick/cmd/internal/watch"
	"github.com/tallystick/tallystick/mock"
)

// watchPeriod is how often --watch looks at the files.
const watchPeriod = 500 * time.Millisecond

// watch lets the mock follow its contract until the context ends, and tells what has become of each change.
func (m *mockSettings) watch(ctx context.Context, of *mock.Mock, stderr io.Writer) error {
	if !m.bench.watch {
		return nil
	}
	if m.spec == "" {
		return errors.New("--watch: the built-in contract does not change; name a file with --spec")
	}
	files, err := watch.Files(m.spec, m.files)
	if err != nil {
		return fmt.Errorf("--watch: %w", err)
	}
	ticker := time.NewTicker(watchPeriod)
	go func() {
		defer ticker.Stop()
		tell := func(text string) { _, _ = fmt.Fprintln(stderr, text) } // nowhere else to report to
		files.Follow(ctx, ticker.C, func() { tell(reloaded(m.spec, of)) }, func(err error) { tell(presence(m.spec, err)) })
	}()
	return nil
}

// files are those that the contract was read from last, relative to its folder; nil when it does not tell.
func (m *mockSettings) files() []string {
	if c := m.last.Load(); c != nil {
		return c.Files()
	}
	return nil
}

// presence says in a line that the contract's file is gone, or there again.
func presence(spec string, err error) string {
	if err != nil {
		return fmt.Sprintf("%s cannot be read, the contract before goes on: %v", spec, reasonOf(err))
	}
	return spec + " is there again"
}

// reloaded lets the mock read its contract again, and says in a line what has become of it.
func reloaded(spec string, of *mock.Mock) string {
	changes, err := of.ReloadFromSource()
	switch {
	case err != nil:
		return "not reloaded, the contract before goes on: " + err.Error()
	case len(changes) == 0:
		return "reloaded " + spec + ": nothing that it says has changed"
	}
	return "reloaded " + spec + ": " + strings.Join(changes, "; ")
}
