// Package diagram draws state machines: it places states, arrows and their labels, and leaves colours and the
// drawing itself to others.
//
// States stand from top to bottom in the order in which they are reached. They are laid out in layers, as
// Sugiyama describes: cycles are cut, every state gets the layer after its longest way from the start, long
// arrows bend at invisible points in each layer between, layers are ordered so that few arrows cross, and last
// everything moves to where its neighbours are. A label is a point with a size, in a layer of its own, so
// nothing ever covers it.
package diagram

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// MaxArrows is how many lines a drawing is still of use with.
const MaxArrows = 200

// Arrow leads from a state to another one.
type Arrow struct {
	From  string // "" for the start
	To    string
	Label string // one line
}

// Drawing is a state machine with a place for everything, in pixels from the upper left corner.
type Drawing struct {
	Width, Height int
	Nodes         []Node
	Lines         []Line
}

// Node is a state.
type Node struct {
	Name       string // "" for the start
	X, Y, W, H int    // X and Y of the middle
}

// Line is all arrows from one state to another.
type Line struct {
	From, To string
	Path     string // as SVG has it in the attribute d
	Labels   []Label
}

// Label is the label of one arrow. X is its middle, Y the line on which it is written.
type Label struct {
	X, Y  int
	Text  string
	Arrow int // which of those that were given
}

// Sizes in pixels. Labels are written in a font of 12 pixels, all letters as wide.
const (
	nodeHeight = 32
	lineHeight = 15
	layerGap   = 18
	sideGap    = 14
	charWidth  = 7.4
	edge       = 12
)

// Draw places states and arrows; nil when there are none, or too many. What leads back to its own state is no
// arrow, and a state that no arrow touches is left out. states gives the order.
func Draw(states []string, arrows []Arrow) *Drawing {
	l := &layout{given: arrows, rank: map[string]int{}, nodes: map[string]*point{}}
	l.gather(states)
	if len(l.arrows) == 0 || len(l.arrows) > MaxArrows {
		return nil
	}
	l.cutCycles()
	l.rankAll()
	l.chains()
	l.reduceCrossings()
	l.place()
	return l.draw()
}

func (l *layout) gather(states []string) {
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name], l.order = true, append(l.order, name)
		}
	}
	touched := map[string]bool{}
	byPair := map[[2]string]*bundle{}
	for i, g := range l.given {
		if g.From == g.To {
			continue
		}
		touched[g.From], touched[g.To] = true, true
		a := byPair[[2]string{g.From, g.To}]
		if a == nil {
			a = &bundle{from: g.From, to: g.To}
			byPair[[2]string{g.From, g.To}] = a
			l.arrows = append(l.arrows, a)
		}
		a.on = append(a.on, i)
	}
	for _, name := range slices.Concat([]string{""}, states) {
		if touched[name] {
			add(name)
		}
	}
	for _, a := range l.arrows {
		add(a.from)
		add(a.to)
	}
}

func (l *layout) draw() *Drawing {
	left, right, bottom := l.nodes[l.order[0]].x, 0.0, 0.0
	for _, layer := range l.layers {
		for _, p := range layer {
			left = min(left, p.x-p.w/2)
		}
	}
	for _, layer := range l.layers {
		for _, p := range layer {
			p.x += edge - left
			right, bottom = max(right, p.x+p.w/2), max(bottom, p.y+p.h/2)
		}
	}
	d := &Drawing{Width: int(right) + edge, Height: int(bottom) + edge}
	for _, name := range l.order {
		p := l.nodes[name]
		d.Nodes = append(d.Nodes, Node{name, int(p.x), int(p.y), int(p.w), int(p.h)})
	}
	for _, a := range l.arrows {
		d.Lines = append(d.Lines, l.line(a))
	}
	return d
}

func (l *layout) line(a *bundle) Line {
	out := Line{From: a.from, To: a.to, Path: a.path()}
	for _, p := range a.chain {
		if p.arrow < 0 {
			continue
		}
		for i, g := range a.on {
			y := p.y - p.h/2 + float64(i*lineHeight) + 12
			out.Labels = append(out.Labels, Label{int(p.x), int(y), l.given[g].Label, g})
		}
	}
	return out
}

// path is a smooth curve through the points of the chain. It leaves and enters states straight.
func (a *bundle) path() string {
	type xy struct{ x, y float64 }
	last := len(a.chain) - 1
	line := make([]xy, last+1)
	for i, p := range a.chain {
		line[i] = xy{p.x, p.y}
	}
	upper, lower := a.chain[0], a.chain[last]
	line[0] = xy{upper.x + port(upper, upper.dn, a.chain[1]), upper.y + upper.h/2}
	line[last] = xy{lower.x + port(lower, lower.up, a.chain[last-1]), lower.y - lower.h/2}
	if a.back {
		slices.Reverse(line)
	}
	slope := func(i int) float64 { // sideways for each pixel down
		if i == 0 || i == last {
			return 0
		}
		return (line[i+1].x - line[i-1].x) / (line[i+1].y - line[i-1].y)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "M%.0f %.0f", line[0].x, line[0].y)
	for i, to := range line[1:] {
		from := line[i]
		third := (to.y - from.y) / 3
		fmt.Fprintf(&b, "C%.0f %.0f %.0f %.0f %.0f %.0f", from.x+slope(i)*third, from.y+third, to.x-slope(i+1)*third, to.y-third, to.x, to.y)
	}
	return b.String()
}

// port spreads the arrows of one side of a state over its width, in the order in which they leave.
func port(p *point, side []*point, towards *point) float64 {
	if !p.real || len(side) < 2 {
		return 0
	}
	sorted := slices.Clone(side)
	slices.SortStableFunc(sorted, func(a, b *point) int { return cmp.Compare(a.x, b.x) })
	i := slices.Index(sorted, towards)
	return (float64(i)/float64(len(side)-1) - 0.5) * p.w * 0.7
}
