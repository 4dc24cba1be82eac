package conformance

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// model plays the lifecycle in the head: it finds the shortest way from one state to another, by the
// contract's own decisions and without sending anything.
type model struct {
	c        *contract.Contract
	kind     *contract.ResourceType
	values   map[string]any // what the target offers
	entries  contract.Entries
	learnt   []string // entries that only the values name; they are taken to be like the documented ones
	variants []variant
}

// variant is a way to create the resource that opens other paths: what is sent, and what the catalogue
// must say.
type variant struct {
	create    map[string]any // what makes it this variant
	plain     bool           // without the target's values
	patch     map[string]any // on the documented create: the target's values and what makes it this variant
	catalogue map[string]map[string]any
	body      map[string]any // of the resource that would come to be
	entries   contract.Entries
	known     map[string][]move // by state: the moves that have been worked out
}

// move is one step on the way.
type move struct {
	kind  moveKind
	event contract.Event // of an act
	to    string
}

type moveKind int

const (
	create     moveKind = iota
	createFail          // a create whose transient state is made to fail
	act                 // an event that a request causes
	actFail             // … whose transient state is made to fail
	wait                // a transient state ends, or a turn comes
	fault               // the platform fails
)

// needsControl tells whether a step can only be made on a mock.
func (m move) needsControl() bool {
	return m.kind == createFail || m.kind == actFail || m.kind == fault
}

var modelTime = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// newModel finds the variants among the setups of the contract's own probes; the first is the documented
// create with the target's values.
func newModel(c *contract.Contract, kind *contract.ResourceType, values map[string]any) (*model, error) {
	m := &model{c: c, kind: kind, values: values, entries: c.Entries()}
	if kind == nil {
		return m, nil
	}
	if err := m.spelt(); err != nil {
		return nil, err
	}
	if err := m.learn(); err != nil {
		return nil, err
	}
	if m.add(nil, nil, false); len(m.variants) == 0 {
		return nil, usage("the contract itself refuses the documented create request with the given values: %s", m.refused())
	}
	for _, p := range c.Probes() {
		if p.Kind == contract.ProbeCell && p.Operation.Effect != nil && p.Operation.Effect.Do != contract.Create {
			m.add(p.Setup.Create, p.Setup.Catalogue, len(p.Setup.Catalogue) > 0 && len(values) > 0)
		}
	}
	return m, nil
}

// learn takes what the values name, such as a flavor that only this region has, into the catalogue.
func (m *model) learn() error {
	in, err := m.kind.Create.DocumentedInput()
	if err != nil {
		return err
	}
	documented := decoded(&reply{body: in.Body})
	m.entries, m.learnt, err = m.kind.Learn(m.entries, contract.MergePatch(documented, anyMap(m.values)), documented)
	if err != nil {
		return usage("values: %v", err)
	}
	return nil
}

// refused words why the contract refuses the first variant.
func (m *model) refused() string {
	in, err := m.kind.Create.DocumentedInput()
	if err == nil {
		in, err = in.Patched(anyMap(m.values), nil)
	}
	if err != nil {
		return err.Error()
	}
	req, bad := m.kind.Create.Read(in)
	if len(bad) > 0 {
		return bad[0].String()
	}
	d, err := m.c.Decide(contract.Situation{Request: req, Entries: m.entries, Now: modelTime})
	if err != nil || d.Refusal == nil {
		return fmt.Sprint(err)
	}
	return fmt.Sprintf("%d %s %s", d.Refusal.Error.Status, d.Refusal.Error.Code, d.Refusal.Error.Meaning)
}

