package defects

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// lifecycleDefects break the table of states.
func lifecycleDefects(k *catalog) {
	for _, rt := range k.kinds() {
		for _, e := range rt.Events() {
			k.acceptedDefect(rt, e)
			if e.Action || e.Operation.Effect.Do == contract.Delete {
				k.refusedDefect(rt, e)
			}
		}
		k.enteringDefects(rt)
		k.actionDefects(rt)
	}
}

// cell finds the probe of an event in a state that is plain: without conditions, decided one way only, and
// by a statement that is not the mock's own choice. What a page documents goes first.
func (k *catalog) cell(rt *contract.ResourceType, e contract.Event, fits func(*contract.Probe) bool) *contract.Probe {
	for _, basis := range []contract.Basis{contract.Documented, contract.Inferred} {
		p := k.probe(func(p *contract.Probe) bool {
			return p.Kind == contract.ProbeCell && p.ID == rt.Name+"/"+p.Setup.State+"/"+e.Name && p.Source.Basis == basis &&
				p.Setup.State != rt.Lifecycle.Gone && p.Setup.Create == nil && p.Setup.Catalogue == nil && fits(p)
		})
		if p != nil {
			return p
		}
	}
	return nil
}

// posing decides on an event in one state as if the resource were in another.
func posing(e contract.Event, state, as string) mock.Tampering {
	return deciding(e.Operation, func(s contract.Situation, honest decider) (contract.Decision, error) {
		if s.Resource != nil && s.Resource.State == state && e.Operation.EventOf(s.Request) == e.Name {
			r := *s.Resource
			r.State, s.Resource = as, &r
		}
		return honest(s)
	})
}

func refuses(p *contract.Probe) bool { return p.Refuses() && !p.Accept }

func accepts(p *contract.Probe) bool { return !p.Refuses() && p.Accept && len(p.Refusals) == 0 }

// acceptedDefect accepts an event where the table refuses it, as if the resource were in a state that
// accepts it; events that no state accepts without conditions are left out.
func (k *catalog) acceptedDefect(rt *contract.ResourceType, e contract.Event) {
	no := k.cell(rt, e, refuses)
	yes := k.cell(rt, e, accepts)
	if no == nil || yes == nil || no.Source.Basis != contract.Documented {
		return
	}
	k.add(fmt.Sprintf("accepted/%s/%s", no.Setup.State, e.Name),
		fmt.Sprintf("%s is accepted in %s, where the table of states refuses it.", e.Name, no.Setup.State),
		posing(e, no.Setup.State, yes.Setup.State)).seen(no)
}

func (k *catalog) refusedDefect(rt *contract.ResourceType, e contract.Event) {
	no := k.cell(rt, e, refuses)
	yes := k.cell(rt, e, accepts)
	if no == nil || yes == nil || yes.Source.Basis != contract.Documented {
		return
	}
	k.add(fmt.Sprintf("refused/%s/%s", yes.Setup.State, e.Name),
		fmt.Sprintf("%s is refused in %s, where the table of states accepts it.", e.Name, yes.Setup.State),
		posing(e, yes.Setup.State, no.Setup.State)).seen(yes)
}

// entering is a tampering with the states that are entered.
func entering(enter func(rt *contract.ResourceType, r contract.Resource, event, to string) string) mock.Tampering {
	return mock.Tampering{Enter: enter}
}

// enteringDefects lead into wrong states.
func (k *catalog) enteringDefects(rt *contract.ResourceType) {
	lc := rt.Lifecycle
	var through []string // the transient states of accepted events, each once
	for _, e := range rt.Events() {
		p := k.cell(rt, e, accepts)
		if p == nil || p.Source.Basis != contract.Documented || len(p.States) == 0 || lc.Passage(p.States[0]) == nil || slices.Contains(through, p.States[0]) {
			continue
		}
		through = append(through, p.States[0])
	}
	for _, e := range rt.Events() {
		p := k.cell(rt, e, accepts)
		if p == nil || p.Source.Basis != contract.Documented || len(p.States) == 0 || lc.Passage(p.States[0]) == nil || len(through) < 2 {
			continue
		}
		other := through[(slices.Index(through, p.States[0])+1)%len(through)]
		k.add("wrong-state-after/"+e.Name, fmt.Sprintf("%s leads to %s, where the table of states says %s.", e.Name, other, p.States[0]),
			entering(func(_ *contract.ResourceType, _ contract.Resource, event, to string) string {
				if event == e.Name && to == p.States[0] {
					return other
				}
				return to
			})).seen(p)
	}
	for _, state := range lc.States {
		passage := lc.Passage(state.Name)
		if passage == nil || !slices.Contains(append(through, k.first(rt)), state.Name) {
			continue
		}
		k.add("stuck/"+state.Name, fmt.Sprintf("%s never ends, though it is a state that ends by itself.", state.Name),
			entering(func(_ *contract.ResourceType, r contract.Resource, event, to string) string {
				if event == "" && r.State == state.Name {
					return state.Name
				}
				return to
			}))
	}
}

