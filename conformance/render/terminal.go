package render

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/conformance"
)

// Lines wrap where the terminal ends, and at screenWidth at the latest; commands to copy do not wrap.
const (
	screenWidth = 100
	leastWidth  = 40
)

// The colours of a terminal, by what they are for.
const (
	bold   = "1"
	dim    = "2"
	red    = "1;31"
	green  = "1;32"
	yellow = "1;33"
	cyan   = "36"
)

// screen is a terminal's text being written.
type screen struct {
	strings.Builder
	colour bool
	width  int
}

// in gives text a colour. It must be plain already.
func (s *screen) in(style, text string) string {
	if !s.colour || style == "" || text == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

func (s *screen) line(text string) { s.WriteString(text + "\n") }

func (s *screen) heading(style, text string) {
	s.line("")
	for _, l := range wrap(text, s.width) {
		s.line(s.in(style, l))
	}
}

// para writes text that wraps, its first line after a label.
func (s *screen) para(indent int, label, style, text string) {
	if text == "" {
		return
	}
	hang := indent + columns(label)
	for i, l := range wrap(strings.TrimSpace(plain(text)), max(20, s.width-hang)) {
		if i == 0 {
			s.line(strings.Repeat(" ", indent) + s.in(dim, label) + s.in(style, l))
			continue
		}
		s.line(strings.TrimRight(strings.Repeat(" ", hang)+s.in(style, l), " "))
	}
}

// Terminal writes what a person needs to act: the verdict, what fails and how to see it again, what was
// not judged, how much was seen, and what was left behind. Lines are at most 100 columns wide.
func Terminal(w io.Writer, r *conformance.Report, colour bool) error {
	return TerminalWidth(w, r, colour, screenWidth)
}

// TerminalWidth is Terminal for a terminal of a width; one below 40 columns is taken to have 40.
func TerminalWidth(w io.Writer, r *conformance.Report, colour bool, width int) error {
	s := &screen{colour: colour, width: min(max(width, leastWidth), screenWidth)}
	s.verdict(r)
	s.findings(r)
	s.errors(r)
	s.warnings(r)
	s.known(r)
	s.notClaimed(r)
	s.notJudged(r)
	s.coverage(r)
	s.list("WRONG BESIDES", red, r.Wrong, 20)
	s.list("NOTES", "", r.Notes, 20)
	s.leftovers(r)
	_, err := io.WriteString(w, s.String())
	return err
}

func (s *screen) verdict(r *conformance.Report) {
	style := map[string]string{conformance.Conforms: green, conformance.Partial: yellow}[r.Verdict]
	head := oneLine(headline(r))
	for i, l := range wrap(head+": "+sentence(r), s.width) {
		if rest, ok := strings.CutPrefix(l, head); ok && i == 0 {
			l = s.in(cmp.Or(style, red), head) + rest
		}
		s.line(l)
	}
	s.para(0, "", "", rest(r))
	s.para(0, "", dim, against(r))
	s.para(0, "", dim, circumstances(r))
}

func (s *screen) findings(r *conformance.Report) {
	list := causes(r, failed)
	if len(list) == 0 {
		return
	}
	s.heading(red, fmt.Sprintf("FINDINGS (%d)", len(list)))
	for i, f := range list {
		s.line("")
		s.para(0, fmt.Sprintf("%d. ", i+1), bold, oneLine(f.Title))
		s.para(3, "check     ", cyan, f.Check)
		s.para(3, pad(string(f.Result.Level), 10), "", f.Requirement)
		for j, from := range f.Source {
			s.para(3, []string{"source    ", "          "}[min(j, 1)], "", from)
		}
		s.para(3, "contract  ", "", f.Location)
		for j, e := range f.Expected {
			s.para(3, []string{"expected  ", "or        "}[min(j, 1)], "", cut(e, 1000))
		}
		s.para(3, "got       ", red, cut(f.Actual, 1000))
		if e := telling(f.Result); e != nil {
			short := *e
			if _, path, ok := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(e.URL, "https://"), "http://"), "/"); ok {
				short.URL = "/" + path
			}
			s.para(3, "exchange  ", "", oneLine(ask(short)))
			if e.ResponseBody != "" {
				s.para(3, "          ", dim, fitWords(oneLine(cut(e.ResponseBody, 400)), 3*(s.width-13)))
			}
		}
		s.command("curl      ", f.Curl)
		s.command("rerun     ", f.Rerun)
		if len(f.Others) > 0 {
			s.para(3, "also      ", "", same(f.Others))
		}
	}
}

