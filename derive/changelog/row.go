package changelog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// rows compares the sentences of rows about the same thing. Conditions are drafts of rules, which schemas do not
// have; of everything else only that the words differ is told, and only where no other change is.
func (c *comparison) rows(p pair) {
	moves, done := &moves{count: map[[2]derive.Place]int{}}, map[spot]bool{}
	for _, at := range p.new.order {
		if p.old.spots[at] == nil {
			continue
		}
		plain := p.new.spots[at].plain
		old, newer := p.old.rows[plain], p.new.rows[plain]
		if len(old) == 0 || len(newer) == 0 || done[plain] {
			continue
		}
		done[plain] = true
		c.log.Compared.Rows++
		c.conditions(p, at, old, newer)
		if !c.changed(p, at) && words(old) != words(newer) {
			c.tell(p, "row-text-changed", Info, fmt.Sprintf("the row of %s says the same in other words, or something that is not understood", at), c.old.at(old...), c.new.at(newer...))
		}
		moves.add(old[0].Table.Place, newer[0].Table.Place)
	}
	for _, m := range moves.order {
		c.tell(p, "table-moved", Info, "what stood in one table stands in another one; members that both have: "+strconv.Itoa(moves.count[m]),
			c.old.places(true, []derive.Place{m[0]}), c.new.places(true, []derive.Place{m[1]}))
	}
}

// moves counts the members that went from one table to another.
type moves struct {
	count map[[2]derive.Place]int
	order [][2]derive.Place
}

// add counts a member. The same number on a page of the same name, or of the page that took its place, is no move.
func (m *moves) add(from, to derive.Place) {
	if from.Table == to.Table && (from.Table > 0 || from.Order == to.Order) {
		return
	}
	move := [2]derive.Place{from, to}
	if m.count[move]++; m.count[move] == 1 {
		m.order = append(m.order, move)
	}
}

// changed tells whether some other change is about the same rows.
func (c *comparison) changed(p pair, at spot) bool {
	return slices.ContainsFunc(c.log.Changes, func(ch Change) bool {
		return operationKey(ch.Method, ch.Path) == p.new.key && c.plain(p.new.key, ch.spot) == c.plain(p.new.key, at)
	})
}

// words is what rows say, without how it is laid out.
func words(rows []*derive.Row) string {
	var all []string
	for _, r := range rows {
		if text := strings.Join(strings.Fields(cell.Normal(r.Cells.Cell(r.Table, page.RoleDescription).Text.String())), " "); !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// conditions compares what holds under conditions. One that demands or forbids something of requests breaks clients
// that do not know it.
func (c *comparison) conditions(p pair, at spot, old, newer []*derive.Row) {
	before, after := conditionsOf(old), conditionsOf(newer)
	for _, text := range after {
		if !slices.Contains(before, text) {
			level := Info
			if demands(at, text) {
				level = Warning
			}
			c.add(Change{Rule: "condition-added", Level: level, Method: p.new.method, Path: p.new.path, Text: fmt.Sprintf("%s is now %s", at, text),
				Old: c.old.at(old...), New: c.new.at(newer...), spot: at})
		}
	}
	for _, text := range before {
		if !slices.Contains(after, text) {
			c.add(Change{Rule: "condition-removed", Level: Info, Method: p.new.method, Path: p.new.path, Text: fmt.Sprintf("%s is no longer %s", at, text),
				Old: c.old.at(old...), New: c.new.at(newer...), spot: at})
		}
	}
}

// demands tells whether a condition is one that requests can break.
func demands(at spot, text string) bool {
	if at.in != "request" && at.in != "query" && at.in != "header" && at.in != "path" {
		return false
	}
	return slices.ContainsFunc([]string{"required", "forbidden", "only", "one-of"}, func(effect string) bool { return strings.HasPrefix(text, effect+" ") })
}

func conditionsOf(rows []*derive.Row) []string {
	var out []string
	for _, r := range rows {
		for _, one := range r.Facts.Conditions {
			if text := one.String(); !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

// String names a spot as a reader would.
func (s spot) String() string {
	switch s.in {
	case "path", "query", "header":
		return fmt.Sprintf("the %s parameter %s", s.in, quoted(s.path))
	case "request":
		return "the request's " + quoted(s.path)
	}
	return fmt.Sprintf("%s of the answer %s", quoted(s.path), s.in)
}
