package contract

import (
	"fmt"
	"time"
)

// Situation is all that a decision depends on: a request, the resource it is about, and the world at a
// moment.
type Situation struct {
	Request  *Request
	Caller   Caller
	Resource *Resource // nil when there is none, and for creates and lists
	Taken    bool      // create: Unique's member has this value already
	Count    int       // create: resources that the tenant has
	Quota    int       // create: how many it may have; 0 for no limit
	Given    map[string]bool
	Entries  Entries
	Now      time.Time
}

// Decision is what the contract makes of a request that its schemas accept.
type Decision struct {
	Refusal *Refusal       // nil when accepted
	Rule    *Rule          // the rule that refused; nil when none did
	Row     *Row           // the row of the lifecycle that decided; nil when none applies
	State   string         // the state right after an accepted request; "" without a lifecycle
	Body    map[string]any // create and update: the resource's body right after
}

// Decide judges a request. It is pure and safe for concurrent use. Checks go in this order: rules without
// a when (they speak of the caller and the world), the resource exists, its state allows the event, the
// other rules in the order of the document, uniqueness, quota. An error means that an expression could
// not be evaluated; it names the rule, and is neither acceptance nor refusal.
func (c *Contract) Decide(s Situation) (Decision, error) {
	op := s.Request.Operation
	var d Decision
	if op.Effect == nil {
		return d, nil
	}
	f := s.Request.objects.frame(s.Request, nil, s.Now)
	if err := d.obey(op.Rules, s.Given, f, false); err != nil || d.Refusal != nil {
		return d, err
	}
	switch op.Effect.Do {
	case Create:
		return c.decideCreate(op, s, f)
	case List:
		err := d.obey(op.Rules, s.Given, f, true)
		return d, err
	}
	return c.decideExisting(op, s, f)
}

func (c *Contract) decideCreate(op *Operation, s Situation, f *frame) (Decision, error) {
	e := op.Effect
	self, err := e.candidate(s.Request, s.Caller, s.Entries, s.Now)
	if err != nil {
		return Decision{}, err
	}
	d := Decision{Body: self}
	f.with(self)
	if err := d.obey(op.Rules, s.Given, f, true); err != nil || d.Refusal != nil {
		return d, err
	}
	if e.Unique != nil && s.Taken {
		d.Refusal = &Refusal{Error: e.Unique.Error, Source: e.Unique.Error.Source}
		return d, nil
	}
	if e.Quota != nil && s.Quota > 0 && s.Count >= s.Quota {
		d.Refusal = &Refusal{Error: e.Quota.Error, Source: e.Quota.Error.Source}
		return d, nil
	}
	return d, d.follow(e.Resource, "", op.ID, f)
}

func (c *Contract) decideExisting(op *Operation, s Situation, f *frame) (Decision, error) {
	e := op.Effect
	if s.Resource == nil {
		return Decision{Refusal: &Refusal{Error: e.Missing, Source: e.Missing.Source}}, nil
	}
	f.kind, f.unseen = e.Resource, s.Resource
	d := Decision{State: s.Resource.State}
	if event := op.EventOf(s.Request); event != "" {
		if err := d.follow(e.Resource, s.Resource.State, event, f); err != nil || d.Refusal != nil {
			return d, err
		}
	}
	if err := d.obey(op.Rules, s.Given, f, true); err != nil || d.Refusal != nil {
		return d, err
	}
	if e.Do == Update {
		d.Body = e.updated(s.Request, s.Resource.Whole())
	}
	return d, nil
}

// EventOf names what a request does to a resource, as the rows name it; "" when the lifecycle does not
// care.
func (op *Operation) EventOf(req *Request) string {
	switch e := op.Effect; e.Do {
	case Transition:
		return plain(valueAt(req.Body, e.Event))
	case Read:
		if !e.Resource.mentions(op.ID) {
			return ""
		}
	}
	return op.ID
}

// obey applies the rules with a condition, or those without: the first that holds refuses.
func (d *Decision) obey(rules []*Rule, given map[string]bool, variables *frame, conditional bool) error {
	for _, r := range rules {
		if conditional != (r.when != nil) || (r.Given != "" && !given[r.Given]) {
			continue
		}
		refusal, err := r.refuse(variables)
		if err != nil {
			return err
		}
		if refusal != nil {
			d.Refusal, d.Rule = refusal, r
			return nil
		}
	}
	return nil
}

// follow looks the event up in the lifecycle.
func (d *Decision) follow(rt *ResourceType, state, event string, variables *frame) error {
	lc := rt.Lifecycle
	if lc == nil {
		return nil
	}
	row, err := lc.decide(state, event, variables)
	if err != nil {
		return fmt.Errorf("lifecycle of %s, %s in state %q: %w", rt.Name, event, state, err)
	}
	if row == nil {
		return fmt.Errorf("lifecycle of %s decides nothing for %s in state %q", rt.Name, event, state)
	}
	d.Row = row
	if row.Error == nil {
		d.State = row.Next(state)
		return nil
	}
	args, err := evalArgs(row.args, variables)
	if err != nil {
		return fmt.Errorf("lifecycle of %s, %s in state %q: %w", rt.Name, event, state, err)
	}
	refusal := &Refusal{Error: row.Error, Args: args, Source: row.Source}
	for _, o := range row.Also {
		if o.Error != nil {
			refusal.Also = append(refusal.Also, o.Error)
		}
	}
	d.Refusal = refusal
	return nil
}
