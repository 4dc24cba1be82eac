package contract

// Bounds of what is used again: most requests need a handful of small maps.
const (
	smallObject = 8  // members that a map without a table has room for
	mostObject  = 64 // members; a larger map would take longer to empty than to make
	mostObjects = 32
)

// objects are the maps of one request after the other. A nil one makes new maps. The zero value is ready.
type objects struct {
	used        []map[string]any
	small, wide []map[string]any // empty ones, by the room that they have
}

// get is an empty map with room for so many members.
func (o *objects) get(members int) map[string]any {
	if o == nil {
		return make(map[string]any, members)
	}
	from := &o.small
	if members > smallObject {
		from = &o.wide
	}
	var out map[string]any
	if n := len(*from); n > 0 {
		out, *from = (*from)[n-1], (*from)[:n-1]
	} else {
		out = make(map[string]any, members)
	}
	o.used = append(o.used, out)
	return out
}

// reuse empties the maps that were handed out, for the next request. Nobody may have kept one.
func (o *objects) reuse() {
	for _, m := range o.used {
		n := len(m)
		clear(m)
		switch {
		case n > mostObject:
		case n > smallObject && len(o.wide) < mostObjects:
			o.wide = append(o.wide, m)
		case n <= smallObject && len(o.small) < mostObjects:
			o.small = append(o.small, m)
		}
	}
	o.forget()
}

// forget leaves the maps that were handed out to those who have them.
func (o *objects) forget() {
	clear(o.used)
	o.used = o.used[:0]
}