// add makes a variant known, unless it is already, or the contract refuses its create. The catalogue speaks
// of documented values, so with one the target's own are left out.
func (m *model) add(patch map[string]any, catalogue map[string]map[string]any, plain bool) {
	known := slices.ContainsFunc(m.variants, func(v variant) bool {
		return v.plain == plain && (reflect.DeepEqual(v.create, patch) && reflect.DeepEqual(v.catalogue, catalogue) || len(v.create)+len(patch)+len(v.catalogue)+len(catalogue) == 0)
	})
	if known {
		return
	}
	v := variant{create: patch, plain: plain, patch: patch, catalogue: catalogue, entries: m.entries, known: map[string][]move{}}
	for _, entry := range sortedKeys(catalogue) {
		var err error
		if v.entries, err = v.entries.With(entry, catalogue[entry]); err != nil {
			return
		}
	}
	if !plain && len(m.values) > 0 {
		v.patch, _ = contract.MergePatch(m.values, anyMap(patch)).(map[string]any)
		if _, ok := m.created(v); !ok && len(patch) > 0 {
			v.patch = patch
		}
	}
	if d, ok := m.created(v); ok {
		v.body = d.Body
		m.variants = append(m.variants, v)
	}
}

// created is what the contract makes of the variant's create request.
func (m *model) created(v variant) (contract.Decision, bool) {
	in, err := m.kind.Create.DocumentedInput()
	if err != nil {
		return contract.Decision{}, false
	}
	if in, err = in.Patched(v.patch, nil); err != nil {
		return contract.Decision{}, false
	}
	req, bad := m.kind.Create.Read(in)
	if len(bad) > 0 {
		return contract.Decision{}, false
	}
	d, err := m.c.Decide(contract.Situation{Request: req, Entries: v.entries, Now: modelTime})
	return d, err == nil && d.Refusal == nil
}

// decide is what the contract says of an event in a state of a variant.
func (m *model) decide(v variant, state string, event contract.Event) (contract.Decision, bool) {
	in, err := inputOf(event)
	if err != nil {
		return contract.Decision{}, false
	}
	return m.decideInput(v, state, event.Operation, in)
}

func (m *model) decideInput(v variant, state string, op *contract.Operation, in contract.Input) (contract.Decision, bool) {
	req, bad := op.Read(addressed(in))
	if len(bad) > 0 {
		return contract.Decision{}, false
	}
	d, err := m.c.Decide(contract.Situation{Request: req, Resource: m.resource(v, state), Entries: v.entries, Now: modelTime})
	return d, err == nil
}

// addressed is an input whose path names something.
func addressed(in contract.Input) contract.Input {
	path := map[string]string{}
	for name, value := range in.Path {
		path[name] = cmp.Or(value, "model")
	}
	in.Path = path
	return in
}

func (m *model) resource(v variant, state string) *contract.Resource {
	if state == m.kind.Lifecycle.Gone {
		return nil
	}
	return &contract.Resource{ID: "model", State: state, Since: modelTime, Created: modelTime, Updated: modelTime, Body: v.body}
}

// inputOf is the documented request of an event.
func inputOf(event contract.Event) (contract.Input, error) {
	in, err := event.Operation.DocumentedInput()
	if err != nil || !event.Action {
		return in, err
	}
	return in.Patched(nest(event.Operation.Effect.Event, event.Name), nil)
}

// moves are the steps that lead out of a state; "" is the state before a create. They are worked out once.
func (m *model) moves(v variant, state string) []move {
	out, ok := v.known[state]
	if !ok {
		out = m.movesOf(v, state)
		v.known[state] = out
	}
	return out
}

func (m *model) movesOf(v variant, state string) []move {
	lc := m.kind.Lifecycle
	var out []move
	failing := func(kind moveKind, event contract.Event, through string) {
		if p := lc.Passage(through); p != nil && p.Fails != nil {
			out = append(out, move{kind, event, p.Fails.To})
		}
	}
	if state == "" {
		d, _ := m.created(v)
		out = append(out, move{create, contract.Event{Operation: m.kind.Create, Name: m.kind.Create.ID}, d.State})
		failing(createFail, out[0].event, d.State)
		return out
	}
	if p := lc.Passage(state); p != nil {
		out = append(out, move{wait, contract.Event{Name: "time"}, p.To})
	}
	for _, e := range m.kind.Events() {
		d, ok := m.decide(v, state, e)
		if ok && d.Refusal == nil && d.Row != nil && !d.Row.Stays && d.State != lc.Gone {
			out = append(out, move{act, e, d.State})
			failing(actFail, e, d.State)
		}
	}
	for kind, on := range map[moveKind]string{wait: contract.OnTurn, fault: contract.OnFault} {
		if row, err := m.kind.Happen(m.resource(v, state), on, modelTime); err == nil && row != nil {
			out = append(out, move{kind, contract.Event{Name: on}, row.Next(state)})
		}
	}
	slices.SortStableFunc(out, func(a, b move) int { return int(a.kind) - int(b.kind) })
	return out
}

