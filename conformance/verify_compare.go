package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// differences gathers where an answer is not as recorded.
type differences struct {
	expected, actual []string
	kinds            []string // what the first one is about, in short: the same for the same cause
	shown            bool     // instances were compared
	failed           string   // state of a failure that the recorded instance was in, and the target is not
	missing          []string // members that the recorded server added by itself, and the target does not
}

func (d *differences) add(kind, expected, actual string) {
	d.kinds = append(d.kinds, kind)
	d.expected, d.actual = append(d.expected, expected), append(d.actual, actual)
}

// compare holds an answer to the recorded one.
func (v *verifier) compare(t *trial, s *step, now *reply, tw *twin) error {
	d := &differences{}
	if v.compareOutcome(t, d, s, now, tw) && s.was.ok() && !s.isWithheld() {
		v.known.flows(v.dynamicIn(s.op), "", decoded(s.was), decoded(now))
		v.compareBody(d, s, now, tw)
	}
	return v.conclusion(t, s, d, tw)
}

// conclusion is the verdict of a step. A difference counts for nothing where the recorded server failed, or its
// world was changed by other means than requests.
func (v *verifier) conclusion(t *trial, s *step, d *differences, tw *twin) error {
	if d.shown {
		v.judge.hold("verify", "members", len(d.missing) == 0, strings.Join(d.missing, ", ")+": the recorded server shows that, the target does not", t.check.ID, t.replies...)
	}
	switch {
	case len(d.kinds) == 0:
		t.expect(true, nil, "")
		return nil
	case d.failed != "":
		if tw != nil {
			tw.diverged = true
		}
		return otherWay{d.failed}
	case s.overtaken != "":
		tw.diverged = true
		return otherWay{s.overtaken}
	case tw != nil && tw.diverged:
		return otherWay{tw.was}
	case s.altered:
		return notClaimed{claimRecordedControl}
	}
	if t.expect(false, d.expected, strings.Join(d.actual, "; ")); t.failed {
		v.causes[t.check.ID] = d.kinds[0]
	}
	return nil
}

// compareOutcome compares status and code; it tells whether the bodies are worth comparing. Where the
// contract lets a server choose, another choice conforms.
func (v *verifier) compareOutcome(t *trial, d *differences, s *step, now *reply, tw *twin) bool {
	want := describeStep(s, t)
	if now.err != nil {
		d.add("no answer", want, now.err.Error())
		return false
	}
	code, _ := v.c.ErrorIn(decoded(now))
	if now.ok() == s.was.ok() && code == s.code && (now.Status == s.Status || (now.ok() && s.op.Response(now.Status) != nil)) {
		if now.Status != s.Status {
			t.choice(t.describe(now), []string{t.describe(s.was), t.describe(now)})
		}
		return now.ok()
	}
	if v.alternatives(s, now, code, tw) {
		t.choice(t.describe(now), []string{t.describe(s.was), t.describe(now)})
		if tw != nil && now.ok() != s.was.ok() {
			tw.diverged = true
		}
		return false
	}
	d.add(fmt.Sprint("outcome ", t.describe(s.was), " ", t.describe(now)), want, t.describe(now)+" "+shortBody(now))
	return false
}

// alternatives tells whether one statement of the contract has both outcomes, at least one of them a refusal.
func (v *verifier) alternatives(s *step, now *reply, code string, tw *twin) bool {
	if s.op.Effect.Resource != v.kind || (now.ok() && s.was.ok()) {
		return false
	}
	both := func(fits func(o contract.Outcome, ok bool, code string) bool, outcomes []contract.Outcome) bool {
		return slices.ContainsFunc(outcomes, func(o contract.Outcome) bool { return fits(o, s.was.ok(), s.code) }) &&
			slices.ContainsFunc(outcomes, func(o contract.Outcome) bool { return fits(o, now.ok(), code) })
	}
	fits := func(o contract.Outcome, ok bool, code string) bool {
		return (o.Error == nil && ok) || (o.Error != nil && !ok && o.Error.Code == code)
	}
	name := eventOf(s.op, s.in)
	for _, row := range v.kind.Lifecycle.Rows {
		here := tw == nil || slices.Contains(row.From, tw.was) || slices.Contains(row.From, tw.before)
		if here && slices.Contains(row.On, name) && both(fits, row.Outcomes("")) {
			return true
		}
	}
	_, found := s.op.Read(s.in)
	var refusals []contract.Outcome
	for _, b := range found { // of several defects any may be told
		if b.Refusal != nil {
			refusals = append(refusals, contract.Outcome{Error: b.Refusal.Error})
			for _, e := range b.Refusal.Also {
				refusals = append(refusals, contract.Outcome{Error: e})
			}
		}
	}
	return both(fits, refusals)
}

// dynamicIn tells which members of an operation's answer the server decides.
func (v *verifier) dynamicIn(op *contract.Operation) func(pointer string) bool {
	state, previous := v.kind.PointerOf("state"), ""
	if a := op.Effect.Answer; a != nil {
		state, previous = a.PointerOf("state"), a.PointerOf("previous")
		return func(pointer string) bool {
			return pointer != state && pointer != previous && op.Effect.Do != contract.List
		}
	}
	return func(pointer string) bool { return pointer != state && v.kind.Dynamic(pointer) }
}

