package render

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tallystick/tallystick/conformance"
)

// redrawEvery is the shortest time between two drawings on a terminal.
const redrawEvery = 100 * time.Millisecond

// ProgressBar shows where a run stands: on a terminal as one line that is drawn over, elsewhere as a plain
// line for every tenth. It is for one goroutine.
type ProgressBar struct {
	Now  func() time.Time // nil = time.Now
	What string           // is counted, such as runs, of which none passes or fails; "" for checks

	w     io.Writer
	tty   bool
	width int
	drawn time.Time
	shown bool
	tenth int
}

// NewProgressBar gives a bar for a terminal of a width (0 = 80), or for what is none.
func NewProgressBar(w io.Writer, tty bool, width int) *ProgressBar {
	if width <= 0 {
		width = 80
	}
	return &ProgressBar{w: w, tty: tty, width: width}
}

// Update shows a state of the run. What cannot be written is not shown: progress is no reason to fail.
func (b *ProgressBar) Update(p conformance.Progress) {
	if p.Total <= 0 {
		return
	}
	if !b.tty {
		b.plain(p)
		return
	}
	now := time.Now
	if b.Now != nil {
		now = b.Now
	}
	if t := now(); b.drawn.IsZero() || t.Sub(b.drawn) >= redrawEvery {
		b.drawn, b.shown = t, true
		_, _ = fmt.Fprint(b.w, "\r\x1b[2K", b.text(p))
	}
}

// Done takes the line away again; what follows starts on a clean one.
func (b *ProgressBar) Done() {
	if b.shown {
		_, _ = io.WriteString(b.w, "\r\x1b[2K")
		b.shown = false
	}
}

// text is the line for a terminal, one column short of its width so that it never wraps.
func (b *ProgressBar) text(p conformance.Progress) string {
	done := max(0, min(p.Done, p.Total))
	full := done * 20 / p.Total
	line := fmt.Sprintf("%s%s %d/%d", strings.Repeat("█", full), strings.Repeat("░", 20-full), done, p.Total)
	if p.Failed > 0 {
		line += fmt.Sprintf(" %d failed", p.Failed)
	}
	if p.Check != "" {
		line += " " + oneLine(p.Check)
	}
	return fit(line, max(1, b.width-1))
}

func (b *ProgressBar) plain(p conformance.Progress) {
	tenth := max(0, min(p.Done, p.Total)) * 10 / p.Total
	if tenth <= b.tenth {
		return
	}
	b.tenth = tenth
	line := fmt.Sprintf("%d of %d checks, %d passed, %d failed", p.Done, p.Total, p.Passed, p.Failed)
	if b.What != "" {
		line = fmt.Sprintf("%d of %d %s", p.Done, p.Total, b.What)
	}
	if p.Check != "" {
		line += ", next " + oneLine(p.Check)
	}
	_, _ = fmt.Fprintln(b.w, line)
}
