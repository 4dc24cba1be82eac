package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/conformance/render"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
)

// holding is what holds a target to a contract: conformance.Run, or a recording that is sent again.
type holding func(context.Context, *contract.Contract, conformance.Target, ...conformance.Option) (*conformance.Report, error)

// check holds the target, reports, and tells the outcome by its error.
func (k *checkSettings) check(ctx context.Context, stdout, stderr io.Writer, env map[string]string, hold holding) error {
	var c *contract.Contract
	if k.spec != "" { // before what is missing: nothing that is given would make it one to check
		var err error
		if c, err = loadCheckable(k.spec); err != nil {
			return err
		}
	}
	target, err := k.target()
	if err != nil {
		return err
	}
	baseline, err := k.readBaseline()
	if err != nil {
		return err
	}
	opts := k.options(baseline)
	if c == nil { // last, because it takes longest
		if c, err = loadCheckable(""); err != nil {
			return err
		}
	}
	ledger := k.ledgerFile()
	recording, record, err := k.recording()
	if err != nil {
		return err
	}
	outlivePipes()
	ctx, stop := interruptible(ctx, stderr, ledger)
	width, tty := terminal(stderr)
	bar := render.NewProgressBar(stderr, tty && coloured(stderr, env), width)
	var once sync.Once
	progress := func(p conformance.Progress) {
		once.Do(func() { k.tellLedger(stderr, ledger) }) // now that the server has answered
		bar.Update(p)
	}
	report, err := hold(ctx, c, target, append(opts, conformance.WithLedger(ledger), conformance.WithProgress(progress), record)...)
	bar.Done()
	stop()
	if recording != nil {
		if failed := recording.Close(); failed != nil {
			err = errors.Join(err, fmt.Errorf("--har %s: %w", k.har, reasonOf(failed)))
		}
	}
	if report == nil {
		return err
	}
	k.demand(stderr, report)
	tidy(stderr, ledger, report)
	if err = errors.Join(err, k.print(stdout, report, env), k.writeReports(report), k.updateBaseline(baseline, report)); err != nil {
		return err
	}
	return outcome(report)
}

// loadChecked loads a contract, and words its problems.
func loadChecked(path string) (*contract.Contract, error) {
	c, err := loadContract(path)
	var problems contract.Problems
	if errors.As(err, &problems) {
		return nil, fmt.Errorf("contract %s has problems:\n%w", path, problems)
	}
	if err == nil && c.Foreign() != nil {
		return nil, fmt.Errorf("contract %s: no x-tally-effect says what its operations do, so there is nothing to check; tally mock plays it, tally lint examines it", path)
	}
	return c, err
}

// loadCheckable loads a contract that a server can be held to.
func loadCheckable(path string) (*contract.Contract, error) {
	c, err := loadChecked(path)
	if err != nil {
		return nil, err
	}
	return c, conformance.Checkable(c)
}

// target is what is checked; what is missing is an error that names the flag.
func (k *checkSettings) target() (conformance.Target, error) {
	for _, f := range []struct{ name, value string }{{"target", k.url}, {"project", k.project}} {
		if f.value == "" {
			return conformance.Target{}, fmt.Errorf("--%s is missing", f.name)
		}
	}
	target, err := k.valued()
	if err != nil {
		return target, err
	}
	target.URL = k.url
	if target.TLS, err = trusting(k.ca, k.insecure); err != nil {
		return target, err
	}
	if target.First, err = k.first(); err != nil {
		return target, err
	}
	target.Second, err = k.second(k.secondProject, k.secondToken)
	return target, err
}

// valued is a target of which only the values are known.
func (k *checkSettings) valued() (conformance.Target, error) {
	var target conformance.Target
	if k.values == "" {
		return target, nil
	}
	data, err := os.ReadFile(k.values)
	if err != nil {
		return target, fmt.Errorf("--values %s: %w", k.values, reasonOf(err))
	}
	if target.Values, err = readValues(data); err != nil {
		return target, fmt.Errorf("--values %s: %w", k.values, err)
	}
	return target, nil
}

func (k *checkSettings) readBaseline() (*conformance.Baseline, error) {
	if k.baseline == "" {
		return nil, nil
	}
	return conformance.ReadBaseline(k.baseline, time.Now())
}

func (k *checkSettings) options(baseline *conformance.Baseline) []conformance.Option {
	budget := conformance.Budget{MaxInstances: k.maxInstances, Rate: k.requestRate(), Timeout: k.timeout, WaitMax: k.waitMax}
	return append(k.sharding(),
		conformance.WithFilter(k.include, k.exclude), conformance.WithSeed(k.seed), conformance.WithStrict(k.strict),
		conformance.WithReadOnly(k.readOnly), conformance.WithDryRun(k.dryRun), conformance.WithFailFast(k.failFast),
		conformance.WithControl(k.control), conformance.WithBudget(budget), conformance.WithWorkers(k.workers), conformance.WithBaseline(baseline), conformance.WithRerun(k.rerunWords()...))
}

const politeRate = 10 // requests a second to a server that others may need

func (k *checkSettings) requestRate() float64 {
	if k.rate != nil {
		return *k.rate
	}
	if u, err := url.Parse(k.url); err == nil {
		if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback()) {
			return 0
		}
	}
	return politeRate
}

