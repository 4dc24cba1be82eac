package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/conformance"
)

// diagram is the lifecycle as a drawing: states from top to bottom in the order in which they are reached,
// and an arrow with a label for each pair of them.
//
// It is laid out in layers, as Sugiyama describes: cycles are cut, every state gets the layer after its
// longest way from the start, long arrows bend at invisible points in each layer between, layers are
// ordered so that few arrows cross, and last everything moves to where its neighbours are. A label is a
// point with a size, in a layer of its own, so nothing ever covers it.
type diagram struct {
	Width, Height int
	Nodes         []diagramNode
	Arrows        []diagramArrow
}

type diagramNode struct {
	Name       string // "" for the start
	X, Y, W, H int    // X and Y of the middle
}

type diagramArrow struct {
	From, To string
	Path     string
	Walked   bool // all of it
	Labels   []diagramLabel
}

type diagramLabel struct {
	X, Y   int
	Text   string
	Walked bool
}

// Sizes in pixels.
const (
	nodeHeight  = 32
	lineHeight  = 15
	layerGap    = 18
	sideGap     = 14
	charWidth   = 7.4
	diagramEdge = 12
)

// maxArrows is how many arrows a drawing is still of use with.
const maxArrows = 200

// drawLifecycle lays the arrows out; nil when there are none, or too many. What leads back to its own state is no arrow.
func drawLifecycle(states []string, transitions []conformance.Transition) *diagram {
	l := &layout{rank: map[string]int{}, nodes: map[string]*point{}}
	l.gather(states, transitions)
	if len(l.arrows) == 0 || len(l.arrows) > maxArrows {
		return nil
	}
	l.cutCycles()
	l.rankAll()
	l.chains()
	l.reduceCrossings()
	l.place()
	return l.draw()
}

func (l *layout) gather(states []string, transitions []conformance.Transition) {
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name], l.order = true, append(l.order, name)
		}
	}
	touched := map[string]bool{}
	byPair := map[[2]string]*arrow{}
	for _, t := range transitions {
		if t.From == t.To {
			continue
		}
		touched[t.From], touched[t.To] = true, true
		a := byPair[[2]string{t.From, t.To}]
		if a == nil {
			a = &arrow{from: t.From, to: t.To}
			byPair[[2]string{t.From, t.To}] = a
			l.arrows = append(l.arrows, a)
		}
		a.on = append(a.on, t)
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

func (l *layout) draw() *diagram {
	left, right, bottom := l.nodes[l.order[0]].x, 0.0, 0.0
	for _, layer := range l.layers {
		for _, p := range layer {
			left = min(left, p.x-p.w/2)
		}
	}
	for _, layer := range l.layers {
		for _, p := range layer {
			p.x += diagramEdge - left
			right, bottom = max(right, p.x+p.w/2), max(bottom, p.y+p.h/2)
		}
	}
	d := &diagram{Width: int(right) + diagramEdge, Height: int(bottom) + diagramEdge}
	for _, name := range l.order {
		p := l.nodes[name]
		d.Nodes = append(d.Nodes, diagramNode{name, int(p.x), int(p.y), int(p.w), int(p.h)})
	}
	for _, a := range l.arrows {
		d.Arrows = append(d.Arrows, a.draw())
	}
	return d
}

func (a *arrow) draw() diagramArrow {
	out := diagramArrow{From: a.from, To: a.to, Walked: true}
	for _, p := range a.chain {
		if p.arrow < 0 {
			continue
		}
		for i, t := range a.on {
			y := p.y - p.h/2 + float64(i*lineHeight) + 12
			out.Labels = append(out.Labels, diagramLabel{int(p.x), int(y), label(t), t.Walked})
		}
	}
	for _, t := range a.on {
		out.Walked = out.Walked && t.Walked
	}
	out.Path = a.path()
	return out
}

// path is a smooth curve through the points of the chain. It leaves and enters states straight.
func (a *arrow) path() string {
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

// HalfW and HalfH place the box around its middle.
func (n diagramNode) HalfW() int { return n.W / 2 }

// HalfH is half the height.
func (n diagramNode) HalfH() int { return n.H / 2 }

func label(t conformance.Transition) string {
	if t.Walked {
		return "✓ " + oneLine(t.On)
	}
	return "○ " + oneLine(t.On)
}
