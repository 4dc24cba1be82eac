package derive

import (
	"slices"
	"strings"

	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// All are the pages of a set with those that are of no use for a draft, in the order of the arguments but for these,
// which come last.
func (s *Set) All() []*Page {
	all := slices.Clone(s.Pages)
	for _, k := range s.Skipped {
		if k.Page != nil { // nil for a link, which nobody read
			all = append(all, k.Page)
		}
	}
	return all
}

// Code is the error code that a row of a table of codes is about; nil when it names none.
func (r *Row) Code() *Code { return r.code() }

// Status is the status that a row of a table of statuses is about; "" when it names none.
func (r *Row) Status() string { return statusOf(r) }

// Permits tells whether a row of a table of permissions is about an operation.
func (r *Row) Permits(method, path string) bool {
	return r.permits(&Operation{Method: method, Path: path})
}

// Actions are the action items of a row of a table of permissions.
func (r *Row) Actions() []string {
	var out []string
	for _, l := range r.Cells.Cell(r.Table, page.RoleAction).Text {
		if item := cell.Normal(l.Text); !isNothing(item) && !slices.Contains(out, item) {
			out = append(out, item)
		}
	}
	return out
}

// Kinds are the JSON types that a type of the pages allows; none when it does not say, or allows any.
func Kinds(t cell.Type) []string {
	var out []string
	for _, one := range append([]cell.Type{t}, t.Or...) {
		switch one.Base {
		case "", "any":
			return nil
		case "map":
			out = append(out, "object")
		default:
			out = append(out, one.Base)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// SamePath tells whether two templates differ in nothing but the names of their parameters.
func SamePath(a, b string) bool { return pathKey(a) == pathKey(b) }

// Exclusive tells the members of a table apart from what pages write where there is nothing to say.
func (r *Row) empty() bool { return isNothing(strings.TrimSpace(cell.Normal(r.Place.Row))) }

// Heading tells whether a row lists nothing: it introduces the rows below, or says that there are none.
// A row without a name that says something all the same is none.
func (r *Row) Heading() bool {
	return r.Cells.Title || r.In.Members() && r.Name == "" && r.empty() && !slices.ContainsFunc(r.Cells.Cells, func(c page.Cell) bool {
		return !isNothing(strings.TrimSpace(cell.Normal(c.Text.String())))
	})
}