// command writes a line that is there to be copied, so it does not wrap.
func (s *screen) command(label, text string) {
	if text != "" {
		s.line("   " + s.in(dim, label) + s.in(cyan, strings.TrimSpace(plain(text))))
	}
}

// same names checks with the same cause, a few of many.
func same(ids []string) string {
	out := slices.Clone(ids[:min(len(ids), 4)])
	if more := len(ids) - len(out); more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(out, ", ")
}

func (s *screen) errors(r *conformance.Report) {
	list := with(r, errored)
	if len(list) == 0 {
		return
	}
	s.heading(red, fmt.Sprintf("COULD NOT BE RUN (%d): the runner's failure, not the target's", len(list)))
	for _, res := range list {
		s.para(2, res.ID+": ", "", cut(cmp.Or(res.Reason, "no reason was given"), 400))
		s.command("rerun  ", res.Rerun)
	}
}

func (s *screen) warnings(r *conformance.Report) {
	list := causes(r, warned)
	if len(list) == 0 {
		return
	}
	s.heading(yellow, fmt.Sprintf("WARNINGS (%d): requirements that follow from the pages but stand in none", len(list)))
	for _, f := range list {
		s.para(2, "SHOULD ", "", oneLine(f.Title))
		s.para(9, "", cyan, f.Check)
		s.para(9, "got ", "", cut(oneLine(f.Actual), 300))
		if len(f.Others) > 0 {
			s.para(9, "also ", "", same(f.Others))
		}
	}
}

func (s *screen) known(r *conformance.Report) {
	var items []string
	for _, res := range with(r, known) {
		items = append(items, res.ID+": "+res.Known)
	}
	s.list(fmt.Sprintf("KNOWN FAILURES (%d)", len(items)), "", items, 20)
}

func (s *screen) notClaimed(r *conformance.Report) {
	if len(r.NotClaimed) == 0 {
		return
	}
	s.heading(yellow, "NOT CLAIMED: checks that wait for what nobody gave")
	for _, c := range r.NotClaimed {
		s.para(2, "", "", need(c))
	}
}

// notJudged counts what was skipped by its reason.
func (s *screen) notJudged(r *conformance.Report) {
	counts, order := map[string]int{}, []string{}
	for _, res := range with(r, skipped) {
		if unclaimed(r, res) {
			continue
		}
		reason := cmp.Or(oneLine(res.Reason), "no reason was given")
		if counts[reason]++; counts[reason] == 1 {
			order = append(order, reason)
		}
	}
	slices.SortStableFunc(order, func(a, b string) int { return counts[b] - counts[a] })
	var items []string
	for _, reason := range order {
		items = append(items, fmt.Sprintf("%d × %s", counts[reason], cut(reason, 300)))
	}
	s.list("NOT JUDGED", "", items, 8)
}

func (s *screen) coverage(r *conformance.Report) {
	if len(r.Coverage.Parts) == 0 {
		return
	}
	s.heading(bold, "COVERAGE")
	name := 0
	for _, p := range r.Coverage.Parts {
		name = max(name, columns(oneLine(p.Name)))
	}
	name = min(name, 30)
	for _, p := range r.Coverage.Parts {
		bar := (percent(p) + 5) / 10
		style := green
		if p.Covered < p.Total {
			style, bar = yellow, min(bar, 9)
		}
		text := fmt.Sprintf("  %s  %s  %4d of %-4d %3d %%", pad(fit(oneLine(p.Name), name), name),
			s.in(style, strings.Repeat("█", bar))+strings.Repeat("░", 10-bar), p.Covered, p.Total, percent(p))
		if room := s.width - name - 35; len(p.Left) > 0 && room >= 10 {
			text += "  " + s.in(dim, fitWords(leftText(p), room))
		}
		s.line(text)
	}
}

func (s *screen) leftovers(r *conformance.Report) {
	if len(r.Leftovers) == 0 {
		return
	}
	s.list(fmt.Sprintf("LEFT BEHIND (%d): the run could not remove this, and it may cost money", len(r.Leftovers)), red, r.Leftovers, len(r.Leftovers))
}

func (s *screen) list(title, style string, items []string, limit int) {
	if len(items) == 0 {
		return
	}
	s.heading(cmp.Or(style, bold), title)
	for i, item := range items {
		if i == limit {
			s.line(fmt.Sprintf("  and %d more", len(items)-i))
			break
		}
		s.para(2, "", style, oneLine(item))
	}
}
