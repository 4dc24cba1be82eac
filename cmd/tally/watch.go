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
		files.Follow(ctx, ticker.C, func() { _, _ = fmt.Fprintln(stderr, reloaded(m.spec, of)) }) // nowhere else to report to
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
