package contract

import (
	"slices"
	"time"

	"cel.dev/cel-go/common/types"
)

// The three events of time that rows may stand on, beside operations and action values.
const (
	OnTimer = "timer" // the timer of a state runs out
	OnTurn  = "turn"  // the head of a queue is served
	OnFault = "fault" // the platform fails; only on demand
)

// Lifecycle is the transition table of a resource.
type Lifecycle struct {
	States []State // document order
	Gone   string  // the state in which the resource answers no more; "" when there is none
	Rows   []*Row
	Timer  *Timer // nil when no state runs out
	Queue  *Queue // nil when nothing queues

	fallback  *Row
	cells     map[cell][]*Row
	mentioned map[string]bool // events that a row is on
	passages  map[string]*Passage
	shows     []show
}

// State is one status value.
type State struct {
	Name     string
	Meaning  string
	Outside  bool // no row leads to it: something outside this API does
	Source   Source
	Position Position
}

// Row is one row of the table: what an event does in some states.
type Row struct {
	On      []string
	From    []string // none for the row of a create
	When    string   // CEL; "" for always
	Through string   // transient state entered; "" for none
	To      string   // state entered at once, or at the end of Through; "" when Stays or refused
	Stays   bool
	Takes   time.Duration // how long Through lasts
	Fails   *Failure
	Error   *Error // not nil: refused
	Also    []Outcome
	Source  Source

	Position Position
	when     *expression
	args     []*expression
}

// Failure is how a transient state ends when it fails.
type Failure struct {
	To    string
	Error *Error // the reason shown; nil for none
}

// Outcome is an answer that conforms: an error, or the state seen right after.
type Outcome struct {
	Error *Error
	State string
}

// Passage is how a transient state ends by itself.
type Passage struct {
	To    string
	Takes time.Duration
	Fails *Failure // nil when it cannot fail
}

// Timer runs while the resource is in a state.
type Timer struct {
	In      string
	Seconds string // JSON pointer into the resource
	when    *expression
}

// Queue holds resources that wait for their turn, first come, first served.
type Queue struct {
	In    []string
	By    string // JSON pointer into the resource: its value names the queue
	Takes time.Duration
}

type cell struct{ state, event string }

type show struct {
	in   []string
	when *expression
	set  *Template
}

// Next is the state right after an accepted row.
func (r *Row) Next(current string) string {
	switch {
	case r.Stays:
		return current
	case r.Through != "":
		return r.Through
	}
	return r.To
}

// Passage tells how a state ends by itself; nil for a state that stays.
func (l *Lifecycle) Passage(state string) *Passage { return l.passages[state] }

// State finds a state by name; nil when the table has no such state.
func (l *Lifecycle) State(name string) *State {
	for i := range l.States {
		if l.States[i].Name == name {
			return &l.States[i]
		}
	}
	return nil
}

// Cell lists the rows that may decide an event in a state, in order; the default row when none is
// written.
func (l *Lifecycle) Cell(state, event string) []*Row {
	if rows := l.cells[cell{state, event}]; len(rows) > 0 {
		return rows
	}
	if l.fallback != nil {
		return []*Row{l.fallback}
	}
	return nil
}

// Outcomes are all answers that conform to a row in a state, the table's own first.
func (r *Row) Outcomes(current string) []Outcome {
	own := Outcome{Error: r.Error}
	if r.Error == nil {
		own.State = r.Next(current)
	}
	out := []Outcome{own}
	for _, o := range r.Also {
		if o.Error == nil && o.State == "" {
			o.State = current
		}
		out = append(out, o)
	}
	return out
}

type rowDoc struct {
	From    []string `yaml:"from"`
	Through string   `yaml:"through"`
	To      string   `yaml:"to"`
	Stays   bool     `yaml:"stays"`
	Takes   string   `yaml:"takes"`
	Source  Source   `yaml:"source"`
}

