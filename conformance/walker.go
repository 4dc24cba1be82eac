package conformance

import (
	"fmt"
	"slices"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// walker follows the states of one resource through its life. It knows all states in which the resource may
// be; nil stands for any.
type walker struct {
	*judge
	life   *life
	may    []string
	lost   bool   // something was never answered, so that it may still happen
	timer  bool   // the timer may run
	file   string // of what was seen last
	seenAt time.Time
}

func (w *walker) walk() {
	w.timer = true
	events := w.life.events
	for len(events) > 0 {
		n, end := 1, events[0].end
		for n < len(events) && events[n].begin.Before(end) {
			if events[n].end.After(end) {
				end = events[n].end
			}
			n++
		}
		w.forget(events[:n], end)
		if n == 1 {
			w.one(&events[0])
		} else {
			w.many(events[:n])
		}
		w.file, w.seenAt = events[n-1].file, end
		events = events[n:]
	}
}

// forget gives up what is known where the recording does not tell what happened since.
func (w *walker) forget(events []event, end time.Time) {
	for _, ev := range events {
		if ev.file != w.file || w.broken(w.seenAt, end) {
			w.may, w.timer = nil, true
		}
		if ev.unknown && ev.op.Effect.Do != contract.Read && ev.op.Effect.Do != contract.List && ev.reply.Status == 0 {
			w.lost = true
		}
	}
	if w.lost {
		w.may = nil
	}
}

// byTime are the states that may follow others without any request.
func (w *walker) byTime(states []string) []string {
	on := []string{contract.OnTurn, contract.OnFault}
	if w.timer {
		on = append(on, contract.OnTimer)
	}
	return drift(w.kind.Lifecycle, states, on...)
}

// undisturbed are those that follow when the platform does not fail just then. A failure that nobody saw is no
// excuse for what is done in a state that was seen.
func (w *walker) undisturbed(states []string) []string {
	on := []string{contract.OnTurn}
	if w.timer {
		on = append(on, contract.OnTimer)
	}
	return drift(w.kind.Lifecycle, states, on...)
}

// one takes in an event that nothing overlaps.
func (w *walker) one(ev *event) {
	now, likely := w.byTime(w.may), w.undisturbed(w.may)
	known := w.may != nil && !w.lost
	next, codes := outcomesOf(w.kind, likely, ev.event)
	switch {
	case ev.op.Effect.Do == contract.Create:
		now, _ = outcomesOf(w.kind, []string{""}, ev.event)
		w.timer = true
		w.expectState(ev, w.byTime(now), ev.event, true)
		return
	case ev.unknown:
		w.surmise(ev, known, slices.Concat(now, next))
		return
	case !ev.accepted():
		if known && ev.event != "" {
			w.cell(ev, likely, w.refused(ev, likely, codes))
		}
		if w.may != nil {
			w.may = now
		}
		return
	case ev.event != "" && ev.op.Effect.Do != contract.List:
		if known {
			w.hold(w.kind.Name, "path/accepted", len(next) > 0, fmt.Sprintf("%s of %s was accepted, which is in state %s", ev.event, w.life.id, describeStates(likely)), ev.where, ev.reply)
			w.reports(ev, likely)
			w.walked(likely, next)
			w.cell(ev, likely, len(next) > 0)
		}
		known = known && len(next) > 0
		now = w.byTime(next)
	}
	w.expectState(ev, now, ev.event, known)
}

// surmise goes on behind a deed of which it is not known what it did.
func (w *walker) surmise(ev *event, known bool, possible []string) {
	idle := ev.op.Effect.Do == contract.Read || ev.op.Effect.Do == contract.List
	switch {
	case ev.state != "" && ev.accepted():
		w.may = []string{ev.state}
	case !known, ev.event == "" && !idle:
		w.may = nil
	default:
		w.may = possible
	}
	w.timer = true
}

// expectState holds a state that is shown to those that are possible, and goes on from there.
func (w *walker) expectState(ev *event, possible []string, cause string, known bool) {
	if ev.state == "" {
		if w.may = nil; known && !slices.Equal(possible, []string{w.kind.Lifecycle.Gone}) {
			w.may = possible
		}
		w.timer = w.timer || ev.changes()
		return
	}
	w.seen.state(ev.state)
	if known {
		before := w.may
		ok := slices.Contains(possible, ev.state)
		w.hold(w.kind.Name, "path/legal", ok, w.sentence(ev, before, cause), ev.where, ev.reply)
		if ok && len(before) == 1 && before[0] != ev.state {
			w.seen.transition(before[0], ev.state)
		}
	}
	w.may, w.timer = []string{ev.state}, w.mayRun(ev)
}

func (w *walker) sentence(ev *event, before []string, cause string) string {
	why := "with no request in between"
	if cause != "" && ev.op.Effect.Do != contract.Read && ev.op.Effect.Do != contract.List {
		why = "after " + cause
	}
	if before == nil {
		return fmt.Sprintf("%s became %s %s", w.life.id, ev.state, why)
	}
	return fmt.Sprintf("%s was %s and became %s %s", w.life.id, describeStates(before), ev.state, why)
}

// mayRun tells whether the timer of a resource that is shown may run.
func (w *walker) mayRun(ev *event) bool {
	timer, shown := w.kind.Lifecycle.Timer, ev.shown()
	if timer == nil || shown == nil {
		return timer != nil && w.timer
	}
	at, err := w.kind.Deadline(timer.In, shown, modelTime)
	return err != nil || !at.IsZero()
}

// reports holds what a transition says of the state before it.
func (w *walker) reports(ev *event, before []string) {
	if ev.previous != "" {
		w.hold(w.kind.Name, "path/previous", slices.Contains(before, ev.previous), fmt.Sprintf("%s says that %s was %s before, which was %s",
			ev.event, w.life.id, ev.previous, describeStates(before)), ev.where, ev.reply)
	}
}

// cell notes that an event in a known state was seen, and how it went.
func (w *walker) cell(ev *event, now []string, ok bool) {
	state := ev.previous
	if len(now) == 1 {
		state = now[0]
	}
	if state == "" {
		return
	}
	thing := "cell " + state + "/" + ev.event
	if ok && w.seen.things[thing] != Fail {
		w.seen.things[thing] = Pass
	} else {
		w.seen.things[thing] = Fail
	}
}

// refused holds a refusal to the states in which it may have been given.
func (w *walker) refused(ev *event, now, codes []string) bool {
	code := ev.code
	if code == "" || !slices.Contains(w.stateCodes(ev.event), code) {
		return true // not the table's word
	}
	ok := slices.Contains(codes, code) || ev.explained
	w.hold(w.kind.Name, "path/refused", ok, fmt.Sprintf("%s of %s, which is in state %s, was refused with %d %s", ev.event, w.life.id, describeStates(now), ev.reply.Status, code), ev.where, ev.reply)
	return ok
}

// stateCodes are all codes with which the table refuses an event.
func (w *walker) stateCodes(name string) []string {
	_, codes := outcomesOf(w.kind, w.allStates(), name)
	return codes
}

// walked notes arrows of the table whose ends are known.
func (w *walker) walked(from, to []string) {
	if len(w.may) == 1 && len(to) == 1 && w.may[0] != to[0] && slices.Contains(from, w.may[0]) {
		w.seen.transition(w.may[0], to[0])
	}
	for _, s := range to {
		if len(to) == 1 {
			w.seen.state(s)
		}
	}
}

// many takes in events that overlap: each may have happened before or after each other.
func (w *walker) many(events []event) {
	known := w.may != nil && !w.lost
	w.timer = true
	now := w.byTime(w.may)
	for _, ev := range events {
		if ev.op.Effect.Do == contract.Create && ev.accepted() {
			next, _ := outcomesOf(w.kind, []string{""}, ev.event)
			now, known = append(now, next...), !w.lost
		}
		if ev.unknown && ev.event == "" {
			known = false
		}
	}
	for size := -1; size != len(now); {
		size = len(now)
		for _, ev := range events {
			if (ev.accepted() || ev.unknown) && ev.op.Effect.Do != contract.Create {
				next, _ := outcomesOf(w.kind, now, ev.event)
				now = append(now, next...)
			}
		}
		now = w.byTime(unique(now))
	}
	for i := range events {
		ev := &events[i]
		if ev.state == "" || !ev.accepted() {
			continue
		}
		w.seen.state(ev.state)
		if known {
			w.hold(w.kind.Name, "path/legal", slices.Contains(now, ev.state), w.sentence(ev, w.may, ev.event), ev.where, ev.reply)
		}
	}
	if w.may = nil; known {
		w.may = now
	}
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