// route is the shortest way from one state to another; false when there is none without control. What takes
// another catalogue cannot be created without it, but what is there already can always go on, such as to its end.
func (m *model) route(v variant, from, to string, control bool) ([]move, bool) {
	type node struct {
		state string
		path  []move
	}
	visited := map[string]bool{from: true}
	queue := []node{{from, nil}}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if n.state == to && (from != "" || len(n.path) > 0) {
			return n.path, true
		}
		for _, step := range m.moves(v, n.state) {
			if (control || !step.needsControl()) && !visited[step.to] && (control || from != "" || len(v.catalogue) == 0) {
				visited[step.to] = true
				queue = append(queue, node{step.to, append(slices.Clone(n.path), step)})
			}
		}
	}
	return nil, false
}

// byTime tells whether a state may follow another without any request: by waiting, by a turn, by a failure,
// and, when one may have run out, by a timer.
func (m *model) byTime(from, to string, timer bool) bool {
	lc := m.kind.Lifecycle
	visited := map[string]bool{}
	var reach func(state string) bool
	reach = func(state string) bool {
		if state == to {
			return true
		}
		if visited[state] {
			return false
		}
		visited[state] = true
		if p := lc.Passage(state); p != nil && (reach(p.To) || (p.Fails != nil && reach(p.Fails.To))) {
			return true
		}
		for _, row := range lc.Rows {
			for _, on := range []string{contract.OnTimer, contract.OnTurn, contract.OnFault} {
				if (on != contract.OnTimer || timer) && slices.Contains(row.On, on) && slices.Contains(row.From, state) && reach(row.Next(state)) {
					return true
				}
			}
		}
		return false
	}
	return reach(from)
}

// soon tells whether a state may follow another within moments: by the end of transient states and by
// turns, but not by a timer, which takes long, nor by a fault.
func (m *model) soon(from, to string) bool {
	lc := m.kind.Lifecycle
	for range lc.States {
		if from == to {
			return true
		}
		if p := lc.Passage(from); p != nil {
			if p.Fails != nil && p.Fails.To == to {
				return true
			}
			from = p.To
			continue
		}
		row, ok := m.turn(from)
		if !ok {
			return false
		}
		from = row.Next(from)
	}
	return false
}

// turn is the row by which a queued resource has its turn.
func (m *model) turn(state string) (*contract.Row, bool) {
	for _, row := range m.kind.Lifecycle.Rows {
		if slices.Contains(row.On, contract.OnTurn) && slices.Contains(row.From, state) {
			return row, true
		}
	}
	return nil, false
}

// deletable is a state in which a delete is accepted, nearest to the given one.
func (m *model) deletable(v variant, from string) (string, bool) {
	var remove *contract.Event
	for _, e := range m.kind.Events() {
		if e.Operation.Effect.Do == contract.Delete {
			remove = &e
		}
	}
	if remove == nil {
		return "", false
	}
	best, length, found := "", 0, false
	for _, s := range m.kind.Lifecycle.States {
		d, ok := m.decide(v, s.Name, *remove)
		if !ok || d.Refusal != nil {
			continue
		}
		path, ok := []move(nil), s.Name == from
		if !ok {
			path, ok = m.route(v, from, s.Name, false)
		}
		if ok && (!found || len(path) < length) {
			best, length, found = s.Name, len(path), true
		}
	}
	return best, found
}

// nest is an object with one member under a pointer.
func nest(pointer string, value any) map[string]any {
	tokens := tokensOf(pointer)
	v := value
	for _, t := range slices.Backward(tokens) {
		v = map[string]any{t: v}
	}
	m, _ := v.(map[string]any)
	return m
}

// anyMap is a patch that changes nothing where there is none.
func anyMap(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}
