package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// stage is an operation with the documented request and a world in which that request is accepted.
type stage struct {
	op    *Operation
	in    Input
	setup Setup
	body  any    // the documented body, decoded; nil without one
	nodes []node // every member that a body can have
}

func (g *prober) stage(op *Operation) (*stage, error) {
	s := &stage{op: op}
	var err error
	if s.in, err = op.DocumentedInput(); err != nil {
		return nil, err
	}
	for _, p := range op.Parameters {
		if p.In == "path" && s.in.Path[p.Name] == "" && p.Schema != nil {
			if values := p.spot().values(0); len(values) > 0 {
				s.in.Path[p.Name] = plain(values[0])
			}
		}
	}
	s.setup.State, err = g.state(op, s.in, Setup{}, func(d Decision) bool { return d.Refusal == nil })
	if err != nil {
		return nil, fmt.Errorf("the documented request is accepted in no state: %w", err)
	}
	if op.Body == nil {
		return s, nil
	}
	if s.body, err = decodeJSON(s.in.Body); err != nil {
		return nil, err
	}
	if op.Body.Schema != nil {
		g.grow(s, spot{places: []place{op.Body.Schema.place}, source: op.Source}, []any{s.body}, 0)
	}
	return s, nil
}

// withBody is the documented input with another body.
func (s *stage) withBody(body any) Input {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false) // what is tried should be seen on the wire
	if err := encoder.Encode(body); err != nil {
		panic(err) // decoded JSON always encodes
	}
	in := s.in
	in.Body = bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
	return in
}

// keyed tells whether an operation is about one resource that exists.
func (op *Operation) keyed() bool {
	return op.Effect != nil && op.Effect.Do != Create && op.Effect.Do != List
}

// judge decides on a request in the world of a setup. The decision is meaningless with violations.
func (g *prober) judge(op *Operation, in Input, setup Setup) (Decision, []Violation, error) {
	req, bad := op.Read(in)
	if len(bad) > 0 {
		return Decision{}, bad, nil
	}
	s := Situation{Request: req, Caller: Caller{ID: "proof", Name: "proof"}, Now: proofTime, Entries: g.c.entries,
		Taken: setup.Twice, Given: map[string]bool{setup.Given: setup.Given != ""}}
	if setup.Full {
		s.Count, s.Quota = 1, 1
	}
	var err error
	for _, name := range sortedKeys(setup.Catalogue) {
		if s.Entries, err = s.Entries.With(name, setup.Catalogue[name]); err != nil {
			return Decision{}, nil, err
		}
	}
	if op.keyed() && !setup.Unknown {
		if s.Resource, err = g.resource(op.Effect.Resource, setup, s); err != nil {
			return Decision{}, nil, err
		}
	}
	d, err := g.c.Decide(s)
	return d, nil, err
}

// resource is the sample that a setup describes, made once.
func (g *prober) resource(rt *ResourceType, setup Setup, s Situation) (*Resource, error) {
	key, err := json.Marshal([]any{rt.Name, setup.State, setup.Create, setup.Catalogue})
	if err != nil {
		return nil, err
	}
	if r := g.samples[string(key)]; r != nil {
		return r, nil
	}
	r, err := g.c.sample(rt, &Trigger{Create: setup.Create, State: setup.State}, s)
	if err == nil {
		g.samples[string(key)] = r
	}
	return r, err
}

// accepts tells why a request is not accepted, nil when it is.
func (g *prober) accepts(op *Operation, in Input, setup Setup) error {
	d, bad, err := g.judge(op, in, setup)
	switch {
	case err != nil:
		return err
	case len(bad) > 0:
		return fmt.Errorf("breaks a schema: %s", bad[0])
	case d.Rule != nil:
		return fmt.Errorf("refused by rule %s", d.Rule.ID)
	case d.Refusal != nil:
		return fmt.Errorf("refused with %s", d.Refusal.Error.Ref)
	}
	return nil
}

// state finds the state of the resource in which a request meets a decision, the easiest to reach first;
// "" for operations that need no resource.
func (g *prober) state(op *Operation, in Input, setup Setup, wanted func(Decision) bool) (string, error) {
	states := []string{""}
	if op.keyed() && op.Effect.Resource.Lifecycle != nil {
		var err error
		if states, err = g.states(op.Effect.Resource); err != nil {
			return "", err
		}
	}
	reason := fmt.Errorf("none gives the wanted decision")
	for _, setup.State = range states {
		d, bad, err := g.judge(op, in, setup)
		if err == nil && len(bad) == 0 && wanted(d) {
			return setup.State, nil
		}
		if err != nil {
			reason = err
		} else if len(bad) > 0 {
			reason = fmt.Errorf("the request breaks a schema: %s", bad[0])
		}
	}
	return "", reason
}

// states orders the states of a resource by what it takes to get there: the one after a create, those
// that requests lead to from there, then the others in the order of the document.
func (g *prober) states(rt *ResourceType) ([]string, error) {
	first, err := g.resource(rt, Setup{}, Situation{Caller: Caller{ID: "proof", Name: "proof"}, Now: proofTime, Entries: g.c.entries})
	if err != nil {
		return nil, err
	}
	lc, out := rt.Lifecycle, []string{first.State}
	for i := 0; i < len(out); i++ {
		for _, r := range lc.Rows {
			if r.Error != nil || r.When != "" || !slices.Contains(r.From, out[i]) || len(rt.operationsOf(r.On)) == 0 {
				continue
			}
			next := r.Next(out[i])
			if end := lc.Passage(next); end != nil {
				next = end.To
			}
			if !slices.Contains(out, next) {
				out = append(out, next)
			}
		}
	}
	for _, s := range lc.States {
		if !slices.Contains(out, s.Name) {
			out = append(out, s.Name)
		}
	}
	return out, nil
}
