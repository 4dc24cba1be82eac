package mock

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// queryOf reads a list request. Its parameters have passed their schemas.
func (x *index) queryOf(s contract.Situation) query {
	e, values := x.effect, s.Request.Query
	var q query
	if e.Sort != nil {
		q.sort = max(slices.Index(x.sorts, text(values[e.Sort.By])), 0)
		q.descending = text(values[e.Sort.Order]) == e.Sort.Descending
	}
	if e.Page != nil {
		q.offset, q.limit = number(values[e.Page.Offset]), number(values[e.Page.Limit])
	}
	q.want = make([]*string, len(e.Filters))
	for i, f := range e.Filters {
		value, present := values[f.Parameter]
		if !present {
			continue
		}
		want := text(value)
		switch {
		case f.Own && strings.EqualFold(want, "true"):
			q.want[i] = &s.Caller.ID
		case f.Own:
		case f.Member == x.stateAt:
			q.state = want
		default:
			q.want[i] = &want
		}
	}
	return q
}

func number(v any) int {
	n, ok := v.(json.Number)
	if !ok {
		return 0
	}
	i, err := n.Int64()
	if err != nil || i < 0 {
		return int(^uint(0) >> 1) // larger than any list
	}
	return int(i)
}
