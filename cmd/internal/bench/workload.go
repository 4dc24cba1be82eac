//go:build linux

package main

import (
	"strconv"

	"github.com/tallystick/tallystick/contract"
)

// workloads are all that is measured, in the order of the table.
func (p *plan) workloads() ([]workload, error) {
	get, err := p.request(p.get, nil, nil)
	if err != nil {
		return nil, err
	}
	list, err := p.request(p.list, nil, map[string]string{p.list.Effect.Page.Limit: strconv.Itoa(pageSize)})
	if err != nil {
		return nil, err
	}
	action, err := p.event(p.loop)
	if err != nil {
		return nil, err
	}
	token, err := p.request(p.login, nil, nil)
	if err != nil {
		return nil, err
	}
	life, err := p.life()
	if err != nil {
		return nil, err
	}
	create, err := p.creator()
	if err != nil {
		return nil, err
	}
	always := func(s step) func([]string, uint64) script {
		return func([]string, uint64) script { return func([]byte) step { return s } }
	}
	of := func(t template) func([]string, uint64) script {
		return func(ids []string, seed uint64) script { return anyOf(t, ids, seed) }
	}
	return []workload{
		{"get", 1, false, of(get)},
		{"list", 1, false, always(step{list.before, list.status})},
		{"create", 1, true, func([]string, uint64) script { return func([]byte) step { return create() } }},
		{"action", 1, false, of(action)},
		{"token", 1, true, always(step{token.before, token.status})},
		{"lifecycle", len(life) + 1, true, func([]string, uint64) script { return p.live(create, life) }},
	}, nil
}

// life is what happens to an instance after it was created: all ways to read it, an update, an action after
// which it is where it was, and what ends it.
func (p *plan) life() ([]template, error) {
	var out []template
	add := func(t template, err error) error {
		out = append(out, t)
		return err
	}
	for _, do := range []contract.Deed{contract.Read, contract.Update} {
		for _, op := range p.contract.Operations() {
			if op.Effect != nil && op.Effect.Do == do && op.Effect.Resource == p.kind {
				if err := add(p.request(op, nil, nil)); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, e := range append([]contract.Event{p.loop}, p.ending...) {
		if err := add(p.event(e)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// live leads one instance after the other through its life.
func (p *plan) live(create func() step, life []template) script {
	next, id := 0, ""
	var buffer []byte
	return func(last []byte) step {
		if next == 0 {
			next = 1
			return create()
		}
		if next == 1 {
			id = p.idIn(last)
		}
		s := life[next-1].with(buffer, id)
		buffer = s.request
		next = (next + 1) % (len(life) + 1)
		return s
	}
}

// scripts are one for each connection.
func (w workload) scripts(connections int, ids []string) []script {
	out := make([]script, connections)
	for i := range out {
		out[i] = w.script(ids, uint64(i))
	}
	return out
}
