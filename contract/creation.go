package contract

import (
	"strings"
	"time"
)

// candidate is the resource that a create request asks for: what the client sent and the resource has
// too, what the server adds, and the entries looked up.
func (e *Effect) candidate(req *Request, caller Caller, entries Entries, now time.Time) (map[string]any, error) {
	self := e.keeper.keep(req.objects, req.Body, true)
	f := req.objects.frame(req, self, now)
	for _, d := range e.drops {
		if len(d.at) == 0 || valueAt(self, d.path) == nil {
			continue
		}
		holds, err := d.when.holds(f.with(self))
		if err != nil {
			return nil, err
		}
		if holds {
			self = without(self, d.at)
		}
	}
	tenant, _ := req.Path[e.Tenant].(string)
	value := (&Resource{Tenant: tenant, Owner: caller, Body: self}).value(now)
	for _, fill := range e.fills {
		holds, err := fill.when.holds(f.with(self))
		if err != nil {
			return nil, err
		}
		switch {
		case holds && e.alone:
			fill.set.fillIn(req.objects, self, e.keeper, value)
		case holds:
			if added, ok := fill.set.Render(value).(map[string]any); ok {
				self, _ = merge(added, self).(map[string]any)
			}
		}
	}
	return e.lookUp(req, self, entries), nil
}

func (e *Effect) lookUp(req *Request, self map[string]any, entries Entries) map[string]any {
	for _, k := range e.lookups {
		wanted := valueAt(self, k.from)
		if wanted == nil {
			wanted = valueAt(req.Body, k.from)
		}
		if wanted == nil {
			continue
		}
		entry, ok := entries.find(k.in, plain(wanted))
		switch {
		case len(k.into) == 1 && ok:
			self[k.into[0]] = entry // nobody else has self yet
		case len(k.into) == 1:
			delete(self, k.into[0])
		case ok:
			self = with(self, k.into, entry)
		default:
			self = without(self, k.into)
		}
	}
	return self
}

// keeper is what of a body goes into a resource, worked out once from the two schemas: the members that
// both have.
type keeper struct {
	members map[string]*keeper // by name; nil for a value that is taken as it is
	missing []absentee         // defaults of the body's schema
	added   int                // members that others add to what was kept, at most
}

// absentee is a member with its default.
type absentee struct {
	name  string
	value any
}

func newKeeper(from, target place, depth int, budget *int) *keeper {
	k := &keeper{members: map[string]*keeper{}}
	for _, m := range from.schemaMembers() {
		at := target.schemaAt("/" + escapeToken(m.name))
		if !at.exists() {
			continue
		}
		k.members[m.name] = nil
		if *budget--; m.place.describesObject() && at.describesObject() && depth < 12 && *budget > 0 {
			k.members[m.name] = newKeeper(m.place, at, depth+1, budget)
		}
		if d, ok := m.place.schemaDefault(); ok && d != nil { // a default of null is absence
			k.missing = append(k.missing, absentee{m.name, d})
		}
	}
	return k
}

// keep takes from a body what the resource has too. With defaults, members that are absent from an
// object that was sent get the default of the body's schema.
func (k *keeper) keep(o *objects, value any, defaults bool) map[string]any {
	object, _ := value.(map[string]any)
	out := o.get(len(k.members) + k.added)
	for name, v := range object {
		inner, known := k.members[name]
		switch {
		case !known, v == nil: // a null says nothing
		case inner != nil && isObject(v):
			out[name] = inner.keep(o, v, defaults)
		default:
			out[name] = v
		}
	}
	if !defaults {
		return out
	}
	for _, d := range k.missing {
		if _, sent := object[d.name]; !sent {
			out[d.name] = d.value
		}
	}
	return out
}

func isObject(v any) bool { _, ok := v.(map[string]any); return ok }

// readAlone finds out whether fills may change a new resource in place: they quote nothing of it, and no default is
// an object, so that all objects with a keeper are its own. It counts what fills and look-ups add, too.
func (e *Effect) readAlone() {
	e.keeper.added = len(e.lookups)
	e.alone = !e.keeper.sharesObjects()
	for _, f := range e.fills {
		e.alone = e.alone && !f.set.quotesSelf()
		for _, m := range f.set.members {
			if _, kept := e.keeper.members[m.name]; !kept {
				e.keeper.added++
			}
		}
	}
}

func (k *keeper) sharesObjects() bool {
	for _, d := range k.missing {
		if isObject(d.value) {
			return true
		}
	}
	for _, inner := range k.members {
		if inner != nil && inner.sharesObjects() {
			return true
		}
	}
	return false
}

func (t *Template) quotesSelf() bool {
	for i, part := range t.parts {
		if i%2 == 1 && strings.HasPrefix(part, "self/") {
			return true
		}
	}
	for _, item := range t.array {
		if item.quotesSelf() {
			return true
		}
	}
	for _, member := range t.members {
		if member.quotesSelf() {
			return true
		}
	}
	return false
}

// fillIn adds what a template has and an object lacks to the object, in place. The object comes from a keeper, as
// do those in it that have a keeper of their own; all others are shared.
func (t *Template) fillIn(o *objects, self map[string]any, k *keeper, value func(string) (any, bool)) {
	for _, member := range t.members {
		name := member.name
		old, present := self[name]
		inner, isObject := old.(map[string]any)
		switch {
		case !present:
			if v := member.render(o, value); v != absent {
				self[name] = v
			}
		case member.object == nil || !isObject:
		case k != nil && k.members[name] != nil:
			member.fillIn(o, inner, k.members[name], value)
		default:
			if v := member.render(o, value); v != absent {
				self[name] = merge(v, inner)
			}
		}
	}
}

// updated is the resource's body after an update request.
func (e *Effect) updated(req *Request, body map[string]any) map[string]any {
	merged, _ := merge(body, e.keeper.keep(nil, req.Body, false)).(map[string]any)
	return merged
}
