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

func sortedKeys[V any](m map[string]V) []string {
	keys := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	slices.Sort(keys)
	return keys
}
