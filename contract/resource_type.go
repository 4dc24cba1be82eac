package contract

import (
	"strings"
	"time"
)

// PointerOf is the member of the resource in which a placeholder, such as state or id, is shown; "" when
// it is shown nowhere.
func (rt *ResourceType) PointerOf(placeholder string) string {
	if rt.Lifecycle == nil {
		return ""
	}
	for _, s := range rt.Lifecycle.shows {
		if at := s.set.PointerOf(placeholder); at != "" {
			return at
		}
	}
	return ""
}

// List is the operation that lists the resources; nil when there is none.
func (rt *ResourceType) List() *Operation {
	for _, op := range rt.operations {
		if op.Effect.Do == List {
			return op
		}
	}
	return nil
}

// Happen finds the row for an event that no request causes (time or a fault) in the resource's state; nil
// when the table has none that accepts it.
func (rt *ResourceType) Happen(r *Resource, event string, now time.Time) (*Row, error) {
	self := &frame{now: now, kind: rt, unseen: r}
	for _, row := range rt.Lifecycle.cells[cell{r.State, event}] {
		holds, err := row.when.holds(self)
		if err != nil {
			return nil, err
		}
		if holds && row.Error == nil {
			return row, nil
		}
	}
	return nil, nil
}

// Refresh is the resource's body with its look-ups done anew, for entries that have changed. Entries that
// are gone leave what was found before.
func (rt *ResourceType) Refresh(body map[string]any, entries Entries) map[string]any {
	if rt.Create == nil {
		return body
	}
	for _, k := range rt.Create.Effect.lookups {
		if entry, ok := entries.find(k.in, plain(valueAt(body, k.from))); ok {
			body = with(body, k.into, entry)
		}
	}
	return body
}

// Dynamic tells whether a member (JSON pointer) depends on the state, the time or the server rather than on
// what clients sent: a row of shows sets it, or the schema calls it readOnly.
func (rt *ResourceType) Dynamic(pointer string) bool {
	at := rt.place.schemaAt(pointer)
	if at.exists() {
		for _, b := range at.branches() {
			if readOnly, _ := b.get("readOnly").data().(bool); readOnly {
				return true
			}
		}
	}
	if rt.Lifecycle == nil {
		return false
	}
	for _, s := range rt.Lifecycle.shows {
		if s.set.sets(pointer) {
			return true
		}
	}
	return false
}

// sets tells whether a template gives a value to a member or to something in it.
func (t *Template) sets(pointer string) bool {
	for _, token := range pointerTokens(pointer) {
		if t.object == nil {
			return true // the template sets a member around it
		}
		if t = t.object[token]; t == nil {
			return false
		}
	}
	return true
}

// FreeForm tells whether a member lies in a map whose names the contract leaves open.
func (rt *ResourceType) FreeForm(pointer string) bool {
	for i := strings.LastIndexByte(pointer, '/'); i > 0; i = strings.LastIndexByte(pointer[:i], '/') {
		parent := rt.place.schemaAt(pointer[:i])
		if parent.exists() && !parent.describesObject() {
			return true
		}
	}
	return false
}

// Kept lists the members (JSON pointers, sorted) of a request's body that the resource keeps as they were
// sent.
func (rt *ResourceType) Kept(sent map[string]any) []string {
	if rt.Create == nil {
		return nil
	}
	var out []string
	var walk func(pointer string, v any)
	walk = func(pointer string, v any) {
		object, ok := v.(map[string]any)
		if !ok {
			if !rt.Dynamic(pointer) && v != nil {
				out = append(out, pointer)
			}
			return
		}
		for _, name := range sortedKeys(object) {
			walk(pointer+"/"+escapeToken(name), object[name])
		}
	}
	walk("", rt.Create.Effect.keeper.keep(nil, sent, false))
	return out
}

// LookedUp tells whether a member lies inside an entry of a catalogue, so that its members depend on what
// a region offers.
func (rt *ResourceType) LookedUp(pointer string) bool {
	if rt.Create == nil {
		return false
	}
	for _, k := range rt.Create.Effect.lookups {
		if strings.HasPrefix(pointer, k.intoMember+"/") {
			return true
		}
	}
	return false
}
