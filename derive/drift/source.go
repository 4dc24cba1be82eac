package drift

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// sources follows every source of the contract to the page, table and row that it names.
func (k *checker) sources() {
	for _, s := range k.statements {
		k.report.Sources.Statements++
		astray := false // then what it is founded on is reported already
		for _, c := range s.Source.At {
			k.report.Sources.Citations++
			if !k.editions[c.Edition] {
				k.report.Sources.Elsewhere++
				continue
			}
			problem := k.astray(s, c)
			switch {
			case problem != "":
				astray = true
				k.find(Finding{Kind: Astray, Place: c.String(), Text: problem}, s)
			case c.Part == "text":
				k.report.Sources.Texts++
			default:
				k.report.Sources.Followed++
			}
		}
		if !astray {
			k.unfounded(s)
		}
	}
}

// astray says what is wrong with a citation; "" for nothing.
func (k *checker) astray(s *contract.Statement, c contract.Citation) string {
	p := k.pages[[2]string{c.Edition, c.Page}]
	switch {
	case p == nil:
		return "the edition has no page of this name"
	case c.Table > 0 && !slices.ContainsFunc(p.Tables, func(t *page.Table) bool { return t.Place.Table == c.Table }):
		return "the page has no table of this number"
	case c.Row != "":
		return k.astrayRow(s, c)
	case c.Part == "uri":
		return astrayURI(s, p)
	case c.Part == "example" && len(p.Examples) == 0:
		return "the page has no example"
	case c.Part == "headers" && !slices.ContainsFunc(p.Tables, func(t *page.Table) bool { return t.Kind == page.HeaderTable || t.Kind == page.ResponseHeaders }):
		return "the page has no table of headers"
	}
	return ""
}

func (k *checker) astrayRow(s *contract.Statement, c contract.Citation) string {
	rows := k.rowsOf(c)
	if len(rows) == 0 {
		return "the table has no row of this name"
	}
	for _, r := range rows {
		if k.about(s, r) {
			return ""
		}
	}
	return fmt.Sprintf("the row is about something else: it names %s, the contract says %s", c.Row, s.Name)
}

// about tells whether a row is about a place: what has a name is stated by rows of that name, or by rows whose tables
// have no names of members.
func (k *checker) about(s *contract.Statement, r *derive.Row) bool {
	switch s.Kind {
	case contract.OfParameter, contract.OfMember, contract.OfHeader:
		return !r.In.Members() || strings.EqualFold(r.Name, s.Name)
	case contract.OfCode:
		c := r.Code()
		return r.In.Members() || c == nil || c.Code == s.Name
	}
	return true
}

func astrayURI(s *contract.Statement, p *derive.Page) string {
	if len(p.Operations) == 0 {
		return "the page describes no operation"
	}
	if s.Kind != contract.OfOperation {
		return ""
	}
	for _, op := range p.Operations {
		path := pathOf(s.Pointer)
		if derive.SamePath(op.Path, path) && strings.HasSuffix(s.Pointer, "/"+strings.ToLower(op.Method)) {
			return ""
		}
	}
	return "the page describes " + p.Operations[0].Method + " " + p.Operations[0].Path
}

// pathOf is the path that a pointer into the paths of a document leads through.
func pathOf(pointer string) string {
	token, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/paths/"), "/")
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
}

// unfounded reports what a documented place limits although no row that it names does, and a place that no row names.
// A place that also names sources which were not read is counted and not judged, since they may say it.
func (k *checker) unfounded(s *contract.Statement) {
	named := s.Kind == contract.OfMember || s.Kind == contract.OfParameter || s.Kind == contract.OfHeader
	if !named && s.Kind != contract.OfSchema {
		return
	}
	if s.Source.Basis != contract.Documented || slices.ContainsFunc(s.Source.At, func(c contract.Citation) bool { return !k.editions[c.Edition] }) {
		k.report.Sources.Unjudged++
		return
	}
	rows := k.rowsAbout(s)
	if named && len(rows) == 0 && !k.shown(s) {
		k.differ(nil, s, "member", nothing, s.Name)
	}
	for _, b := range k.beyond(s, rows) {
		k.differ(nil, s, b[0], nothing, b[1])
	}
}

// rowsAbout are the rows that a place names, and those that the pages put there.
func (k *checker) rowsAbout(s *contract.Statement) (rows []*derive.Row) {
	for _, c := range s.Source.At {
		rows = append(rows, k.rowsOf(c)...)
	}
	for r, places := range k.located {
		if slices.Contains(places, s) && !slices.Contains(rows, r) {
			rows = append(rows, r)
		}
	}
	return rows
}

// shown tells whether an address or an example that a place names has the name of it.
func (k *checker) shown(s *contract.Statement) bool {
	return slices.ContainsFunc(s.Source.At, func(c contract.Citation) bool {
		p := k.pages[[2]string{c.Edition, c.Page}]
		switch {
		case p == nil:
			return true // reported as a citation that leads nowhere
		case c.Part == "uri":
			return s.In == "path" || slices.ContainsFunc(p.Operations, func(o *derive.Operation) bool { return slices.Contains(o.Template, s.Name) })
		case c.Part == "example":
			return slices.ContainsFunc(p.Examples, func(e *page.Example) bool { return strings.Contains(string(e.Payload), `"`+s.Name+`"`) })
		}
		return false
	})
}

