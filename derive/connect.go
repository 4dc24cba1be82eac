package derive

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// connect finds the members that each row refers to, and makes the operations of a page.
func (s *Set) connect(p *Page) {
	for _, r := range p.Rows {
		if r.Name == "" || r.Object != nil || !mayHaveMembers(r.Type) {
			continue
		}
		if r.Object = s.linked(p, r); r.Object == nil {
			r.Object = p.named(r)
			r.Inferred = r.Object != nil
		}
	}
	for _, op := range p.Page.Operations {
		p.Operations = append(p.Operations, p.operation(op))
	}
}

// mayHaveMembers tells whether a table of members makes sense for a type. A text may, because pages state String for
// what they then describe in a table.
func mayHaveMembers(t cell.Type) bool {
	return t.Base != "integer" && t.Base != "number" && t.Base != "boolean"
}

// linked follows the links of a row, those of its type first. A link into another page is followed within the same
// edition.
func (s *Set) linked(p *Page, r *Row) *Object {
	for _, role := range []page.Role{page.RoleType, page.RoleDescription, page.RoleRange, page.RoleName} {
		c := r.Cells.Cell(r.Table, role)
		if c.Nested != nil && c.Nested.Has(page.RoleName) {
			return p.objects[c.Nested]
		}
		for _, l := range c.Links {
			if o := s.target(p, r, l); o != nil {
				return o
			}
		}
	}
	return nil
}

func (s *Set) target(p *Page, r *Row, l page.Link) *Object {
	to := p
	if l.Page != "" && l.Page != p.Name {
		to = s.byName[[2]string{p.Edition, l.Page}]
	}
	t := (*page.Table)(nil)
	if to == nil { // the page is not here; pages that repeat a table of another keep its anchor
		to, t = p, p.Anchored(l.To)
	} else {
		t = to.Target(l)
	}
	if t == nil && l.To == "" && to != p {
		t = to.only()
	}
	if t == nil || !t.Has(page.RoleName) || r.Type.Base == "string" && t.Kind != page.ObjectTable {
		return nil
	}
	if o := to.objects[t]; o != nil && len(o.Rows) > 0 {
		return o
	}
	return nil
}

// only is the one table of a page that describes a structure and no operation; nil for other pages.
func (p *Page) only() *page.Table {
	if len(p.Page.Operations) > 0 || len(p.Tables) != 1 {
		return nil
	}
	return p.Tables[0]
}

var tableNumber = regexp.MustCompile(`(?i)(?:表|table)\s*([0-9]{1,4})`)

// named finds the members of a row without a link: by the number of a table in its description, by the name in its
// type, or by a caption that has its own name. It stands on the same page, after the row if there is a choice.
func (p *Page) named(r *Row) *Object {
	if m := tableNumber.FindStringSubmatch(r.Cells.Cell(r.Table, page.RoleDescription).Text.String()); m != nil && !p.elsewhere(r, m[0]) {
		if n, err := strconv.Atoi(m[1]); err == nil {
			if t := p.Numbered(n); t != nil && t != r.Table && t.Has(page.RoleName) && t.Kind.Members() {
				return p.objects[t]
			}
		}
	}
	if r.Type.Base != "object" && r.Type.Base != "array" && r.Type.Base != "map" {
		return nil
	}
	names := []string{r.Type.Name, r.Name}
	if r.Type.Elem != nil {
		if r.Type.Elem.Base != "object" && r.Type.Elem.Base != "" {
			return nil
		}
		names = []string{r.Type.Elem.Name, r.Name}
	}
	for _, name := range names {
		if o := p.captioned(plainName(name), r.Table); o != nil {
			return o
		}
	}
	return nil
}

// elsewhere tells whether a number in a description is printed in a link to another page.
func (p *Page) elsewhere(r *Row, number string) bool {
	for _, l := range r.Cells.Cell(r.Table, page.RoleDescription).Links {
		if l.Page != "" && l.Page != p.Name && strings.Contains(l.Text, number) {
			return true
		}
	}
	return false
}

