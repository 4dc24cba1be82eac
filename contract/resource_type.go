package contract

import "time"

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
	self, err := rt.Show(r, now)
	if err != nil {
		return nil, err
	}
	for _, row := range rt.Lifecycle.cells[cell{r.State, event}] {
		holds, err := row.when.holds(map[string]any{"self": self, "now": now})
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