// ledgerFile is where the run writes what it creates; "" when it creates nothing.
func (k *checkSettings) ledgerFile() string {
	switch {
	case k.dryRun || (k.readOnly && k.ledger == ""):
		return ""
	case k.ledger != "":
		return k.ledger
	}
	return filepath.Join(os.TempDir(), "tally-"+strings.ToLower(rand.Text()[:12])+".ledger")
}

// tellLedger says where the ledger is, unless the user has said so.
func (k *checkSettings) tellLedger(stderr io.Writer, ledger string) {
	if ledger != "" && k.ledger == "" {
		_, _ = fmt.Fprintf(stderr, "ledger: %s; should this run crash, tally cleanup --ledger %s removes what it has created\n", ledger, shellQuote(ledger))
	}
}

// outlivePipes lets a run go on, and clean up, when nobody reads what it prints any more, as with tally check | head.
func outlivePipes() { signal.Ignore(syscall.SIGPIPE) }

// recording makes the file of --har, and the option that fills it.
func (k *checkSettings) recording() (*fixtures.Writer, conformance.Option, error) {
	nothing := conformance.WithRecord(func(conformance.Exchange) {})
	if k.har == "" {
		return nil, nothing, nil
	}
	info, _ := debug.ReadBuildInfo()
	w, err := fixtures.Create(k.har, fixtures.Creator{Name: "tally", Version: versionOf(info)})
	if err != nil {
		return nil, nothing, fmt.Errorf("--har %s: %w", k.har, reasonOf(err))
	}
	return w, conformance.WithRecord(func(e conformance.Exchange) {
		_ = w.Add(fixtures.Exchange{Started: e.Started, Took: time.Duration(e.Took), Method: e.Method, URL: e.URL, // Close tells
			RequestHeaders: e.RequestHeaders, RequestBody: e.RequestBody, Status: e.Status, ResponseHeaders: e.ResponseHeaders,
			ResponseBody: e.ResponseBody, Error: e.Error, Comment: e.Operation})
	}), nil
}

// interruptible is a context that ends with SIGINT or SIGTERM; the next signal ends the program.
func interruptible(ctx context.Context, stderr io.Writer, ledger string) (context.Context, func()) {
	ctx, cancel := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	finished, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(told)
		select {
		case <-finished:
			return
		case <-ctx.Done():
		}
		cancel()
		text := "\ninterrupted: what was created is being removed"
		if ledger != "" {
			text += "; a second signal leaves at once, then tally cleanup --ledger " + shellQuote(ledger) + " removes it"
		}
		_, _ = fmt.Fprintln(stderr, text)
	}()
	return ctx, func() {
		close(finished)
		<-told
		cancel()
	}
}

// tidy takes the ledger away when there is nothing left in it, and else tells where it is.
func tidy(stderr io.Writer, ledger string, report *conformance.Report) {
	if ledger == "" {
		return
	}
	if len(report.Leftovers) == 0 {
		_ = os.Remove(ledger) // it may never have been made
		return
	}
	_, _ = fmt.Fprintf(stderr, "left on the target: %s\ntally cleanup --ledger %s removes it, with the same credentials\n",
		strings.Join(report.Leftovers, ", "), shellQuote(ledger))
}

// print writes the report to the standard output stream.
func (k *checkSettings) print(out io.Writer, report *conformance.Report, env map[string]string) error {
	var err error
	width, tty := terminal(out)
	switch {
	case k.asJSON:
		err = render.Write("json", out, report)
	case tty:
		err = render.TerminalWidth(out, report, coloured(out, env), width)
	default:
		err = render.Terminal(out, report, false)
	}
	if errors.Is(err, syscall.EPIPE) {
		return nil // whoever reads has had enough; the exit code tells
	}
	return err
}

func (k *checkSettings) writeReports(report *conformance.Report) error {
	return writeReports(k.reports, func(format string, w io.Writer) error { return render.Write(format, w, report) })
}

const baselineTime = 90 * 24 * time.Hour // until an entry expires

func (k *checkSettings) updateBaseline(old *conformance.Baseline, report *conformance.Report) error {
	if k.baselineUpdate == "" || k.dryRun {
		return nil
	}
	var text bytes.Buffer
	err := conformance.WriteBaseline(&text, report, old, time.Now().Add(baselineTime))
	if err == nil {
		err = os.WriteFile(k.baselineUpdate, text.Bytes(), 0o644)
	}
	if err != nil {
		return fmt.Errorf("--baseline-update %s: %w", k.baselineUpdate, reasonOf(err))
	}
	return nil
}

// demand fails the report where its coverage is below what is asked for, and says so.
func (k *checkSettings) demand(stderr io.Writer, report *conformance.Report) {
	if k.dryRun {
		return
	}
	for _, text := range report.DemandCoverage(k.minCoverage) {
		_, _ = fmt.Fprintln(stderr, "tally check:", text)
	}
}

// outcome is the error that stands for the exit code.
func outcome(report *conformance.Report) error {
	switch {
	case report.Verdict == conformance.Findings:
		return errFindings
	case report.Verdict == conformance.Partial:
		return errPartial
	}
	return nil
}
