// Package conformance holds a server to a contract: it derives checks from the document, sends requests,
// judges what comes back, and reports with the page and row that each demand comes from.
//
// It judges any server over HTTP, or an http.Handler in process. Its oracle is the document, never a mock:
// this package does not import one. What it creates it writes to a ledger first and removes again.
package conformance

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// Run holds a target to a contract. The report is never nil when the error is nil; findings are in the
// report, not in the error. An error means that nothing could be judged: ErrUsage for options that make
// no sense, ErrUnreachable when the target does not answer, ErrCredentials when it refuses them,
// ErrInterrupted when the context has ended before the first check.
func Run(ctx context.Context, c *contract.Contract, target Target, opts ...Option) (*Report, error) {
	r, err := newRunner(c, target, opts)
	if err != nil {
		return nil, err
	}
	defer r.close()
	checks, err := r.selected()
	if err != nil {
		return nil, err
	}
	if r.settings.dryRun {
		return r.planned(checks), nil
	}
	if r.ledger, err = openLedger(r.settings.ledger, r.session.base, target.First.Project); err != nil {
		return nil, err
	}
	if err := r.preflight(ctx); err != nil {
		return nil, errors.Join(err, r.ledger.discard())
	}
	r.execute(ctx, checks)
	r.cleanUp(ctx)
	return r.report(checks), nil
}

// Plan lists the checks that a run would make, in their order.
func Plan(c *contract.Contract, target Target, opts ...Option) ([]Check, error) {
	r, err := newRunner(c, target, opts)
	if err != nil {
		return nil, err
	}
	defer r.close()
	return r.selected()
}

// The kinds of errors of Run; use errors.Is.
var (
	ErrUsage       = errors.New("usage")
	ErrUnreachable = errors.New("target unreachable")
	ErrCredentials = errors.New("credentials refused")
	ErrInterrupted = errors.New("interrupted")
)

func usage(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUsage, fmt.Sprintf(format, args...))
}

// Target is what is judged.
type Target struct {
	URL    string         // base URL; "" when Handler is set
	Serve  Server         // in process; nil when URL is set
	TLS    *tls.Config    // how certificates are looked at; nil trusts what the system trusts
	First  Credentials    // of the project in which the runner works
	Second *Credentials   // of another project; nil = tenancy is not claimed
	Values map[string]any // JSON merge patch on the documented create request: what this target offers
}

// Credentials are for one project: a token, what it takes to get one, or a key that signs. A key beside one of
// the others signs nothing but the requests of the checks of signatures.
type Credentials struct {
	Project string
	Token   string
	Login   *Login     // nil when Token is given
	Key     *AccessKey // nil for none
}

// Login is for the token service.
type Login struct {
	URL                    string // of the token service; "" = the target's own
	User, Password, Domain string
	ProjectName            string // "" = scope by the project's id
}

// Option changes one thing about a run.
type Option func(*settings) error

type settings struct {
	include, exclude []string
	seed             uint64
	strict           bool
	readOnly         bool
	dryRun           bool
	failFast         bool
	control          bool
	maxInstances     int
	workers          int
	rate             float64 // requests a second; 0 = no limit
	timeout          time.Duration
	waitMax          time.Duration
	ledger           string
	baseline         *Baseline
	progress         func(Progress)
	record           func(Exchange)
	prefix           string
	shard            shardSettings
	rerun            []string // more words of the commands in Result.Rerun
}

func defaultSettings() settings {
	return settings{seed: 1, control: true, maxInstances: 5, workers: 1, timeout: 10 * time.Second, waitMax: 10 * time.Minute,
		progress: func(Progress) {}, record: func(Exchange) {}}
}

// WithFilter keeps the checks that an include pattern matches (all, when there is none) and no exclude
// pattern does. A pattern is a glob on ids, or suite:, operation:, level: or code: with a glob after it. A
// pattern that matches nothing is an error.
func WithFilter(include, exclude []string) Option {
	return func(s *settings) error { s.include, s.exclude = include, exclude; return nil }
}

// WithSeed sets what names and random choices are made from; the default is 1.
func WithSeed(seed uint64) Option { return func(s *settings) error { s.seed = seed; return nil } }

// WithStrict lets inferred requirements fail the run too; the default is that they are reported only.
func WithStrict(on bool) Option { return func(s *settings) error { s.strict = on; return nil } }

// WithReadOnly leaves out every check that would create or change something; the default is off.
func WithReadOnly(on bool) Option { return func(s *settings) error { s.readOnly = on; return nil } }

// WithDryRun only plans: nothing is sent; the default is off.
func WithDryRun(on bool) Option { return func(s *settings) error { s.dryRun = on; return nil } }

// WithFailFast ends the run at the first failed MUST; the default is off.
func WithFailFast(on bool) Option { return func(s *settings) error { s.failFast = on; return nil } }

// WithControl lets the runner use the control API of a Tallystick mock when it finds one, to move its
// clock and change its world; the default is on.
func WithControl(on bool) Option { return func(s *settings) error { s.control = on; return nil } }

// Budget bounds what a run costs its target. Zero members keep their defaults.
type Budget struct {
	MaxInstances int           // alive at once; default 5
	Rate         float64       // requests a second; default without limit
	Timeout      time.Duration // for one exchange; default 10 s
	WaitMax      time.Duration // for a transient state to end; default 10 min
}

// WithBudget bounds the run.
func WithBudget(b Budget) Option {
	return func(s *settings) error {
		if b.MaxInstances < 0 || b.Rate < 0 || b.Timeout < 0 || b.WaitMax < 0 {
			return usage("a budget cannot be negative")
		}
		if b.MaxInstances > 0 {
			s.maxInstances = b.MaxInstances
		}
		if b.Timeout > 0 {
			s.timeout = b.Timeout
		}
		if b.WaitMax > 0 {
			s.waitMax = b.WaitMax
		}
		s.rate = b.Rate
		return nil
	}
}

// WithWorkers lets n checks run at a time, each with instances of its own out of the budget; the default is
// 1. What looks at the whole project still runs by itself, and so does everything on a mock whose control
// API is used: its clock is one for all. It is an error when n is more than the budget has instances.
func WithWorkers(n int) Option {
	return func(s *settings) error {
		if n < 1 {
			return usage("workers: %d, want at least 1", n)
		}
		s.workers = n
		return nil
	}
}

// WithLedger writes every instance to a file before its create is sent; the default keeps the ledger in
// memory only.
func WithLedger(file string) Option { return func(s *settings) error { s.ledger = file; return nil } }

// WithBaseline names known failures; the default is none.
func WithBaseline(b *Baseline) Option { return func(s *settings) error { s.baseline = b; return nil } }

// WithProgress calls a function before each check and at the end. It is called by one goroutine at a
// time.
func WithProgress(f func(Progress)) Option {
	return func(s *settings) error { s.progress = f; return nil }
}

// WithRecord calls a function with every exchange, secrets redacted. It is called by one goroutine at a
// time.
func WithRecord(f func(Exchange)) Option { return func(s *settings) error { s.record = f; return nil } }

// Progress is where a run stands.
type Progress struct {
	Check          string // about to run; "" at the end
	Done, Total    int
	Failed, Passed int
}
