package conformance

import (
	"fmt"
	"slices"

	"github.com/tallystick/tallystick/contract"
)

// nothingNew sees that refused creates have left nothing under the names that they asked for; what they have
// left is removed. Whatever else is new belongs to another lane, or to somebody else.
func (t *trial) nothingNew(before []string, names ...string) {
	for _, shown := range t.list() {
		id, _ := contract.Value(shown, t.kind.PointerOf("id")).(string)
		name, _ := contract.Value(shown, t.uniqueMember()).(string)
		if id == "" || name == "" || slices.Contains(before, id) || !slices.Contains(names, name) {
			continue
		}
		t.expectf(false, "a refused create leaves nothing behind", "%s is there after the refusal", id)
		t.adopt(shown, id, "")
	}
}

// clearUp finds what a create has made whose outcome is not known and whose name is not one of this run: only
// now can it be told from what others have under that name.
func (t *trial) clearUp(before []string, name string) {
	if _, doubtful := t.ledger.planned[name]; !doubtful || ours(name) {
		return
	}
	all, err := t.everything()
	if err != nil {
		return // the name stays in the ledger
	}
	for _, shown := range all {
		id, _ := contract.Value(shown, t.kind.PointerOf("id")).(string)
		if id != "" && !slices.Contains(before, id) && t.ledger.open[id] == nil && contract.Value(shown, t.uniqueMember()) == name {
			t.adopt(shown, id, "")
		}
	}
	_ = t.ledger.refused(name)
}

// adopt takes in an instance that no answer to a create has shown, and removes it.
func (t *trial) adopt(shown map[string]any, id, project string) {
	stray := &instance{id: id, project: project}
	t.sees(stray, shown, "", nil)
	if err := t.ledger.created(stray); err != nil {
		t.notes = append(t.notes, fmt.Sprintf("%s: %v", t.check.ID, err))
	}
	if t.cleaning {
		t.discard(stray)
		return
	}
	t.dispose(stray)
}
