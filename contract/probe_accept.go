package contract

import (
	"encoding/json"
	"slices"
	"strings"
)

// unknownName is a name that no schema has. That a server ignores such names is no page's promise.
const unknownName = "tally_unknown"

var unknownSource = Source{Basis: Assumed, Note: "A member or parameter that the contract does not name is ignored."}

// acceptProbes derives the requests at the edge of what is allowed. Those that a rule, a look-up or the state
// of the resource refuses all the same are dropped.
func (g *prober) acceptProbes(s *stage) {
	id := s.op.ID + "/accept/"
	g.acceptProbe(s, id+"documented", s.op.Source, s.in)
	g.acceptProbe(s, id+"unknown-query", unknownSource, setQuery(s.in, unknownName, "1"))
	g.acceptExamples(s, id)
	for _, p := range s.op.Parameters {
		if p.In != "query" || p.Schema == nil {
			continue
		}
		base, in, ok := g.queryBase(s, p)
		if !ok {
			continue // reported by schemaProbes
		}
		for _, v := range p.spot().edges(base) {
			g.acceptProbe(s, id+s.queryName(p)+"/"+v.name, p.spot().source, setQuery(in, p.Name, v.value))
		}
	}
	if _, ok := s.body.(map[string]any); ok {
		g.acceptProbe(s, id+"unknown-member", unknownSource, s.withBody(put(s.body, []string{unknownName}, "x")))
	}
	for _, n := range s.nodes {
		if s.op.Effect.Do != Transition || n.pointer != s.op.Effect.Event {
			g.acceptMember(s, n, id+n.name()+"/")
		}
	}
}

func (g *prober) acceptMember(s *stage, n node, id string) {
	if len(n.bases) == 0 {
		return // reported by schemaProbes
	}
	tokens := pointerTokens(n.pointer)
	if n.present {
		if !n.required {
			g.acceptProbe(s, id+"absent", n.source, s.withBody(put(s.body, tokens, removed)))
		}
		if _, ok := valueAt(s.body, n.pointer).(map[string]any); ok {
			g.acceptProbe(s, id+"unknown-member", unknownSource, s.withBody(put(s.body, append(tokens, unknownName), "x")))
		}
	}
	edges := n.edges(valueAt(n.bases[0], n.pointer))
	if slices.Contains(n.kinds(), "null") {
		edges = append(edges, edge{"null", nil})
	}
	for _, v := range edges {
		var inputs []Input
		for _, base := range n.bases {
			inputs = append(inputs, s.withBody(put(base, tokens, v.value)))
		}
		g.acceptProbe(s, id+v.name, n.source, inputs...)
	}
}

// acceptExamples are the other documented requests. A transition's are its events, which the cells cover.
func (g *prober) acceptExamples(s *stage, id string) {
	if s.op.Effect.Do == Transition {
		return
	}
	known := []any{s.body}
	for _, e := range s.op.Examples {
		if e.Status != 0 || len(appendNew(known, e.Payload)) == len(known) {
			continue
		}
		known = append(known, e.Payload)
		g.acceptProbe(s, id+"example/"+e.Name, e.Source, s.withBody(e.Payload))
	}
}

// acceptProbe keeps the first input that is accepted.
func (g *prober) acceptProbe(s *stage, id string, source Source, inputs ...Input) {
	reason := ""
	for _, in := range inputs {
		if err := g.accepts(s.op, in, s.setup); err != nil {
			if reason == "" {
				reason = err.Error()
			}
			continue
		}
		p := Probe{ID: id, Operation: s.op, Kind: ProbeAccept, Input: in, Setup: s.setup, Accept: true, Source: source}
		if d, _, err := g.judge(s.op, in, s.setup); err == nil && d.Row != nil {
			p.Refusals, _ = d.Row.answers(s.setup.State, nil)
		}
		g.add(p)
		return
	}
	g.drop(id, reason)
}

type edge struct {
	name  string
	value any
}

// edges are values that just satisfy the schemas of a spot.
func (s spot) edges(valid any) []edge {
	var out []edge
	for _, keyword := range []string{"minimum", "maximum"} {
		for _, n := range s.numbers(keyword) {
			out = append(out, edge{between(keyword, among(s.numbers(keyword), n)), integer(n)})
		}
	}
	for _, keyword := range []string{"minLength", "maxLength"} {
		for _, n := range s.numbers(keyword) {
			if text, ok := s.text(int(n)); ok && n > 0 {
				out = append(out, edge{between(keyword, among(s.numbers(keyword), n)), text})
			}
		}
	}
	for _, list := range s.all("enum") {
		for _, item := range list.items() {
			out = append(out, edge{"enum/" + plain(item.data()), item.data()})
		}
	}
	text, _ := valid.(string)
	if patterns := s.texts("pattern"); len(patterns) > 0 && !slices.ContainsFunc(patterns, func(p string) bool { return !ofCharacters(p) }) {
		allowed := ""
		for _, c := range characters {
			if s.matches(inside(text, string(c))) {
				allowed += string(c)
			}
		}
		if allowed != "" {
			out = append(out, edge{"pattern", inside(text, allowed)})
		}
	}
	return out
}

func between(keyword, variant string) string {
	if variant == "" {
		return keyword
	}
	return keyword + "/" + variant
}

// answers splits the outcomes of a row into refusals and states; own is the refusal of the row itself, nil
// when it accepts.
func (r *Row) answers(current string, own *Refusal) ([]*Refusal, []string) {
	refusals, states := conforming(own), []string(nil)
	for _, o := range r.Outcomes(current) {
		if o.Error == nil {
			if !slices.Contains(states, o.State) {
				states = append(states, o.State)
			}
		} else if own == nil || o.Error != own.Error {
			refusals = append(refusals, &Refusal{Error: o.Error, Source: r.Source})
		}
	}
	return conforming(refusals...), states
}

// describePatch names the ends of a merge patch, "a.b=value" joined by commas.
func describePatch(patch map[string]any) string {
	var parts []string
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		object, ok := v.(map[string]any)
		if !ok {
			if v == nil {
				parts = append(parts, prefix+"=")
				return
			}
			if text, ok := v.(string); ok {
				parts = append(parts, prefix+"="+text)
				return
			}
			b, _ := json.Marshal(v)
			parts = append(parts, prefix+"="+string(b))
			return
		}
		for _, name := range sortedKeys(object) {
			walk(strings.TrimPrefix(prefix+"."+name, "."), object[name])
		}
	}
	walk("", patch)
	return strings.Join(parts, ",")
}
