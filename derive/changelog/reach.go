package changelog

import (
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// reach finds the rows that the pages of an operation have for each spot: all of them, where a document cites only so
// many. False when there are too many.
func (op *operation) reach() bool {
	op.rows, op.tables = map[spot][]*derive.Row{}, map[spot][]derive.Place{}
	r := &reacher{op: op, left: maxStatements}
	for _, d := range op.described {
		for in, rows := range map[string][]*derive.Row{"path": d.InPath, "query": d.Query, "header": d.Header} {
			r.flat(in, rows)
		}
		if d.Body != nil {
			r.object(spot{in: "request"}, d.Body)
		}
		for _, answer := range d.Responses {
			status := op.status(answer.Status)
			r.flat(status+headerMark, answer.Headers)
			if answer.Object != nil {
				r.object(spot{in: status}, answer.Object)
			}
		}
		for _, row := range d.Statuses {
			status := cell.Normal(row.Cells.Cell(row.Table, page.RoleStatus).Text.First())
			r.add(spot{in: status[:min(3, len(status))]}, row)
			r.table(statusList, row.Table.Place)
		}
	}
	return r.left > 0
}

// statusList is the spot of the table of statuses on a page.
var statusList = spot{in: "status"}

// status is that of an answer; pages that do not say mean the success.
func (op *operation) status(said string) string {
	for _, at := range op.order {
		if said == "" && strings.HasPrefix(at.in, "2") && at.path == "" {
			return at.in
		}
	}
	return said
}

// reacher follows rows to the tables that they refer to.
type reacher struct {
	op   *operation
	open []*derive.Object
	left int
}

func (r *reacher) flat(in string, rows []*derive.Row) {
	for _, row := range rows {
		if row.Table == nil { // the path has it, and no table
			continue
		}
		r.add(spot{in, row.Name}, row)
		r.table(spot{in: in}, row.Table.Place)
	}
}

func (r *reacher) object(at spot, o *derive.Object) {
	r.table(at, o.Place)
	if slices.Contains(r.open, o) {
		return
	}
	r.open = append(r.open, o)
	for _, row := range o.Rows {
		if r.left <= 0 {
			break
		}
		below := at.below(row.Name)
		r.add(below, row)
		if row.Object != nil {
			r.object(below, row.Object)
		}
	}
	r.open = r.open[:len(r.open)-1]
}

func (r *reacher) add(at spot, row *derive.Row) {
	r.left--
	if !slices.Contains(r.op.rows[at], row) {
		r.op.rows[at] = append(r.op.rows[at], row)
	}
}

func (r *reacher) table(at spot, p derive.Place) {
	if !slices.Contains(r.op.tables[at], p) {
		r.op.tables[at] = append(r.op.tables[at], p)
	}
}

// cite says where an edition states what is at a spot; else which tables would.
func (s *side) cite(key string, at, plain spot) Side {
	op := s.ops[key]
	switch {
	case op == nil:
		return Side{Places: []Place{}}
	case at == spot{}:
		return s.operations(op.described)
	case op.spots[at] == nil:
		return s.lacking(op, plain)
	case plain.path == "" && len(op.tables[plain]) > 0:
		return s.places(true, op.tables[plain])
	case len(op.rows[plain]) > 0:
		return s.at(op.rows[plain]...)
	}
	return s.drafted(op, op.spots[at])
}

// lacking are the tables that a spot would be in: those of the members around it, else of what is above.
func (s *side) lacking(op *operation, plain spot) Side {
	for above := plain.above(); above != (spot{}); above = above.above() {
		if places := op.tables[above]; len(places) > 0 {
			return s.places(false, places)
		}
	}
	if places := op.tables[statusList]; plain.path == "" && len(places) > 0 {
		return s.places(false, places)
	}
	return s.operations(op.described).lacking()
}

// drafted are the rows that the document names for what the pages of the operation have no row for; without any, where
// they describe the operation.
func (s *side) drafted(op *operation, st *statement) Side {
	var places []derive.Place
	for _, c := range st.at {
		if p := s.found(c); p.Table > 0 || p.Row != "" {
			places = append(places, p)
		}
	}
	if len(places) == 0 {
		return s.operations(op.described)
	}
	return s.places(true, places)
}

// found is the place of a citation.
func (s *side) found(c contract.Citation) derive.Place {
	for _, p := range s.set.Pages {
		for _, r := range p.Rows {
			if at := r.Place; at.Edition == c.Edition && at.Page == c.Page && at.Table == c.Table && at.Row == c.Row && c.Row != "" {
				return at
			}
		}
	}
	return derive.Place{Edition: c.Edition, Page: c.Page, Table: c.Table, Row: c.Row}
}
