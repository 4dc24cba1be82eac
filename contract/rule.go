package contract

import (
	"fmt"

	"cel.dev/cel-go/common/types"
)

// Rule is a condition under which an operation refuses, beyond what schemas say.
type Rule struct {
	ID       string
	Given    string // a condition of the world outside the API; "" for none
	When     string // CEL; "" for always
	Error    *Error
	Also     []*Error
	Trigger  *Trigger // nil for a rule with nothing but a Given
	Source   Source
	Position Position

	when *expression
	args []*expression
}

// Trigger is how to make a rule true, starting from the documented requests.
type Trigger struct {
	Create    map[string]any            `yaml:"-"` // merge patch on the request that creates the resource
	Body      map[string]any            `yaml:"-"` // merge patch on the operation's own
	Query     map[string]string         `yaml:"query"`
	State     string                    `yaml:"state"` // in which the resource must be; "" for any
	Catalogue map[string]map[string]any `yaml:"-"`     // "Schema/key" → merge patch on the entry
}

// readRules reads an operation's rules, or the root's. The effect tells what self is.
func (l *loader) readRules(p place, s scope) []*Rule {
	var rules []*Rule
	seen := map[string]bool{}
	for _, at := range p.items() {
		r := &Rule{ID: at.get("id").text(), Given: at.get("given").text(), Source: sourceIn(at), Position: at.position()}
		if seen[r.ID] {
			at.get("id").addf("rule %q stands here twice", r.ID)
		}
		seen[r.ID] = true
		if when, ok := at.child("when"); ok {
			r.When = when.text()
			r.when = s.compile(when, types.BoolType)
		}
		r.Error, r.args, r.Also = l.readRefusal(at, s)
		if trigger := at.get("trigger"); trigger.exists() {
			r.Trigger = l.readTrigger(trigger)
		}
		if r.Error != nil {
			rules = append(rules, r)
		}
	}
	return rules
}

// readRefusal reads the members error, args and also, which rules and rows share.
func (l *loader) readRefusal(at place, s scope) (*Error, []*expression, []*Error) {
	code, ok := at.child("error")
	if !ok {
		return nil, nil, nil
	}
	e := l.c.catalogue.find(code, code.text())
	var args []*expression
	for _, a := range at.get("args").items() {
		args = append(args, s.compile(a, types.StringType))
	}
	if e != nil && e.Holes() != len(args) {
		code.addf("error %q has %d placeholders in its message, but %d args are given", e.Ref, e.Holes(), len(args))
	}
	var also []*Error
	for _, a := range at.get("also").items() {
		if ref := a.text(); ref != "" {
			if other := l.c.catalogue.find(a, ref); other != nil {
				also = append(also, other)
			}
		}
	}
	return e, args, also
}

func (l *loader) readTrigger(p place) *Trigger {
	t := &Trigger{Catalogue: map[string]map[string]any{}}
	p.decode(t)
	t.Create, _ = p.get("create").data().(map[string]any)
	t.Body, _ = p.get("body").data().(map[string]any)
	p.get("catalogue").each(func(entry string, patch place) {
		t.Catalogue[entry], _ = patch.data().(map[string]any)
	})
	return t
}

// sourceIn reads the member source of one of our own constructs.
func sourceIn(p place) Source {
	var s Source
	p.get("source").decode(&s)
	return s
}

// refuse evaluates a rule: the refusal when it holds, nil when not.
func (r *Rule) refuse(variables *frame) (*Refusal, error) {
	holds, err := r.when.holds(variables)
	if err != nil {
		return nil, fmt.Errorf("%s: rule %q: %w", r.Position, r.ID, err)
	}
	if !holds {
		return nil, nil
	}
	args, err := evalArgs(r.args, variables)
	if err != nil {
		return nil, fmt.Errorf("%s: rule %q: %w", r.Position, r.ID, err)
	}
	return &Refusal{Error: r.Error, Args: args, Also: r.Also, Source: r.Source}, nil
}

func evalArgs(args []*expression, variables *frame) ([]string, error) {
	out := make([]string, len(args))
	for i, a := range args {
		v, err := a.eval(variables)
		if err != nil {
			return nil, err
		}
		out[i] = fmt.Sprint(v.Value())
	}
	return out, nil
}

// scopeOf declares what expressions of an operation may speak of.
func (l *loader) scopeOf(op *Operation, resource place) scope {
	groups := map[string][]string{}
	schemas := map[string]place{}
	for _, p := range op.Parameters {
		if p.Schema != nil {
			groups[p.In] = append(groups[p.In], p.Name)
			schemas[p.In+"/"+p.Name] = p.Schema.place
		}
	}
	parts := map[string]*types.Type{}
	for _, in := range []string{"query", "path"} {
		parts[in] = l.types.declare("request."+op.ID+"."+in, groups[in], func(m string) place { return schemas[in+"/"+m] })
	}
	parts["body"] = types.DynType
	if op.Body != nil && op.Body.Schema != nil {
		parts["body"] = l.types.typeOf(op.Body.Schema.place)
	}
	variables := map[string]*types.Type{"request": l.types.declareParts("request."+op.ID, parts)}
	if resource.exists() {
		variables["self"] = l.types.typeOf(resource)
	}
	return l.newScope(variables)
}

// declareParts makes an object type of members whose types are known.
func (t *typist) declareParts(name string, parts map[string]*types.Type) *types.Type {
	kind := t.declare(name, sortedKeys(parts), func(string) place { return place{} })
	for member, f := range t.objects[name] {
		f.Type = parts[member]
	}
	return kind
}

func (l *loader) newScope(variables map[string]*types.Type) scope {
	s, err := l.types.scope(variables)
	if err != nil {
		l.doc.top().addf("expressions cannot be typed: %v", err)
	}
	return s
}
