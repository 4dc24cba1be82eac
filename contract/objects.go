package contract

import "time"

// Bounds of what is used again: most requests need a handful of small maps.
const (
	smallObject = 8  // members that a map without a table has room for
	mostObject  = 64 // members; a larger map would take longer to empty than to make
	mostObjects = 32
)

// objects are the maps of one request after the other, with the frames. A nil one makes new ones. The zero value is ready.
type objects struct {
	used        []map[string]any
	small, wide []map[string]any // empty ones, by the room that they have
	frames      [2]frame         // that a decision needs
	framed      int              // of them are in use
}

// frame is one for an evaluation.
func (o *objects) frame(req *Request, self map[string]any, now time.Time) *frame {
	if o == nil || o.framed == len(o.frames) {
		return vars(req, self, now)
	}
	f := &o.frames[o.framed]
	o.framed++
	*f = frame{request: req, self: self, now: now}
	return f
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
	clear(o.frames[:o.framed])
	o.framed = 0
}
