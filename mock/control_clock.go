package mock

import (
	"time"

	"github.com/tallystick/tallystick/mock/control"
)

func (c *call) clock(do func(w *world) error) (any, error) {
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ripenAll()
	if err := do(w); err != nil {
		return nil, err
	}
	w.ripenAll()
	view := control.Clock{Now: w.clock.now(), Frozen: w.clock.frozen, Speed: w.clock.speed}
	if next, ok := w.next(); ok {
		view.Next = &next
	}
	return view, nil
}

func (c *call) readClock() (any, error) { return c.clock(func(*world) error { return nil }) }

func (c *call) setClock() (any, error) {
	return c.clock(func(w *world) error {
		var to control.Time
		if err := c.decode(&to); err != nil {
			return err
		}
		return w.moveClock(to.Now)
	})
}

func (c *call) advanceClock() (any, error) {
	return c.clock(func(w *world) error {
		var to control.Advance
		if err := c.decode(&to); err != nil {
			return err
		}
		if (to.By == "") == (to.To == "") {
			return bad("by and to: want one of them, a duration such as 90s or 1h30m, or next")
		}
		if to.To != "" {
			return w.advanceToNext()
		}
		by, err := time.ParseDuration(to.By)
		if err != nil || by < 0 {
			return bad("by %q: want a duration such as 90s or 1h30m, not below 0; or to: next", to.By)
		}
		return w.moveClock(w.clock.now().Add(by))
	})
}

func (w *world) moveClock(to time.Time) error {
	if err := w.clock.set(to); err != nil {
		return bad("%v", err)
	}
	return nil
}

func (w *world) advanceToNext() error {
	next, ok := w.next()
	if !ok {
		return bad("nothing will happen by itself: no transient state, timer or queue is running")
	}
	if next.Before(w.clock.now()) {
		return nil
	}
	return w.moveClock(next)
}

func (c *call) freezeClock() (any, error) {
	return c.clock(func(w *world) error { w.clock.freeze(true); return nil })
}

func (c *call) resumeClock() (any, error) {
	return c.clock(func(w *world) error { w.clock.freeze(false); return nil })
}

// next is the earliest moment at which something happens by itself. What lies beyond the clock's end never
// does.
func (w *world) next() (time.Time, bool) {
	var earliest time.Time
	consider := func(at time.Time) {
		if earliest.IsZero() || at.Before(earliest) {
			earliest = at
		}
	}
	now := w.clock.now()
	w.thawDue(now, consider)
	for _, t := range w.tenants {
		for _, s := range t.kinds {
			_ = w.settleAll(s, now) // what cannot be settled is reported to whoever asks for it
			if r := s.next(); r != nil {
				consider(r.due)
			}
		}
	}
	for _, q := range w.queues {
		if len(q.records) > 0 && q.records[0].policy.Kind == ByTime {
			consider(q.records[0].Turn.End)
		}
	}
	return earliest, !earliest.IsZero() && !earliest.After(latest)
}
