package mock

import (
	"slices"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/diagram"
	"github.com/tallystick/tallystick/mock/control"
)

// listLifecycles needs no lock: a contract never changes, and no reload goes on during a call.
func (c *call) listLifecycles() (any, error) {
	out := control.Lifecycles{Kinds: []control.Kind{}}
	for _, rt := range c.world.contract.Resources() {
		out.Kinds = append(out.Kinds, kindView(c.world.contract, rt))
	}
	return out, nil
}

func kindView(played *contract.Contract, rt *contract.ResourceType) control.Kind {
	out := control.Kind{Name: rt.Name, States: []control.KindState{}, Transitions: []control.Transition{}, Failing: []control.FailingOf{}}
	lc := rt.Lifecycle
	if lc == nil {
		return out
	}
	var names []string
	for _, s := range lc.States {
		names = append(names, s.Name)
		out.States = append(out.States, control.KindState{Name: s.Name, Meaning: s.Meaning, Transient: lc.Passage(s.Name) != nil, Failed: lc.Fails(s.Name), Gone: s.Name == lc.Gone, Outside: s.Outside})
	}
	var arrows []diagram.Arrow
	for _, w := range lc.Ways() {
		out.Transitions = append(out.Transitions, control.Transition{From: w.From, On: w.On, To: w.To})
		arrows = append(arrows, diagram.Arrow{From: w.From, To: w.To, Label: w.On})
	}
	for _, event := range failableOf(rt) {
		f := control.FailingOf{Event: event, Codes: []string{}}
		for _, e := range played.Reasons(rt, event) {
			f.Codes = append(f.Codes, e.Ref)
		}
		out.Failing = append(out.Failing, f)
	}
	out.Drawing = drawingView(diagram.Draw(names, arrows))
	return out
}

// failableOf are the events whose transient state may fail, each once.
func failableOf(rt *contract.ResourceType) []string {
	var out []string
	for _, row := range rt.Lifecycle.Rows {
		for _, event := range row.On {
			if row.Fails != nil && !slices.Contains(out, event) {
				out = append(out, event)
			}
		}
	}
	return out
}

func drawingView(d *diagram.Drawing) *control.Drawing {
	if d == nil {
		return nil
	}
	out := &control.Drawing{Width: d.Width, Height: d.Height}
	for _, n := range d.Nodes {
		out.Nodes = append(out.Nodes, control.DrawnState(n))
	}
	for _, l := range d.Lines {
		line := control.DrawnArrows{From: l.From, To: l.To, Path: l.Path}
		for _, label := range l.Labels {
			line.Labels = append(line.Labels, control.DrawnLabel{X: label.X, Y: label.Y, Text: label.Text})
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}
