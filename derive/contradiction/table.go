package contradiction

import (
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// rows finds rows that contradict themselves.
func (f *finder) rows(p *derive.Page) {
	answers := map[*page.Table]bool{}
	for _, op := range p.Operations {
		if o := answerOf(op); o != nil {
			for _, r := range rowsBelow(o) {
				answers[r.Table] = true
			}
		}
	}
	for _, r := range p.Rows {
		d := r.Facts.Default
		if d == nil {
			continue
		}
		if n, ok := new(big.Rat).SetString(d.Text); ok && outside(r.Facts.Range, n) {
			f.add(Own, r.Name+": the default "+d.Text+" is out of the range", r.Place)
		}
		if values := slices.Concat(r.Facts.Enum, r.Facts.Only); len(values) > 0 && !d.Empty && !r.Facts.Open && !slices.Contains(values, d.Text) {
			f.add(Own, r.Name+": the default "+d.Text+" is none of "+strings.Join(values, ", "), r.Place)
		}
		if answers[r.Table] && !r.Table.Has(page.RoleRequired) && (len(r.Facts.Enum)+len(r.Facts.Only) > 0) {
			f.add(Own, r.Name+" is a member of an answer, and has a default", r.Place)
		}
	}
}

// rowsBelow are all rows of an object and of those below it.
func rowsBelow(o *derive.Object) []*derive.Row {
	all := map[string]*derive.Row{}
	below(all, o, "", map[*derive.Object]bool{})
	return slices.Collect(maps.Values(all))
}

var printed = regexp.MustCompile(`(?i)^(?:表|table)\s*([0-9]{1,4})(?:[^0-9]|$)`)

// links compares the numbers that links print with those of the tables that they lead to, and finds rows of a request
// that lead into the answer.
func (f *finder) links(p *derive.Page) {
	requests := map[*page.Table]bool{}
	last := 0
	for _, op := range p.Operations {
		if o := answerOf(op); o != nil {
			last = o.Place.Order
		}
		if op.Body != nil {
			for _, r := range rowsBelow(&derive.Object{Rows: op.Body.Rows}) {
				if r.Table != nil && (last == 0 || r.Place.Order < last) {
					requests[r.Table] = true
				}
			}
		}
	}
	for _, r := range p.Rows {
		for _, c := range r.Cells.Cells {
			for _, l := range c.Links {
				f.link(p, r, l)
			}
		}
		if last > 0 && requests[r.Table] && r.Place.Order < last && r.Object != nil && r.Object.Place.Page == r.Place.Page && r.Object.Place.Order > last {
			f.add(Leads, r.Name+" of the request leads to a table of the answer", r.Place, r.Object.Place)
		}
	}
}

func (f *finder) link(p *derive.Page, r *derive.Row, l page.Link) {
	m := printed.FindStringSubmatch(strings.TrimSpace(cell.Normal(l.Text)))
	if m == nil || l.To == "" {
		return
	}
	to := p
	if l.Page != "" && l.Page != p.Name {
		to = nil
		for _, other := range f.set.Pages {
			if other.Edition == p.Edition && other.Name == l.Page {
				to = other
			}
		}
	}
	if to == nil {
		return
	}
	t := to.Anchored(l.To)
	if t == nil {
		f.add(Number, fmt.Sprintf("%s: the link %s leads to no table", r.Name, l.Text), r.Place)
		return
	}
	if t.Place.Table > 0 && strconv.Itoa(t.Place.Table) != m[1] {
		f.add(Number, fmt.Sprintf("%s: the link prints table %s and leads to table %d", r.Name, m[1], t.Place.Table), r.Place, t.Place)
	}
}

// spelling finds values that rows write with capital letters in one place and without in another.
func (f *finder) spelling() {
	byFold := map[string]map[string][]derive.Place{}
	for _, p := range f.set.Pages {
		for _, r := range p.Rows {
			for _, v := range slices.Concat(r.Facts.Enum, r.Facts.Only) {
				key := strings.ToLower(v)
				if r.Type.Base == "boolean" || key == v && strings.ToUpper(v) == v {
					continue
				}
				if byFold[key] == nil {
					byFold[key] = map[string][]derive.Place{}
				}
				byFold[key][v] = append(byFold[key][v], r.Place)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(byFold)) {
		forms := slices.Sorted(maps.Keys(byFold[key]))
		if len(forms) < 2 {
			continue
		}
		var at []derive.Place
		for _, form := range forms {
			at = append(at, byFold[key][form][0])
		}
		f.add(Spelling, "a value is written "+strings.Join(forms, " and "), at...)
	}
}

// address compares the query of an address with the table of its parameters.
func (f *finder) address(op *derive.Operation) {
	var without []string
	named := 0
	for _, r := range op.Query {
		if slices.Contains(op.Template, r.Name) {
			named++
		} else {
			without = append(without, r.Name)
		}
	}
	if named > 0 && len(without) > 0 {
		f.add(Address, fmt.Sprintf("%s %s: the address does not have the parameters %s of the table", op.Method, op.Path, strings.Join(without, ", ")), op.Place)
	}
}

// permissions finds rows about pages or operations that the edition does not have.
func (f *finder) permissions() {
	for _, p := range f.set.Pages {
		for _, r := range p.Rows {
			if r.In != page.PermissionTable || r.Heading() {
				continue
			}
			name := strings.TrimRight(r.Place.Row, "。. ")
			titled, described := false, false
			for _, other := range f.set.Pages {
				if other.Edition != p.Edition {
					continue
				}
				for _, op := range other.Operations {
					if r.Permits(op.Method, op.Path) {
						described = true
						titled = titled || other.Title == name || other.Name == name
					}
				}
			}
			switch {
			case !described:
				f.add(Named, name+": no page of the edition describes the operation", r.Place)
			case !titled:
				f.add(Named, name+": the page of the operation has another title", r.Place)
			}
		}
	}
}
