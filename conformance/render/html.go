package render

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/conformance"
)

//go:embed page
var pageFiles embed.FS

// shownBody is how much of a body the page shows; the JSON report has all of it.
const shownBody = 16 << 10

var pageTemplate = template.Must(template.New("report.gohtml").Funcs(template.FuncMap{
	"plain": plain, "one": oneLine, "span": span, "ask": ask, "percent": percent, "count": count, "body": shown, "headers": headerLines, "need": need,
}).ParseFS(pageFiles, "page/report.gohtml"))

var pageStyle, pageScript = pageFile("page/style.css"), pageFile("page/script.js")

func pageFile(name string) string {
	data, err := pageFiles.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(data)
}

// page is what the template shows.
type page struct {
	*conformance.Report
	Headline, Sentence, Against, Circumstances, Class string
	Style                                             template.CSS
	Script                                            template.JS
	Policy                                            string
	Cards                                             []pageCard
	Failed, Errored, Warned                           []pageCause
	Grid                                              []pageRow
	Legend                                            []pageLegend
	Diagram                                           *drawing
	Checks                                            []pageCheck
	Suites                                            []string
	Outcomes                                          []outcome
}

type pageCard struct {
	Name    string
	N       int
	Outcome outcome // "" for all
}

type pageCause struct {
	cause
	Anchor string
	Same   []pageLink
	Open   bool
}

type pageLink struct{ ID, Anchor string }

type pageRow struct {
	State string
	Cells []pageCell
}

type pageCell struct {
	Class, Sign, Text, Anchor string
}

type pageLegend struct{ Class, Sign, Text string }

type pageCheck struct {
	*conformance.Result
	Anchor  string
	Outcome outcome
	Finding string // anchor of the finding that shows it; ""
}

// legend says what a cell may hold, and how it looks besides its colour.
var legend = []pageLegend{{"pass", "✓", "as demanded"}, {"fail", "✗", "not as demanded"}, {"skipped", "–", "not judged"},
	{"unreachable", "∅", "state cannot be reached from outside"}, {"unchecked", "·", "nothing is demanded, or it was not selected"}}

// HTML writes one file that needs no other: style, script and data are in it, and its policy forbids
// every request.
func HTML(w io.Writer, r *conformance.Report) error {
	p := &page{Report: r, Headline: headline(r), Sentence: sentence(r), Against: against(r), Circumstances: circumstances(r), Class: r.Verdict,
		Style: template.CSS(pageStyle), Script: template.JS(pageScript), // our own files
		Policy: fmt.Sprintf("default-src 'none'; img-src data:; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", digest(pageStyle), digest(pageScript)),
		Suites: suitesOf(r), Outcomes: outcomes, Legend: legend, Diagram: drawLifecycle(r.Coverage.Grid.States, r.Coverage.Transitions)}
	c := r.Counts
	p.Cards = []pageCard{{"checks", c.Checks, ""}, {"passed", c.Passed, passed}, {"failed", c.Failed, failed}, {"errors", c.Errors, errored},
		{"warnings", c.Warned, warned}, {"known failures", c.Known, known}, {"not judged", c.Skipped, skipped}}
	anchors := map[string]string{}
	for i := range r.Results {
		anchors[r.Results[i].ID] = fmt.Sprintf("check-%d", i+1)
	}
	inFinding := map[string]string{}
	p.Failed = p.causesOf(failed, anchors, inFinding)
	p.Errored = p.causesOf(errored, anchors, inFinding)
	p.Warned = p.causesOf(warned, anchors, inFinding)
	for i := range r.Results {
		res := &r.Results[i]
		p.Checks = append(p.Checks, pageCheck{res, anchors[res.ID], outcomeOf(r, res), inFinding[res.ID]})
	}
	p.grid(anchors)
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return fmt.Errorf("html: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (p *page) causesOf(o outcome, anchors, inFinding map[string]string) []pageCause {
	var out []pageCause
	for i, c := range causes(p.Report, o) {
		pc := pageCause{cause: c, Anchor: fmt.Sprintf("%s-%d", o, i+1), Open: i == 0 && o == failed}
		inFinding[c.Check] = pc.Anchor
		for _, id := range c.Others {
			pc.Same = append(pc.Same, pageLink{id, anchors[id]})
		}
		out = append(out, pc)
	}
	return out
}

// grid finds for each cell the checks that are about it: their ids hold the state and then the event.
func (p *page) grid(anchors map[string]string) {
	about := map[string]*conformance.Result{}
	for i := range p.Results {
		res := &p.Results[i]
		parts := strings.Split(res.ID, "/")
		for j := range len(parts) - 1 {
			key := parts[j] + "/" + parts[j+1]
			if old := about[key]; old == nil || old.Verdict < res.Verdict {
				about[key] = res
			}
		}
	}
	g := p.Coverage.Grid
	for i, cells := range g.Cells[:min(len(g.Cells), len(g.States))] {
		row := pageRow{State: g.States[i]}
		for j, cell := range cells[:min(len(cells), len(g.Events))] {
			k := max(0, slices.IndexFunc(legend, func(l pageLegend) bool { return l.Class == cell }))
			if legend[k].Class != cell {
				k = len(legend) - 1
			}
			c := pageCell{Class: legend[k].Class, Sign: legend[k].Sign,
				Text: fmt.Sprintf("%s × %s: %s", oneLine(g.States[i]), oneLine(g.Events[j]), legend[k].Text)}
			if res := about[g.States[i]+"/"+g.Events[j]]; res != nil {
				c.Anchor = anchors[res.ID]
				c.Text += " (" + oneLine(res.ID) + ")"
			}
			row.Cells = append(row.Cells, c)
		}
		p.Grid = append(p.Grid, row)
	}
}

// shown is a body for people: JSON is indented, and a long one is cut.
func shown(s string) string {
	var b bytes.Buffer
	if len(s) <= shownBody && json.Indent(&b, []byte(s), "", "  ") == nil {
		s = b.String()
	}
	return plain(cut(s, shownBody))
}

func headerLines(h map[string][]string) string {
	var out []string
	for name, values := range h {
		for _, v := range values {
			out = append(out, oneLine(cmp.Or(name, "?")+": "+v))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}
