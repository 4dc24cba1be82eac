package defects

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// timingDefects are about what time does: timers, and the order of states that follow one another.
func timingDefects(k *catalog) {
	for _, rt := range k.kinds() {
		k.passageDefects(rt)
		if rt.Lifecycle.Timer != nil {
			k.timerDefects(rt)
		}
	}
}

func (k *catalog) passageDefects(rt *contract.ResourceType) {
	lc, first := rt.Lifecycle, k.first(rt)
	if lc.Passage(first) != nil {
		k.add("transient-skipped/"+first, fmt.Sprintf("%s is over before anybody can see it.", first),
			entering(func(_ *contract.ResourceType, _ contract.Resource, _, to string) string {
				if to == first {
					return lc.Passage(first).To
				}
				return to
			})).seen(k.probe(func(p *contract.Probe) bool { return p.ID == rt.Name+"/"+rt.Create.ID }))
	}
	k.add("transient-goes-back", "A transient state that an action began ends where it began, not where it leads.",
		entering(func(_ *contract.ResourceType, r contract.Resource, event, to string) string {
			if event == "" && r.Previous != "" && r.Previous != lc.Gone && lc.Passage(r.State) != nil {
				return r.Previous
			}
			return to
		}))
}

// timerDefects are about the timer that a state has.
func (k *catalog) timerDefects(rt *contract.ResourceType) {
	lc := rt.Lifecycle
	k.add("timer-never-fires", fmt.Sprintf("The timer of %s runs out, and nothing happens.", lc.Timer.In),
		entering(func(_ *contract.ResourceType, r contract.Resource, event, to string) string {
			if event == contract.OnTimer {
				return r.State
			}
			return to
		}))
	if update := k.operation(rt, contract.Update); update != nil {
		k.add("timer-moved-by-update", "Every update starts the timer anew.",
			mock.Tampering{Store: func(op *contract.Operation, _ contract.Resource, after *contract.Resource) {
				if op.ID != update.ID || after.Deadline.IsZero() {
					return
				}
				if at, err := rt.Deadline(after.State, after.Body, after.Updated); err == nil {
					after.Deadline = at
				}
			}})
		k.add("timer-stopped-by-update", "Every update stops the timer.",
			mock.Tampering{Store: func(op *contract.Operation, _ contract.Resource, after *contract.Resource) {
				if op.ID == update.ID {
					after.Deadline = time.Time{}
				}
			}})
	}
	if left := rt.PointerOf("left"); left != "" {
		k.add("time-left-negative", "The time that is left is shown as a negative number.",
			k.showing(rt, left, func(v any) any {
				if n, ok := v.(json.Number); ok {
					return json.Number("-" + n.String())
				}
				return v
			}))
		k.remembering("time-left-stands-still", "The time that is left stays as it was when it was first shown.", func() mock.Tampering {
			shown := memory[string, any]{}
			return k.showingOf(rt, left, func(id string, v any) any {
				if v == nil {
					return nil
				}
				if old, ok := shown.get(id); ok {
					return old
				}
				shown.put(id, v)
				return v
			})
		})
	}
}

// showing changes one member wherever a single resource is shown.
func (k *catalog) showing(rt *contract.ResourceType, pointer string, change func(any) any) mock.Tampering {
	return k.showingOf(rt, pointer, func(_ string, v any) any { return change(v) })
}

// showingOf tells the change which resource it is.
func (k *catalog) showingOf(rt *contract.ResourceType, pointer string, change func(id string, v any) any) mock.Tampering {
	id := rt.PointerOf("id")
	return answering(func(a *mock.Answer) {
		if !showsResource(a, rt) {
			return
		}
		if v := at(a.Body, pointer); v != nil {
			a.Body = with(a.Body, pointer, change(fmt.Sprint(at(a.Body, id)), v))
		}
	})
}

// showsResource tells whether an answer is a resource of a kind.
func showsResource(a *mock.Answer, rt *contract.ResourceType) bool {
	return a.Operation != nil && a.Operation.Effect != nil && a.Operation.Effect.Resource == rt &&
		a.Operation.Effect.Answer == nil && a.Refusal == nil && a.Status < 300 && a.Body != nil
}
