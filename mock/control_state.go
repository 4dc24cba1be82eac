package mock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
)

// Bounds of what the control API takes and keeps.
const (
	maxSnapshotBody = 256 << 20 // some 180,000 resources
	maxSnapshots    = 100       // that are kept in memory
)

// WithState sets what there is at the start, and again after a reset, to a snapshot of the control API: the
// clock, tokens and everything around the resources too. It goes before what WithInstances, WithWorld and
// the speed of WithProgress say. Of the text at most 1 GiB is read.
func WithState(r io.Reader) Option {
	return func(s *settings) error {
		text, err := io.ReadAll(io.LimitReader(r, 1<<30))
		if err != nil {
			return fmt.Errorf("the snapshot: %w", err)
		}
		decoded, err := decodeState(text)
		s.state = &decoded
		return err
	}
}

// startingImage is what the settings' snapshot begins as; nil without one.
func startingImage(c *contract.Contract, s settings) (*image, error) {
	if s.state == nil {
		return nil, nil
	}
	w := &world{contract: c, settings: s, progress: s.progress}
	restored, err := w.restored(*s.state)
	if err != nil {
		return nil, err
	}
	w.worldState = restored
	given, err := newFaults(c, s)
	if err != nil {
		return nil, err
	}
	for _, p := range given.planted { // beside those of the snapshot
		if err := w.faults.plant(p); err != nil {
			return nil, err
		}
	}
	return w.freeze(), nil
}

// bodyBound is how much of a call's body is read.
func bodyBound(op *contract.Operation) int64 {
	if op.ID == "restoreSnapshot" {
		return maxSnapshotBody
	}
	return maxControlBody
}

// takeSnapshot describes what the world is, after time has done what was due. The world goes on meanwhile.
func (c *call) takeSnapshot() (any, error) {
	c.world.mu.Lock()
	c.world.ripenAll()
	cut := c.world.cut(true)
	c.world.mu.Unlock()
	c.leave()
	return cut.state().text()
}

// restoreSnapshot makes the new state before it touches the old one.
func (c *call) restoreSnapshot() (any, error) {
	err := c.replace(func(draft *world) error {
		made := c.ahead
		if made == nil || made.contract != draft.contract {
			return c.fill(draft)
		}
		draft.worldState = made.worldState
		draft.clock.real = draft.settings.now
		draft.clock.show(draft.clock.base) // it goes on from here, and not from when it was made
		return nil
	}, func(w, draft *world) {
		draft.journal, draft.asked = w.journal, w.asked // what was asked stays so
		w.journal.move("a snapshot restored")
	})
	return control.Done{Status: "ok"}, err
}

// fill makes the state that the body describes.
func (c *call) fill(draft *world) error {
	var s control.Snapshot
	if err := json.Unmarshal(c.body, &s); err != nil {
		return bad("the body: %v", err)
	}
	read, err := read(s)
	if err == nil {
		draft.worldState, err = draft.restored(read)
	}
	var where damage
	if errors.As(err, &where) {
		return bad("%v", err)
	}
	return err
}

// makeAhead makes the state that the body describes before the call's turn, in which everybody waits for it.
func (c *call) makeAhead() error {
	w := c.world
	w.mu.Lock()
	draft, now := w.draft(), w.settings.now()
	w.mu.Unlock()
	draft.settings.now = func() time.Time { return now }
	c.ahead = draft
	return c.fill(draft)
}

func (c *call) keepSnapshot() (any, error) {
	name, g := c.path["name"], c.server.mock.sandboxes
	c.world.mu.Lock()
	i := c.world.freeze()
	c.world.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.kept[name] == nil && len(g.kept) >= maxSnapshots {
		return nil, badControl{http.StatusTooManyRequests, fmt.Sprintf("%d snapshots are kept, and no more can be; delete some", maxSnapshots)}
	}
	g.kept[name] = i
	return keptView(name, i), nil
}

