package conformance

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/tallystick/tallystick/contract"
)

// judgeList holds a list to its own request: order, page and filters can be told from one answer.
func (j *judge) judgeList(t *trial, op *contract.Operation, in contract.Input, r *reply) {
	if op.Effect == nil || op.Effect.Do != contract.List || op.Effect.Answer == nil || !r.ok() {
		return
	}
	req, bad := op.Read(in)
	items := t.items(op, r)
	if len(bad) > 0 || items == nil {
		return
	}
	j.listPage(t, op, req, items, r)
	j.listOrder(t, op, req, items)
	for _, f := range op.Effect.Filters {
		if in.Query.Has(f.Parameter) { // under its own name: another one may be ignored
			j.listFilter(t, op, req, f, items)
		}
	}
}

func (j *judge) listPage(t *trial, op *contract.Operation, req *contract.Request, items []map[string]any, r *reply) {
	if total, ok := wholeNumber(contract.Value(object(r), op.Effect.Answer.PointerOf("total"))); ok {
		j.hold(op.ID, "list/total", total >= len(items), fmt.Sprintf("a page of %d, of %d in all", len(items), total), t.check.ID, t.replies...)
	}
	if op.Effect.Page == nil {
		return
	}
	if limit, ok := wholeNumber(req.Query[op.Effect.Page.Limit]); ok && limit > 0 {
		j.hold(op.ID, "list/limit", len(items) <= limit, fmt.Sprintf("a page of %d, with a limit of %d", len(items), limit), t.check.ID, t.replies...)
	}
}

func wholeNumber(v any) (int, bool) {
	switch v.(type) {
	case json.Number, string, int, int64, float64:
		n, err := strconv.Atoi(fmt.Sprint(v))
		return n, err == nil
	}
	return 0, false
}

// listOrder judges the order where the request asks for one.
func (j *judge) listOrder(t *trial, op *contract.Operation, req *contract.Request, items []map[string]any) {
	s := op.Effect.Sort
	if s == nil {
		return
	}
	by, ok1 := req.Query[s.By].(string)
	order, ok2 := req.Query[s.Order].(string)
	member := s.Keys[by]
	if !ok1 || !ok2 || member == "" {
		return
	}
	falling := order == s.Descending
	for i := 1; i < len(items); i++ {
		a, b := contract.Value(items[i-1], member), contract.Value(items[i], member)
		if a == nil || b == nil || isRedacted(a) || isRedacted(b) {
			continue
		}
		c := compareValues(a, b)
		j.hold(op.ID, "list/order", c == 0 || (c < 0) != falling, fmt.Sprintf("%v comes before %v, in the order %s of %s", a, b, order, by), t.check.ID, t.replies...)
	}
}

// listFilter judges that what is listed matches. That nothing is left out cannot be told.
func (j *judge) listFilter(t *trial, op *contract.Operation, req *contract.Request, f contract.Filter, items []map[string]any) {
	want := req.Query[f.Parameter]
	if want == nil || fmt.Sprint(want) == "" || f.Own {
		return
	}
	for _, item := range items {
		have := contract.Value(item, f.Member)
		if have == nil || isRedacted(have) {
			continue
		}
		j.hold(op.ID, "list/filter", fmt.Sprint(have) == fmt.Sprint(want), fmt.Sprintf("%s is %v, with the filter %s=%v", f.Member, have, f.Parameter, want), t.check.ID, t.replies...)
	}
}