func (l *loader) readLifecycle(rt *ResourceType, p place) {
	lc := &Lifecycle{cells: map[cell][]*Row{}, mentioned: map[string]bool{}, passages: map[string]*Passage{}, Gone: p.get("gone").text()}
	rt.Lifecycle = lc
	p.get("states").each(func(name string, at place) {
		outside, _ := at.get("outside").data().(bool)
		lc.States = append(lc.States, State{name, at.get("meaning").text(), outside, sourceIn(at), at.position()})
	})
	self := l.newScope(map[string]*types.Type{"self": l.types.typeOf(rt.place)})
	for _, at := range p.get("rows").items() {
		row := l.readRow(rt, at, self)
		lc.Rows = append(lc.Rows, row)
		for _, event := range row.On {
			lc.mentioned[event] = true
		}
	}
	if at := p.get("default"); at.exists() {
		lc.fallback = l.readRow(rt, at, self)
	}
	if at := p.get("timer"); at.exists() {
		lc.Timer = &Timer{In: at.get("in").text(), Seconds: at.get("seconds").text()}
		if when, ok := at.child("when"); ok {
			lc.Timer.when = self.compile(when, types.BoolType)
		}
		l.checkMember(at.get("seconds"), rt.place)
	}
	if at := p.get("queue"); at.exists() {
		takes, _ := time.ParseDuration(at.get("takes").text())
		lc.Queue = &Queue{By: at.get("by").text(), Takes: takes}
		for _, s := range at.get("in").items() {
			lc.Queue.In = append(lc.Queue.In, s.text())
		}
		l.checkMember(at.get("by"), rt.place)
	}
	for _, at := range p.get("shows").items() {
		s := show{set: compileTemplate(at.get("set"), rt.place)}
		for _, state := range at.get("in").items() {
			s.in = append(s.in, state.text())
		}
		if when, ok := at.child("when"); ok {
			s.when = self.compile(when, types.BoolType)
		}
		lc.shows = append(lc.shows, s)
	}
	l.checkLifecycle(rt, p)
}

// checkMember reports a pointer that leads out of a schema.
func (l *loader) checkMember(at, schema place) {
	if at.exists() && !schema.schemaAt(at.text()).exists() {
		at.addf("%s leads to no member of the schema at %s", at.text(), schema.resolve().pointer)
	}
}

func (l *loader) readRow(rt *ResourceType, at place, self scope) *Row {
	var doc rowDoc
	at.decode(&doc)
	r := &Row{From: doc.From, Through: doc.Through, To: doc.To, Stays: doc.Stays, Source: doc.Source, Position: at.position()}
	r.Takes, _ = time.ParseDuration(doc.Takes)
	if on := at.get("on"); on.text() != "" {
		r.On = []string{on.text()}
	} else {
		for _, o := range on.items() {
			r.On = append(r.On, o.text())
		}
	}
	s := self
	if ops := rt.operationsOf(r.On); len(ops) == 1 {
		s = ops[0].scope // only then it is known what request is
	}
	if when, ok := at.child("when"); ok {
		r.When = when.text()
		r.when = s.compile(when, types.BoolType)
	}
	r.Error, r.args, _ = l.readRefusal(at, s)
	if fails := at.get("fails"); fails.exists() {
		r.Fails = &Failure{To: fails.get("to").text()}
		if code, ok := fails.child("error"); ok {
			r.Fails.Error = l.c.catalogue.find(code, code.text())
		}
	}
	for _, a := range at.get("also").items() {
		r.Also = append(r.Also, l.readOutcome(a))
	}
	return r
}

func (l *loader) readOutcome(at place) Outcome {
	if ref := at.text(); ref != "" {
		return Outcome{Error: l.c.catalogue.find(at, ref)}
	}
	if through := at.get("through").text(); through != "" {
		return Outcome{State: through}
	}
	return Outcome{State: at.get("to").text()} // "" with stays: filled in by Outcomes
}

// decide finds the row for an event: the first whose condition holds.
func (l *Lifecycle) decide(state, event string, variables *frame) (*Row, error) {
	for _, r := range l.Cell(state, event) {
		holds, err := r.when.holds(variables)
		if err != nil {
			return nil, err
		}
		if holds {
			return r, nil
		}
	}
	return l.fallback, nil
}

// InQueue tells whether a resource in this state waits for its turn.
func (l *Lifecycle) InQueue(state string) bool {
	return l.Queue != nil && slices.Contains(l.Queue.In, state)
}
