package render

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tallystick/tallystick/conformance"
)

// The shape is what the schemas that are in use for JUnit agree on: readers differ in what they demand.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		ID         int             `xml:"id,attr"`
		Package    string          `xml:"package,attr"`
		Name       string          `xml:"name,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Hostname   string          `xml:"hostname,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
		Out        string          `xml:"system-out"`
		Err        string          `xml:"system-err"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name      string       `xml:"name,attr"`
		ClassName string       `xml:"classname,attr"`
		Time      string       `xml:"time,attr"`
		Skipped   *junitReason `xml:"skipped"`
		Failure   *junitReason `xml:"failure"`
		Error     *junitReason `xml:"error"`
	}
	junitReason struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes one testsuite for each suite and one testcase for each check. A warning and a known failure
// are skipped, with the reason as the message.
func JUnit(w io.Writer, r *conformance.Report) error {
	all := junitSuites{Name: "tallystick", Suites: []junitSuite{}}
	var took conformance.Duration
	for i, name := range suitesOf(r) {
		suite, sum := junitSuiteOf(r, name)
		suite.ID = i
		took += sum
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Errors += suite.Errors
		all.Suites = append(all.Suites, suite)
	}
	if len(r.Wrong) > 0 {
		suite := junitWrong(r)
		suite.ID = len(all.Suites)
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Suites = append(all.Suites, suite)
	}
	all.Time = seconds(took)
	data, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("junit: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, data)
	return err
}

// junitWrong is a testsuite of what fails the run besides its checks.
func junitWrong(r *conformance.Report) junitSuite {
	s := junitHead(r, "run")
	s.Time = seconds(0)
	for i, text := range r.Wrong {
		text = xmlText(plain(text))
		s.Cases = append(s.Cases, junitCase{Name: fmt.Sprintf("run/wrong-%d", i+1), ClassName: "run", Time: seconds(0),
			Failure: &junitReason{Message: oneLine(text), Type: "run", Text: text}})
	}
	s.Tests, s.Failures = len(r.Wrong), len(r.Wrong)
	return s
}

// junitHead is a testsuite without its testcases.
func junitHead(r *conformance.Report, name string) junitSuite {
	s := junitSuite{Package: "tallystick", Name: cmp.Or(xmlText(name), "checks"), Hostname: "localhost",
		Timestamp: r.Started.UTC().Truncate(time.Second).Format("2006-01-02T15:04:05")}
	for _, p := range [][2]string{{"target", r.Target}, {"contract", strings.TrimSpace(r.Contract.Title + " " + r.Contract.Version)},
		{"contract-sha256", r.Contract.SHA256}, {"verdict", r.Verdict}, {"seed", fmt.Sprint(r.Seed)}, {"strict", fmt.Sprint(r.Strict)}} {
		s.Properties = append(s.Properties, junitProperty{p[0], xmlText(p[1])})
	}
	if r.Shard != nil {
		s.Properties = append(s.Properties, junitProperty{"shard", shardOf(r.Shard)})
	}
	return s
}

func junitSuiteOf(r *conformance.Report, name string) (junitSuite, conformance.Duration) {
	s := junitHead(r, name)
	var took conformance.Duration
	for i := range r.Results {
		res := &r.Results[i]
		if res.Suite != name {
			continue
		}
		took += max(0, res.Took)
		s.Tests++
		c := junitCase{Name: xmlText(res.ID), Time: seconds(res.Took),
			ClassName: xmlText(strings.TrimSuffix(res.Suite+"/"+res.Operation, "/"))}
		reason := &junitReason{Message: xmlText(oneLine(junitMessage(r, res))), Text: xmlText(account(res))}
		switch outcomeOf(r, res) {
		case failed:
			s.Failures++
			reason.Type = string(res.Level)
			c.Failure = reason
		case errored:
			s.Errors++
			reason.Type = "runner"
			c.Error = reason
		case warned, known, skipped:
			s.Skipped++
			c.Skipped = reason
		}
		s.Cases = append(s.Cases, c)
	}
	s.Time = seconds(took)
	return s, took
}

func junitMessage(r *conformance.Report, res *conformance.Result) string {
	switch outcomeOf(r, res) {
	case known:
		return "known failure: " + res.Known
	case warned:
		return "SHOULD: " + cut(cmp.Or(res.Actual, res.Requirement), 400)
	case skipped, errored:
		return cut(cmp.Or(res.Reason, "no reason was given"), 400)
	}
	return cut(cmp.Or(res.Actual, res.Requirement), 400)
}

// account is everything about a check that is not passed, in lines.
func account(res *conformance.Result) string {
	var b strings.Builder
	line := func(label, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%s: %s\n", label, plain(cut(text, 8000)))
		}
	}
	line("Requirement", string(res.Level)+": "+res.Requirement)
	for _, s := range res.Source {
		line("Source", s)
	}
	line("Contract", res.Location)
	for i, e := range res.Expected {
		label := "Expected"
		if i > 0 {
			label = "or"
		}
		line(label, e)
	}
	line("Actual", res.Actual)
	line("Reason", res.Reason)
	line("Known", res.Known)
	if e := telling(res); e != nil {
		line("Exchange", ask(*e))
		line("Answer", cut(e.ResponseBody, 2000))
	}
	line("Curl", res.Curl)
	line("Rerun", res.Rerun)
	return b.String()
}

// xmlText drops what XML 1.0 has no way to write.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', 0x20 <= r && r <= 0xD7FF, 0xE000 <= r && r <= 0xFFFD, 0x10000 <= r && r <= 0x10FFFF:
			return r
		}
		return -1
	}, s)
}
