package mock

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// world is all the state of a mock, behind one lock. Requests hold it only while they decide and change;
// reading bodies and writing answers happens outside.
type world struct {
	mu       sync.Mutex
	name     string // of the sandbox; "" for the world without a name
	contract *contract.Contract
	settings settings
	progress Progress
	origin   *image   // that a reset goes back to; nil for what the settings say
	gate     gate     // nil where nothing is kept
	changes  *changes // nil where nothing is kept
	proven   bool     // resources that come were held to the contract before
	worldState
}

// worldState is what a reset makes anew. Nothing that changes while the mock runs stands outside it, so a
// reset cannot forget anything.
type worldState struct {
	clock    *clock
	keys     *keyring
	tenants  map[string]*tenant
	queues   map[string]*queue
	entries  contract.Entries
	given    map[string]bool
	quota    *int
	rate     RateLimit
	calls    calls
	failures []*failure // transient states that shall fail, the oldest wish first
	faults   *faults
	journal  *journal // nil when it is off
	made     uint64   // ids made from a seed
	asked    uint64   // ids of requests made from a seed
	ready    ready
	shared   // the tenants that are not its own yet
}

func newWorld(c *contract.Contract, s settings) (*world, error) {
	if err := s.progress.check(c); err != nil {
		return nil, err
	}
	origin, err := startingImage(c, s)
	if err != nil {
		return nil, err
	}
	w := &world{contract: c, settings: s, progress: s.progress, origin: origin}
	return w, w.begin()
}

// begin puts the world into the state that it starts in.
func (w *world) begin() error {
	if w.origin != nil {
		forked, err := w.forked(w.origin)
		w.worldState = forked
		return err
	}
	fresh, err := w.fresh()
	if w.worldState = fresh; err == nil {
		err = w.seed()
	}
	return err
}

func (w *world) fresh() (worldState, error) {
	entries, given, err := w.settings.world.check(w.contract)
	planted, wrong := newFaults(w.contract, w.settings)
	err = cmp.Or(err, wrong)
	return worldState{clock: newClock(w.settings.now, w.progress.Speed), keys: newKeyring(w.settings.auth),
		tenants: map[string]*tenant{}, queues: map[string]*queue{}, entries: entries, given: given, quota: w.settings.world.Quota, rate: w.settings.world.RateLimit,
		faults: planted, journal: newJournal(w.settings.journal, w.settings.journals), ready: readyFor(w.contract, &w.settings.tampering)}, err
}

// tenant finds a tenant. One without any resource is made up, and forgotten again: whoever merely asks for
// something takes no memory.
func (w *world) tenant(id string) *tenant {
	if t := w.own(id); t != nil {
		return t
	}
	return &tenant{id: id, kinds: map[*contract.ResourceType]*shop{}}
}

// insert adds a record that has entered its first state.
func (w *world) insert(t *tenant, r *record) {
	w.tenants[t.id] = t
	t.insert(r)
	w.touch(r)
}

// outcome is what a request came to.
type outcome struct {
	decision contract.Decision
	body     any
	stored   string    // state in which the resource was stored, before time had its say; "" where there was none, or none has a state
	before   string    // state when the request was decided
	since    time.Time // when it had begun
	state    string    // and afterwards
	spent    bool      // nobody has kept anything of the request's body
}

// do judges a request that its schemas accept, and carries it out.
func (w *world) do(req *contract.Request, caller contract.Caller) (outcome, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := req.Operation.Effect
	if e.Do == contract.List {
		if err := w.ripen(req, caller); err != nil {
			return outcome{}, err
		}
	}
	now := w.clock.now()
	tenantID, _ := req.Path[e.Tenant].(string)
	t := w.tenant(tenantID)
	s := contract.Situation{Request: req, Caller: caller, Given: w.given, Entries: w.entries, Now: now}
	switch e.Do {
	case contract.Create:
		return w.create(t, s)
	case contract.List:
		return w.list(t, s)
	}
	return w.act(t, s)
}

func (w *world) create(t *tenant, s contract.Situation) (outcome, error) {
	e := s.Request.Operation.Effect
	shop := t.of(e.Resource)
	s.Count = len(shop.byID)
	if e.Unique != nil {
		_, s.Taken = shop.unique[text(contract.Value(bodyOf(s.Request), e.Unique.By))]
	}
	if e.Quota != nil {
		if s.Quota = e.Quota.Default; w.quota != nil {
			s.Quota = *w.quota
		}
	}
	d, err := w.decide(s)
	if err != nil || d.Refusal != nil {
		return outcome{decision: d}, err
	}
	id := e.NewID(w.uniqueID())
	if shop.byID[id] != nil {
		return outcome{}, fmt.Errorf("id %q is taken: the source of ids must not repeat itself", id)
	}
	r := &record{kind: e.Resource, Resource: contract.Resource{ID: id, Tenant: t.id,
		Owner: s.Caller, Created: s.Now, Updated: s.Now, Body: d.Body}}
	if e.Resource.Lifecycle != nil {
		if err := w.move(r, d.State, s.Request.Operation.ID, s.Now); err != nil {
			return outcome{}, err
		}
	}
	spent := w.ready.share(r)
	w.insert(t, r)
	w.stored(r, s.Request.Operation, contract.Resource{})
	out, err := w.reply(r, d, s)
	out.spent = spent
	return out, err
}

