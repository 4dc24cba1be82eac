package mock

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
	"github.com/tallystick/tallystick/mock/fault"
)

// Option changes one thing about a mock. Every option has a default that suits a test.
type Option func(*settings) error

type settings struct {
	now       func() time.Time
	ids       func() string
	auth      Auth
	progress  Progress
	world     World
	control   bool
	log       *slog.Logger
	tampering Tampering
	faults    []fault.Fault // planted from the start
	seed      uint64
	snapshot  fixtures.Snapshot // what there is at the start
	journal   journalSize
	journals  *budget // of all worlds; nil bounds nothing
	state     *state  // what there is at the start, with everything around it; nil for snapshot
	seeded    bool    // ids come from the seed, not from the function ids
	sandboxes Sandboxes
	source    func() (*contract.Contract, error) // where a reload gets the contract; nil for nowhere
	keeping   keeping                            // of the world without a name
}

func defaults() settings {
	return settings{now: time.Now, ids: newUUID, auth: Auth{Mode: Strict}, control: true, sandboxes: Sandboxes{Max: 1000, Idle: 10 * time.Minute}, log: slog.New(slog.DiscardHandler), journal: defaultJournal}
}

// node stands for this machine in ids: the address of its network card is nobody's business. The lowest bit
// of the first byte says that it is no such address.
var node = func() (n [6]byte) {
	rand.Read(n[:])
	n[0] |= 1
	return n
}()

// newUUID is a UUID of version 1, which the documented ids are.
func newUUID() string {
	id, err := uuid.NewUUID()
	if err != nil {
		return uuid.NewString()
	}
	copy(id[10:], node[:])
	return id.String()
}

// WithNow sets the time that the mock's clock runs on; the default is time.Now.
func WithNow(now func() time.Time) Option {
	return func(s *settings) error {
		if now == nil {
			return errors.New("WithNow: the function is nil")
		}
		s.now = now
		return nil
	}
}

// WithIDs sets where unique parts of ids come from; the default is UUIDs of version 1. It is called by one
// goroutine at a time, and must not repeat itself.
func WithIDs(next func() string) Option {
	return func(s *settings) error {
		if next == nil {
			return errors.New("WithIDs: the function is nil")
		}
		var mu sync.Mutex // sandboxes ask for ids at the same time
		s.ids = func() string {
			mu.Lock()
			defer mu.Unlock()
			return next()
		}
		return nil
	}
}

// WithAuth sets who may call; the default is Strict with no tokens but those that the mock issues.
func WithAuth(a Auth) Option {
	return func(s *settings) error { s.auth = a; return a.check() }
}

// WithProgress sets how transient states end; the default is by time, at the pace of the contract.
func WithProgress(p Progress) Option {
	return func(s *settings) error { s.progress = p; return nil }
}

// WithWorld sets what surrounds the API; the zero World is the default: quotas of the contract, its
// catalogues, nothing given, no rate limit.
func WithWorld(w World) Option {
	return func(s *settings) error { s.world = w; return nil }
}

// WithControl switches the control API under /_tally/ on or off; the default is on.
func WithControl(on bool) Option {
	return func(s *settings) error { s.control = on; return nil }
}

// WithLog sets the access log; the default is none. Tokens and bodies are never logged.
func WithLog(l *slog.Logger) Option {
	return func(s *settings) error {
		if l == nil {
			return errors.New("WithLog: the logger is nil")
		}
		s.log = l
		return nil
	}
}

// WithInstances sets what there is at the start, and again after a reset; the default is nothing. Time goes
// on for the instances from the moment of the snapshot: what was to happen a minute later happens a minute
// after the mock has started. New refuses, with the place in its file, an instance that cannot be: of an
// unknown kind or state, with an id or a unique value twice, with a body that breaks the schema.
func WithInstances(s fixtures.Snapshot) Option {
	return func(to *settings) error { to.snapshot = s; return nil }
}

// World is what surrounds the API: what a region offers and what a caller may have.
type World struct {
	Quota     *int                      // resources that a tenant may have; nil = the contract's default, 0 = no limit
	Given     []string                  // conditions that hold for everybody; contract.Conditions lists their names
	Catalogue map[string]map[string]any // "Schema/key" → JSON merge patch on the entry
	RateLimit RateLimit                 // zero = none
}

// RateLimit bounds the calls of one tenant in a window. Windows follow the mock's clock.
type RateLimit struct {
	Calls  int    // 0 = no limit
	Window string // minute, hour or day
}

var windows = map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}

// check holds a world to the contract that it surrounds, and gives its catalogues and conditions.
func (w World) check(c *contract.Contract) (contract.Entries, map[string]bool, error) {
	entries := c.Entries()
	given := map[string]bool{}
	for _, name := range sortedKeys(w.Catalogue) {
		var err error
		if entries, err = entries.With(name, w.Catalogue[name]); err != nil {
			return entries, nil, err
		}
	}
	for _, name := range w.Given {
		if err := knownCondition(c, name); err != nil {
			return entries, nil, err
		}
		given[name] = true
	}
	return entries, given, checkLimits(w.Quota, w.RateLimit)
}

func checkLimits(quota *int, rate RateLimit) error {
	if quota != nil && *quota < 0 {
		return fmt.Errorf("quota %d: want 0 (no limit) or more", *quota)
	}
	if rate.Calls < 0 || (rate.Calls > 0 && windows[rate.Window] == 0) {
		return fmt.Errorf("rate limit %d per %q: want a positive number per minute, hour or day", rate.Calls, rate.Window)
	}
	return nil
}

func knownCondition(c *contract.Contract, name string) error {
	for _, known := range c.Conditions() {
		if name == known {
			return nil
		}
	}
	return fmt.Errorf("condition %q is not in the contract; it knows %v", name, c.Conditions())
}
