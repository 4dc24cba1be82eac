package mock

import (
	"fmt"

	"github.com/tallystick/tallystick/contract"
)

// takeover is the state of a mock under another contract. It is made in two parts: prepare works on what the worlds
// were at a moment, while they go on; finish takes over what has changed since, while they stand still.
type takeover struct {
	mock   *Mock
	to     *contract.Contract
	images map[*image]*image // nil has nil
	worlds map[*world]*successor
}

// worlds are all of a mock, the one without a name first. The lock of the sandboxes is held.
func (m *Mock) worlds() []*world {
	worlds := []*world{m.world}
	for _, name := range sortedKeys(m.sandboxes.byName) {
		worlds = append(worlds, m.sandboxes.byName[name].world)
	}
	return worlds
}

func (m *Mock) newTakeover(c *contract.Contract) (*takeover, error) {
	if _, err := newWorld(c, m.settings); err != nil {
		return nil, fmt.Errorf("what there is at the start: %w", err)
	}
	return &takeover{mock: m, to: c, images: map[*image]*image{nil: nil}, worlds: map[*world]*successor{}}, nil
}

// maxPrepared is how many changes are left to finish, and maxPrepares how often prepare catches up to come down to that.
const (
	maxPrepared = 100
	maxPrepares = 10
)

// prepare makes a state for each world and each kept image.
func (t *takeover) prepare() error {
	g := t.mock.sandboxes
	g.mu.Lock()
	worlds, images := t.mock.worlds(), g.images()
	g.mu.Unlock()
	for _, w := range worlds {
		w.mu.Lock()
		images = append(images, w.origin, w.base)
		w.mu.Unlock()
	}
	for _, i := range images {
		if err := t.image(i); err != nil {
			return err
		}
	}
	for _, w := range worlds {
		for range maxPrepares {
			w.mu.Lock()
			k := w.cut(false)
			w.mu.Unlock()
			if changes, err := t.follow(w, k); err != nil {
				return err
			} else if changes <= maxPrepared {
				break
			}
		}
	}
	return nil
}

// finish takes over what has changed since prepare. All locks are held.
func (t *takeover) finish(worlds []*world) error {
	images := t.mock.sandboxes.images()
	for _, w := range worlds {
		images = append(images, w.origin, w.base)
	}
	for _, i := range images {
		if err := t.image(i); err != nil {
			return err
		}
	}
	for _, w := range worlds {
		if _, err := t.follow(w, w.glance()); err != nil {
			return err
		}
		draft := t.worlds[w].draft
		draft.keys.numberAs(w.keys)
		draft.shared = w.shared
		draft.clock = w.clock // no contract has a say in it
		draft.base, draft.journal, draft.asked = t.images[w.base], w.journal, w.asked
	}
	return nil
}

// images are what sandboxes begin as. The lock is held.
func (g *registry) images() []*image {
	images := []*image{g.start}
	for _, name := range sortedKeys(g.kept) {
		images = append(images, g.kept[name])
	}
	return images
}

// image makes what an image is under the new contract.
func (t *takeover) image(i *image) error {
	if _, done := t.images[i]; done {
		return nil
	}
	s := state{Snapshot: i.head}
	var records []*record
	for _, tenant := range i.tenants {
		records = append(records, tenant.records()...)
	}
	s.describe(records)
	for _, name := range sortedKeys(i.queues) {
		if q := i.queues[name]; len(q.records) > 0 {
			s.Queues = append(s.Queues, q.describe())
		}
	}
	to, err := t.scratch("").restored(s)
	if err != nil {
		return fmt.Errorf("a kept snapshot: %w", err)
	}
	t.images[i] = &image{head: i.head, tenants: to.tenants, queues: to.queues, resources: i.resources}
	return nil
}

// scratch is a world under the new contract, to make states with.
func (t *takeover) scratch(name string) *world {
	return &world{name: name, contract: t.to, settings: t.mock.settings, progress: t.mock.settings.progress}
}

// follow makes the successor of a world what the world is in a cut. It tells how many resources that concerned.
func (t *takeover) follow(w *world, k *cut) (changes int, err error) {
	s := t.worlds[w]
	if s == nil || !sameMap(s.cut.tenants, k.tenants) { // the first time, and when the world has begun anew
		draft := t.scratch(w.name)
		draft.worldState, err = draft.restored(k.state())
		s, changes = &successor{draft: draft, cut: k}, len(k.origins)
		t.worlds[w] = s
	} else {
		changes, err = s.follow(k)
	}
	if err != nil && w.name != "" {
		err = fmt.Errorf("sandbox %s: %w", w.name, err)
	}
	return changes, err
}

// commit puts the new states in place.
func (t *takeover) commit(worlds []*world) {
	for _, w := range worlds {
		before := w.worldState
		w.contract, w.origin, w.worldState = t.to, t.images[w.origin], t.worlds[w].draft.worldState
		w.rewritten(&before) // others may change what is kept before this world hands it over
		w.journal.forgetOlder(t.to)
	}
}
