package mock

import (
	"strconv"

	"github.com/tallystick/tallystick/contract"
)

// maxMoved bounds the records whose place in the index is put off, and so the time that the next list waits.
const maxMoved = 256

// restate remembers that a record has another state than that under which it stands. Most move on before a list
// wants to see them: a transient state ends, an action follows the other.
func (x *index) restate(r *record) {
	if !r.stands || r.moved || r.placed == r.State {
		return
	}
	r.moved = true
	if x.moved = append(x.moved, r); len(x.moved) >= maxMoved {
		x.settle()
	}
}

// settle puts every record under its state.
func (x *index) settle() {
	for i, r := range x.moved {
		x.moved[i], r.moved = nil, false
		if !r.stands || r.placed == r.State {
			continue
		}
		sorts, s := len(x.sorts), x.shelves[r.shelf]
		s.takeState(r, sorts)
		if x.all != s {
			x.all.takeState(r, sorts)
		}
		x.gathered(s, r, false, true)
		r.placed = r.State
		x.gathered(s, r, true, true)
		s.putState(r, sorts)
		if x.all != s {
			x.all.putState(r, sorts)
		}
	}
	x.moved = x.moved[:0]
}

// settleIndexes puts every record of a tenant under its state.
func (t *tenant) settleIndexes() {
	for _, s := range t.kinds {
		s.index.settle()
	}
}

// peeks give the members of a record that the index is made of. One that is nil cannot be had without showing the
// record whole.
type peeks struct {
	sorts, filters []func(*contract.Resource) any
	whole          bool // one of them is nil
	known          bool
}

func (x *index) peekInto(kind *contract.ResourceType) {
	x.peeks = peeks{known: true}
	peek := func(pointer string) func(*contract.Resource) any {
		p := kind.Peek(pointer)
		x.peeks.whole = x.peeks.whole || p == nil
		return p
	}
	for _, s := range x.sorts {
		x.peeks.sorts = append(x.peeks.sorts, peek(x.effect.Sort.Keys[s]))
	}
	for _, f := range x.effect.Filters {
		if f.Member != x.stateAt || f.Own {
			x.peeks.filters = append(x.peeks.filters, peek(f.Member))
		} else {
			x.peeks.filters = append(x.peeks.filters, func(*contract.Resource) any { return nil })
		}
	}
}

// keysOf works out under which keys and on which shelf a record stands.
func (x *index) keysOf(r *record) {
	if !x.peeks.known {
		x.peekInto(r.kind)
	}
	var shown map[string]any
	if x.peeks.whole {
		shown, _ = r.kind.Show(&r.Resource, r.Since) // what cannot be shown stands where nothing is known of it
	}
	look := func(peek func(*contract.Resource) any, pointer string) string {
		if peek != nil {
			return x.text(peek(&r.Resource))
		}
		return text(contract.Value(shown, pointer))
	}
	r.keys = make([]string, 0, len(x.sorts)) // copies of the record share what was there
	for i, s := range x.sorts {
		r.keys = append(r.keys, look(x.peeks.sorts[i], x.effect.Sort.Keys[s]))
	}
	var few [16]string
	facets := few[:0]
	x.name = x.name[:0]
	for i, f := range x.effect.Filters {
		facet := look(x.peeks.filters[i], f.Member)
		facets = append(facets, facet)
		// With its length before it, a value may hold any character.
		x.name = append(append(strconv.AppendInt(x.name, int64(len(facet)), 10), ':'), facet...)
	}
	s := x.shelves[string(x.name)]
	if s == nil {
		s = newShelf(string(x.name), append([]string(nil), facets...))
		x.shelves[s.name] = s
	}
	r.shelf = s.name
}
