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
	over, err := m.newTakeover(c)
	if err == nil {
		err = over.prepare()
	}
	if err != nil {
		return fmt.Errorf("mock: the state cannot live under the new contract: %w", err)
	}
	if err := m.pass(over, next); err != nil {
		return fmt.Errorf("mock: the state cannot live under the new contract: %w", err)
	}
	return nil
}

// pass lets the mock go on as what a takeover has prepared. Nobody does anything meanwhile.
func (m *Mock) pass(over *takeover, next *server) error {
	m.gate.Lock()
	defer m.gate.Unlock()
	g := m.sandboxes
	g.mu.Lock()
	defer g.mu.Unlock()
	worlds := m.worlds()
	for _, w := range worlds {
		w.mu.Lock()
		defer w.mu.Unlock()
	}
	if err := over.finish(worlds); err != nil {
		return err
	}
	over.commit(worlds)
	g.contract, g.start = over.to, over.images[g.start]
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
		c.stale, c.contract, c.renewed, c.answers, c.operation, c.read, c.violations = false, now.contract, true, now.answers, nil, nil, nil
		if c.body != nil {
			c.request.Body = io.NopCloser(bytes.NewReader(bytes.Clone(c.body)))
		}
		now.inner.ServeHTTP(&c.passage, c.request)
	}
}
