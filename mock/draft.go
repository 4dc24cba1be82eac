package mock

import "sync"

// draft is a world without any state, for making the state that a world shall have next. Nobody else sees it, so that
// nobody waits, however long that takes. The mock's gate is held.
func (w *world) draft() *world {
	return &world{name: w.name, contract: w.contract, settings: w.settings, progress: w.progress, origin: w.origin}
}

// anew makes the state that a world starts in. The world without a name has all of it for itself at once, so that
// nobody waits for it later.
func (w *world) anew() error {
	err := w.begin()
	if err == nil && w.name == "" {
		w.thawAll()
	}
	return err
}

// forgetFor ends what does not pass to the state that comes next. The lock is held.
func (w *world) forgetFor(*world) { w.journal.close() }

// become puts the state of a draft in place, after a word between the two.
func (w *world) become(draft *world, between func(w, draft *world)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	between(w, draft)
	before := w.worldState
	w.worldState = draft.worldState
	w.replaced(&before)
}

// replace gives the world another state, which is made while the world and reloads go on. When a reload comes between,
// it is made anew.
func (c *call) replace(fill func(draft *world) error, between func(w, draft *world)) error {
	for {
		draft := c.world.draft()
		c.leave()
		err := fill(draft)
		c.enter()
		if c.world.contract != draft.contract {
			continue
		}
		if err == nil {
			c.world.become(draft, between)
		}
		return err
	}
}

// enter keeps reloads away until leave is called.
func (c *call) enter() {
	gate := &c.server.mock.gate
	gate.RLock()
	c.leave = sync.OnceFunc(gate.RUnlock)
}
