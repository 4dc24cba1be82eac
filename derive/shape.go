package derive

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// shape is what the draft says about a value: a member, a parameter, or a whole body.
type shape struct {
	typ      cell.Type
	facts    cell.Facts
	sources  []Place
	notes    []string
	members  []*member // of an object, or of the items of an array
	hasTable bool
	name     string // suggested for the component
	strict   bool   // some table of it says what is required
	required cell.Flag
	request  bool // clients send it, so that no member may come from a table of an answer

	component string
}

type member struct {
	name  string
	shape *shape
}

// shaper makes rows shapes, each table once for each of its uses.
type shaper struct {
	made    map[*Object]*shape
	request bool // what is made is sent
}

// of makes the shape of a row. The members are shared by all rows that refer to the same table.
func (s *shaper) of(r *Row) *shape {
	out := &shape{typ: r.Type, facts: r.Facts, sources: []Place{r.Place}, required: r.Required}
	if r.Object != nil {
		inner := s.object(r.Object)
		out.members, out.hasTable, out.strict, out.request = inner.members, true, inner.strict, inner.request
		out.name = cmp.Or(r.Object.Name, r.Name)
		out.sources = append(out.sources, r.Object.Place)
		if r.Inferred {
			out.notes = append(out.notes, "No link leads to the table of members; its caption has the name.")
		}
	}
	out.settle(r)
	return out
}

// settle decides what the draft takes where a row contradicts itself.
func (s *shape) settle(r *Row) {
	elemIsText := s.typ.Base == "array" && s.typ.Elem != nil && s.typ.Elem.Base != "object" && s.typ.Elem.Base != "map" && s.typ.Elem.Base != ""
	switch {
	case !s.hasTable || s.typ.Base == "object" || s.typ.Base == "array" && !elemIsText:
	case elemIsText:
		s.notes = append(s.notes, fmt.Sprintf("The type is %s, and the row refers to a table of members; the table stands.", s.typ.Stated))
		s.typ = cell.Type{Base: "array"}
	default:
		base := "object"
		text := r.Cells.Cell(r.Table, page.RoleDescription).Text.String()
		if strings.Contains(text, "列表") || strings.Contains(text, "数组") || strings.Contains(strings.ToLower(text), "list of") {
			base = "array"
		}
		if s.typ.Base != "" && s.typ.Base != "map" {
			s.notes = append(s.notes, fmt.Sprintf("The type is %s, and the row refers to a table of members; %s is taken.", s.typ.Stated, base))
		}
		s.typ = cell.Type{Base: base}
	}
	for _, c := range s.facts.Conditions {
		s.notes = append(s.notes, conditionNote(c))
	}
	kept := 0
	for _, p := range s.facts.Parts {
		if p.State == cell.Kept && p.Kind.Constrains() {
			kept++
		}
	}
	if kept > 0 {
		s.notes = append(s.notes, fmt.Sprintf("Statements of the row that are not in the schema: %d.", kept))
	}
}

// conditionNote words a condition as the draft of a rule.
func conditionNote(c cell.Condition) string { return "Draft of a rule: " + c.String() + "." }

func (s *shaper) object(o *Object) *shape {
	if known := s.made[o]; known != nil {
		return known
	}
	out := &shape{typ: cell.Type{Base: "object"}, sources: []Place{o.Place}, name: o.Name, hasTable: true, request: s.request}
	s.made[o] = out
	for _, r := range o.Rows {
		if r.Required == cell.Yes {
			out.strict = true
		}
	}
	for _, r := range o.Rows {
		if out.member(r.Name) == nil {
			out.members = append(out.members, &member{r.Name, nil})
		}
	}
	for i, m := range out.members {
		for _, r := range o.Rows {
			if r.Name == m.name {
				out.members[i].shape = s.of(r)
				break
			}
		}
	}
	return out
}

func (s *shape) member(name string) *member {
	for _, m := range s.members {
		if m.name == name {
			return m
		}
	}
	return nil
}

// structure is a value with members of its own, which becomes a component.
func (s *shape) structure() bool { return len(s.members) > 0 }

// signature tells shapes apart that differ in what they allow, whatever their sources. Below a cycle only the names
// of the structures count.
func (s *shape) signature() string {
	var b strings.Builder
	s.sign(&b, 0)
	return b.String()
}

const maxSignature = 1 << 16

func (s *shape) sign(b *strings.Builder, depth int) {
	f := s.facts
	fmt.Fprintf(b, "%s/%s/%v/%v/%s", s.typ.Base, s.typ.Format, f.Enum, f.Only, f.Format)
	for _, bound := range []*cell.Bounds{f.Range, f.Length, f.Count} {
		if bound != nil {
			fmt.Fprintf(b, "%+v", *bound)
		}
	}
	if f.Default != nil {
		fmt.Fprintf(b, "=%s", f.Default.Text)
	}
	if f.Chars != nil {
		fmt.Fprintf(b, "%+v", *f.Chars)
	}
	if s.typ.Elem != nil && !s.hasTable {
		fmt.Fprintf(b, "<%s>", s.typ.Elem.Base)
	}
	if len(s.members) == 0 || depth > 6 || b.Len() > maxSignature {
		b.WriteString(s.name)
		return
	}
	b.WriteByte('{')
	members := slices.Clone(s.members)
	slices.SortFunc(members, func(a, b *member) int { return cmp.Compare(a.name, b.name) })
	for _, m := range members {
		fmt.Fprintf(b, "%s:%s", m.name, m.shape.required)
		m.shape.sign(b, depth+1)
		b.WriteByte(';')
	}
	b.WriteByte('}')
}
