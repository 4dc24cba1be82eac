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

// differ tells whether a difference has a reason; one without is a finding.
func (k *checker) differ(r *derive.Row, s *contract.Statement, aspect, says, has string) bool {
	for i, d := range s.Source.Deviates {
		if d.Aspect != aspect || d.Says != says {
			continue
		}
		if k.excused[s] == nil {
			k.excused[s] = map[int]*Explained{}
		}
		if k.excused[s][i] == nil {
			k.excused[s][i] = &Explained{Pointer: s.Pointer, At: k.at(s), Aspect: aspect, Says: says, Has: has, Reason: d.Reason}
		}
		if e := k.excused[s][i]; r != nil && !slices.Contains(e.Places, r.Place.String()) {
			e.Places = append(e.Places, r.Place.String())
		}
		return true
	}
	f := Finding{Kind: Deviating, Aspect: aspect, Says: says, Has: has}
	f.Text = aspect + ": the page says " + says + ", the contract says " + has
	f.Remedy = "correct the contract, or record the reason: deviates: [{aspect: " + aspect + ", says: '" + strings.ReplaceAll(says, "'", "''") + "', reason: …}]"
	if r != nil {
		f.Place = r.Place.String()
	} else {
		f.Text = aspect + ": no row that it names says it, the contract says " + has
	}
	k.find(f, s)
	return false
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
	case cell.No, cell.Conditional:
		k.report.Aspects["required"]++
		if has == "required" {
			differ("required", string(r.Required), has)
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
		if s.Limits.Conditional && c.Effect == "required" || k.ruled(r, c) {
			continue
		}
		differ("condition", conditionText(c), nothing)
	}
}

// ruled tells whether a rule that names the row speaks of the values that the condition asks for.
func (k *checker) ruled(r *derive.Row, c cell.Condition) bool {
	return slices.ContainsFunc(k.cited[r], func(by *contract.Statement) bool {
		return by.Kind == contract.OfRule && !slices.ContainsFunc(c.Tests, func(t cell.Test) bool { return !by.Mentions(t.Value) && !by.Mentions(strings.ToLower(t.Value)) })
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