// beyond lists the limits of a place that none of some rows has: aspect and value.
func (k *checker) beyond(s *contract.Statement, rows []*derive.Row) (out [][2]string) {
	some := func(says func(r *derive.Row) bool) bool { return slices.ContainsFunc(rows, says) }
	add := func(aspect, has string) { out = append(out, [2]string{aspect, has}) }
	l := s.Limits
	if len(l.Enum) > 0 && !slices.Equal(l.Types, []string{"boolean"}) && !some(func(r *derive.Row) bool { return len(valuesOf(r)) > 0 }) {
		add("enum", enumText(l))
	}
	for _, keyword := range []string{"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"} {
		if has := boundIn(l, keyword); has != "" && !some(func(r *derive.Row) bool { return boundsOf(r)[keyword] != "" }) {
			add(keyword, has)
		}
	}
	if len(l.Patterns) > 0 && !some(func(r *derive.Row) bool { return r.Facts.Chars != nil || r.Facts.Format != "" }) {
		add("characters", strings.Join(l.Patterns, " and "))
	}
	if l.Format != "" && !some(func(r *derive.Row) bool { return r.Facts.Format != "" || r.Type.Format != "" }) {
		add("format", l.Format)
	}
	if l.HasDefault && !some(func(r *derive.Row) bool { return r.Facts.Default != nil }) {
		add("default", cmp.Or(l.Default, "empty"))
	}
	if s.Required && !(s.Kind == contract.OfParameter && s.In == "path") && !some(func(r *derive.Row) bool { return r.Required != "" }) {
		add("required", "required")
	}
	if l.Conditional && !s.Required && !some(func(r *derive.Row) bool { return r.Required != "" || demanding(r) }) {
		add("required", "conditional")
	}
	for _, d := range s.Demands {
		if some(demanding) && !some(func(r *derive.Row) bool {
			return slices.ContainsFunc(r.Facts.Conditions, func(c cell.Condition) bool { return sameTests(c, d) })
		}) {
			add("condition", "required if "+d.String())
		}
	}
	if l.ReadOnly && !some(func(r *derive.Row) bool { return r.Facts.ReadOnly || k.answers(r) }) {
		add("readOnly", "readOnly")
	}
	if l.Deprecated && !some(func(r *derive.Row) bool { return r.Facts.Deprecated || r.Facts.Reserved }) {
		add("deprecated", "deprecated")
	}
	for _, keyword := range slices.Sorted(maps.Keys(l.Others)) {
		stated := keyword == "uniqueItems" && some(func(r *derive.Row) bool { return r.Facts.Unique }) ||
			strings.HasPrefix(keyword, "content") && some(func(r *derive.Row) bool { return r.Facts.Format == "base64" })
		if !stated {
			add(keyword, l.Others[keyword])
		}
	}
	return out
}

// demanding tells whether a row says when its member must be there.
func demanding(r *derive.Row) bool {
	return slices.ContainsFunc(r.Facts.Conditions, func(c cell.Condition) bool { return c.Effect == "required" || c.Effect == "one-of" })
}

// answers tells whether a row belongs to nothing but answers.
func (k *checker) answers(r *derive.Row) bool {
	return len(k.sides[r]) > 0 && !slices.ContainsFunc(k.sides[r], func(to side) bool { return !to.answer })
}

// stale lists the reasons that were needed, and reports those that were not. A reason of a place with sources that
// were not read may be about those.
func (k *checker) stale() {
	for _, s := range k.statements {
		for i, d := range s.Source.Deviates {
			if e := k.excused[s][i]; e != nil {
				k.report.Explained = append(k.report.Explained, *e)
			} else if k.readAll(s) {
				k.find(Finding{Kind: Stale, Aspect: d.Aspect, Says: d.Says, Text: "no row that this place states says so: " + d.Aspect + " " + d.Says,
					Remedy: "remove the entry of deviates"}, s)
			}
		}
		for _, o := range k.left[s] {
			if !k.editions[o.Edition] {
				continue
			}
			k.report.Left = append(k.report.Left, o)
			if o.Found != o.Count {
				place := contract.Citation{Edition: o.Edition, Page: o.Page, Table: o.Table}
				k.find(Finding{Kind: Stale, Place: place.String(), Says: fmt.Sprint(o.Found), Has: fmt.Sprint(o.Count),
					Text:   fmt.Sprintf("the contract leaves out %d rows here, the pages have %d of them", o.Count, o.Found),
					Remedy: "look at the rows, then correct the count or the rows"}, s)
			}
		}
	}
}

func (k *checker) readAll(s *contract.Statement) bool {
	return !slices.ContainsFunc(s.Source.At, func(c contract.Citation) bool { return c.Table > 0 && !k.editions[c.Edition] })
}