// first is the state after a create.
func (k *catalog) first(rt *contract.ResourceType) string {
	if rt.Create == nil {
		return ""
	}
	return initial(rt.Create)
}

// actionDefects are about what an action answers, and what it does.
func (k *catalog) actionDefects(rt *contract.ResourceType) {
	op := k.operation(rt, contract.Transition)
	if op == nil || op.Effect.Answer == nil {
		return
	}
	p := k.accepted(op)
	now, before := op.Effect.Answer.PointerOf("state"), op.Effect.Answer.PointerOf("previous")
	if now != "" && before != "" {
		k.add("action-answers-old-state", "An accepted action answers the state before it as the present one.",
			onSuccess(op, func(a *mock.Answer) { a.Body = with(a.Body, now, at(a.Body, before)) })).seen(p)
	}
	k.remembering("action-does-nothing", "An accepted action answers the new state, but the resource stays in the old one.", func() mock.Tampering {
		said := memory[*contract.Request, string]{}
		t := deciding(op, func(s contract.Situation, honest decider) (contract.Decision, error) {
			d, err := honest(s)
			if err == nil && d.Refusal == nil {
				said.put(s.Request, d.State)
				d.State = s.Resource.State
			}
			return d, err
		})
		t.Answer = func(a *mock.Answer) {
			if state, ok := said.take(a.Request); ok && now != "" {
				a.Body = with(a.Body, now, state)
			}
		}
		return t
	})
	k.refusedButDone(op, "refused-action-moves", "An action that is refused moves the resource all the same.", func(rt *contract.ResourceType, e contract.Event) string {
		if yes := k.cell(rt, e, accepts); yes != nil {
			return yes.Setup.State
		}
		return ""
	})
}

// refusedButDone answers a refusal by the table of states, and carries the request out as if the resource
// were in a state that accepts it.
func (k *catalog) refusedButDone(op *contract.Operation, name, breaks string, accepting func(*contract.ResourceType, contract.Event) string) {
	rt, as := op.Effect.Resource, map[string]string{}
	for _, e := range rt.Events() {
		if e.Operation == op {
			as[e.Name] = accepting(rt, e)
		}
	}
	k.remembering(name, breaks, func() mock.Tampering {
		refusals := memory[*contract.Request, *contract.Refusal]{}
		t := deciding(op, func(s contract.Situation, honest decider) (contract.Decision, error) {
			d, err := honest(s)
			state := as[op.EventOf(s.Request)]
			if err != nil || d.Refusal == nil || s.Resource == nil || state == "" {
				return d, err
			}
			posed, r := s, *s.Resource
			r.State, posed.Resource = state, &r
			done, err := honest(posed)
			if err != nil || done.Refusal != nil {
				return d, nil
			}
			refusals.put(s.Request, d.Refusal)
			return done, nil
		})
		t.Answer = func(a *mock.Answer) {
			if r, ok := refusals.take(a.Request); ok {
				k.refuse(a, r)
			}
		}
		return t
	})
}

// memory is what a defect keeps in mind. It is safe for concurrent use.
type memory[K comparable, V any] struct {
	mu sync.Mutex
	m  map[K]V
}

func (m *memory[K, V]) put(key K, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.m == nil {
		m.m = map[K]V{}
	}
	m.m[key] = value
}

func (m *memory[K, V]) get(key K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.m[key]
	return v, ok
}

func (m *memory[K, V]) take(key K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.m[key]
	delete(m.m, key)
	return v, ok
}

// keys are sorted, so that what is made of them is always the same.
func (m *memory[K, V]) keys() []K {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Keys(m.m), func(a, b K) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}
