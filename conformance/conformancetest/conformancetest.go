// Package conformancetest holds a server to a contract inside go test: one subtest for each check. It is
// apart from package conformance, so that programs do not get the flags of go test.
package conformancetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
)

// Test runs the checks and reports each as a subtest with the name of its id: a failed MUST fails, a failed
// SHOULD is logged, what was not judged is skipped. The test itself fails for what is about no check: a
// target that cannot be judged, a run that judged only a part, and instances that are left behind. The
// report is nil when nothing could be judged.
func Test(t *testing.T, c *contract.Contract, target conformance.Target, opts ...conformance.Option) *conformance.Report {
	t.Helper()
	report, err := conformance.Run(t.Context(), c, target, opts...)
	if err != nil {
		t.Error(err)
		return nil
	}
	for _, res := range report.Results {
		t.Run(res.ID, func(t *testing.T) { one(t, res, report.Strict) })
	}
	for _, note := range report.Notes {
		t.Log(note)
	}
	for _, id := range report.Leftovers {
		t.Errorf("%s could not be removed", id)
	}
	if report.Verdict != conformance.Conforms && !t.Failed() {
		t.Errorf("the verdict is %s", report.Verdict)
	}
	return report
}

// one reports a result.
func one(t *testing.T, res conformance.Result, strict bool) {
	t.Helper()
	switch {
	case res.Verdict == conformance.Pass:
	case res.Verdict == conformance.Skipped:
		t.Skip(res.Reason)
	case res.Verdict == conformance.Errored:
		t.Error(res.Reason)
	case res.Known != "":
		t.Skip("known: " + res.Known)
	case res.Level == conformance.Must || strict:
		t.Error(describe(res))
	default:
		t.Log(describe(res))
	}
}

// describe is a failure in words.
func describe(res conformance.Result) string {
	text := fmt.Sprintf("%s: %s\n  want %s\n  got  %s\n  from %s", res.Level, res.Requirement, strings.Join(res.Expected, " or "), res.Actual,
		strings.Join(append([]string{res.Location}, res.Source...), ", "))
	for _, line := range []string{res.Curl, res.Rerun} {
		if line != "" {
			text += "\n  " + line
		}
	}
	return text
}