func keptView(name string, i *image) control.Kept {
	return control.Kept{Name: name, Taken: i.head.Clock.Now, Resources: i.resources}
}

func (c *call) listSnapshots() (any, error) {
	g := c.server.mock.sandboxes
	g.mu.Lock()
	defer g.mu.Unlock()
	all := control.KeptAll{Snapshots: []control.Kept{}}
	for _, name := range sortedKeys(g.kept) {
		all.Snapshots = append(all.Snapshots, keptView(name, g.kept[name]))
	}
	return all, nil
}

func (c *call) forgetSnapshot() (any, error) {
	name, g := c.path["name"], c.server.mock.sandboxes
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.kept[name] == nil {
		return nil, badControl{http.StatusNotFound, fmt.Sprintf("no snapshot %q is kept; there are %v", name, sortedKeys(g.kept))}
	}
	delete(g.kept, name)
	return control.Done{Status: "ok"}, nil
}

// sandboxView is made under the lock of the registry.
func sandboxView(name string, s *sandbox) control.Sandbox {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	return control.Sandbox{Name: name, Created: s.created.UTC().Round(time.Millisecond), Used: s.used.UTC().Round(time.Millisecond), Resources: s.world.count()}
}

func (c *call) listSandboxes() (any, error) {
	g := c.server.mock.sandboxes
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dropIdle(g.settings.now())
	all := control.Sandboxes{Sandboxes: []control.Sandbox{}}
	for _, name := range sortedKeys(g.byName) {
		all.Sandboxes = append(all.Sandboxes, sandboxView(name, g.byName[name]))
	}
	return all, nil
}

func (c *call) makeSandbox() (any, error) {
	var from control.Origin
	if err := c.decode(&from); err != nil {
		return nil, err
	}
	name, g := c.path["name"], c.server.mock.sandboxes
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.settings.now()
	g.dropIdle(now)
	origin, err := g.startImage()
	if err != nil {
		return nil, err
	}
	if from.From != "" {
		if origin = g.kept[from.From]; origin == nil {
			return nil, badControl{http.StatusNotFound, fmt.Sprintf("no snapshot %q is kept; there are %v", from.From, sortedKeys(g.kept))}
		}
	}
	s, err := g.make(name, origin, now)
	if err != nil {
		return nil, controlRefusal(err)
	}
	return sandboxView(name, s), nil
}

func (c *call) deleteSandbox() (any, error) {
	name, g := c.path["name"], c.server.mock.sandboxes
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byName[name] == nil {
		return nil, badControl{http.StatusNotFound, fmt.Sprintf("there is no sandbox %q", name)}
	}
	g.byName[name].world.end()
	delete(g.byName, name)
	return control.Done{Status: "ok"}, nil
}

func (c *call) reload() (any, error) {
	changes, err := c.server.mock.ReloadFromSource()
	return control.Reloaded{Changes: append([]string{}, changes...)}, err
}

// controlRefusal is the control API's answer to a call without a world.
func controlRefusal(err error) error {
	var b badSandbox
	if errors.As(err, &b) {
		return badControl(b)
	}
	return err
}

// perform carries a call out, through the gate of a world that is kept.
func (c *call) perform(op *contract.Operation, do func(*call) (any, error)) (any, error) {
	if c.world.gate != nil && passes(op) {
		if op.ID == "restoreSnapshot" {
			if err := c.makeAhead(); err != nil {
				return nil, err
			}
		}
		return c.throughGate(op, do)
	}
	return c.carryOut(op, do)
}

// carryOut carries a call out while no reload goes on. The reload itself is the exception.
func (c *call) carryOut(op *contract.Operation, do func(*call) (any, error)) (any, error) {
	m := c.server.mock
	if op.ID != "reload" {
		c.enter()
		defer func() { c.leave() }()
	}
	c.server = m.current.Load()
	return do(c)
}
