package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// judgeLives holds what the recording shows of each resource to the table and to itself.
func (j *judge) judgeLives() {
	j.placeAll()
	for _, id := range sortedKeys(j.lives) {
		l := j.lives[id]
		slices.SortStableFunc(l.events, func(a, b event) int { return a.begin.Compare(b.begin) })
		j.createdNeverMoves(l)
		if l = j.ordered(l); l == nil {
			continue
		}
		j.staysDeleted(l)
		(&walker{judge: j, life: l}).walk()
		j.keepsItself(l)
		j.isNotLost(l)
	}
}

func (j *judge) createdNeverMoves(l *life) {
	var first *event
	for i := range l.events {
		ev := &l.events[i]
		if ev.created == nil || isRedacted(ev.created) {
			continue
		}
		if first == nil || first.file != ev.file || j.broken(first.begin, ev.end) { // another world may have given the same id
			first = ev
			continue
		}
		j.hold(j.kind.Name, "created-never-moves", same(first.created, ev.created),
			fmt.Sprintf("%s of %s was %v and is %v", j.kind.PointerOf("created"), l.id, first.created, ev.created), ev.where, first.reply, ev.reply)
	}
}

// staysDeleted sees that nothing succeeds on a resource once its delete has, unless it was created anew.
func (j *judge) staysDeleted(l *life) {
	var gone *event
	for i := range l.events {
		ev := &l.events[i]
		if ev.op.Effect.Do == contract.Delete && ev.accepted() && j.leavesNothing(ev.event) && (gone == nil || ev.end.Before(gone.end)) {
			gone = ev
		}
	}
	if gone == nil || slices.ContainsFunc(l.events, func(c event) bool { return c.op.Effect.Do == contract.Create && !c.before(gone.deed) }) {
		return
	}
	for i := range l.events {
		ev := &l.events[i]
		if gone.before(ev.deed) && !ev.unknown && gone.file == ev.file && !j.broken(gone.begin, ev.end) {
			j.hold(j.kind.Name, "deleted", !ev.accepted(), fmt.Sprintf("%s was deleted, and %s still knows it", l.id, ev.op.ID), ev.where, gone.reply, ev.reply)
		}
	}
}

// leavesNothing tells whether an event, wherever it is accepted, ends in the state that answers no more.
func (j *judge) leavesNothing(name string) bool {
	next, _ := outcomesOf(j.kind, j.allStates(), name)
	return len(next) == 1 && next[0] == j.kind.Lifecycle.Gone
}

func (j *judge) allStates() []string {
	var out []string
	for _, s := range j.kind.Lifecycle.States {
		out = append(out, s.Name)
	}
	return out
}

// broken tells whether something outside the service changed resources between two moments.
func (j *judge) broken(from, to time.Time) bool {
	return slices.ContainsFunc(j.breaks, func(at time.Time) bool { return !at.Before(from) && !at.After(to) })
}

// maxChanges bounds the changes of one resource that its showings are compared around.
const maxChanges = 1000

// keepsItself compares each time that a resource is shown with the next: only an update may change what
// clients decide, and the time of the latest change.
func (j *judge) keepsItself(l *life) {
	changes := l.which(func(ev *event) bool { return ev.changes() })
	var last *event
	for i := range l.events {
		ev := &l.events[i]
		j.echoes(l, ev)
		if ev.raw == nil || len(changes) > maxChanges {
			continue
		}
		if last != nil && last.before(ev.deed) && last.file == ev.file && !ev.changes() && !j.broken(last.begin, ev.end) && !disturbed(changes, last, ev) {
			j.compareShown(l, last, ev)
		}
		if last == nil || !ev.end.Before(last.end) {
			last = ev
		}
	}
}

// which are the events of a life that a condition holds for.
func (l *life) which(holds func(*event) bool) []*event {
	var out []*event
	for i := range l.events {
		if holds(&l.events[i]) {
			out = append(out, &l.events[i])
		}
	}
	return out
}

// disturbed tells whether one of these changes may have come after one event and before the end of another.
func disturbed(changes []*event, from, to *event) bool {
	return slices.ContainsFunc(changes, func(ev *event) bool {
		if ev.deed == from.deed || ev.deed == to.deed {
			return false
		}
		late := ev.unknown && !ev.begin.After(to.end) // what was never answered may have happened at any time
		return late || (!ev.before(from.deed) && !to.before(ev.deed))
	})
}

func (j *judge) compareShown(l *life, a, b *event) {
	was, is := a.shown(), b.shown()
	at, x, y := j.differs("", was, is)
	j.hold(j.kind.Name, "keeps-itself", at == "", fmt.Sprintf("%s of %s was %v and is %v, though nothing has changed it", at, l.id, x, y), b.where, a.reply, b.reply)
	if a.updated != nil && b.updated != nil && !isRedacted(a.updated) && !isRedacted(b.updated) {
		j.hold(j.kind.Name, "updated-moves-with-updates", same(a.updated, b.updated),
			fmt.Sprintf("%s of %s was %v and is %v, though nothing has changed it", j.kind.PointerOf("updated"), l.id, a.updated, b.updated), b.where, a.reply, b.reply)
	}
}

