package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
	"github.com/tallystick/tallystick/mock"
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

// start is the option for what there is at the start.
func (m *mockSettings) start() mock.Option {
	if m.state != nil {
		return mock.WithState(bytes.NewReader(m.state))
	}
	return mock.WithInstances(m.snapshot)
}

// isWholeState tells the whole state of a mock from other files by its first member.
func isWholeState(data []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return false
	}
	name, err := decoder.Token()
	return err == nil && name == "tally"
}

// readState reads what there is at the start.
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
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("--%s %s: %w", flag, path, reasonOf(err))
	}
	if isWholeState(data) {
		m.state = data
		return nil
	}
	if m.snapshot, err = fixtures.ReadSnapshot(c, path); err != nil {
		return fmt.Errorf("--%s %w", flag, err)
	}
	warnUnusable(stderr, m.snapshot.Unusable)
	return nil
}
