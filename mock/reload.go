package mock

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/tallystick/tallystick/contract"
)

// Mock is a mock of a contract, an http.Handler. It is safe for concurrent use.
type Mock struct {
	settings  settings
	world     *world // the one without a name
	sandboxes *registry
	metrics   *metrics
	current   atomic.Pointer[server]

	// gate lets a reload wait for those who are changing a world, and them for a reload. It is taken before
	// all other locks.
	gate      sync.RWMutex
	reloading sync.Mutex // one reload at a time
}

// ServeHTTP answers one request.
func (m *Mock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.current.Load().outer.ServeHTTP(w, r)
}

// WithSource sets where the control API's reload gets the contract; the default is nowhere, and it is
// refused. The function is called by one goroutine at a time, and must not reload itself.
func WithSource(load func() (*contract.Contract, error)) Option {
	return func(s *settings) error {
		if load == nil {
			return errors.New("WithSource: the function is nil")
		}
		s.source = load
		return nil
	}
}

// Reload lets the mock go on under another contract with all its state: resources, queues, timers, tokens,
// sandboxes, kept snapshots. It happens at once: every request is answered under one of the two contracts. An
// error names what cannot live under the new one; the mock then goes on under the old one, unchanged.
func (m *Mock) Reload(c *contract.Contract) error {
	m.reloading.Lock()
	defer m.reloading.Unlock()
	return m.reload(c)
}

// reload is Reload for who holds the lock.
func (m *Mock) reload(c *contract.Contract) error {
	if c == nil {
		return errors.New("mock: the contract is nil")
	}
	if err := c.CanReplace(m.current.Load().contract); err != nil {
		return fmt.Errorf("mock: %w", err)
	}
	next, err := m.serverOf(c)
	if err != nil {
		return fmt.Errorf("mock: %w", err)
	}
	m.gate.Lock()
	defer m.gate.Unlock()
	g := m.sandboxes
	g.mu.Lock()
	defer g.mu.Unlock()
	worlds := []*world{m.world}
	for _, name := range sortedKeys(g.byName) {
		worlds = append(worlds, g.byName[name].world)
	}
	for _, w := range worlds {
		w.mu.Lock()
		defer w.mu.Unlock()
	}
	over, err := m.takeOver(c, worlds)
	if err != nil {
		return fmt.Errorf("mock: the state cannot live under the new contract: %w", err)
	}
	over.commit(worlds)
	g.contract, g.start = c, over.images[g.start]
	for name, i := range g.kept {
		g.kept[name] = over.images[i]
	}
	m.current.Store(next)
	return nil
}

// ReloadFromSource reads the contract from where WithSource says, and lets the mock go on under it. It gives
// what has changed, for people. No other reload comes between reading and going on, so that of several at a time the
// last one has read last.
func (m *Mock) ReloadFromSource() ([]string, error) {
	if m.settings.source == nil {
		return nil, badControl{http.StatusConflict, "the contract does not come from a file, so that there is nothing to read again"}
	}
	m.reloading.Lock()
	defer m.reloading.Unlock()
	c, err := m.settings.source()
	if err != nil {
		return nil, badControl{http.StatusUnprocessableEntity, err.Error()}
	}
	before := m.current.Load().contract
	if err := m.reload(c); err != nil {
		return nil, badControl{http.StatusConflict, err.Error()}
	}
	return c.ChangesFrom(before), nil
}

// takeover is the state of a mock under another contract.
type takeover struct {
	mock   *Mock
	to     *contract.Contract
	images map[*image]*image // nil has nil
	states []worldState      // in the order of the worlds
}

func (m *Mock) takeOver(c *contract.Contract, worlds []*world) (*takeover, error) {
	t := &takeover{mock: m, to: c, images: map[*image]*image{nil: nil}}
	if _, err := newWorld(c, m.settings); err != nil {
		return nil, fmt.Errorf("what there is at the start: %w", err)
	}
	g := m.sandboxes
	images := []*image{g.start}
	for _, name := range sortedKeys(g.kept) {
		images = append(images, g.kept[name])
	}
	for _, w := range worlds {
		images = append(images, w.origin, w.base)
	}
	for _, i := range images {
		if err := t.image(i); err != nil {
			return nil, fmt.Errorf("a kept snapshot: %w", err)
		}
	}
	for _, w := range worlds {
		s := state{Snapshot: w.head()}
		s.describe(w.tenants, w.queues)
		to, err := t.scratch(w.name).restored(s)
		if err != nil && w.name != "" {
			return nil, fmt.Errorf("sandbox %s: %w", w.name, err)
		}
		if err != nil {
			return nil, err
		}
		to.shared = w.shared
		to.base, to.journal = t.images[w.base], w.journal
		to.clock = w.clock // no contract has a say in it
		t.states = append(t.states, to)
	}
	return t, nil
}

// scratch is a world under the new contract, to make states with.
func (t *takeover) scratch(name string) *world {
	return &world{name: name, contract: t.to, settings: t.mock.settings, progress: t.mock.settings.progress}
}

func (t *takeover) image(i *image) error {
	if _, done := t.images[i]; done {
		return nil
	}
	s := state{Snapshot: i.head}
	s.describe(i.tenants, i.queues)
	to, err := t.scratch("").restored(s)
	t.images[i] = &image{head: i.head, tenants: to.tenants, queues: to.queues, resources: i.resources}
	return err
}

func (t *takeover) commit(worlds []*world) {
	for n, w := range worlds {
		before := w.worldState
		w.contract, w.origin, w.worldState = t.to, t.images[w.origin], t.states[n]
		w.replaced(&before)
		w.journal.forgetOlder(t.to)
	}
}

// errStale is a request that was read under a contract that is no longer played.
var errStale = errors.New("the contract has changed since the request was read")

// do carries a request out, unless the contract has changed since it was read.
func (s *server) do(c *exchange, req *contract.Request) (outcome, error) {
	s.mock.gate.RLock()
	defer s.mock.gate.RUnlock()
	if s.mock.current.Load() != s {
		return outcome{}, errStale
	}
	return c.world.do(req, c.caller)
}

// again reads a stale request anew, under the contract that is played now.
func (s *server) again(c *exchange) {
	for c.stale {
		now := s.mock.current.Load()
		c.stale, c.answers, c.operation, c.read, c.violations = false, now.answers, nil, nil, nil
		if c.body != nil {
			c.request.Body = io.NopCloser(bytes.NewReader(bytes.Clone(c.body)))
		}
		now.inner.ServeHTTP(&c.passage, c.request)
	}
}
