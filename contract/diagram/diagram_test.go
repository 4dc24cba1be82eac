package diagram

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// loop is a small machine with everything that is hard to draw: a cycle, two arrows between the same states, a
// long way round, and a state that leads to itself.
var loop = []Arrow{{"", "new", "create"}, {"new", "on", "start"}, {"on", "off", "stop"}, {"off", "on", "start"}, {"on", "off", "timer"}, {"off", "gone", "delete"},
	{"new", "gone", "delete"}, {"on", "on", "touch"}, {"on", "gone", "delete"}}

func TestDraw(t *testing.T) {
	d := Draw([]string{"new", "on", "off", "gone", "never"}, loop)
	names := map[string]bool{}
	for i, n := range d.Nodes {
		names[n.Name] = true
		if n.X-n.W/2 < 0 || n.X+n.W/2 > d.Width || n.Y-n.H/2 < 0 || n.Y+n.H/2 > d.Height {
			t.Errorf("%+v is not within %d × %d", n, d.Width, d.Height)
		}
		for _, o := range d.Nodes[:i] {
			if 2*abs(n.X-o.X) < n.W+o.W && 2*abs(n.Y-o.Y) < n.H+o.H {
				t.Errorf("%+v covers %+v", n, o)
			}
		}
	}
	if len(names) != 5 || names["never"] || !names[""] {
		t.Errorf("drawn are %v, want the start and the four states that an arrow touches", names)
	}
	var labels []Label
	for _, l := range d.Lines {
		if !strings.HasPrefix(l.Path, "M") || l.From == l.To {
			t.Errorf("%+v", l)
		}
		for _, label := range l.Labels {
			if a := loop[label.Arrow]; a.From != l.From || a.To != l.To || a.Label != label.Text {
				t.Errorf("label %+v stands at %s → %s, want at %+v", label, l.From, l.To, a)
			}
		}
		labels = append(labels, l.Labels...)
	}
	if len(d.Lines) != len(loop)-2 || len(labels) != len(loop)-1 {
		t.Errorf("%d lines with %d labels", len(d.Lines), len(labels))
	}
	for i, l := range labels {
		for _, o := range labels[:i] {
			if l.Y == o.Y && 2*abs(l.X-o.X) < int(width(l.Text)*0.8+width(o.Text)*0.8) {
				t.Errorf("label %+v covers %+v", l, o)
			}
		}
	}
	if again := Draw([]string{"new", "on", "off", "gone", "never"}, loop); !reflect.DeepEqual(d, again) {
		t.Error("the same machine is drawn in two ways")
	}
}

func abs(n int) int { return max(n, -n) }

func TestDrawOfNothing(t *testing.T) {
	var many []Arrow
	for i := range MaxArrows + 1 {
		many = append(many, Arrow{fmt.Sprint("s", i), fmt.Sprint("s", i+1), "go"})
	}
	for name, arrows := range map[string][]Arrow{"none": nil, "to itself": {{"a", "a", "go"}}, "too many": many} {
		if d := Draw([]string{"a"}, arrows); d != nil {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestColumns(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "é": 1, "e\u0301": 1, "笔记": 4, "→": 1} {
		if got := Columns(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}
