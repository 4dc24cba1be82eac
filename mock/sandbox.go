package mock

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/internal/count"
	"github.com/tallystick/tallystick/mock/control"
)

// Sandboxes bound the sandboxes of a mock.
type Sandboxes struct {
	Max  int           // how many there may be at a time; 0 = none
	Idle time.Duration // one that nobody has used for so long is dropped; 0 = never
}

// WithSandboxes bounds the sandboxes; the default is 1000 of them, dropped after ten idle minutes. Idleness
// is measured by the function of WithNow.
func WithSandboxes(b Sandboxes) Option {
	return func(s *settings) error {
		if b.Max < 0 || b.Idle < 0 {
			return fmt.Errorf("sandboxes: at most %d, idle for %s: want 0 or more of both", b.Max, b.Idle)
		}
		s.sandboxes = b
		return nil
	}
}

// sandboxName is what sandboxes and kept snapshots may be called.
var sandboxName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// sandboxHost ends a host that names a sandbox: what stands before it is one.
const sandboxHost = ".localhost"

// badSandbox is why a request has no world.
type badSandbox struct {
	status int
	text   string
}

func (b badSandbox) Error() string { return b.text }

// sandboxOf is the name of the sandbox that a request selects; "" for none. The header goes before the host.
func sandboxOf(r *http.Request) (string, error) {
	if names, given := r.Header[control.SandboxHeader]; given {
		if len(names) != 1 || !sandboxName.MatchString(names[0]) {
			return "", badSandbox{http.StatusBadRequest, fmt.Sprintf("header %s: %.80q: want one name of letters, digits, '.', '_' and '-', at most 64", control.SandboxHeader, names)}
		}
		return names[0], nil
	}
	if !strings.Contains(r.Host, sandboxHost[1:]) && !strings.Contains(strings.ToLower(r.Host), sandboxHost[1:]) {
		return "", nil
	}
	labels, ours := strings.CutSuffix(strings.ToLower(hostName(r.Host)), sandboxHost)
	if !ours {
		return "", nil
	}
	name := labels[strings.LastIndexByte(labels, '.')+1:]
	if !sandboxName.MatchString(name) {
		return "", badSandbox{http.StatusBadRequest, fmt.Sprintf("host %.80q: want NAME%s with a name of letters, digits, '_' and '-', at most 64", r.Host, sandboxHost)}
	}
	return name, nil
}

// sandbox is a world with a name. The lock of its registry guards it, apart from the world.
type sandbox struct {
	world         *world
	created, used time.Time // real time
	busy          int       // requests that have it now
}

// registry holds the sandboxes of a mock and the images that they begin as. Its lock is taken before that of
// a world, never after it.
type registry struct {
	mu       sync.Mutex
	settings settings
	contract *contract.Contract
	byName   map[string]*sandbox
	kept     map[string]*image
	start    *image      // nil until it is needed, and where there is nothing at the start
	sweep    time.Time   // when it is next worth looking for idle sandboxes
	some     atomic.Bool // there may be sandboxes
}

func newRegistry(c *contract.Contract, s settings, start *image) *registry {
	return &registry{settings: s, contract: c, byName: map[string]*sandbox{}, kept: map[string]*image{}, start: start}
}

// enter finds the sandbox of a name, or makes it. Whoever enters it leaves it.
func (g *registry) enter(name string) (*sandbox, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.settings.now()
	g.dropIdle(now)
	s := g.byName[name]
	if s == nil {
		origin, err := g.startImage()
		if err == nil {
			s, err = g.make(name, origin, now)
		}
		if err == nil && g.settings.state == nil {
			err = s.world.catchUp(now) // what there is at the start has gone on meanwhile
		}
		if err != nil {
			return nil, err
		}
	}
	s.used = now
	s.busy++
	return s, nil
}

// catchUp moves the clock on to a time, unless it is past that.
func (w *world) catchUp(to time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if to = to.UTC(); !to.After(w.clock.now()) || to.After(latest) {
		return nil
	}
	return w.clock.set(to)
}

func (g *registry) leave(s *sandbox) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s.used = g.settings.now()
	s.busy--
}

// make puts a new sandbox in place, also of one that is there. The lock is held.
func (g *registry) make(name string, origin *image, now time.Time) (*sandbox, error) {
	if g.byName[name] == nil && len(g.byName) >= g.settings.sandboxes.Max {
		return nil, badSandbox{http.StatusTooManyRequests, fmt.Sprintf("sandbox %q: no room beside %s, as many as --max-sandboxes allows; delete some, or allow more", name, count.Of(len(g.byName), "other"))}
	}
	name = strings.Clone(name) // which may stand in the text of a header
	w := &world{name: name, contract: g.contract, settings: g.settings, progress: g.settings.progress, origin: origin}
	if err := w.begin(); err != nil {
		return nil, err
	}
	s := &sandbox{world: w, created: now, used: now}
	if before := g.byName[name]; before != nil {
		before.world.end()
	}
	g.byName[name] = s
	g.some.Store(true)
	return s, nil
}

// startImage is what sandboxes begin as; nil for an empty world. The lock is held.
func (g *registry) startImage() (*image, error) {
	if g.start == nil && len(g.settings.snapshot.Instances) > 0 {
		w, err := newWorld(g.contract, g.settings)
		if err != nil {
			return nil, err
		}
		g.start = w.freeze()
	}
	return g.start, nil
}

// sweepIdle drops idle sandboxes when it is time to, also where nobody uses any. It costs next to nothing when
// it is not.
func (g *registry) sweepIdle() {
	if g.some.Load() && g.mu.TryLock() {
		defer g.mu.Unlock()
		g.dropIdle(g.settings.now())
		g.some.Store(len(g.byName) > 0)
	}
}

// dropIdle drops the sandboxes that nobody has used for long. It looks at them only when one may have become
// idle, so that it costs nothing most of the time. The lock is held.
func (g *registry) dropIdle(now time.Time) {
	idle := g.settings.sandboxes.Idle
	if idle == 0 || now.Before(g.sweep) {
		return
	}
	g.sweep = now.Add(idle)
	for name, s := range g.byName {
		ends := s.used.Add(idle)
		switch {
		case s.busy > 0:
		case !now.Before(ends):
			s.world.end()
			delete(g.byName, name)
		case ends.Before(g.sweep):
			g.sweep = ends
		}
	}
}

// worldOf is the world that a request is about, and the sandbox to leave afterwards; nil for the world
// without a name, which is also given with an error.
func (s *server) worldOf(r *http.Request) (*world, *sandbox, error) {
	name, err := sandboxOf(r)
	if name == "" || err != nil {
		s.mock.sandboxes.sweepIdle()
		return s.world, nil, err
	}
	box, err := s.mock.sandboxes.enter(name)
	if err != nil {
		return s.world, nil, err
	}
	return box.world, box, nil
}

// leave ends a request's stay in its sandbox, if it has one.
func (s *server) leave(box *sandbox) {
	if box != nil {
		s.mock.sandboxes.leave(box)
	}
}

// refuseStray answers a request that has no world.
func (s *server) refuseStray(c *exchange, err error) {
	var b badSandbox
	if errors.As(err, &b) {
		err = plainRefusal(b)
	} else {
		err = s.internal(c, err)
	}
	s.write(c, err)
}
