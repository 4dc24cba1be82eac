package contract

import (
	"slices"
)

// variation is a way to meet the condition of a row, and a name for what is different about it.
type variation struct {
	create    map[string]any            // merge patch on the create request
	catalogue map[string]map[string]any // merge patches on entries
	body      any                       // body of the event's own request; nil for the documented one
	name      string                    // "" for the documented request
}

// cellProbes tries the events that an operation stands for in every state.
func (g *prober) cellProbes(s *stage) {
	if s.op.Effect == nil || s.op.Effect.Resource.Lifecycle == nil {
		return
	}
	rt := s.op.Effect.Resource
	if s.op.Effect.Do == Create {
		g.cell(s, Event{Name: s.op.ID, Operation: s.op}, "")
	}
	for _, e := range rt.Events() {
		if e.Operation != s.op {
			continue
		}
		for _, state := range rt.Lifecycle.States {
			g.cell(s, e, state.Name)
		}
	}
}

// cell makes one probe for each row that may decide an event in a state.
func (g *prober) cell(s *stage, e Event, state string) {
	rt := s.op.Effect.Resource
	id := rt.Name + "/" + state + "/" + e.Name
	if state == "" {
		id = rt.Name + "/" + e.Name
	}
	in := s.in
	if e.Action {
		in = s.withBody(put(s.body, pointerTokens(s.op.Effect.Event), e.Name))
	}
	rows := slices.Clone(rt.Lifecycle.Cell(state, e.Name))
	if n := len(rows); n > 0 && rows[n-1].When != "" && rt.Lifecycle.fallback != nil {
		rows = append(rows, rt.Lifecycle.fallback)
	}
	variations := []variation{{}}
	if len(rows) > 1 {
		variations = append(s.bodyVariations(), g.variationsOf(rt)...)
	}
	for _, row := range rows {
		if !slices.ContainsFunc(variations, func(t variation) bool { return g.cellProbe(s, id, in, state, row, t) }) {
			g.miss(id, "no setup found for when: "+row.When)
		}
	}
}

// cellProbe keeps a variation when it is this row that decides it, and nothing refuses after the row.
func (g *prober) cellProbe(s *stage, id string, in Input, state string, row *Row, t variation) bool {
	if t.body != nil {
		in = s.withBody(t.body)
	}
	setup := Setup{State: state, Create: t.create, Catalogue: t.catalogue}
	if state == "" {
		setup.Create = nil
		var err error
		if in, err = in.Patched(t.create, nil); err != nil {
			return false
		}
	}
	d, bad, err := g.judge(s.op, in, setup)
	if err != nil || len(bad) > 0 || d.Row != row || d.Rule != nil {
		return false
	}
	if t.name != "" {
		id += "/" + t.name
	}
	p := Probe{ID: id, Operation: s.op, Kind: ProbeCell, Input: in, Setup: setup, Source: row.Source, refuses: d.Refusal != nil}
	p.Refusals, p.States = row.answers(state, d.Refusal)
	p.Accept = len(p.States) > 0
	g.add(p)
	return true
}

// bodyVariations are the documented body and, one at a time, the bodies with a member added. An event that is
// a value of the body has none.
func (s *stage) bodyVariations() []variation {
	out := []variation{{}}
	if s.op.Effect.Do == Transition {
		return out
	}
	for _, n := range s.nodes {
		if !n.present && len(n.bases) > 0 {
			out = append(out, variation{body: n.bases[0], name: "with-" + dotted(n.pointer)})
		}
	}
	return out
}

func dotted(pointer string) string {
	name := ""
	for _, token := range pointerTokens(pointer) {
		name += "." + token
	}
	return name[min(1, len(name)):]
}

