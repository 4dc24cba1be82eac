package drift

import (
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/cell"
)

// nothing is what one side says when it does not speak of an aspect.
const nothing = "nothing"

// compare holds a row to a place, aspect by aspect, and gives the number of differences that have a reason.
func (k *checker) compare(r *derive.Row, s *contract.Statement) int {
	if s.Kind == contract.OfSecurity {
		return 0 // its form is that of OpenAPI, which says nothing of types
	}
	explained := 0
	differ := func(aspect, says, has string) {
		if k.differ(r, s, aspect, says, has) {
			explained++
		}
	}
	k.kinds(r, s, differ)
	k.required(r, s, differ)
	k.values(r, s, differ)
	k.bounds(r, s, differ)
	k.byDefault(r, s, differ)
	k.texts(r, s, differ)
	k.conditions(r, s, differ)
	k.report.Aspects["deprecated"]++
	if r.Facts.Deprecated && !s.Limits.Deprecated {
		differ("deprecated", "deprecated", nothing)
	}
	return explained
}

// differs is told that a row and a place do not say the same.
type differs func(aspect, says, has string)

// differ tells whether a difference has a reason; one without is a finding. A reason holds for what the page says and
// the contract has, and for no other value of either.
func (k *checker) differ(r *derive.Row, s *contract.Statement, aspect, says, has string) bool {
	other := -1
	for i, d := range s.Source.Deviates {
		if d.Aspect != aspect || d.Says != says {
			continue
		}
		k.met(r, s, i, has)
		if d.Has == has {
			return true
		}
		other = i
	}
	quoted := func(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
	f := Finding{Kind: Deviating, Aspect: aspect, Says: says, Has: has}
	f.Text = aspect + ": the page says " + says + ", the contract says " + has
	f.Remedy = "correct the contract, or record the reason: deviates: [{aspect: " + aspect + ", says: " + quoted(says) + ", has: " + quoted(has) + ", reason: …}]"
	if r != nil {
		f.Place = r.Place.String()
	} else {
		f.Text = aspect + ": no row that it names says it, the contract says " + has
	}
	if other >= 0 {
		f.Text += "; the recorded reason is about another value: " + s.Source.Deviates[other].Has
	}
	k.find(f, s)
	return false
}

// met notes that a difference is the one that a reason is about.
func (k *checker) met(r *derive.Row, s *contract.Statement, i int, has string) {
	d := s.Source.Deviates[i]
	if k.excused[s] == nil {
		k.excused[s] = map[int]*Explained{}
	}
	if k.excused[s][i] == nil {
		k.excused[s][i] = &Explained{Pointer: s.Pointer, At: k.at(s), Aspect: d.Aspect, Says: d.Says, Has: has, Reason: d.Reason}
	}
	if e := k.excused[s][i]; r != nil && !slices.Contains(e.Places, r.Place.String()) {
		e.Places = append(e.Places, r.Place.String())
	}
}

func (k *checker) kinds(r *derive.Row, s *contract.Statement, differ differs) {
	wanted := derive.Kinds(r.Type)
	if len(wanted) == 0 {
		return
	}
	k.report.Aspects["type"]++
	if !slices.Equal(wanted, s.Limits.Types) {
		differ("type", strings.Join(wanted, " or "), orNothing(strings.Join(s.Limits.Types, " or ")))
		return
	}
	if r.Type.Elem == nil || r.Type.Elem.Name != "" && r.Object == nil {
		return // it names a structure that no table describes
	}
	held := derive.Kinds(*r.Type.Elem)
	if len(held) == 0 {
		return
	}
	k.report.Aspects["items"]++
	if !slices.Equal(held, s.Limits.Items) {
		differ("items", strings.Join(held, " or "), orNothing(strings.Join(s.Limits.Items, " or ")))
	}
}

func (k *checker) required(r *derive.Row, s *contract.Statement, differ differs) {
	has := "optional"
	switch {
	case s.Required:
		has = "required"
	case s.Limits.Conditional:
		has = "conditional"
	}
	switch r.Required {
	case cell.Yes:
		k.report.Aspects["required"]++
		if has != "required" {
			differ("required", "required", has)
		}
	case cell.No:
		k.report.Aspects["required"]++
		if has == "required" || has == "conditional" && !demanding(r) {
			differ("required", "optional", has)
		}
	case cell.Conditional:
		k.report.Aspects["required"]++
		if has == "required" || has == "optional" && !demanding(r) && !slices.ContainsFunc(k.cited[r], func(by *contract.Statement) bool { return by.Kind == contract.OfRule }) {
			differ("required", "conditional", has)
		}
	}
}

// valuesOf are the values that a row enumerates; none for one whose type has no values to choose from.
func valuesOf(r *derive.Row) []string {
	values := r.Facts.Enum
	if len(values) == 0 {
		values = r.Facts.Only
	}
	switch r.Type.Base {
	case "boolean", "object", "array", "map":
		return nil
	}
	return values
}

func (k *checker) values(r *derive.Row, s *contract.Statement, differ differs) {
	wanted := valuesOf(r)
	if len(wanted) == 0 {
		return
	}
	k.report.Aspects["enum"]++
	if !sameSet(wanted, s.Limits.Enum) || s.Limits.Open && !r.Facts.Open {
		says := strings.Join(wanted, ", ")
		if r.Facts.Open {
			says += " and others"
		}
		differ("enum", says, enumText(s.Limits))
	}
}

func enumText(l contract.Limits) string {
	if len(l.Enum) == 0 {
		return nothing
	}
	text := strings.Join(l.Enum, ", ")
	if l.Open {
		text += " and others"
	}
	return text
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

func (k *checker) byDefault(r *derive.Row, s *contract.Statement, differ differs) {
	d := r.Facts.Default
	if d == nil {
		return
	}
	k.report.Aspects["default"]++
	has := nothing
	if s.Limits.HasDefault {
		has = s.Limits.Default
	}
	switch {
	case d.Empty:
		if s.Limits.HasDefault && !slices.Contains([]string{"", "[]", "{}"}, s.Limits.Default) {
			differ("default", "empty", has)
		}
	case !s.Limits.HasDefault || !strings.EqualFold(d.Text, s.Limits.Default):
		differ("default", d.Text, has)
	}
}

// conditions want a rule that names the row as its source, or a condition in the schema.
func (k *checker) conditions(r *derive.Row, s *contract.Statement, differ differs) {
	if len(r.Facts.Conditions) == 0 {
		return
	}
	for _, c := range r.Facts.Conditions {
		k.report.Aspects["condition"]++
		if c.Effect == "required" && slices.ContainsFunc(s.Demands, func(d contract.Demand) bool { return sameTests(c, d) }) || k.ruled(r, c) {
			continue
		}
		has := nothing
		if c.Effect == "required" && len(s.Demands) > 0 {
			has = "required if " + s.Demands[0].String()
		}
		differ("condition", conditionText(c), has)
	}
}

// sameTests tells whether a schema demands a member under the condition of a row.
func sameTests(c cell.Condition, d contract.Demand) bool {
	if len(c.Tests) == 0 || len(c.Tests) != len(d.Tests) || len(c.Tests) > 1 && c.Any != d.Any {
		return false
	}
	for _, t := range c.Tests {
		if !slices.ContainsFunc(d.Tests, func(o contract.Comparison) bool {
			return o.Op == t.Op && o.Field == lastName(t.Field) && strings.EqualFold(o.Value, t.Value)
		}) {
			return false
		}
	}
	return true
}

// lastName is the member that a field such as spec.type names.
func lastName(field string) string { return field[strings.LastIndexByte(field, '.')+1:] }

// ruled tells whether a rule that names the row makes the comparisons that the condition asks for. A rule says when a
// request is refused: what has an effect only if a test holds is refused if it does not.
func (k *checker) ruled(r *derive.Row, c cell.Condition) bool {
	opposite := map[string]string{"==": "!=", "!=": "==", "present": "empty", "empty": "present"}
	return slices.ContainsFunc(k.cited[r], func(by *contract.Statement) bool {
		return by.Kind == contract.OfRule && !slices.ContainsFunc(c.Tests, func(t cell.Test) bool {
			want := contract.Comparison{Field: lastName(t.Field), Op: t.Op, Value: t.Value}
			if c.Effect == "effective" || c.Effect == "only" {
				want.Op = opposite[t.Op]
			}
			return !by.Compares(want)
		})
	})
}

func conditionText(c cell.Condition) string {
	text := c.Effect
	if c.Value != "" {
		text += " " + c.Value
	}
	join := " if "
	for _, t := range c.Tests {
		text += join + strings.TrimSpace(t.Field+" "+t.Op+" "+t.Value)
		join = " and "
		if c.Any {
			join = " or "
		}
	}
	return text
}

func orNothing(text string) string {
	if text == "" {
		return nothing
	}
	return text
}