func (p *Page) captioned(name string, from *page.Table) *Object {
	if name == "" {
		return nil
	}
	var found *Object
	for _, t := range p.Tables {
		if t == from || t.Kind != page.ObjectTable {
			continue
		}
		caption := plainName(identifier(t.Caption))
		if cut := strings.LastIndexByte(caption, '.'); cut >= 0 && holder(caption[:cut], from) {
			caption = caption[cut+1:] // auth.identity, of identity in the table of auth
		}
		if caption == name || caption == strings.TrimSuffix(name, "s") {
			if found == nil || found.Place.Order < from.Place.Order && t.Place.Order > from.Place.Order {
				found = p.objects[t]
			}
		}
	}
	return found
}

// holder tells whether a path of names ends at what a table describes. The table of a body has no name.
func holder(path string, t *page.Table) bool {
	of := plainName(identifier(t.Caption))
	return t.Kind != page.ObjectTable || of == path || strings.HasSuffix(path, "."+of)
}

// plainName is a name without what writers vary: case, underscores, spaces.
func plainName(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", " ", "", "-", "").Replace(name))
}

// operation joins the tables of an operation.
func (p *Page) operation(from *page.Operation) *Operation {
	op := &Operation{Method: from.Method, Path: from.Path, Template: from.Query, Title: p.Title, Place: from.Place, Page: p, Examples: from.Examples}
	for _, t := range from.Tables {
		o := p.objects[t]
		switch t.Kind {
		case page.PathTable, page.QueryTable, page.HeaderTable, page.BodyTable:
			op.request(t, o)
		case page.ResponseTable:
			op.response(t).Object = o
		case page.ResponseHeaders:
			r := op.response(t)
			r.Headers = append(r.Headers, o.Rows...)
		case page.StatusTable:
			for _, r := range p.Rows {
				if r.Table == t {
					op.Statuses = append(op.Statuses, r)
				}
			}
		}
	}
	op.template(from)
	return op
}

// request sorts the rows of a table of parameters by where each goes.
func (op *Operation) request(t *page.Table, o *Object) {
	for _, r := range o.Rows {
		in := r.In
		if in == page.PathTable && !strings.Contains(op.Path, "{"+r.Name+"}") && !sameAnyway(op.Path, r.Name) {
			in = page.QueryTable
		}
		switch in {
		case page.PathTable:
			op.InPath = append(op.InPath, r)
		case page.QueryTable:
			op.Query = append(op.Query, r)
		case page.HeaderTable:
			op.Header = append(op.Header, r)
		default:
			if op.Body == nil {
				op.Body = &Object{Place: t.Place}
			}
			op.Body.Rows = append(op.Body.Rows, r)
		}
	}
}

// sameAnyway tells whether a path has a parameter that differs from a name in nothing but its writing.
func sameAnyway(path, name string) bool {
	for _, hole := range holes(path) {
		if plainName(hole) == plainName(name) {
			return true
		}
	}
	return false
}

// holes are the names of the parameters of a path template.
func holes(path string) []string {
	var out []string
	for {
		_, after, ok := strings.Cut(path, "{")
		if !ok {
			return out
		}
		name, rest, ok := strings.Cut(after, "}")
		if !ok {
			return out
		}
		out = append(out, name)
		path = rest
	}
}

func (op *Operation) response(t *page.Table) *Response {
	for _, r := range op.Responses {
		if r.Status == t.Status {
			return r
		}
	}
	r := &Response{Status: t.Status, Place: t.Place}
	op.Responses = append(op.Responses, r)
	return r
}

// template adds the parameters that the path and its query name and no table lists.
func (op *Operation) template(from *page.Operation) {
	known := func(rows []*Row, name string) bool {
		for _, r := range rows {
			if plainName(r.Name) == plainName(name) {
				return true
			}
		}
		return false
	}
	for _, name := range holes(op.Path) {
		if !known(op.InPath, name) {
			op.InPath = append(op.InPath, &Row{Place: from.Place, Name: name, In: page.PathTable, Required: cell.Yes, Type: cell.Type{Base: "string"}})
		}
	}
	for _, name := range from.Query {
		if !known(op.Query, name) && !known(op.InPath, name) {
			op.Query = append(op.Query, &Row{Place: from.Place, Name: name, In: page.QueryTable, Type: cell.Type{Base: "string"}})
		}
	}
}
