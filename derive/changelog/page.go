package changelog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// pages tells when other pages describe an operation.
func (c *comparison) pages(p pair) {
	before, after := p.old.described, p.new.described
	if a, b := namesOf(before), namesOf(after); !slices.Equal(a, b) {
		c.tell(p, "page-changed", Info, fmt.Sprintf("the operation was described on %s, and is on %s", strings.Join(a, ", "), strings.Join(b, ", ")),
			c.old.operations(before), c.new.operations(after))
	}
}

func namesOf(ops []*derive.Operation) []string {
	var out []string
	for _, op := range ops {
		if !slices.Contains(out, op.Page.Name) {
			out = append(out, op.Page.Name)
		}
	}
	slices.Sort(out)
	return out
}

// operations is where pages describe an operation.
func (s *side) operations(ops []*derive.Operation) Side {
	var places []derive.Place
	for _, op := range ops {
		places = append(places, op.Place)
	}
	return s.places(true, places)
}

// statuses compares the tables of statuses on pages of no operation. Those of an operation, the documents have.
func (c *comparison) statuses() {
	before, after := c.old.statuses(), c.new.statuses()
	c.lists(Change{Rule: "status", Level: Info, Text: "the status %s"}, before, after)
}

func (s *side) statuses() []listed {
	var out []listed
	for _, p := range s.set.Pages {
		for _, r := range p.Rows {
			if r.In == page.StatusTable && len(p.Operations) == 0 {
				out = listing(out, r, page.RoleStatus)
			}
		}
	}
	return out
}

// permissions compares the action items that callers need.
func (c *comparison) permissions(p pair) {
	before, after := c.old.permissions(p.old), c.new.permissions(p.new)
	c.lists(Change{Rule: "permission", Level: Warning, Method: p.new.method, Path: p.new.path, Text: "the permission %s"}, before, after)
}

func (s *side) permissions(op *operation) []listed {
	var out []listed
	for _, d := range op.described {
		for _, r := range s.set.Permissions(d) {
			out = listing(out, r, page.RoleAction)
		}
	}
	return out
}

// lists compares what two editions list. A list that one of them does not have at all says nothing. What is added is
// of the level of the change, and what is removed breaks nobody.
func (c *comparison) lists(change Change, before, after []listed) {
	if len(before) == 0 || len(after) == 0 {
		return
	}
	for _, now := range after {
		if !slices.ContainsFunc(before, now.same) {
			ch := change
			ch.Rule, ch.Text = change.Rule+"-added", fmt.Sprintf(change.Text+" is new", quoted(now.text))
			ch.Old, ch.New = c.old.tables(rowsOf(before)), c.new.at(now.row)
			c.add(ch)
		}
	}
	for _, once := range before {
		if !slices.ContainsFunc(after, once.same) {
			ch := change
			ch.Rule, ch.Text, ch.Level = change.Rule+"-removed", fmt.Sprintf(change.Text+" is gone", quoted(once.text)), Info
			ch.Old, ch.New = c.old.at(once.row), c.new.tables(rowsOf(after))
			c.add(ch)
		}
	}
}

// listed is an entry of a list with its row.
type listed struct {
	text string
	row  *derive.Row
}

func (l listed) same(other listed) bool { return l.text == other.text }

// listing adds the lines of a cell, each once.
func listing(out []listed, r *derive.Row, role page.Role) []listed {
	for _, l := range r.Cells.Cell(r.Table, role).Text {
		one := listed{cell.Normal(l.Text), r}
		if strings.Trim(one.text, "- ") != "" && !slices.ContainsFunc(out, one.same) {
			out = append(out, one)
		}
	}
	return out
}

func rowsOf(all []listed) []*derive.Row {
	var out []*derive.Row
	for _, l := range all {
		out = append(out, l.row)
	}
	return out
}
