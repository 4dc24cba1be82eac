package contract

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// Allowed lists the errors that an operation may answer, in the order of the catalogue: those that the
// catalogue has for it, and those that its rules, its schemas, its lifecycle, its credentials or HTTP yield, if
// the operation documents their status, and the body that they have.
func (c *Contract) Allowed(op *Operation) []*Error {
	return remembered(c, op, func() []*Error { return c.allowed(op) })
}

func (c *Contract) allowed(op *Operation) []*Error {
	named := c.named(op)
	var out []*Error
	for _, e := range c.catalogue.entries {
		if (e.AppliesTo(op.ID) || slices.Contains(named, e)) && c.documents(op, e) {
			out = append(out, e)
		}
	}
	return out
}

// documents tells whether an operation documents the status and the body of an error.
func (c *Contract) documents(op *Operation, e *Error) bool {
	if op.Response(e.Status) == nil {
		return false
	}
	body, err := json.Marshal(c.Body(&Refusal{Error: e, Args: c.Words(op, e)}, "id"))
	return err == nil && len(c.CheckBody(op, e.Status, body)) == 0
}

// named are the errors that the document itself leads to for an operation.
func (c *Contract) named(op *Operation) []*Error {
	var out []*Error
	add := func(faults map[string]Fault) {
		for _, f := range faults {
			out = append(append(out, f.Error), f.Also...)
		}
	}
	add(c.wire)
	add(op.faults)
	if op.Secured {
		for _, s := range c.security {
			add(s.faults)
		}
	}
	for _, r := range op.Rules {
		out = append(append(out, r.Error), r.Also...)
	}
	e := op.Effect
	if e == nil {
		return out
	}
	out = append(out, e.Missing)
	if e.Unique != nil {
		out = append(out, e.Unique.Error)
	}
	if e.Quota != nil {
		out = append(out, e.Quota.Error)
	}
	for _, row := range e.Resource.rowsOf(op) {
		out = append(out, row.Error)
		for _, also := range row.Also {
			out = append(out, also.Error)
		}
	}
	return out
}

// rowsOf are the rows of the lifecycle that an operation may come to, the default among them.
func (rt *ResourceType) rowsOf(op *Operation) []*Row {
	if rt.Lifecycle == nil {
		return nil
	}
	var out []*Row
	for _, row := range rt.Lifecycle.Rows {
		if (rt.Create == op && slices.Contains(row.On, op.ID)) || slices.Contains(rt.operationsOf(row.On), op) {
			out = append(out, row)
		}
	}
	if rt.Lifecycle.fallback != nil && rt.mentions(op.ID) {
		out = append(out, rt.Lifecycle.fallback)
	}
	return out
}

// Words are what stands in the placeholders of an error's message when nothing has provoked it: what a rule or
// a row of the operation says whatever the request is, else the names of what belongs there.
func (c *Contract) Words(op *Operation, e *Error) []string {
	nothing := &frame{all: map[string]any{"request": map[string]any{}, "self": map[string]any{}, "now": time.Time{}}}
	for _, r := range op.Rules {
		if r.Error == e && len(r.args) > 0 {
			if words, err := evalArgs(r.args, nothing); err == nil {
				return words
			}
		}
	}
	for _, faults := range []map[string]Fault{op.faults, c.wire, c.schemas.defaults} {
		for _, keyword := range sortedKeys(faults) {
			if f := faults[keyword]; f.Error == e && len(f.Args) == e.Holes() {
				return f.Args
			}
		}
	}
	var words []string
	for _, hole := range placeholder.FindAllString(e.Template, -1) {
		words = append(words, cmp.Or(hole[1:len(hole)-1], op.ID))
	}
	return words
}

// FailureOf is the reason why a resource is in a state in which a transient state ends that has failed; nil
// where none does, or no reason is given.
func (l *Lifecycle) FailureOf(state string) *Error {
	for _, row := range l.Rows {
		if row.Fails != nil && row.Fails.To == state {
			return row.Fails.Error
		}
	}
	return nil
}

// Reasons lists why what an event begins may fail, as a resource may show it: the table's own reasons first,
// then what the catalogue has for the server's failing at that operation, in its order. An event that begins
// nothing that may fail has none.
func (c *Contract) Reasons(rt *ResourceType, event string) []*Error {
	if rt.Lifecycle == nil {
		return nil
	}
	var out []*Error
	fails := false
	for _, row := range rt.Lifecycle.Rows {
		if row.Fails == nil || !slices.Contains(row.On, event) {
			continue
		}
		if fails = true; row.Fails.Error != nil && !slices.Contains(out, row.Fails.Error) {
			out = append(out, row.Fails.Error)
		}
	}
	if !fails {
		return nil
	}
	operations := rt.operationsOf([]string{event})
	if len(operations) == 0 && rt.Create != nil {
		operations = []*Operation{rt.Create} // time goes on with what the creation has begun
	}
	for _, e := range c.catalogue.entries {
		mine := slices.ContainsFunc(operations, func(op *Operation) bool { return e.AppliesTo(op.ID) })
		if mine && e.Provoke == ByServer && !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}
