package mock

import (
	"time"

	"github.com/tallystick/tallystick/contract"
)

// comeback is the state to which a record goes back, and when. Whatever moves the record before takes it away.
type comeback struct {
	to      string
	at      time.Time
	failure *contract.Error // why it was in that state; nil for no failure
}

// force puts a record into a state, for good or for a while. For a while, neither the end of a transient state
// nor its policy counts; a timer that runs out before does.
func (w *world) force(r *record, to string, reason *contract.Error, during time.Duration, now time.Time) error {
	back := &comeback{to: r.State, at: now.Add(during), failure: r.Failure}
	if r.back != nil {
		back.to, back.failure = r.back.to, r.back.failure // a state that was forced is none to go back to
	}
	if err := w.enter(r, to, "", now); err != nil {
		return err
	}
	w.journal.move(r.kind.Name + " forced into " + to)
	if r.Failure = reason; during == 0 {
		return nil
	}
	r.back, r.policy = back, Policy{}
	at := back.at
	if r.kind.Lifecycle.Passage(to) == nil {
		at = r.sooner(r.Deadline)
	}
	w.setDue(r, at)
	return nil
}

// sooner is when something happens by itself: at a time (zero for never), or when the record goes back.
func (r *record) sooner(at time.Time) time.Time {
	if r.back != nil && (at.IsZero() || r.back.at.Before(at)) {
		return r.back.at
	}
	return at
}

// comeBack ends a state that was forced for a while. The state before is entered anew.
func (w *world) comeBack(r *record, at time.Time) error {
	back := r.back
	if err := w.enter(r, back.to, "", at); err != nil {
		return err
	}
	w.journal.move(r.kind.Name + " back in " + back.to + ", which it was forced out of")
	r.Failure = back.failure
	return nil
}
