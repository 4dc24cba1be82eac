package conformance_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/conformance/internal/otherserver"
	"github.com/tallystick/tallystick/contract"
)

const otherProject = "e9993fc787d94b6c886cbaa340f9c0f4"

// other is the hand-written server, with everything that a user can claim.
func other(t testing.TB, faults ...string) conformance.Target {
	t.Helper()
	planted := map[string]bool{}
	for _, f := range faults {
		planted[f] = true
	}
	d := 30 * time.Millisecond
	srv := httptest.NewServer(otherserver.New(otherserver.Options{Token: "test-token", Project: project, SecondToken: "other-token", SecondProject: otherProject,
		Durations: otherserver.Durations{Creating: d, Starting: d, Stopping: d, Restarting: d, Queuing: d}, Faults: planted}))
	t.Cleanup(srv.Close)
	return conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Token: "test-token"},
		Second: &conformance.Credentials{Project: otherProject, Token: "other-token"}}
}

func TestOtherServerConforms(t *testing.T) {
	begin := time.Now()
	report, err := conformance.Run(context.Background(), contract.Default(), other(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Errorf("%s %s: %s (and %d more: %v)", f.Level, f.Check, f.Title, len(f.Others), f.Others)
	}
	for _, res := range report.Results {
		if res.Verdict == conformance.Skipped || res.Verdict == conformance.Errored {
			t.Logf("%s %s: %s", res.Verdict, res.ID, res.Reason)
		}
	}
	t.Logf("%s %+v %v exchanges %d notes %v left %v", report.Verdict, report.Counts, time.Since(begin), report.Exchanges, report.Notes, report.Leftovers)
}