// variationsOf are the worlds in which the resource may stand: those of triggers, then every entry of a
// look-up with every value of its enumerations. In all of them the resource can be created.
func (g *prober) variationsOf(rt *ResourceType) []variation {
	if known, done := g.variations[rt]; done || rt.Create == nil {
		return known
	}
	var out []variation
	in, err := rt.Create.DocumentedInput()
	if err != nil {
		return nil
	}
	add := func(t variation) bool {
		patched, err := in.Patched(t.create, nil)
		if err != nil || g.accepts(rt.Create, patched, Setup{Catalogue: t.catalogue}) != nil {
			return false
		}
		if !slices.ContainsFunc(out, func(o variation) bool { return o.name == t.name }) {
			out = append(out, t)
		}
		return true
	}
	for _, t := range g.c.triggerVariations(rt) {
		add(t)
	}
	body, _ := decodeJSON(in.Body)
	for _, k := range rt.Create.Effect.lookups {
		for _, key := range g.keys(k, plain(valueAt(body, k.from))) {
			fitting := g.fitting(rt.Create.Effect, k, key, plain(valueAt(body, k.from)))
			for _, patch := range g.c.entryPatches(k, key) {
				name := "" // the documented entry goes without saying
				if fitting[0] != nil {
					name = describePatch(fitting[0])
				}
				t := variation{name: joined(name, describePatch(patch))}
				if patch != nil {
					t.catalogue = map[string]map[string]any{k.in + "/" + key: patch}
				}
				for _, t.create = range fitting {
					if t.name != "" && add(t) {
						break
					}
				}
			}
		}
	}
	g.variations[rt] = out
	return out
}

func joined(a, b string) string {
	if a != "" && b != "" {
		return a + "," + b
	}
	return a + b
}

// keys are the keys of a look-up's catalogue, the documented one first.
func (g *prober) keys(k lookup, documented string) []string {
	keys := sortedKeys(g.c.entries.bySchema[k.in])
	if i := slices.Index(keys, documented); i > 0 {
		keys = append([]string{documented}, slices.Delete(keys, i, i+1)...)
	}
	return keys
}

// fitting are the create patches that ask for an entry: by itself, then together with an entry of one of
// the other look-ups.
func (g *prober) fitting(e *Effect, k lookup, key, documented string) []map[string]any {
	var patch map[string]any
	if key != documented {
		patch = with(nil, pointerTokens(k.from), key)
	}
	out := []map[string]any{patch}
	for _, other := range e.lookups {
		if other.from == k.from {
			continue
		}
		for _, value := range sortedKeys(g.c.entries.bySchema[other.in]) {
			out = append(out, with(patch, pointerTokens(other.from), value))
		}
	}
	return out
}

// entryPatches are no patch and each value of each enumeration of an entry that it does not have.
func (c *Contract) entryPatches(k lookup, key string) []map[string]any {
	out := []map[string]any{nil}
	entry := c.entries.bySchema[k.in][key]
	catalogue := c.doc.top().get("components", "schemas", k.in)
	for _, m := range (spot{places: []place{catalogue}}).members() {
		for _, value := range m.texts("enum") {
			if name := lastOf(m.pointer); entry[name] != value {
				out = append(out, map[string]any{name: value})
			}
		}
	}
	return out
}

// triggerVariations are what triggers do to the create request of a resource and to the catalogues.
func (c *Contract) triggerVariations(rt *ResourceType) []variation {
	var out []variation
	for _, op := range c.operations {
		if op.Effect == nil || op.Effect.Resource != rt {
			continue
		}
		for _, r := range op.Rules {
			if r.Trigger == nil {
				continue
			}
			t := variation{create: r.Trigger.Create, catalogue: r.Trigger.Catalogue}
			if op == rt.Create {
				t.create = r.Trigger.Body
			}
			t.name = describePatch(t.create)
			for _, entry := range sortedKeys(t.catalogue) {
				t.name = joined(t.name, entry+":"+describePatch(t.catalogue[entry]))
			}
			if t.name != "" {
				out = append(out, t)
			}
		}
	}
	return out
}