// compareBody compares two successes.
func (v *verifier) compareBody(d *differences, s *step, now *reply, tw *twin) {
	was, is := object(s.was), object(now)
	answer := s.op.Effect.Answer
	if answer == nil {
		v.compareShown(d, "", was, is, tw)
		return
	}
	for _, name := range sortedKeys(was) {
		pointer := "/" + escapeName(name)
		value, present := is[name]
		switch {
		case was[name] == nil:
		case !present:
			d.add("missing "+pointer, pointer+" is there", pointer+" is missing")
		case pointer == answer.PointerOf("state") || pointer == answer.PointerOf("previous"):
			v.compareState(d, pointer, was[name], value)
		case pointer == answer.PointerOf("id"):
			v.compareEqual(d, pointer, was[name], value)
		case kindOf(was[name]) != kindOf(value):
			d.add("type "+pointer, fmt.Sprintf("%s is %s", pointer, kindOf(was[name])), fmt.Sprintf("%s is %s", pointer, kindOf(value)))
		}
	}
}

func (v *verifier) compareState(d *differences, pointer string, was, now any) {
	a, _ := was.(string)
	b, _ := now.(string)
	if !v.agree(a, b) {
		if v.isFailure(a) {
			d.failed = a
		}
		d.add("value "+pointer, fmt.Sprintf("%s is %s", pointer, a), fmt.Sprintf("%s is %v", pointer, now))
	}
}

// isFailure tells whether a state is one in which only a failure ends, which no request brings about.
func (v *verifier) isFailure(state string) bool {
	lc := v.kind.Lifecycle
	return slices.ContainsFunc(lc.States, func(s contract.State) bool {
		p := lc.Passage(s.Name)
		return p != nil && p.Fails != nil && p.Fails.To == state
	}) || slices.ContainsFunc(lc.Rows, func(r *contract.Row) bool { return slices.Contains(r.On, contract.OnFault) && r.Next("") == state })
}

func (v *verifier) compareEqual(d *differences, pointer string, was, now any) {
	if back := walk(now, v.known.recorded); !shows(was, back) && !isRedacted(was) {
		d.add("value "+pointer, fmt.Sprintf("%s is %v", pointer, v.inWords(was)), fmt.Sprintf("%s is %v", pointer, now))
	}
}

// inWords is a recorded value as the target would have it.
func (v *verifier) inWords(was any) any { return walk(was, v.known.text) }

// compareShown compares two showings of an instance, member by member.
func (v *verifier) compareShown(d *differences, pointer string, was, now any, tw *twin) {
	d.shown = true
	x, isObject := was.(map[string]any)
	y, ok := now.(map[string]any)
	if isObject && ok {
		for _, name := range sortedKeys(x) {
			inner := pointer + "/" + escapeName(name)
			value, present := y[name]
			switch {
			case x[name] == nil: // null promises nothing
			case !present:
				v.compareAbsent(d, inner, x[name], tw)
			default:
				v.compareShown(d, inner, x[name], value, tw)
			}
		}
		return
	}
	v.compareMember(d, pointer, was, now, tw)
}

// compareAbsent judges that a member is missing. One that a client has sent must be shown; one that the recorded
// server added by itself should be, unless the schema of the answer demands it, which is judged apart.
func (v *verifier) compareAbsent(d *differences, pointer string, was any, tw *twin) {
	switch {
	case !v.demanded(pointer, was):
	case v.isSent(pointer, was, tw):
		d.add("missing "+pointer, pointer+" is there", pointer+" is missing")
	default:
		d.missing = append(d.missing, pointer)
	}
}

// demanded tells whether a member that the recording shows must be shown: not where it depends on the state,
// the time or what a region offers.
func (v *verifier) demanded(pointer string, was any) bool {
	object, ok := was.(map[string]any)
	if !ok {
		return was != nil && !v.volatile(pointer)
	}
	return slices.ContainsFunc(sortedKeys(object), func(name string) bool {
		return v.demanded(pointer+"/"+escapeName(name), object[name])
	})
}

func (v *verifier) compareMember(d *differences, pointer string, was, now any, tw *twin) {
	switch {
	case pointer == v.kind.PointerOf("state"):
		if tw == nil || !tw.diverged {
			v.compareState(d, pointer, was, now)
		}
	case pointer == v.kind.PointerOf("id"):
		v.compareEqual(d, pointer, was, now)
	case !v.volatile(pointer) && v.isSent(pointer, was, tw):
		if !tw.diverged {
			v.compareEqual(d, pointer, was, now)
		}
	case now == nil && v.volatile(pointer), isRedacted(was):
	case kindOf(was) != kindOf(now):
		d.add("type "+pointer, fmt.Sprintf("%s is %s", at(pointer), kindOf(was)), fmt.Sprintf("%s is %s", at(pointer), kindOf(now)))
	}
}

// isSent tells whether a recorded member shows what a client had sent.
func (v *verifier) isSent(pointer string, was any, tw *twin) bool {
	if tw == nil {
		return false
	}
	sent := contract.Value(tw.sent, pointer)
	return sent != nil && shows(sent, was)
}
