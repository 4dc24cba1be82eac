package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// compareList compares what a list shows of the instances of this run; others may be there, then and now.
func (v *verifier) compareList(t *trial, s *step, now *reply) error {
	d := &differences{}
	if v.compareOutcome(t, d, s, now, nil) && s.was.ok() && !s.isWithheld() && s.op.Effect.Answer != nil && s.op.Effect.Resource == v.kind {
		v.compareItems(t, d, s, now)
	}
	return v.conclusion(t, s, d, nil)
}

func (v *verifier) compareItems(t *trial, d *differences, s *step, now *reply) {
	was, is := t.items(s.op, s.was), t.items(s.op, now)
	if was != nil && is == nil {
		d.add("items", "a list", shortBody(now))
		return
	}
	then, strange1 := v.ours(was, func(id string) string { return id })
	here, strange2 := v.ours(is, v.known.recorded)
	alone := !strange1 && !strange2 && !v.company
	for _, id := range sortedKeys(union2(then, here)) {
		a, b := then[id], here[id]
		switch {
		case a != nil && b != nil && v.twins[id].diverged:
		case a != nil && b != nil:
			v.compareShown(d, "", a, b, v.twins[id])
		case v.unsteady(s, v.twins[id]) || (!alone && v.isPage(s)):
		case b == nil:
			d.add("item missing", fmt.Sprintf("the list has %s", v.known.text(id)), v.known.text(id)+" is missing")
		default:
			d.add("item too many", fmt.Sprintf("the list has no %s", v.known.text(id)), "it has "+v.known.text(id))
		}
	}
	if len(d.kinds) == 0 && alone && len(then) == len(here) {
		v.compareTotal(d, s, now)
		v.compareOrder(d, s, was, is)
	}
}

// ours are the items that stand for recorded instances, by the recorded id; strangers are told of.
func (v *verifier) ours(items []map[string]any, recorded func(string) string) (ours map[string]map[string]any, strangers bool) {
	ours = map[string]map[string]any{}
	for _, item := range items {
		id, _ := contract.Value(item, v.kind.PointerOf("id")).(string)
		if id = recorded(id); v.twins[id] == nil {
			strangers = true
			continue
		}
		ours[id] = item
	}
	return ours, strangers
}

func union2(a, b map[string]map[string]any) map[string]bool {
	out := map[string]bool{}
	for id := range a {
		out[id] = true
	}
	for id := range b {
		out[id] = true
	}
	return out
}

// unsteady tells whether a twin may be left out, or be there, for reasons of its own: the list asks for a state
// that it may not be in at the same time as the recorded one was, or for what one of several callers owns.
func (v *verifier) unsteady(s *step, tw *twin) bool {
	if tw.diverged || tw.gone {
		return tw.diverged
	}
	return slices.ContainsFunc(s.op.Effect.Filters, func(f contract.Filter) bool {
		byState := f.Member == v.kind.PointerOf("state") && tw.state != tw.was
		return s.in.Query.Has(f.Parameter) && (byState || f.Own)
	})
}

// isPage tells whether a request asks for a part.
func (v *verifier) isPage(s *step) bool {
	p := s.op.Effect.Page
	return p != nil && (s.in.Query.Has(p.Limit) || s.in.Query.Has(p.Offset))
}

// compareTotal compares the totals where they count nothing but twins.
func (v *verifier) compareTotal(d *differences, s *step, now *reply) {
	pointer := s.op.Effect.Answer.PointerOf("total")
	was, ok1 := wholeNumber(contract.Value(object(s.was), pointer))
	is, ok2 := wholeNumber(contract.Value(object(now), pointer))
	count := 0
	for _, tw := range v.twins {
		if !tw.gone {
			count++
		}
	}
	if ok1 && ok2 && was <= count && was != is {
		d.add("total", fmt.Sprintf("%s is %d", pointer, was), fmt.Sprintf("%s is %d", pointer, is))
	}
}

// compareOrder compares the orders where the request asks for one and it leaves no choice.
func (v *verifier) compareOrder(d *differences, s *step, was, is []map[string]any) {
	sort := s.op.Effect.Sort
	if sort == nil || sort.Keys[s.in.Query.Get(sort.By)] == "" {
		return
	}
	member := sort.Keys[s.in.Query.Get(sort.By)]
	ids := func(items []map[string]any, translate func(string) string) (out []string, distinct bool) {
		values := map[string]bool{}
		for _, item := range items {
			id, _ := contract.Value(item, v.kind.PointerOf("id")).(string)
			out = append(out, translate(id))
			values[fmt.Sprint(contract.Value(item, member))] = true
		}
		return out, len(values) == len(items)
	}
	then, ok1 := ids(was, v.known.text)
	here, ok2 := ids(is, func(id string) string { return id })
	if ok1 && ok2 && !slices.Equal(then, here) {
		d.add("order", "the order "+strings.Join(then, ", "), "the order "+strings.Join(here, ", "))
	}
}