// differs is the first member that clients decide and that two showings of a resource have differently.
func (r *runner) differs(pointer string, a, b any) (at string, was, is any) {
	x, ok1 := a.(map[string]any)
	y, ok2 := b.(map[string]any)
	if ok1 && ok2 {
		for _, name := range sortedKeys(union(x, y)) {
			if at, was, is := r.differs(pointer+"/"+escapeName(name), x[name], y[name]); at != "" {
				return at, was, is
			}
		}
		return "", nil, nil
	}
	if same(a, b) || r.volatile(pointer) || isRedacted(a) || isRedacted(b) {
		return "", nil, nil
	}
	return pointer, a, b
}

func union(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]any{}
	}
	maps.Copy(out, b)
	return out
}

// escapeName makes a name one token of a JSON pointer.
func escapeName(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// volatile tells whether a member depends on something else than what clients sent.
func (r *runner) volatile(pointer string) bool {
	return r.kind.Dynamic(pointer) || r.kind.LookedUp(pointer) || r.kind.LookedUp(pointer+"/") || r.kind.FreeForm(pointer)
}

// echoes holds the answer of an accepted create or update to what was sent, as far as the contract keeps it.
func (j *judge) echoes(l *life, ev *event) {
	if ev.sent == nil || ev.raw == nil || !ev.accepted() {
		return
	}
	kept := ev.sent
	if ev.op.Effect.Do == contract.Create {
		req := &contract.Request{Operation: ev.op, Path: map[string]any{}, Query: map[string]any{}, Body: ev.sent}
		d, err := j.c.Decide(contract.Situation{Request: req, Entries: j.c.Entries(), Now: modelTime})
		if err != nil || d.Body == nil {
			return
		}
		kept = d.Body
	}
	shown := ev.shown()
	for _, pointer := range j.kind.Kept(ev.sent) {
		want, have := contract.Value(ev.sent, pointer), contract.Value(shown, pointer)
		if same(want, contract.Value(kept, pointer)) && !isRedacted(want) && !isRedacted(have) {
			j.hold(ev.op.ID, "kept", shows(want, have), fmt.Sprintf("%s was sent as %v and is shown as %v", pointer, want, have), ev.where, ev.reply)
		}
	}
}

// shows tells whether a value is shown as it was sent. What lies in a list may be shown with more members.
func shows(sent, shown any) bool {
	switch x := sent.(type) {
	case []any:
		y, ok := shown.([]any)
		return ok && slices.EqualFunc(x, y, shows)
	case map[string]any:
		y, ok := shown.(map[string]any)
		return ok && !slices.ContainsFunc(sortedKeys(x), func(name string) bool { return !shows(x[name], y[name]) })
	}
	return same(sent, shown)
}

// isNotLost sees that what is there is known to every operation. The same credential must have seen it before,
// in the same project, and nothing may have removed it.
func (j *judge) isNotLost(l *life) {
	removals := l.which(func(ev *event) bool { return j.mayRemove(ev.deed) })
	first := map[string]*event{} // by who saw it, and in which file
	for i := range l.events {
		ev := &l.events[i]
		who := ev.credential + " " + ev.tenant + " " + ev.file
		if known := first[who]; ev.accepted() && (known == nil || ev.end.Before(known.end)) {
			first[who] = ev
		}
		known := first[who]
		if ev.op.Effect.Do == contract.List || ev.credential == "" || ev.unknown || ev.op.Effect.Missing == nil || known == nil || !known.before(ev.deed) ||
			len(removals) > maxChanges || j.broken(known.begin, ev.end) || slices.ContainsFunc(removals, func(e *event) bool { return !ev.before(e.deed) }) {
			continue
		}
		j.hold(j.kind.Name, "not-lost", ev.code != ev.op.Effect.Missing.Code,
			fmt.Sprintf("%s is there, and %s answers %d %s", l.id, ev.op.ID, ev.reply.Status, ev.op.Effect.Missing.Code), ev.where, ev.reply)
	}
}

// mayRemove tells whether a deed may have ended the life of a resource.
func (j *judge) mayRemove(d *deed) bool {
	if (!d.accepted() && !d.unknown) || d.op.Effect.Do == contract.Read || d.op.Effect.Do == contract.List {
		return false
	}
	next, _ := outcomesOf(j.kind, j.allStates(), d.event)
	return d.event == "" || slices.Contains(next, j.kind.Lifecycle.Gone)
}
