package defects

import (
	"encoding/json"
	"fmt"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// persistenceDefects are about what stays of what was accepted, and of what was refused.
func persistenceDefects(k *catalog) {
	for _, rt := range k.kinds() {
		k.updateDefects(rt)
		k.createDefects(rt)
		if op := k.operation(rt, contract.Delete); op != nil {
			k.deleteDefects(rt, op)
		}
		k.staleDefect(rt)
	}
}

// storing is a tampering with what one operation leaves behind.
func storing(op *contract.Operation, change func(before contract.Resource, after *contract.Resource)) mock.Tampering {
	return mock.Tampering{Store: func(o *contract.Operation, before contract.Resource, after *contract.Resource) {
		if o.ID == op.ID {
			change(before, after)
		}
	}}
}

// changed is a member that the documented update changes, as a pointer.
func changed(op *contract.Operation) string {
	if p := pointersOf(op.DocumentedRequest()); len(p) > 0 {
		return p[0]
	}
	return ""
}

func (k *catalog) updateDefects(rt *contract.ResourceType) {
	op := k.operation(rt, contract.Update)
	if op == nil {
		return
	}
	member := changed(op)
	k.add("update-lost", "An update is accepted and shown once, but not kept.", lostUpdate(k, op, rt))
	k.add("update-replaces", "An update takes away what the request does not speak of.",
		storing(op, func(before contract.Resource, after *contract.Resource) {
			for _, p := range pointersOf(before.Body) {
				if p != member && equal(at(before.Body, p), at(after.Body, p)) && k.updatable(op, p) {
					after.Body = object(with(after.Body, p, nil))
				}
			}
		}))
	if rt.PointerOf("created") != "" {
		k.add("update-moves-creation", "An update moves the moment of the creation.",
			storing(op, func(_ contract.Resource, after *contract.Resource) { after.Created = after.Updated }))
	}
	if rt.PointerOf("updated") != "" {
		k.add("update-leaves-no-trace", "An update does not move the moment of the last update.",
			storing(op, func(before contract.Resource, after *contract.Resource) { after.Updated = before.Updated }))
	}
	if action := k.operation(rt, contract.Transition); action != nil && member != "" {
		k.add("action-forgets", fmt.Sprintf("An action empties %s.", member),
			storing(action, func(_ contract.Resource, after *contract.Resource) {
				after.Body = object(with(after.Body, member, ""))
			}))
	}
	k.refusedButDone(op, "refused-update-done", "An update that is refused is carried out all the same.", func(rt *contract.ResourceType, e contract.Event) string {
		if yes := k.cell(rt, e, accepts); yes != nil {
			return yes.Setup.State
		}
		return ""
	})
}

// updatable tells whether an update may speak of a member: whether the documented update, with that member
// of another type, breaks its schema.
func (k *catalog) updatable(op *contract.Operation, pointer string) bool {
	p := k.probe(func(p *contract.Probe) bool {
		return p.Operation == op && p.Kind == contract.ProbeSchema && p.Pointer == pointer
	})
	return p != nil
}

// lostUpdate keeps the resource as it was, and answers what was asked for.
func lostUpdate(k *catalog, op *contract.Operation, rt *contract.ResourceType) mock.Tampering {
	t := storing(op, func(before contract.Resource, after *contract.Resource) { after.Body = before.Body })
	t.Answer = func(a *mock.Answer) {
		if a.Operation == nil || a.Operation.ID != op.ID || a.Request == nil || a.Refusal != nil || op.Effect.Answer != nil {
			return
		}
		for _, p := range pointersOf(a.Request.Body) {
			if v := at(a.Request.Body, p); at(a.Body, p) != nil && object(v) == nil {
				a.Body = with(a.Body, p, v)
			}
		}
	}
	return t
}

func uniqueOf(rt *contract.ResourceType) string {
	if rt.Create == nil || rt.Create.Effect.Unique == nil {
		return ""
	}
	return rt.Create.Effect.Unique.By
}

func (k *catalog) createDefects(rt *contract.ResourceType) {
	op := rt.Create
	if op == nil {
		return
	}
	p := k.accepted(op)
	k.remembering("refused-create-kept", "A create that is refused for the name leaves a resource behind.", func() mock.Tampering {
		refusals := memory[*contract.Request, *contract.Refusal]{}
		t := deciding(op, func(s contract.Situation, honest decider) (contract.Decision, error) {
			d, err := honest(s)
			if err != nil || d.Refusal == nil || !s.Taken {
				return d, err
			}
			s.Taken = false
			if done, err := honest(s); err == nil && done.Refusal == nil {
				refusals.put(s.Request, d.Refusal)
				return done, nil
			}
			return d, nil
		})
		t.Answer = func(a *mock.Answer) {
			if r, ok := refusals.take(a.Request); ok {
				k.refuse(a, r)
			}
		}
		return t
	})
	if member := op.DocumentedRequest(); member != nil {
		if unique := uniqueOf(rt); unique != "" {
			k.add("create-changes-member", fmt.Sprintf("A create keeps another %s than the one it was given.", unique),
				storing(op, func(_ contract.Resource, after *contract.Resource) {
					after.Body = object(with(after.Body, unique, fmt.Sprint(at(after.Body, unique), "-1")))
				})).seen(p)
		}
	}
	k.remembering("name-never-freed", "The name of a resource that was deleted cannot be used again.", func() mock.Tampering {
		used := memory[string, bool]{}
		return deciding(op, func(s contract.Situation, honest decider) (contract.Decision, error) {
			name := fmt.Sprint(s.Request.Path[op.Effect.Tenant], " ", at(s.Request.Body, uniqueOf(rt)))
			if _, known := used.get(name); known && uniqueOf(rt) != "" {
				s.Taken = true
			}
			d, err := honest(s)
			if err == nil && d.Refusal == nil {
				used.put(name, true)
			}
			return d, err
		})
	})
}

// staying decides that an accepted delete leaves the resource where it is.
func staying(s contract.Situation, honest decider, kept func(contract.Situation)) (contract.Decision, error) {
	d, err := honest(s)
	if err == nil && d.Refusal == nil {
		kept(s)
		d.State = s.Resource.State
	}
	return d, err
}

func (k *catalog) deleteDefects(rt *contract.ResourceType, op *contract.Operation) {
	var p *contract.Probe
	if i := rt.Events(); len(i) > 0 {
		p = k.cell(rt, contract.Event{Name: op.ID, Operation: op}, accepts)
	}
	list := rt.List()
	k.add("delete-noop", "A delete answers a success and deletes nothing.", deciding(op, func(s contract.Situation, honest decider) (contract.Decision, error) {
		return staying(s, honest, func(contract.Situation) {})
	})).seen(p)
	k.refusedButDone(op, "refused-delete-done", "A delete that is refused deletes all the same.", func(rt *contract.ResourceType, e contract.Event) string {
		if yes := k.cell(rt, e, accepts); yes != nil {
			return yes.Setup.State
		}
		return ""
	})
	if list == nil {
		return
	}
	k.remembering("deleted-still-listed", "A resource that was deleted is still in lists.", func() mock.Tampering {
		ghosts := memory[string, any]{}
		t := deciding(op, func(s contract.Situation, honest decider) (contract.Decision, error) {
			d, err := honest(s)
			if err == nil && d.Refusal == nil {
				if shown, err := rt.Show(s.Resource, s.Now); err == nil {
					ghosts.put(s.Resource.Tenant+"/"+s.Resource.ID, shown)
				}
			}
			return d, err
		})
		t.List = func(s contract.Situation, honest lister) (int, []any, error) {
			total, items, err := honest(s)
			tenant := fmt.Sprint(s.Request.Path[list.Effect.Tenant])
			for _, key := range ghosts.keys() {
				if shown, _ := ghosts.get(key); len(key) > len(tenant) && key[:len(tenant)+1] == tenant+"/" {
					total, items = total+1, append(items, shown)
				}
			}
			return total, items, err
		}
		return t
	})
	k.remembering("deleted-still-readable", "A resource that was deleted is gone from lists, but can be read.", func() mock.Tampering {
		ghosts := memory[string, bool]{}
		id := rt.PointerOf("id")
		t := deciding(op, func(s contract.Situation, honest decider) (contract.Decision, error) {
			return staying(s, honest, func(s contract.Situation) { ghosts.put(s.Resource.ID, true) })
		})
		t.List = func(s contract.Situation, honest lister) (int, []any, error) {
			total, items, err := honest(s)
			var left []any
			for _, item := range items {
				if _, gone := ghosts.get(fmt.Sprint(at(item, id))); !gone {
					left = append(left, item)
				}
			}
			return total - len(items) + len(left), append([]any{}, left...), err
		}
		return t
	})
}

// staleDefect answers reads with what the first read saw, until a request changes the resource.
func (k *catalog) staleDefect(rt *contract.ResourceType) {
	state := rt.PointerOf("state")
	if state == "" {
		return
	}
	k.remembering("read-is-stale", "A read goes on showing the state that the first read saw.", func() mock.Tampering {
		seen := memory[string, any]{}
		return answering(func(a *mock.Answer) {
			if a.Operation == nil || a.Operation.Effect == nil || a.Operation.Effect.Do != contract.Read || !showsResource(a, rt) {
				return
			}
			id := fmt.Sprint(at(a.Body, rt.PointerOf("id")))
			if old, ok := seen.get(id); ok {
				a.Body = with(a.Body, state, old)
				return
			}
			seen.put(id, at(a.Body, state))
		})
	})
}

// number is a whole number as decoded JSON has it.
func number(n int) json.Number { return json.Number(fmt.Sprint(n)) }
