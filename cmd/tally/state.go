package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
)

// seedFlag is the name of the flag that says what there is at the start; "" when none does.
func (m *mockSettings) seedFlag() string {
	switch {
	case m.seedState != "":
		return "seed-state"
	case m.fixtures != "":
		return "fixtures"
	}
	return ""
}

// readState reads what there is at the start. A file with the whole state of a mock belongs here as well, told by its
// member "tally".
func (m *mockSettings) readState(c *contract.Contract, stderr io.Writer) error {
	flag, path := m.seedFlag(), m.seedState
	if flag == "" {
		return nil
	}
	if m.seedState != "" && m.fixtures != "" {
		return errors.New("--seed-state and --fixtures are the same; want one of them")
	}
	if path == "" {
		path = m.fixtures
	}
	var err error
	if m.snapshot, err = fixtures.ReadSnapshot(c, path); err != nil {
		return fmt.Errorf("--%s %w", flag, err)
	}
	warnUnusable(stderr, m.snapshot.Unusable)
	return nil
}
