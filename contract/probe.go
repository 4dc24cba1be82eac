package contract

import (
	"cmp"
	"slices"
)

// The kinds of probes, in the order in which Probes lists them for an operation.
const (
	ProbeSchema   = "schema"   // one member breaks its schema
	ProbeAccept   = "accept"   // at the edge of what the schemas allow
	ProbeRule     = "rule"     // one rule holds
	ProbeCell     = "cell"     // one event in one state
	ProbeMissing  = "missing"  // the key names no resource
	ProbeUnique   = "unique"   // the value of the unique member is taken
	ProbeQuota    = "quota"    // the tenant has as many as it may
	ProbeWire     = "wire"     // a condition of HTTP
	ProbeSecurity = "security" // a credential that is not right
)

var probeKinds = []string{ProbeSchema, ProbeAccept, ProbeRule, ProbeCell, ProbeMissing, ProbeUnique, ProbeQuota,
	ProbeWire, ProbeSecurity}

// Probe is one request with one thing special about it: what must be true before it, and every answer
// that conforms. It is shared, not copied: treat what it holds as immutable.
type Probe struct {
	ID        string     // unique and stable: says what is special, never where in a list it stands
	Operation *Operation // nil for wire probes, which belong to no operation
	Kind      string     // one of the constants
	Input     Input      // path parameters that name the tenant or the resource are "", to be filled in; zero for wire
	Setup     Setup
	Condition string     // wire and security: the keyword of x-tally-error to bring about; "" for the other kinds
	Refusals  []*Refusal // refusals that conform, the contract's own first; those after it have no Args. Empty: must be accepted
	Accept    bool       // acceptance conforms, alone or beside Refusals
	States    []string   // cells: states that conform right after an acceptance; nil for not said
	Source    Source     // of the statement that is probed; its basis makes it MUST, SHOULD or nothing
	Pointer   string     // schema: JSON pointer into the body, or name of the query parameter, that is defective; "" for all of the body
	Keyword   string     // schema: the keyword of JSON Schema that is broken, or body

	refuses bool
}

// Refuses tells whether the contract itself refuses. It differs from !Accept where both conform.
func (p *Probe) Refuses() bool { return p.refuses }

// Setup is what must be true before a probe. The zero Setup asks for nothing. The parts hold together at the
// moment of the probe: a catalogue that would refuse the create is patched after it.
type Setup struct {
	Create    map[string]any            // merge patch on the documented create request, for the resource the probe is about; nil for none
	State     string                    // state the resource must be in; "" when none is needed, or its type has no lifecycle
	Given     string                    // condition of the world outside the API; "" for none
	Catalogue map[string]map[string]any // "Schema/key" → merge patch on the entry, as the resource's look-ups show it
	Twice     bool                      // unique: the same request has been accepted before
	Full      bool                      // quota: the tenant has as many resources as it may
	Unknown   bool                      // missing: the key names no resource
}

// Probes derives the probes from the document: by operation in its order (those of no operation last),
// then by kind, then by id. They are derived by the first call, which takes a tenth of a second or two; what
// they refer to is shared by all calls and must not be changed.
func (c *Contract) Probes() []Probe { return slices.Clone(c.probe().probes) }

// Unprobed lists what should have a probe and has none: conditional rows whose condition no derived setup
// meets, rules, and operations whose documented request cannot be used; each as "id: reason", sorted.
func (c *Contract) Unprobed() []string { return slices.Clone(c.probe().unprobed) }

// ProbedErrors tells for each catalogue entry which probes the contract itself answers with it.
func (c *Contract) ProbedErrors() map[string][]string {
	out := map[string][]string{}
	for _, p := range c.Probes() {
		if p.Refuses() {
			ref := p.Refusals[0].Error.Ref
			out[ref] = append(out[ref], p.ID)
		}
	}
	return out
}

// prober gathers probes and, with the reason, the candidates that turned out to be none.
type prober struct {
	c          *Contract
	probes     []Probe
	unprobed   []string
	dropped    []droppedProbe
	seen       map[string]bool
	samples    map[string]*Resource
	variations map[*ResourceType][]variation
}

type droppedProbe struct{ id, reason string }

func (c *Contract) probe() *prober {
	c.once.Do(func() { c.derived = c.derive() })
	return c.derived
}

func (c *Contract) derive() *prober {
	g := &prober{c: c, seen: map[string]bool{}, samples: map[string]*Resource{}, variations: map[*ResourceType][]variation{}}
	for _, op := range c.operations {
		s, err := g.stage(op)
		if err != nil {
			g.miss(op.ID, err.Error())
			continue
		}
		g.schemaProbes(s)
		if op.Effect != nil {
			g.acceptProbes(s)
			g.ruleProbes(s)
			g.effectProbes(s)
		}
		g.cellProbes(s)
	}
	g.wireProbes()
	g.sort()
	return g
}

// add keeps a probe; the path's variables are emptied here, after everything has been verified with them.
func (g *prober) add(p Probe) {
	if g.seen[p.ID] {
		g.drop(p.ID, "another probe has this id")
		return
	}
	g.seen[p.ID] = true
	if p.Operation != nil && p.Operation.Effect != nil {
		path := make(map[string]string, len(p.Input.Path))
		for name, value := range p.Input.Path {
			if e := p.Operation.Effect; name == e.Tenant || name == e.Key {
				value = ""
			}
			path[name] = value
		}
		p.Input.Path = path
	}
	g.probes = append(g.probes, p)
}

func (g *prober) drop(id, reason string) { g.dropped = append(g.dropped, droppedProbe{id, reason}) }

func (g *prober) miss(id, reason string) { g.unprobed = append(g.unprobed, id+": "+reason) }

func (g *prober) sort() {
	place := map[*Operation]int{nil: len(g.c.operations)}
	for i, op := range g.c.operations {
		place[op] = i
	}
	slices.SortFunc(g.probes, func(a, b Probe) int {
		return cmp.Or(cmp.Compare(place[a.Operation], place[b.Operation]),
			cmp.Compare(slices.Index(probeKinds, a.Kind), slices.Index(probeKinds, b.Kind)), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(g.dropped, func(a, b droppedProbe) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.reason, b.reason)) })
	slices.Sort(g.unprobed)
}

// conforming flattens refusals with their alternatives, each error once.
func conforming(refusals ...*Refusal) []*Refusal {
	var out []*Refusal
	add := func(r *Refusal) {
		if !slices.ContainsFunc(out, func(o *Refusal) bool { return o.Error == r.Error }) {
			out = append(out, r)
		}
	}
	for _, r := range refusals {
		if r != nil {
			add(r)
		}
	}
	for _, r := range refusals {
		if r == nil {
			continue
		}
		for _, e := range r.Also {
			add(&Refusal{Error: e, Source: r.Source})
		}
	}
	return out
}
