package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"syscall"
	"text/tabwriter"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/defects"
)

// Forms of the access log.
const (
	logText = "text"
	logJSON = "json"
	logOff  = "off"
)

var logForms = []string{logText, logJSON, logOff}

func newLogger(form string, out io.Writer) *slog.Logger {
	switch form {
	case logJSON:
		return slog.New(slog.NewJSONHandler(out, nil))
	case logOff:
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(out, nil))
}

func (m *mockSettings) contract() (*contract.Contract, error) {
	c, err := loadContract(m.spec)
	var problems contract.Problems
	if errors.As(err, &problems) {
		return nil, fmt.Errorf("contract %s has problems:\n%w", m.spec, problems)
	}
	if err == nil {
		m.last.Store(c)
	}
	return c, err
}

// serve plays the service until it is interrupted.
func (m *mockSettings) serve(ctx context.Context, stdout, stderr io.Writer) (err error) {
	paceHeap()
	started := m.begin()
	defer started()
	c, err := m.contract()
	if err != nil {
		return err
	}
	if err := m.prepare(c, stderr); err != nil {
		return err
	}
	log := newLogger(m.log, stderr)
	h, err := m.kept(ctx, c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if err := m.issue(h); err != nil {
		return err
	}
	if err := m.watch(ctx, h, stderr); err != nil {
		return err
	}
	w, err := m.wire.opened(m.addr)
	if err != nil {
		return err
	}
	return service{handler: h, addr: m.addr, ready: m.ready, log: log, wire: w, greet: func(base string, addr net.Addr) error {
		started()
		s := session{contract: c, base: base, auth: m.auth, control: m.control, seed: m.seedFlag(), resources: h.Count(), kept: m.keep.name(), wire: w}
		if _, err := io.WriteString(stdout, s.greeting()); err != nil {
			return err
		}
		warnOutside(stderr, addr, m.control)
		warnBroken(stderr, m.defect)
		warnFaulty(stderr, m.faults)
		return nil
	}}.run(ctx)
}

// kept makes the mock, on what it keeps its state in.
func (m *mockSettings) kept(ctx context.Context, c *contract.Contract, log *slog.Logger) (*mock.Mock, error) {
	opts := []mock.Option{mock.WithLog(log)}
	place, closePlace, err := m.keep.open(ctx)
	if err != nil {
		return nil, err
	}
	if place != nil {
		opts = append(opts, place)
	}
	h, err := m.handler(c, opts...)
	if err != nil && closePlace != nil {
		err = errors.Join(m.keep.wrong(err), closePlace())
	}
	return h, err
}

// prepare reads what the flags name, and makes up what they leave out.
func (m *mockSettings) prepare(c *contract.Contract, stderr io.Writer) error {
	var err error
	if m.auth.Keys, err = m.keys.pairs(); err != nil {
		return err
	}
	if c.Foreign() != nil {
		debug.FreeOSMemory() // reading a large document takes several times what is left of it
		m.warnMistakes(c, stderr)
		return m.checkForeign()
	}
	if err := m.readState(c, stderr); err != nil {
		return err
	}
	if m.keep.name() == "" && m.needsToken() {
		m.auth.Tokens = []mock.Token{randomToken(m.project())}
	}
	return nil
}

// needsToken tells whether there is no token yet, and calls need one.
func (m *mockSettings) needsToken() bool {
	return m.auth.Mode == mock.Strict && len(m.auth.Tokens) == 0
}

// issue gets a token from a mock that keeps its state: one that was made up would end with the process, and others
// that share the state would not take it.
func (m *mockSettings) issue(h *mock.Mock) error {
	if m.keep.name() == "" || !m.needsToken() {
		return nil
	}
	value, err := h.IssueToken(m.project())
	m.auth.Tokens = []mock.Token{{Value: value, Project: m.project()}}
	return err
}

// project is the one to try the mock with: whose instances there are.
func (m *mockSettings) project() string {
	for _, in := range m.snapshot.Instances {
		if in.Tenant != "" {
			return in.Tenant
		}
	}
	return mock.ProjectID(defaultProject)
}

func listenError(addr string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("--addr %s: the address is in use; choose another port, or 0 for any free one", addr)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return fmt.Errorf("--addr %s: cannot listen there: %w", addr, err)
}

// warnOutside tells that others than this machine can reach the mock.
func warnOutside(stderr io.Writer, addr net.Addr, control bool) {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || tcp.IP.IsLoopback() {
		return
	}
	text := "warning: " + addr.String() + " can be reached from other machines; it is made for tests, not for that"
	if control && !tcp.IP.IsUnspecified() {
		text += " (and the control API answers under a loopback address only)"
	}
	_, _ = fmt.Fprintln(stderr, text)
}

// warnBroken tells that a mock must not be taken for an honest one.
func warnBroken(stderr io.Writer, defect string) {
	if defect != "" {
		_, _ = fmt.Fprintf(stderr, "WARNING: this mock is BROKEN ON PURPOSE (--defect %s): it does not keep its contract\n", defect)
	}
}

// warnFaulty tells what goes wrong from the start.
func warnFaulty(stderr io.Writer, faults []string) {
	for _, f := range faults {
		_, _ = fmt.Fprintf(stderr, "WARNING: this mock fails on purpose (--fault %s)\n", f)
	}
}

// printDefects lists what --defect can be.
func (m *mockSettings) printDefects(out io.Writer) error {
	c, err := m.contract()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "NAME\tFAMILY\tBREAKS") // an error shows at Flush
	for _, d := range defects.All(c) {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", d.Name, d.Family, d.Breaks)
	}
	return table.Flush()
}

// writeReady writes the base URL in one step, so that a reader never sees a part of it.
func writeReady(path, base string) error {
	if path == "" {
		return nil
	}
	if err := writeWhole(path, []byte(base+"\n"), 0o600); err != nil {
		return fmt.Errorf("--ready-file %s: %w", path, reasonOf(err))
	}
	return nil
}

func removeReady(path string) {
	if path != "" {
		_ = os.Remove(path)
	}
}
