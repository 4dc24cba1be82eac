package contract

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Comparison is a test of one member.
type Comparison struct {
	Field string
	Op    string // ==, !=, present, empty, or "" for one that is of another form
	Value string
}

// Demand is a condition under which a member must be there: all tests hold, or any one of them.
type Demand struct {
	Tests []Comparison
	Any   bool
}

// String is the condition in one line.
func (d Demand) String() string {
	join, text := " and ", ""
	if d.Any {
		join = " or "
	}
	for i, t := range d.Tests {
		if i > 0 {
			text += join
		}
		text += strings.TrimSpace(t.Field + " " + t.Op + " " + t.Value)
	}
	return text
}

// demanded are the conditions under which an object schema demands a member.
func (p place) demanded(name string) (out []Demand) {
	for _, b := range p.branches() {
		for _, item := range b.get("required").items() {
			if item.text() == name && b.conditional() {
				out = append(out, b.demand())
			}
		}
		b.get("dependentRequired").each(func(field string, names place) {
			for _, item := range names.items() {
				if item.text() == name {
					out = append(out, Demand{Tests: []Comparison{{Field: field, Op: "present"}}})
				}
			}
		})
	}
	return out
}

// demand reads the condition that a schema below then or else depends on.
func (p place) demand() Demand {
	then, other := strings.LastIndex(p.pointer, "/then"), strings.LastIndex(p.pointer, "/else")
	condition, ok := p.doc.at(p.pointer[:max(then, other)] + "/if")
	if !ok {
		return Demand{}
	}
	d := condition.comparisons()
	if other < then {
		return d
	}
	for i, t := range d.Tests {
		d.Tests[i].Op = map[string]string{"==": "!=", "!=": "==", "present": "empty", "empty": "present"}[t.Op]
	}
	d.Any = !d.Any
	return d
}

// comparisons reads a schema that stands behind if.
func (p place) comparisons() (d Demand) {
	seen := map[string]bool{}
	p.get("properties").each(func(name string, at place) {
		seen[name] = true
		op := "=="
		if not, ok := at.child("not"); ok {
			op, at = "!=", not
		}
		values := at.get("enum").items()
		if v, ok := at.child("const"); ok {
			values = []place{v}
		}
		d.Any = d.Any || op == "==" && len(values) > 1
		for _, v := range values {
			d.Tests = append(d.Tests, Comparison{name, op, bare(v.data())})
		}
		if len(values) == 0 {
			d.Tests = append(d.Tests, Comparison{Field: name})
		}
	})
	for _, r := range []struct {
		op    string
		names place
	}{{"present", p.get("required")}, {"empty", p.get("not", "required")}} {
		for _, item := range r.names.items() {
			if !seen[item.text()] {
				d.Tests = append(d.Tests, Comparison{Field: item.text(), Op: r.op})
			}
		}
	}
	return d
}

// Compares tells whether an expression of the statement has a comparison, its source aside.
func (s *Statement) Compares(c Comparison) bool {
	field := `\b` + regexp.QuoteMeta(c.Field)
	value := `['"]?(?i:` + regexp.QuoteMeta(c.Value) + `)['"]?(?:[^\w.-]|$)`
	var form string
	switch c.Op {
	case "==":
		form = field + `\s*==\s*` + value + `|` + field + `\s+in\s+\[[^\]]*['"]?(?i:` + regexp.QuoteMeta(c.Value) + `)['"]?\s*[,\]]`
	case "!=":
		form = field + `\s*!=\s*` + value
	case "present":
		form = `(?:^|[^!])has\([\w.]*` + field + `\)`
	case "empty":
		form = `!has\([\w.]*` + field + `\)|` + field + `\s*==\s*''`
	default:
		return false
	}
	re, err := regexp.Compile(form)
	return err == nil && s.place.anyLiteral(re.MatchString)
}

// anyLiteral tells whether something holds for a scalar of a value or the name of a member, citations aside.
func (p place) anyLiteral(is func(string) bool) (found bool) {
	if p.form() == yaml.ScalarNode {
		return is(p.literal())
	}
	p.each(func(name string, member place) {
		found = found || is(name) || (!strings.HasSuffix(name, "source") && member.anyLiteral(is))
	})
	return found || slices.ContainsFunc(p.items(), func(item place) bool { return item.anyLiteral(is) })
}
