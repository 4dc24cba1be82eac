package mock

import (
	"runtime"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// maxHold is how long work that may be long holds the world's lock at a time, so that no request about something else
// waits longer. How far such work comes in one hold changes nothing of what it does.
const maxHold = 2 * time.Millisecond

// maxRounds bounds how often a list waits for what has come due while it waited.
const maxRounds = 3

// await takes the steps of a long work, and lets go of the lock between them. A step goes on until it has done all or
// has had enough; it finds the world anew, because others may have changed all of it in between. The lock is held.
func (w *world) await(step func(enough func() bool) (done bool, err error)) error {
	for {
		ends := time.Now().Add(maxHold)
		done, err := step(func() bool { return time.Now().After(ends) })
		if done || err != nil {
			return err
		}
		w.mu.Unlock()
		runtime.Gosched()
		w.mu.Lock()
	}
}

// settleSome does what time has done to records, until it has had enough. It tells whether all of it is done. Queues
// come first, and again when something has befallen records: they may have joined one since.
func (w *world) settleSome(s *shop, now time.Time, enough func() bool) (bool, error) {
	for {
		if done, err := w.serveSome(now, enough); !done || err != nil {
			return false, err
		}
		if r := s.next(); r == nil || r.due.After(now) {
			return true, nil
		}
		for r := s.next(); r != nil && !r.due.After(now); r = s.next() {
			s.events.cancel(r)
			if err := w.settle(r, now); err != nil {
				return false, err
			}
			if enough() {
				return false, nil
			}
		}
	}
}

// serveSome serves the turns that have come in all queues, until it has had enough.
func (w *world) serveSome(now time.Time, enough func() bool) (bool, error) {
	for _, name := range sortedKeys(w.queues) {
		for q := w.queues[name]; q != nil && len(q.records) > 0; { // serving one may have emptied another
			if served, err := w.serveNext(q, now); err != nil {
				return false, err
			} else if !served {
				break
			}
			if enough() {
				return false, nil
			}
		}
	}
	return true, nil
}

// settleAll does what time has done to all records, so that a list sees true states.
func (w *world) settleAll(s *shop, now time.Time) error {
	_, err := w.settleSome(s, now, func() bool { return false })
	return err
}

// ripen makes a list ready to be answered at once: time has done its work, and what it asks for stands together. Only
// the list waits for that, others do not.
func (w *world) ripen(req *contract.Request, caller contract.Caller) error {
	e := req.Operation.Effect
	id, _ := req.Path[e.Tenant].(string)
	rounds := 0
	var mine *gathering
	defer func() { mine.leave() }()
	return w.await(func(enough func() bool) (bool, error) {
		t := w.own(id)
		if t == nil {
			return true, nil
		}
		s := t.of(e.Resource)
		if done, err := w.settleSome(s, w.clock.now(), enough); !done || err != nil {
			return false, err
		}
		done := s.index.gather(contract.Situation{Request: req, Caller: caller}, &mine, enough)
		rounds++
		r := s.next()
		return done && (rounds >= maxRounds || r == nil || r.due.After(w.clock.now())), nil
	})
}

// ripenAll does what time has done to all that there is. What cannot be settled is reported to whoever asks for it.
func (w *world) ripenAll() {
	var of map[string]*tenant // the tenants of the state that is worked on
	var now time.Time
	var due []string
	rounds := 0
	_ = w.await(func(enough func() bool) (bool, error) {
		if of == nil || !sameMap(of, w.tenants) { // another state may have come in between, with a time of its own
			of, now, due, rounds = w.tenants, w.clock.now(), nil, 0
			w.thawDue(now, func(time.Time) {})
		}
		for {
			if done, err := w.serveSome(now, enough); !done && err == nil {
				return false, nil
			}
			if rounds++; len(due) == 0 {
				due = w.due(now)
			}
			if len(due) == 0 || rounds > maxRounds { // who cannot be settled stays due
				return true, nil
			}
			if done := w.settleTenants(&due, now, enough); !done {
				rounds = 0
				return false, nil
			}
		}
	})
}

// settleTenants settles tenants and takes them from the list, until it has had enough.
func (w *world) settleTenants(due *[]string, now time.Time, enough func() bool) bool {
	for ; len(*due) > 0; *due = (*due)[1:] {
		t := w.tenants[(*due)[0]]
		if t == nil {
			continue
		}
		for _, s := range t.kinds {
			if done, err := w.settleSome(s, now, enough); !done && err == nil {
				return false
			}
		}
	}
	return true
}

// due are the tenants to whose records time has done something, queues apart.
func (w *world) due(now time.Time) []string {
	var due []string
	for id, t := range w.tenants {
		if t.isDue(now) {
			due = append(due, id)
		}
	}
	return due
}

// isDue tells whether time has done something to a tenant's records, queues apart.
func (t *tenant) isDue(now time.Time) bool {
	for _, s := range t.kinds {
		if r := s.next(); r != nil && !r.due.After(now) {
			return true
		}
	}
	return false
}
