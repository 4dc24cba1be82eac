package drift

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/page"
)

// locate finds the places of the contract that state each row: by the citations, and by where the pages put it in
// an operation.
func (k *checker) locate() {
	for _, s := range k.statements {
		for _, c := range s.Source.At {
			for _, r := range k.rowsOf(c) {
				if !slices.Contains(k.cited[r], s) {
					k.cited[r] = append(k.cited[r], s)
				}
			}
		}
	}
	for _, p := range k.set.Pages {
		for _, op := range p.Operations {
			k.operation(op)
		}
	}
}

// rowsOf are the rows that a citation names; none for one of a whole table or of a text.
func (k *checker) rowsOf(c contract.Citation) []*derive.Row {
	p := k.pages[[2]string{c.Edition, c.Page}]
	if p == nil || c.Row == "" {
		return nil
	}
	var out []*derive.Row
	for _, r := range p.Rows {
		if r.Place.Row == c.Row && r.Place.Table == c.Table {
			out = append(out, r)
		}
	}
	return out
}

// operation puts the rows of an operation beside the places of the one of the contract.
func (k *checker) operation(op *derive.Operation) {
	k.report.Operations++
	own := k.operationOf(op.Method, op.Path)
	if own == nil {
		k.find(Finding{Kind: MissingOperation, Place: op.Place.String(), Says: op.Method + " " + op.Path,
			Text: "the contract has no operation " + op.Method + " " + op.Path, Remedy: "describe it, or leave its page out"}, nil)
		return
	}
	k.belong(op, own)
	k.unsourced(own)
	for _, in := range []struct {
		name string
		rows []*derive.Row
	}{{"path", op.InPath}, {"query", op.Query}, {"header", op.Header}} {
		for _, r := range in.rows {
			k.put(r, k.parameter(own, in.name, r.Name))
		}
	}
	seen := map[string]bool{}
	if op.Body != nil && own.Body != nil {
		k.members(op.Body, own.Body.Schema.Members(), seen)
	}
	for _, from := range op.Responses {
		for _, to := range own.Responses {
			if from.Status == "" && (to.Status < 200 || to.Status > 299) || from.Status != "" && from.Status != strconv.Itoa(to.Status) {
				continue
			}
			if from.Object != nil {
				k.members(from.Object, to.Schema.Members(), seen)
			}
		}
	}
}

func (k *checker) operationOf(method, path string) *contract.Operation {
	for _, op := range k.c.Operations() {
		if op.Method == method && derive.SamePath(op.Path, path) {
			return op
		}
	}
	return nil
}

// parameter is the place of a parameter that an operation takes; nil when it takes none of this name.
func (k *checker) parameter(op *contract.Operation, in, name string) *contract.Statement {
	p := op.Parameter(in, name)
	if p == nil {
		return nil
	}
	return k.byPointer[p.Pointer]
}

func (k *checker) put(r *derive.Row, s *contract.Statement) {
	if s != nil && r.Table != nil && !slices.Contains(k.located[r], s) {
		k.located[r] = append(k.located[r], s)
	}
}

// members puts the rows of a table beside the members of a value, and follows them.
func (k *checker) members(o *derive.Object, members map[string]string, seen map[string]bool) {
	for _, r := range o.Rows {
		pointer, ok := members[r.Name]
		if !ok {
			continue
		}
		key := fmt.Sprintf("%p %s", r, pointer)
		s := k.byPointer[pointer]
		if s == nil || seen[key] {
			continue
		}
		seen[key] = true
		k.put(r, s)
		if r.Object != nil && !k.elsewhere(r, s) {
			below := map[string]string{}
			for _, m := range r.Object.Rows {
				if at, ok := s.Member(m.Name); ok {
					below[m.Name] = at
				}
			}
			k.members(r.Object, below, seen)
		}
	}
}

// elsewhere tells whether the contract says that a row leads to the wrong table.
func (k *checker) elsewhere(r *derive.Row, s *contract.Statement) bool {
	says := r.Object.Place.String()
	for _, d := range s.Source.Deviates {
		if d.Aspect == "place" && d.Says == says {
			return k.differ(r, s, "place", says, "another table")
		}
	}
	return false
}

// placesOf are the places that state a row of parameters or members: where the pages put it, else those that cite
// it and are of its kind.
func (k *checker) placesOf(r *derive.Row) []*contract.Statement {
	if places := k.located[r]; len(places) > 0 {
		return places
	}
	var out []*contract.Statement
	for _, s := range k.cited[r] {
		if fits(r, s) && k.reached(r, s) {
			out = append(out, s)
		}
	}
	return out
}

// fits tells whether a row could be about a place at all.
func fits(r *derive.Row, s *contract.Statement) bool {
	switch r.In {
	case page.PathTable, page.QueryTable:
		return s.Kind == contract.OfParameter && s.Name == r.Name
	case page.HeaderTable:
		return s.Kind == contract.OfSecurity || (s.Kind == contract.OfParameter || s.Kind == contract.OfHeader) && strings.EqualFold(s.Name, r.Name)
	case page.ResponseHeaders:
		return s.Kind == contract.OfHeader && strings.EqualFold(s.Name, r.Name)
	}
	return s.Kind == contract.OfMember && s.Name == r.Name
}

// citationOf is a place in the form in which a source names it.
func citationOf(p derive.Place) string {
	text := "{edition: " + p.Edition + ", page: " + p.Page
	if p.Table > 0 {
		text += ", table: " + strconv.Itoa(p.Table)
	}
	if p.Row != "" {
		text += ", row: " + p.Row
	}
	return text + "}"
}
