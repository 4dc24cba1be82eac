package mock

import "time"

// clockView is what the control API tells of the clock.
type clockView struct {
	Now    time.Time  `json:"now"`
	Frozen bool       `json:"frozen"`
	Speed  float64    `json:"speed"`
	Next   *time.Time `json:"next,omitempty"` // when the next thing will happen by itself
}

func (c *control) clock(do func(w *world) error) (any, error) {
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := do(w); err != nil {
		return nil, err
	}
	view := clockView{Now: w.clock.now(), Frozen: w.clock.frozen, Speed: w.clock.speed}
	if next, ok := w.next(); ok {
		view.Next = &next
	}
	return view, nil
}

func (c *control) readClock() (any, error) { return c.clock(func(*world) error { return nil }) }

func (c *control) setClock() (any, error) {
	return c.clock(func(w *world) error {
		if c.args.Now == nil {
			return bad("now is missing: a time as in RFC 3339")
		}
		return w.moveClock(*c.args.Now)
	})
}

func (c *control) advance() (any, error) {
	return c.clock(func(w *world) error {
		switch {
		case c.args.By != nil && c.args.To != "":
			return bad("by and to: want one of them")
		case c.args.To != "":
			return w.advanceTo(c.args.To)
		case c.args.By == nil:
			return bad("by is missing: want a duration such as 90s or 1h30m; or to: next")
		}
		by, err := time.ParseDuration(*c.args.By)
		if err != nil || by < 0 {
			return bad("by %q: want a duration such as 90s or 1h30m, not below 0; or to: next", *c.args.By)
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

func (w *world) advanceTo(to string) error {
	if to != "next" {
		return bad("to %q: want next", to)
	}
	next, ok := w.next()
	if !ok {
		return bad("nothing will happen by itself: no transient state, timer or queue is running")
	}
	if next.Before(w.clock.now()) {
		return nil
	}
	return w.moveClock(next)
}

func (c *control) freeze() (any, error) {
	return c.clock(func(w *world) error { w.clock.freeze(true); return nil })
}

func (c *control) resume() (any, error) {
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
