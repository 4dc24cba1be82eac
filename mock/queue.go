package mock

import (
	"fmt"
	"slices"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// queue is a line of records that wait for the same thing, first come, first served, across tenants.
type queue struct {
	name    string
	records []*record
	last    time.Time // when a turn was served last
	takes   time.Duration
}

func (w *world) queueOf(r *record) *queue {
	name := r.queueName()
	q := w.queues[name]
	if q == nil {
		q = &queue{name: name, takes: r.kind.Lifecycle.Queue.Takes}
		w.queues[name] = q
		w.touchQueue(name)
	}
	return q
}

// queueName is the name of the queue in which a record waits: those that want the same wait in one.
func (r *record) queueName() string {
	return fmt.Sprint(r.kind.Name, " ", contract.Value(r.Body(), r.kind.Lifecycle.Queue.By))
}

func (w *world) joinQueue(r *record, at time.Time) {
	q := w.queueOf(r)
	r.place = q.nextPlace()
	q.records = append(q.records, r)
	w.touchQueue(q.name)
	r.queue, r.Turn = q, &contract.Turn{Begin: at}
	q.plan(w.progress)
}

// nextPlace is the place of whoever joins now.
func (q *queue) nextPlace() uint64 {
	if len(q.records) == 0 {
		return 1
	}
	return q.records[len(q.records)-1].place + 1
}

// leaveQueue takes a record out of the queue it has joined: what its body says of the queue may have
// changed since. A queue without records goes.
func (w *world) leaveQueue(r *record) {
	q := r.queue
	r.queue, r.Turn, r.place = nil, nil, 0
	if q == nil {
		return
	}
	w.touchQueue(q.name)
	q.records = slices.DeleteFunc(q.records, func(other *record) bool { return other == r })
	if len(q.records) == 0 {
		delete(w.queues, q.name)
	}
	q.plan(w.progress)
}

// plan works out ranks and expected times anew.
func (q *queue) plan(p Progress) {
	takes := q.takes
	if p.Instant {
		takes = 0
	}
	at := q.last
	for i, r := range q.records {
		if r.Turn.Begin.After(at) {
			at = r.Turn.Begin
		}
		at = at.Add(takes)
		r.Turn = &contract.Turn{Rank: i + 1, Begin: r.Turn.Begin, End: at}
	}
}

// settleQueue serves every turn that has come.
func (w *world) settleQueue(q *queue, now time.Time) error {
	for len(q.records) > 0 {
		if served, err := w.serveNext(q, now); !served || err != nil {
			return err
		}
	}
	return nil
}

// serveNext serves the head of a queue, if its turn has come.
func (w *world) serveNext(q *queue, now time.Time) (bool, error) {
	head := q.records[0]
	at := head.Turn.End
	switch head.policy.Kind {
	case ByHand:
		return false, nil
	case ByReads:
		if at = now; head.reads < head.policy.Reads {
			return false, nil
		}
	case ByTime:
		if at.After(now) {
			return false, nil
		}
	}
	return true, w.serve(q, head, at)
}

// serve gives the head of a queue its turn.
func (w *world) serve(q *queue, head *record, at time.Time) error {
	q.last = at
	w.touchQueue(q.name)
	before := head.State
	if err := w.happen(head, contract.OnTurn, at); err != nil {
		return err
	}
	if head.State == before {
		return fmt.Errorf("lifecycle of %s has no row for a turn in state %s", head.kind.Name, before)
	}
	return nil
}
