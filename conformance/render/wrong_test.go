package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/conformance"
)

// quiet is a report in which every check passes.
func quiet() *conformance.Report {
	return &conformance.Report{Version: conformance.ReportVersion, Verdict: conformance.Conforms, Contract: conformance.ContractInfo{Title: "T", File: "openapi.yaml"},
		Counts:   conformance.Counts{Planned: 2, Checks: 2, Passed: 2},
		Results:  []conformance.Result{{ID: "a", Suite: "list", Level: conformance.Must}, {ID: "b", Suite: "list", Level: conformance.Must}},
		Coverage: conformance.Coverage{Parts: []conformance.CoveragePart{{Name: "rules", Covered: 1, Total: 4, Left: []string{"x: not walked"}}, {Name: "empty"}}}}
}

// What fails a run besides its checks is told in every format: in the first line, and as a failure that a machine
// counts.
func TestWrongIsTold(t *testing.T) {
	r := quiet()
	if low := r.DemandCoverage(25); len(low) > 0 || r.Verdict != conformance.Conforms || r.Wrong != nil {
		t.Errorf("%v %s", low, r.Verdict)
	}
	const text = "coverage of rules is 25.0% (1 of 4), below 50%"
	if low := r.DemandCoverage(50); len(low) != 1 || low[0] != text || r.Verdict != conformance.Findings {
		t.Errorf("%v %s", low, r.Verdict)
	}
	for _, format := range Formats() {
		if got := string(written(t, format, r)); !strings.Contains(got, text) {
			t.Errorf("%s does not say it: %s", format, got)
		}
	}
	if got := headline(r) + ": " + sentence(r); got != "FINDINGS: no check fails; "+text {
		t.Error(got)
	}
	var suites struct {
		Failures int `xml:"failures,attr"`
		Tests    int `xml:"tests,attr"`
	}
	if err := xml.Unmarshal(written(t, "junit", r), &suites); err != nil || suites.Failures != 1 || suites.Tests != 3 {
		t.Errorf("%v %+v", err, suites)
	}
	var log struct {
		Runs []struct{ Results []struct{ Level string } }
	}
	if err := json.Unmarshal(written(t, "sarif", r), &log); err != nil || len(log.Runs[0].Results) != 1 || log.Runs[0].Results[0].Level != "error" {
		t.Errorf("%v %+v", err, log)
	}
}

// The first line tells how much of the plan was judged, and when the run ended early.
func TestSentence(t *testing.T) {
	fail := []conformance.Result{{ID: "a", Level: conformance.Must, Verdict: conformance.Fail}}
	for _, row := range []struct {
		r    conformance.Report
		want string
	}{
		{conformance.Report{Verdict: conformance.Partial, Counts: conformance.Counts{Planned: 878, Checks: 57, Passed: 15, Skipped: 42}},
			"nothing fails, but of 878 checks only 15 could be judged"},
		{conformance.Report{Verdict: conformance.Findings, Results: fail, Counts: conformance.Counts{Planned: 878, Checks: 3, Passed: 2, Failed: 1}},
			"1 of 3 checks fails, from 1 cause; the run ended early: of 878 checks planned, 875 did not run"},
		{conformance.Report{Verdict: conformance.Findings, Results: fail, Counts: conformance.Counts{Planned: 1, Checks: 1, Failed: 1}},
			"the check fails, from 1 cause"},
		{conformance.Report{Verdict: conformance.Conforms, Counts: conformance.Counts{Planned: 1, Checks: 1, Passed: 1}}, "the check passed"},
		{conformance.Report{Verdict: conformance.Conforms, Counts: conformance.Counts{Checks: 4, Passed: 3, Skipped: 1}}, "3 of 4 checks passed"},
	} {
		if got := sentence(&row.r); got != row.want {
			t.Errorf("%q, want %q", got, row.want)
		}
	}
}

// What is out of reach is not said to be left.
func TestLeftText(t *testing.T) {
	for _, row := range []struct {
		p    conformance.CoveragePart
		want string
	}{
		{conformance.CoveragePart{Covered: 32, Total: 32, Left: []string{"a: no way", "b: no way"}}, "2 not reachable: a: no way, …"},
		{conformance.CoveragePart{Covered: 1, Total: 3, Left: []string{"a: x", "b: x", "c: x"}}, "2 left, 1 not reachable: a: x, …"},
		{conformance.CoveragePart{Covered: 1, Total: 2, Left: []string{"a: x"}}, "1 left: a: x"},
		{conformance.CoveragePart{Covered: 1, Total: 1}, ""},
	} {
		if got := leftText(row.p); got != row.want {
			t.Errorf("%q, want %q", got, row.want)
		}
	}
}

// Lines fit the terminal that there is.
func TestTerminalWidth(t *testing.T) {
	for _, width := range []int{50, 80, 100, 1000} {
		var b bytes.Buffer
		if err := TerminalWidth(&b, sample(), false, width); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(b.String(), "\n") {
			label := strings.TrimSpace(line)
			if columns(line) > min(width, screenWidth) && !strings.HasPrefix(label, "curl") && !strings.HasPrefix(label, "rerun") {
				t.Errorf("%d: %d columns: %s", width, columns(line), line)
			}
		}
	}
}

// A text is cut after a word, unless that would cost too much.
func TestFitWords(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{"short", "short"}, {"one two three four", "one two…"}, {"one twothreefour", "one twoth…"},
	} {
		if got := fitWords(row.in, 10); got != row.want {
			t.Errorf("%q, want %q", got, row.want)
		}
	}
}
