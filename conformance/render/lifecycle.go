package render

import (
	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract/diagram"
)

// drawing is the lifecycle as a drawing, with what was walked of it.
type drawing struct {
	Width, Height int
	Nodes         []diagramNode
	Arrows        []diagramArrow
}

type diagramNode struct{ diagram.Node }

type diagramArrow struct {
	diagram.Line
	Walked bool // all of it
	Labels []diagramLabel
}

type diagramLabel struct {
	diagram.Label
	Walked bool
}

// drawLifecycle lays the arrows out; nil when there are none, or too many. What leads back to its own state is no arrow.
func drawLifecycle(states []string, transitions []conformance.Transition) *drawing {
	arrows := make([]diagram.Arrow, len(transitions))
	for i, t := range transitions {
		arrows[i] = diagram.Arrow{From: t.From, To: t.To, Label: label(t)}
	}
	d := diagram.Draw(states, arrows)
	if d == nil {
		return nil
	}
	out := &drawing{Width: d.Width, Height: d.Height}
	for _, n := range d.Nodes {
		out.Nodes = append(out.Nodes, diagramNode{n})
	}
	for _, line := range d.Lines {
		a := diagramArrow{Line: line, Walked: true}
		for _, l := range line.Labels {
			walked := transitions[l.Arrow].Walked
			a.Labels = append(a.Labels, diagramLabel{l, walked})
			a.Walked = a.Walked && walked
		}
		out.Arrows = append(out.Arrows, a)
	}
	return out
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
