package render

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/conformance"
)

// TestMarkdownIsBounded: however much fails, the summary fits and stays whole.
func TestMarkdownIsBounded(t *testing.T) {
	r := sample()
	r.Findings = nil
	for i := range 3000 {
		res := r.Results[1]
		res.ID = fmt.Sprintf("many/%d", i)
		r.Results = append(r.Results, res)
		r.Notes = append(r.Notes, strings.Repeat(hostileMD, 20))
	}
	got := string(written(t, "markdown", r))
	if len(got) > markdownMax {
		t.Errorf("%d bytes", len(got))
	}
	if strings.Count(outsideFences(got), "<details>") != strings.Count(outsideFences(got), "</details>") {
		t.Error("a <details> is left open")
	}
	for _, want := range []string{"more findings are left out here", "more lines are left out here", "### Coverage", "### Left behind on the target"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// outsideFences removes blocks of code, as Markdown reads them.
func outsideFences(s string) string {
	var out []string
	fence := ""
	for _, line := range strings.Split(s, "\n") {
		ticks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence == "" && len(ticks) >= 3:
			fence = ticks
		case fence != "" && len(ticks) >= len(fence) && strings.Trim(line, "`") == "":
			fence = ""
		case fence == "":
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// TestMarkdownIsInert: outside blocks of code nothing of the target means anything.
func TestMarkdownIsInert(t *testing.T) {
	r := sample()
	r.Notes = append(r.Notes, hostileMD, hostileScript, hostileXML)
	r.NotClaimed = append(r.NotClaimed, conformance.Claim{What: hostileMD, Takes: hostileScript})
	r.Coverage.Parts[0].Left = []string{hostileMD}
	text := outsideFences(string(written(t, "markdown", r)))
	for _, bad := range []string{"<script", "<img", "](", "**bold", "@all", "\n# heading", "javascript:", "https://example.invalid", "` ``"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q is alive: %s", bad, around([]byte(text), strings.Index(text, bad)))
		}
	}
	tags := regexp.MustCompile(`<[a-z/!][^>]*>`).FindAllString(text, -1)
	for _, tag := range tags {
		switch tag {
		case "<details>", "</details>", "<summary>", "</summary>", "<b>", "</b>", "<code>", "</code>", "<br>":
		default:
			t.Errorf("tag %s", tag)
		}
	}
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "| ") && strings.Contains(line, "example") && strings.Count(line, "|") > 6 {
			t.Errorf("a row with more cells than the table: %s", line)
		}
	}
}

func TestFence(t *testing.T) {
	for text, want := range map[string]string{"a": "```sh\na\n```\n\n", "a\n````\n": "`````sh\na\n````\n\n`````\n\n"} {
		if got := fence("sh", text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestPageIsInert looks without a browser: the only script and style are our own, and nothing loads.
func TestPageIsInert(t *testing.T) {
	text := string(written(t, "html", sample()))
	for what, want := range map[string]int{"<script": 1, "<style": 1, "<img": 0, "<iframe": 0, "<object": 0, "style=": 0, "src=\"": 0} {
		if got := strings.Count(text, what); got != want {
			t.Errorf("%s is there %d times, want %d", what, got, want)
		}
	}
	for _, href := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(href[1], "#") && href[1] != "data:," {
			t.Errorf("a link to %s", href[1])
		}
	}
}
