package drift

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/page"
)

// stated tells whether the contract has a place for a row, whatever it says.
func (k *checker) stated(r *derive.Row) bool {
	if len(k.cited[r]) > 0 || len(k.located[r]) > 0 {
		return true
	}
	if r.In == page.StatusTable {
		return k.answered(r)
	}
	c := r.Code()
	return r.In == page.ErrorTable && c != nil && len(k.codes(c.Code)) > 0
}

// leaves tells whether the contract says why it leaves a row out. A row that it states is not left out.
func (k *checker) leaves(r *derive.Row) bool {
	if k.stated(r) {
		return false
	}
	for _, s := range k.statements {
		for i, o := range k.left[s] {
			if o.Edition != r.Place.Edition || o.Page != r.Place.Page || o.Table != r.Place.Table {
				continue
			}
			for _, name := range o.Rows {
				if name == r.Place.Row || strings.HasSuffix(name, "*") && strings.HasPrefix(r.Place.Row, strings.TrimSuffix(name, "*")) {
					k.left[s][i].Found++
					return true
				}
			}
		}
	}
	return false
}

// codes are the entry of the catalogue for a code and its variants.
func (k *checker) codes(code string) []*contract.Statement {
	var out []*contract.Statement
	for _, s := range k.statements {
		if s.Kind == contract.OfCode && s.Name == code {
			out = append(out, s)
		}
	}
	return out
}

// code compares a row of a table of error codes with the entry of the catalogue or one of its variants, whichever
// says the same. The reasons for a difference stand at the entry.
func (k *checker) code(r *derive.Row) (explained int) {
	c := r.Code()
	if c == nil {
		k.missing(r, "the row names no error code")
		return 0
	}
	entries := k.codes(c.Code)
	if len(entries) == 0 {
		k.missing(r, "the catalogue has no error code "+c.Code)
		return 0
	}
	k.named(r, entries)
	k.report.Aspects["status"]++
	k.report.Aspects["message"]++
	best := entries[0]
	says := func(s *contract.Statement) bool {
		return c.Message == "" || derive.Template(c.Message) == derive.Template(s.Message)
	}
	for _, s := range entries {
		sameStatus, sameMessage := c.Status == 0 || c.Status == s.Status, says(s)
		if sameStatus && sameMessage {
			return 0
		}
	}
	if c.Status != 0 && c.Status != best.Status && k.differ(r, best, "status", strconv.Itoa(c.Status), strconv.Itoa(best.Status)) {
		explained++
	}
	if !says(best) && k.differ(r, best, "message", c.Message, best.Message) {
		explained++
	}
	return explained
}

// named wants one of some places to name a row as its source.
func (k *checker) named(r *derive.Row, places []*contract.Statement) {
	for _, s := range places {
		for _, by := range k.cited[r] {
			if by == s {
				return
			}
		}
	}
	k.find(Finding{Kind: Unnamed, Place: r.Place.String(), Text: "the contract states this row without naming it as a source",
		Remedy: "add " + citationOf(r.Place) + " to the source"}, places[0])
}

// permission wants a rule that names the table, belongs to the operation and has the action item of the row.
func (k *checker) permission(r *derive.Row) int {
	k.report.Aspects["permission"]++
	for _, op := range k.c.Operations() {
		if !r.Permits(op.Method, op.Path) {
			continue
		}
		prefix := "/paths/" + strings.ReplaceAll(op.Path, "/", "~1") + "/" + strings.ToLower(op.Method) + "/"
		actions := r.Actions()
		if len(actions) == 0 {
			k.missing(r, "the row names no action item")
		}
		for _, item := range actions {
			found := false
			for _, s := range k.statements {
				found = found || s.Kind == contract.OfRule && strings.HasPrefix(s.Pointer, prefix) && s.Mentions("'"+item+"'") && namesTable(s, r)
			}
			if !found {
				k.missing(r, "no rule of "+op.ID+" has the action item "+item+" with this table as its source")
			}
		}
		return 0
	}
	k.missing(r, "the contract has no operation of this method and path")
	return 0
}

func namesTable(s *contract.Statement, r *derive.Row) bool {
	for _, c := range s.Source.At {
		if c.Edition == r.Place.Edition && c.Page == r.Place.Page && c.Table == r.Place.Table && (c.Row == "" || c.Row == r.Place.Row) {
			return true
		}
	}
	return false
}

// status wants an operation that answers with the status of a row: one of the page of the table, or any for a page
// without operations.
func (k *checker) status(r *derive.Row) int {
	k.report.Aspects["status"]++
	if !k.answered(r) && len(k.cited[r]) == 0 {
		k.missing(r, "no operation answers with the status of this row")
	}
	return 0
}

// answered tells whether an operation that a table of statuses is about answers with the status of a row.
func (k *checker) answered(r *derive.Row) bool {
	own := k.pages[[2]string{r.Place.Edition, r.Place.Page}].Operations
	for _, op := range k.c.Operations() {
		if len(own) > 0 && !slices.ContainsFunc(own, func(o *derive.Operation) bool { return o.Method == op.Method && derive.SamePath(o.Path, op.Path) }) {
			continue
		}
		if slices.ContainsFunc(op.Responses, func(to *contract.Response) bool { return strconv.Itoa(to.Status) == r.Status() }) {
			return true
		}
	}
	return false
}
