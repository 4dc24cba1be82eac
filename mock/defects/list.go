package defects

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

type lister = func(contract.Situation) (int, []any, error)

// listing is a tampering with the pages of one operation.
func listing(op *contract.Operation, list func(contract.Situation, lister) (int, []any, error)) mock.Tampering {
	return mock.Tampering{List: func(s contract.Situation, honest lister) (int, []any, error) {
		if s.Request.Operation.ID != op.ID {
			return honest(s)
		}
		return list(s, honest)
	}}
}

// asked is a situation in which a query parameter has another value; nil for absent.
func asked(s contract.Situation, parameter string, value any) contract.Situation {
	req := *s.Request
	req.Query = maps.Clone(req.Query)
	if req.Query[parameter] = value; value == nil {
		delete(req.Query, parameter)
	}
	s.Request = &req
	return s
}

// shifted adds to a number that a query has; one that is absent stays absent.
func shifted(s contract.Situation, parameter string, by, least int) contract.Situation {
	n, ok := s.Request.Query[parameter].(json.Number)
	if !ok {
		return s
	}
	i, err := n.Int64()
	if err != nil || i == 0 {
		return s
	}
	return asked(s, parameter, number(max(int(i)+by, least)))
}

// listDefects are about what a list shows: how much, from where, in which order, of which resources.
func listDefects(k *catalog) {
	for _, rt := range k.kinds() {
		if op := rt.List(); op != nil {
			k.pageDefects(op)
			k.orderDefects(rt, op)
			k.filterDefects(op)
			k.totalDefects(op)
		}
	}
}

// altered is a defect that reads a list request as another.
func (k *catalog) altered(op *contract.Operation, name, breaks string, alter func(contract.Situation) contract.Situation) {
	k.add(name, breaks, listing(op, func(s contract.Situation, honest lister) (int, []any, error) { return honest(alter(s)) }))
}

func (k *catalog) pageDefects(op *contract.Operation) {
	page := op.Effect.Page
	if page == nil {
		return
	}
	k.altered(op, "limit-ignored", "A list shows everything, whatever the limit.", func(s contract.Situation) contract.Situation { return asked(s, page.Limit, nil) })
	k.altered(op, "limit-one-more", "A page has one resource more than its limit.", func(s contract.Situation) contract.Situation { return shifted(s, page.Limit, 1, 1) })
	k.altered(op, "offset-ignored", "Every page begins at the beginning.", func(s contract.Situation) contract.Situation { return asked(s, page.Offset, nil) })
	k.altered(op, "offset-one-less", "A page begins with the last resource of the page before.", func(s contract.Situation) contract.Situation { return shifted(s, page.Offset, -1, 0) })
}

func (k *catalog) orderDefects(rt *contract.ResourceType, op *contract.Operation) {
	order := op.Effect.Sort
	if order == nil {
		return
	}
	keys := sortedKeys(order.Keys)
	k.altered(op, "order-ignored", "A list is always in ascending order.", func(s contract.Situation) contract.Situation { return asked(s, order.Order, nil) })
	if len(keys) > 1 {
		key, other := keys[0], keys[1]
		k.altered(op, "sorted-wrongly/"+key, fmt.Sprintf("A list sorted by %s is sorted by %s.", key, other), func(s contract.Situation) contract.Situation {
			if s.Request.Query[order.By] == any(key) {
				return asked(s, order.By, other)
			}
			return s
		})
	}
	k.remembering("order-unstable", "Resources with equal keys change places from one request to the next.", func() mock.Tampering {
		calls := 0
		return listing(op, func(s contract.Situation, honest lister) (int, []any, error) {
			total, items, err := honest(s)
			if calls++; calls%2 == 0 {
				by, _ := s.Request.Query[order.By].(string)
				member := order.Keys[by]
				if member == "" {
					member = order.Keys[keys[0]]
				}
				items = turnedTies(items, member)
			}
			return total, items, err
		})
	})
}

// turnedTies turns round each run of items that agree in a member.
func turnedTies(items []any, member string) []any {
	out := slices.Clone(items)
	for from := 0; from < len(out); {
		to := from + 1
		for to < len(out) && equal(at(out[from], member), at(out[to], member)) {
			to++
		}
		slices.Reverse(out[from:to])
		from = to
	}
	return out
}

// filterDefects leave a filter unheeded. One whose parameter has only one value shows nothing, so it is
// left out.
func (k *catalog) filterDefects(op *contract.Operation) {
	for _, f := range op.Effect.Filters {
		values := 0
		for _, p := range k.probes {
			if strings.HasPrefix(p.ID, op.ID+"/accept/"+f.Parameter+"/enum/") {
				values++
			}
		}
		if values == 1 {
			continue
		}
		k.altered(op, "filter-ignored/"+f.Parameter, fmt.Sprintf("A list filtered by %s shows what does not match too.", f.Parameter),
			func(s contract.Situation) contract.Situation { return asked(s, f.Parameter, nil) })
	}
}

func (k *catalog) totalDefects(op *contract.Operation) {
	k.add("total-counts-page", "The total counts what the page shows, not all that match.", listing(op, func(s contract.Situation, honest lister) (int, []any, error) {
		_, items, err := honest(s)
		return len(items), items, err
	}))
	k.add("total-ignores-filters", "The total counts what does not match too.", listing(op, func(s contract.Situation, honest lister) (int, []any, error) {
		_, items, err := honest(s)
		for _, f := range op.Effect.Filters {
			s = asked(s, f.Parameter, nil)
		}
		total, _, _ := honest(s)
		return total, items, err
	}))
	k.add("item-twice", "A list shows its first resource a second time at the end.", listing(op, func(s contract.Situation, honest lister) (int, []any, error) {
		total, items, err := honest(s)
		if len(items) > 1 {
			items[len(items)-1] = items[0]
		}
		return total, items, err
	}))
}