func bodyOf(req *contract.Request) map[string]any {
	body, _ := req.Body.(map[string]any)
	return body
}

// act carries out everything that is about one resource.
func (w *world) act(t *tenant, s contract.Situation) (outcome, error) {
	e := s.Request.Operation.Effect
	key, _ := s.Request.Path[e.Key].(string)
	r := w.find(t, s.Request.Operation, key)
	var was outcome
	if r != nil {
		was.stored = r.State
		if err := w.settle(r, s.Now); err != nil {
			return outcome{}, err
		}
		s.Resource = &r.Resource
	}
	d, err := w.decide(s)
	if r != nil {
		was.before, was.since = r.State, r.Since
	}
	if err != nil || d.Refusal != nil {
		was.decision, was.state = d, was.before
		return was, err
	}
	out, err := w.follow(r, d, s)
	out.stored, out.before, out.since = was.stored, was.before, was.since
	return out, err
}

// follow does to a resource what was decided.
func (w *world) follow(r *record, d contract.Decision, s contract.Situation) (outcome, error) {
	switch s.Request.Operation.Effect.Do {
	case contract.Update:
		return w.update(r, d, s)
	case contract.Read:
		o, err := w.reply(r, d, s)
		w.seen(r, s.Now)
		return o, err
	}
	return w.transit(r, d, s)
}

func (w *world) update(r *record, d contract.Decision, s contract.Situation) (outcome, error) {
	before := r.Resource
	if err := w.change(r, d.Body, s.Now); err != nil {
		return outcome{}, err
	}
	if d.Row != nil && !d.Row.Stays {
		if err := w.move(r, d.State, s.Request.Operation.ID, s.Now); err != nil {
			return outcome{}, err
		}
	}
	w.stored(r, s.Request.Operation, before)
	return w.reply(r, d, s)
}

// change gives a record another body. It follows a change of the timer's switch; a timer that runs goes on
// as it was set: a changed duration counts from the next start.
func (w *world) change(r *record, body map[string]any, now time.Time) error {
	deadline, err := r.kind.Deadline(r.State, body, now)
	if err != nil {
		return err // before anything has changed, so that nothing is lost
	}
	r.tenant.remove(r)
	r.Replace(body)
	r.Updated = now
	if r.Deadline.IsZero() != deadline.IsZero() {
		r.Deadline, r.due = deadline, r.sooner(deadline)
	}
	r.tenant.insert(r)
	w.touch(r)
	return nil
}

// transit moves a resource to the state that was decided; the gone state ends it.
func (w *world) transit(r *record, d contract.Decision, s contract.Situation) (outcome, error) {
	event := s.Request.Operation.EventOf(s.Request)
	if r.kind.Lifecycle == nil || d.State == r.kind.Lifecycle.Gone {
		o, err := w.reply(r, d, s)
		w.drop(r)
		o.state = d.State
		return o, err
	}
	before := r.Resource
	r.Previous = before.State
	w.touch(r)
	if d.Row == nil || !d.Row.Stays { // a row that stays is no new run of the state
		if err := w.move(r, d.State, event, s.Now); err != nil {
			return outcome{}, err
		}
		r.Failure = nil
	}
	w.stored(r, s.Request.Operation, before)
	return w.reply(r, d, s)
}

// drop takes a resource out of the world.
func (w *world) drop(r *record) {
	w.touch(r)
	if r.kind.Lifecycle != nil && r.kind.Lifecycle.InQueue(r.State) {
		w.leaveQueue(r)
	}
	r.tenant.remove(r)
	if r.tenant.isEmpty() {
		delete(w.tenants, r.tenant.id)
	}
}

func (w *world) reply(r *record, d contract.Decision, s contract.Situation) (outcome, error) {
	body, err := w.showOne(r, s.Request.Operation.Effect, s.Now)
	return outcome{decision: d, body: body, state: r.State}, err
}

func (w *world) list(t *tenant, s contract.Situation) (outcome, error) {
	d, err := w.decide(s)
	if err != nil || d.Refusal != nil {
		return outcome{decision: d}, err
	}
	if w.ready != nil {
		body, err := w.listReady(t, s)
		return outcome{decision: d, body: body}, err
	}
	total, items, err := w.pageOf(t, s)
	if err != nil {
		return outcome{}, err
	}
	return outcome{decision: d, body: s.Request.Operation.Effect.ReplyList(total, items)}, nil
}

// pick settles what there is, and gives the number of all matches and the records of the page.
func (w *world) pick(t *tenant, s contract.Situation) (int, []*record, error) {
	shop := t.of(s.Request.Operation.Effect.Resource)
	if err := w.settleAll(shop, s.Now); err != nil {
		return 0, nil, err
	}
	total, records := shop.index.page(shop.index.queryOf(s))
	return total, records, nil
}

// page gives the number of all matches, and what is shown of those on the page.
func (w *world) page(t *tenant, s contract.Situation) (int, []any, error) {
	total, records, err := w.pick(t, s)
	if err != nil {
		return 0, nil, err
	}
	items, err := w.showAll(records, s.Now)
	if err != nil {
		return 0, nil, err
	}
	for _, r := range records {
		w.seen(r, s.Now)
	}
	return total, items, nil
}

// sortedKeys is never nil, so that JSON has [] and not null.
func sortedKeys[V any](m map[string]V) []string {
	keys := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	slices.Sort(keys)
	return keys
}
