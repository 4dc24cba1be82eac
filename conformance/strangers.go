package conformance

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tallystick/tallystick/contract"
)

// A project may have more than what the run has made: strangers. They may lack what a create of ours sends, they
// may be named in ways that sort otherwise elsewhere, and they come and go while the run looks. They are counted,
// for counting is what a page and a total are about, but nothing is judged by what they show.

// own are the items that this run has created.
func (t *trial) own(items []map[string]any) []map[string]any {
	id := t.kind.PointerOf("id")
	return slices.DeleteFunc(slices.Clone(items), func(item map[string]any) bool {
		key, _ := contract.Value(item, id).(string)
		return t.ledger.open[key] == nil
	})
}

// ownFirst is the answer of a list with the items of this run before those of strangers; any other answer is
// given back as it is.
func (t *trial) ownFirst(op *contract.Operation, answer any) any {
	if op.Effect.Do != contract.List || op.Effect.Answer == nil {
		return answer
	}
	body, _ := answer.(map[string]any)
	at := op.Effect.Answer.PointerOf("items")
	items, ok := contract.Value(body, at).([]any)
	if !ok {
		return answer
	}
	strange := func(item any) int {
		m, ok := item.(map[string]any)
		if ok && len(t.own([]map[string]any{m})) == 1 {
			return 0
		}
		return 1
	}
	sorted := slices.Clone(items)
	slices.SortStableFunc(sorted, func(a, b any) int { return strange(a) - strange(b) })
	return with(maps.Clone(body), at, sorted)
}

// idsIn are the ids of a list's items, in its order.
func (t *trial) idsIn(items []map[string]any) []any {
	var out []any
	for _, item := range items {
		out = append(out, contract.Value(item, t.kind.PointerOf("id")))
	}
	return out
}

// strangers are the ids of what others have in the project. Their order is left out, and so is what this run has
// made: where a list changes that by itself, the target is wrong, and nobody has disturbed it.
func (t *trial) strangers() []string {
	_, all := t.query(nil)
	var out []string
	for _, item := range all {
		if len(t.own([]map[string]any{item})) == 0 {
			out = append(out, fmt.Sprint(contract.Value(item, t.kind.PointerOf("id"))))
		}
	}
	slices.Sort(out)
	return out
}

// undisturbed runs a part of a check that compares one list with another. What it finds wrong counts only when
// nobody has created or removed anything meanwhile; else it runs again.
func (t *trial) undisturbed(run func() error) error {
	for range 5 {
		before, was := t.strangers(), *t
		if err := run(); err != nil || !t.failed || was.failed {
			return err
		}
		if slices.Equal(before, t.strangers()) {
			return nil
		}
		t.failed, t.expected, t.actual, t.unheard, t.proof, t.order = false, nil, "", 0, nil, was.order
		t.opportunities = was.opportunities
	}
	return overtaken{"others create and remove in this project while its list is looked at; run it in a project of its own"}
}

// takenByOthers tells whether a stranger has the unique member that a create is to ask for. A name of this run is
// nobody else's.
func (t *trial) takenByOthers(name string) bool {
	if ours(name) || t.uniqueMember() == "" {
		return false
	}
	all := t.list()
	return slices.ContainsFunc(all, func(item map[string]any) bool {
		return contract.Value(item, t.uniqueMember()) == name && len(t.own([]map[string]any{item})) == 0
	})
}
