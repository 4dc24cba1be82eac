package drift

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/page"
)

// sources follows every source of the contract to the page, table and row that it names.
func (k *checker) sources() {
	for _, s := range k.statements {
		k.report.Sources.Statements++
		for _, c := range s.Source.At {
			k.report.Sources.Citations++
			if !k.editions[c.Edition] {
				k.report.Sources.Elsewhere++
				continue
			}
			problem := k.astray(s, c)
			switch {
			case problem != "":
				k.find(Finding{Kind: Astray, Place: c.String(), Text: problem}, s)
			case c.Part == "text":
				k.report.Sources.Texts++
			default:
				k.report.Sources.Followed++
			}
		}
		k.unfounded(s)
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

// unfounded reports what a documented place limits although no row that it names does. A place that also names
// sources which were not read is not judged, since they may say it.
func (k *checker) unfounded(s *contract.Statement) {
	named := s.Kind == contract.OfMember || s.Kind == contract.OfParameter || s.Kind == contract.OfHeader
	if !named || s.Source.Basis != contract.Documented || len(s.Source.At) == 0 {
		return
	}
	var rows []*derive.Row
	for _, c := range s.Source.At {
		if !k.editions[c.Edition] || c.Part != "" {
			return
		}
		rows = append(rows, k.rowsOf(c)...)
	}
	for r, places := range k.located {
		if slices.Contains(places, s) && !slices.Contains(rows, r) {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return
	}
	for _, b := range k.beyond(s, rows) {
		k.differ(nil, s, b[0], nothing, b[1])
	}
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
	return out
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
