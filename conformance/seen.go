package conformance

import (
	"maps"
	"slices"
	"strconv"
)

// seen gathers what a run has met of the contract, for the coverage.
type seen struct {
	operations  map[string]bool
	statuses    map[string]bool // "operation status"
	states      map[string]bool
	transitions map[[2]string]bool
	things      map[string]Verdict // by "kind thing": the worst verdict of a check about it
	answered    map[string]bool    // error codes that came back
}

func newSeen() *seen {
	return &seen{operations: map[string]bool{}, statuses: map[string]bool{}, states: map[string]bool{},
		transitions: map[[2]string]bool{}, things: map[string]Verdict{}, answered: map[string]bool{}}
}

func (s *seen) exchange(c call, r *reply) {
	if c.op == nil || r.err != nil {
		return
	}
	s.operations[c.op.ID] = true
	s.statuses[c.op.ID+" "+strconv.Itoa(r.Status)] = true
}

func (s *seen) state(name string) { s.states[name] = true }

func (s *seen) transition(from, to string) { s.transitions[[2]string{from, to}] = true }

// list is the form that a report has of it.
func (s *seen) list() Seen {
	out := Seen{Operations: sortedKeys(s.operations), Statuses: sortedKeys(s.statuses), States: sortedKeys(s.states),
		Transitions: [][2]string{}, Errors: sortedKeys(s.answered)}
	for t := range s.transitions {
		out.Transitions = append(out.Transitions, t)
	}
	slices.SortFunc(out.Transitions, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return out
}

// of is what a report has listed.
func (l Seen) of() *seen {
	s := newSeen()
	for _, part := range []struct {
		into map[string]bool
		from []string
	}{{s.operations, l.Operations}, {s.statuses, l.Statuses}, {s.states, l.States}, {s.answered, l.Errors}} {
		for _, name := range part.from {
			part.into[name] = true
		}
	}
	for _, t := range l.Transitions {
		s.transitions[t] = true
	}
	return s
}

func sortedKeys[V any](m map[string]V) []string {
	keys := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	slices.Sort(keys)
	return keys
}
