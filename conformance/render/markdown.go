package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/internal/safetext"
)

// markdownMax is what a step summary may weigh; GitHub refuses more than 1 MiB.
const markdownMax = 900 << 10

// markdownTail is what everything besides the findings may weigh.
const markdownTail = 200 << 10

// pile collects blocks up to a size and counts those that no longer fit.
type pile struct {
	strings.Builder
	max, out int
}

func (p *pile) block(format string, args ...any) {
	if s := fmt.Sprintf(format, args...); p.Len()+len(s) <= p.max {
		p.WriteString(s)
		return
	}
	p.out++
}

// left says what did not fit.
func (p *pile) left(what string) {
	if p.out > 0 {
		p.max += 200
		p.block("\n_%d more %s are left out here; the JSON report has them all._\n\n", p.out, what)
	}
	p.out = 0
}

// Markdown writes a summary for a CI step, of 900 KB at most.
func Markdown(w io.Writer, r *conformance.Report) error {
	tail := &pile{max: markdownTail}
	markdownQuiet(tail, r)
	markdownCoverage(tail, r)
	markdownRest(tail, r)
	tail.left("lines")
	body := &pile{max: markdownMax - tail.Len() - 1000}
	sign := map[string]string{conformance.Conforms: "✅", conformance.Findings: "❌", conformance.Partial: "⚠️"}[r.Verdict]
	body.block("## %s\n\n", strings.TrimSpace(sign+" "+md(headline(r)+": "+sentence(r))))
	body.block("%s.  \n%s, %s.\n\n", md(against(r)), r.Started.UTC().Format("2006-01-02 15:04 UTC"), md(circumstances(r)))
	if len(r.Leftovers) > 0 {
		body.block("> [!CAUTION]\n> The run could not remove %s; see below.\n\n", count(len(r.Leftovers), "instance", "instances"))
	}
	c := r.Counts
	body.block("| checks | passed | failed | warnings | known | not judged | errors |\n|--:|--:|--:|--:|--:|--:|--:|\n"+
		"| %d | %d | %d | %d | %d | %d | %d |\n\n", c.Checks, c.Passed, c.Failed, c.Warned, c.Known, c.Skipped, c.Errors)
	for _, part := range []struct {
		outcome outcome
		title   string
	}{{failed, "Findings"}, {errored, "Could not be run"}, {warned, "Warnings (SHOULD)"}} {
		if list := causes(r, part.outcome); len(list) > 0 {
			body.block("### %s\n\n", part.title)
			for _, f := range list {
				body.block("%s", markdownFinding(f))
			}
			body.left("findings")
		}
	}
	_, err := fmt.Fprint(w, strings.TrimRight(body.String()+tail.String(), "\n"), "\n")
	return err
}

func markdownFinding(f cause) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<details><summary><b>%s</b> %s <code>%s</code></summary>\n\n", f.Result.Level, md(cut(f.Title, 300)), md(f.Check))
	item := func(label, text string) {
		if text != "" {
			fmt.Fprintf(&b, "- **%s:** %s\n", label, text)
		}
	}
	item("Requirement", md(f.Requirement))
	for _, s := range f.Source {
		item("Source", md(s))
	}
	item("Contract", code(f.Location))
	for i, e := range f.Expected {
		item([]string{"Expected", "or"}[min(i, 1)], md(cut(e, 1000)))
	}
	item("Actual", md(cut(f.Actual, 2000)))
	item("Reason", md(cut(f.Reason, 1000)))
	if len(f.Others) > 0 {
		var ids []string
		for _, id := range f.Others[:min(len(f.Others), 20)] {
			ids = append(ids, code(id))
		}
		item(fmt.Sprintf("Same cause (%d)", len(f.Others)), strings.Join(ids, ", "))
	}
	b.WriteString("\n")
	if e := telling(f.Result); e != nil {
		exchange := ask(*e) + "\n"
		if e.RequestBody != "" {
			exchange += "\n" + cut(e.RequestBody, 2000) + "\n"
		}
		if e.ResponseBody != "" {
			exchange += "\n" + cut(e.ResponseBody, 2000) + "\n"
		}
		b.WriteString(fence("http", exchange))
	}
	if f.Curl != "" || f.Rerun != "" {
		b.WriteString(fence("sh", strings.TrimSpace(cut(f.Curl, 4000)+"\n"+f.Rerun)))
	}
	b.WriteString("</details>\n\n")
	return b.String()
}

// markdownQuiet lists what is neither a finding nor passed.
func markdownQuiet(p *pile, r *conformance.Report) {
	if list := with(r, known); len(list) > 0 {
		p.block("### Known failures\n\n| check | reason |\n|---|---|\n")
		for _, res := range list {
			p.block("| %s | %s |\n", code(res.ID), md(cut(res.Known, 300)))
		}
		p.block("\n")
	}
	if len(r.NotClaimed) > 0 {
		p.block("### Not claimed: checks that wait for what nobody gave\n\n")
		for _, c := range r.NotClaimed {
			p.block("- %s\n", md(need(c)))
		}
		p.block("\n")
	}
	if list := with(r, skipped); len(list) > 0 {
		p.block("<details><summary>Not judged (%d)</summary>\n\n| check | reason |\n|---|---|\n", len(list))
		for i, res := range list {
			if i == 200 {
				p.block("| … | and %d more |\n", len(list)-i)
				break
			}
			p.block("| %s | %s |\n", code(res.ID), md(cut(res.Reason, 300)))
		}
		p.block("\n</details>\n\n")
	}
}

func markdownCoverage(p *pile, r *conformance.Report) {
	if len(r.Coverage.Parts) == 0 {
		return
	}
	p.block("### Coverage\n\n| part | covered | of | | left |\n|---|--:|--:|--:|---|\n")
	for _, c := range r.Coverage.Parts {
		var left []string
		for i, l := range c.Left {
			if i == 5 {
				left = append(left, fmt.Sprintf("and %d more", len(c.Left)-i))
				break
			}
			left = append(left, md(cut(l, 200)))
		}
		p.block("| %s | %d | %d | %d %% | %s |\n", md(c.Name), c.Covered, c.Total, percent(c), strings.Join(left, "<br>"))
	}
	p.block("\n")
}

func markdownRest(p *pile, r *conformance.Report) {
	list := func(title string, items []string) {
		if len(items) > 0 {
			p.block("### %s\n\n", title)
			for _, s := range items {
				p.block("- %s\n", md(cut(s, 500)))
			}
			p.block("\n")
		}
	}
	list("Left behind on the target", r.Leftovers)
	var choices []string
	for _, c := range r.Choices {
		choices = append(choices, fmt.Sprintf("%s: %s, of %s", c.Check, c.Took, c.Of))
	}
	list("Choices that the target takes", choices)
	list("Wrong besides", r.Wrong)
	list("Notes", r.Notes)
}

// md is text on one line in which nothing means anything to Markdown or HTML.
func md(s string) string { return safetext.Markdown(s) }

// code is a code span on one line. It is HTML, for a span of backticks has no way to write a bar in a table.
func code(s string) string {
	if s = oneLine(s); s == "" {
		return ""
	}
	return "<code>" + safetext.Markdown(s) + "</code>"
}

// fence is a block of code that its text cannot close.
func fence(language, text string) string {
	run, longest := 0, 2
	for _, r := range text {
		if run++; r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	ticks := strings.Repeat("`", longest+1)
	return ticks + language + "\n" + plain(text) + "\n" + ticks + "\n\n"
}
