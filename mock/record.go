package mock

import (
	"cmp"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// record is a resource in the store, with the plan for what time will do to it. The world's lock guards
// it; the contract.Resource in it is replaced, never changed in place.
type record struct {
	contract.Resource
	kind   *contract.ResourceType
	tenant *tenant
	policy Policy          // how the present transient state ends
	due    time.Time       // when something happens by itself; zero for nothing
	reads  int             // how often the present state has been seen
	reason *contract.Error // why, if not for the reason of the table; nil for that
	back   *comeback       // to the state before one that was forced for a while; nil for none
	slot   int             // place among the shop's events, from 1; 0 = none
	queue  *queue          // in which it waits; nil for none
	place  uint64          // in the queue: those that joined earlier have smaller ones
	keys   []string        // sort keys, as kept in the index
	shelf  string          // of the index, to which it belongs
	placed string          // the state under which it stands there

	// Side by side, they take the memory of one.
	failing bool // the present transient state will fail
	stands  bool // it stands in the index
	moved   bool // it is among those of the index whose state has changed since
}

// Body is the body, however it is kept. It hides the field of that name, so that nobody takes a record whose body is
// kept as its form for one without.
func (r *record) Body() map[string]any { return r.Whole() }

// enter puts a record into a state at a time, because of an event ("" for no event of the table).
func (w *world) enter(r *record, state, event string, at time.Time) error {
	lc := r.kind.Lifecycle
	wasQueued := lc.InQueue(r.State)
	deadline, err := r.deadlineIn(state, at)
	if err != nil {
		return err
	}
	if lc.InQueue(state) && !wasQueued {
		// Those before it whose turn has come must not stand in its way.
		if err := w.settleQueue(w.queueOf(r), at); err != nil {
			return err
		}
	}
	if r.tenant != nil {
		r.tenant.of(r.kind).events.cancel(r)
	}
	w.touch(r)
	r.State, r.Since, r.Deadline, r.reads, r.failing, r.due = state, at, deadline, 0, false, deadline
	r.reason, r.back = nil, nil
	r.policy = w.progress.of(event)
	if lc.InQueue(state) {
		r.policy = w.progress.of(contract.OnTurn)
	}
	if passage := lc.Passage(state); passage != nil {
		r.failing = passage.Fails != nil && w.takeFailure(r, event)
		if r.due = (time.Time{}); r.policy.Kind == ByTime {
			r.due = at.Add(w.progress.takes(passage))
		}
	}
	switch {
	case wasQueued && !lc.InQueue(state):
		w.leaveQueue(r)
	case lc.InQueue(state) && !wasQueued:
		w.joinQueue(r, at)
	case lc.InQueue(state):
		r.queue.plan(w.progress)
	}
	if r.tenant != nil {
		r.tenant.restate(r)
	}
	return nil
}

// settle does to a record what time has done until now. Each step happens at the moment it was due, so
// that a late look sees what an early one would have seen.
func (w *world) settle(r *record, now time.Time) error {
	if r.kind.Lifecycle == nil {
		return nil
	}
	if r.queue != nil {
		if err := w.settleQueue(r.queue, now); err != nil {
			return err
		}
	}
	for {
		at, due := r.pending(now)
		if !due {
			return nil
		}
		if err := w.step(r, at); err != nil {
			return err
		}
	}
}

// pending tells whether something has come due, and when.
func (r *record) pending(now time.Time) (time.Time, bool) {
	if r.policy.Kind == ByReads && r.kind.Lifecycle.Passage(r.State) != nil {
		return now, r.reads >= r.policy.Reads
	}
	return r.due, !r.due.IsZero() && !r.due.After(now)
}

// step takes the one step that is due: a transient state ends, or the timer runs out.
func (w *world) step(r *record, at time.Time) error {
	if r.back != nil && !at.Before(r.back.at) {
		return w.comeBack(r, at)
	}
	lc := r.kind.Lifecycle
	if passage := lc.Passage(r.State); passage != nil {
		to := passage.To
		r.Failure = nil
		if r.failing {
			to, r.Failure = passage.Fails.To, cmp.Or(r.reason, passage.Fails.Error)
		}
		return w.move(r, to, "", at)
	}
	return w.happen(r, contract.OnTimer, at)
}

// happen lets an event of time befall a record.
func (w *world) happen(r *record, event string, at time.Time) error {
	row, err := r.kind.Happen(&r.Resource, event, at)
	if err != nil {
		return err
	}
	if row == nil {
		w.setDue(r, r.sooner(time.Time{}))
		return nil
	}
	return w.move(r, row.Next(r.State), event, at)
}

// seen counts a look at a record, where that matters. One that has been seen often enough comes due.
func (w *world) seen(r *record, now time.Time) {
	if r.policy.Kind != ByReads {
		return
	}
	r.reads++
	w.touch(r)
	if r.reads >= r.policy.Reads && r.due.IsZero() && r.kind.Lifecycle != nil && r.kind.Lifecycle.Passage(r.State) != nil {
		w.setDue(r, now)
	}
}

// setDue changes when something happens to a stored record by itself; zero for never.
func (w *world) setDue(r *record, at time.Time) {
	r.tenant.of(r.kind).events.cancel(r)
	w.touch(r)
	r.due = at
	r.tenant.schedule(r)
}

// deadlineIn is when the timer of a record that enters a state will run out; zero for never. Most states have none,
// so that nobody need look into the body.
func (r *record) deadlineIn(state string, at time.Time) (time.Time, error) {
	if timer := r.kind.Lifecycle.Timer; timer == nil || timer.In != state {
		return time.Time{}, nil
	}
	return r.kind.Deadline(state, r.Body(), at)
}
