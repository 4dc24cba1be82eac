package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"text/tabwriter"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/fixtures"
	"github.com/tallystick/tallystick/internal/format"
)

// recording is a run of `tally record`.
type recording struct {
	file    *fixtures.Recorder
	proxy   *fixtures.Proxy
	summary fixtures.Summary
	log     *slog.Logger
	warn    func(error) // tells of the first error of the file, whatever the log is
	lost    atomic.Int64
	broken  sync.Once
	failed  error // the first error of the file
}

// record passes exchanges on until it is interrupted, and tells the outcome by its error.
func (k *recordSettings) record(ctx context.Context, stdout, stderr io.Writer) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := checkReady(k.ready); err != nil {
		return err
	}
	listener, err := listen(ctx, k.addr)
	if err != nil {
		return err // before a file is made or replaced
	}
	defer func() { _ = listener.Close() }()
	r, err := k.open(stderr)
	if err != nil {
		return err
	}
	defer log.SetOutput(log.Writer())
	log.SetOutput(io.Discard) // net/http says there what a target sends unasked, and it may be secret
	served := k.serve(ctx, stop, r, listener, stdout, stderr)
	r.proxy.Wait()
	if err := errors.Join(r.failed, r.file.Close()); err != nil {
		_ = k.print(stderr, r.summary.Counts()) // the error of the file is the one to tell
		_, _ = fmt.Fprintf(stderr, "\nOf these, %d could not be recorded.\n\n", r.lost.Load())
		return fmt.Errorf("--out %s: %w", k.out, err)
	}
	if served != nil {
		return served
	}
	counts := r.summary.Counts()
	if err := k.print(stdout, counts); err != nil {
		return err
	}
	return k.outcome(counts)
}

// open makes the file and the proxy.
func (k *recordSettings) open(stderr io.Writer) (*recording, error) {
	c, err := loadChecked(k.spec)
	if err != nil {
		return nil, err
	}
	redactor, err := fixtures.NewRedactor(c, k.redactAlso...)
	if err != nil {
		return nil, fmt.Errorf("--redact-also: %w", err)
	}
	secure, err := trusting(k.ca, k.insecure)
	if err != nil {
		return nil, err
	}
	r := &recording{log: newLogger(k.log, stderr), warn: func(err error) {
		_, _ = fmt.Fprintf(stderr, "warning: --out %s: %v; exchanges pass, and are no longer recorded\n", k.out, err)
	}}
	config := fixtures.ProxyConfig{Target: k.target, Redactor: redactor, Contract: c, Transport: fixtures.NewTransport(secure), KeepHost: k.host == hostClient, Record: r.add}
	if !k.validate {
		config.Contract = nil
	}
	if r.proxy, err = fixtures.NewProxy(config); err != nil {
		return nil, err
	}
	info, _ := debug.ReadBuildInfo()
	r.file, err = fixtures.NewRecorder(k.out, fixtures.Creator{Name: "tally", Version: versionOf(info)}, k.force)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("--out %s: the file exists; --force replaces it", k.out)
	}
	if err != nil {
		return nil, fmt.Errorf("--out %s: %w", k.out, reasonOf(err))
	}
	return r, nil
}

// add writes, counts and shows an exchange.
func (r *recording) add(e fixtures.Exchange) {
	if err := r.file.Add(e); err != nil {
		r.lost.Add(1)
		r.broken.Do(func() {
			r.failed = err
			r.warn(err)
		})
	}
	r.summary.Add(e)
	path := e.URL
	if u, err := url.Parse(e.URL); err == nil {
		path = u.EscapedPath()
	}
	level, attributes := slog.LevelInfo, []slog.Attr{slog.String("method", e.Method), slog.String("path", path), slog.Int("status", e.Status)}
	if e.Note != nil {
		attributes = append(attributes, slog.String("operation", e.Note.Operation), slog.Bool("valid", e.Note.Valid))
		if len(e.Note.Violations) > 0 {
			level = slog.LevelWarn
			attributes = append(attributes, slog.String("violation", e.Note.Violations[0]), slog.Int("violations", len(e.Note.Violations)))
		}
	}
	if e.Error != "" {
		level = slog.LevelError
		attributes = append(attributes, slog.String("error", e.Error))
	}
	r.log.LogAttrs(context.Background(), level, "exchange", append(attributes, slog.Duration("took", e.Took))...)
}

// serve answers clients until the context ends. Streams have no bound on the time of a whole exchange.
func (k *recordSettings) serve(ctx context.Context, stop func(), r *recording, listener net.Listener, stdout, stderr io.Writer) error {
	s := service{handler: r.proxy, ready: k.ready, streams: true, log: r.log}
	s.greet = func(base string, addr net.Addr) error {
		if tcp, ok := addr.(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
			_, _ = fmt.Fprintf(stderr, "warning: %s can be reached from other machines, and leads them to the target\n", addr)
		}
		out := stdout
		if k.asJSON { // which has the summary alone
			out = stderr
		}
		_, err := fmt.Fprintf(out, "%s is recorded into %s; clients go to\n\n  address  %s\n\nCtrl-C ends it.\n", k.target, k.out, base)
		return err
	}
	return s.serve(ctx, stop, listener)
}

// print writes the summary to the standard output stream.
func (k *recordSettings) print(out io.Writer, c fixtures.Counts) error {
	if k.asJSON {
		return format.JSON(out, c)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(table, "\nRecorded: %s in %s\n", counted(c.Exchanges, "exchange"), k.out) // an error shows at Flush
	if len(c.Operations) > 0 {
		_, _ = fmt.Fprintln(table, "\nOPERATION\tEXCHANGES\tWITH VIOLATIONS")
	}
	for _, o := range c.Operations {
		_, _ = fmt.Fprintf(table, "%s\t%d\t%d\n", named(o.Operation), o.Exchanges, o.Invalid)
	}
	if len(c.Violations) > 0 {
		_, _ = fmt.Fprintln(table, "\nVIOLATIONS")
	}
	for _, v := range c.Violations {
		_, _ = fmt.Fprintf(table, "%dx  %s  %s\n", v.Exchanges, named(v.Operation), v.Violation)
	}
	if c.More > 0 {
		_, _ = fmt.Fprintf(table, "and %d more, of other kinds\n", c.More)
	}
	return table.Flush()
}

// counted is a number with its noun.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func named(operation string) string {
	if operation == "" {
		return "(none)"
	}
	return operation
}

// outcome is the error that stands for the exit code.
func (k *recordSettings) outcome(c fixtures.Counts) error {
	switch {
	case c.Exchanges == 0:
		return errPartial
	case c.Unanswered == c.Exchanges:
		return fmt.Errorf("%w: no answer came from %s, to any of %s", conformance.ErrUnreachable, k.target, counted(c.Exchanges, "request"))
	case k.failOn != failNever && c.Answers > 0, k.failOn == failAll && c.Requests+c.Unknown > 0:
		return errFindings
	case k.failOn != failNever && (c.Unjudged > 0 || judged(c) == 0):
		return errPartial
	}
	return nil
}

// judged is how many exchanges the contract has an operation for.
func judged(c fixtures.Counts) int { return c.Exchanges - c.Unknown }
