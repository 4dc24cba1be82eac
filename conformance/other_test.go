package conformance_test

import (
	"context"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
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
	return hasty(t, 30*time.Millisecond, faults...)
}

// hasty is the hand-written server with transient states of a given length.
func hasty(t testing.TB, d time.Duration, faults ...string) conformance.Target {
	t.Helper()
	planted := map[string]bool{}
	for _, f := range faults {
		planted[f] = true
	}
	srv := httptest.NewServer(otherserver.New(otherserver.Options{Token: "test-token", Project: project, SecondToken: "other-token", SecondProject: otherProject,
		Durations: otherserver.Durations{Creating: d, Starting: d, Stopping: d, Restarting: d, Queuing: d}, Faults: planted}))
	t.Cleanup(srv.Close)
	return conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Token: "test-token"},
		Second: &conformance.Credentials{Project: otherProject, Token: "other-token"}}
}

// clean runs a target and reports everything that is not as it should be.
func clean(t *testing.T, target conformance.Target, opts ...conformance.Option) *conformance.Report {
	t.Helper()
	report, err := conformance.Run(context.Background(), contract.Default(), target, opts...)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Errorf("%s %s: %s %v", f.Level, f.Check, f.Title, f.Others)
	}
	if report.Verdict != conformance.Conforms || len(report.Notes)+len(report.Leftovers) > 0 {
		t.Errorf("%s %+v, notes %v, left %v", report.Verdict, report.Counts, report.Notes, report.Leftovers)
		for _, res := range report.Results {
			if res.Verdict != conformance.Pass && res.Takes == "" {
				t.Logf("%s %s: %s", res.Verdict, res.ID, res.Reason)
			}
		}
	}
	return report
}

// A server that nobody here generated, and that takes other legal readings, raises no false alarm.
func TestOtherServerConforms(t *testing.T) {
	for seed := range seeds(t) {
		report := clean(t, other(t), conformance.WithSeed(uint64(seed+1)))
		t.Logf("seed %d: %+v, %d exchanges in %v", seed+1, report.Counts, report.Exchanges, time.Duration(report.Took))
	}
}

// A target whose transient states end before, while or after a request about them comes is not blamed for
// the runner's slowness.
func TestHastyServerConforms(t *testing.T) {
	for _, d := range []time.Duration{1, time.Millisecond} { // zero would be the server's own default
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			clean(t, hasty(t, d), conformance.WithFilter([]string{"suite:lifecycle", "suite:race", "Instance/path/**"}, nil))
		})
	}
}

// seeds is how many seeds a clean run is tried with; TALLY_SEEDS asks for more.
func seeds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("TALLY_SEEDS")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("TALLY_SEEDS %q: want a number from 1", text)
	}
	return n
}

// Each fault planted in it is found. One fault in twenty is tried; TALLY_EXAM=1 tries all.
func TestOtherServerFaults(t *testing.T) {
	names := slices.DeleteFunc(otherserver.FaultNames(), func(name string) bool { return unseen[name] != "" })
	for i, fault := range names {
		if i%20 != 0 && os.Getenv("TALLY_EXAM") == "" {
			continue
		}
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			report, err := conformance.Run(context.Background(), contract.Default(), other(t, fault), conformance.WithFailFast(true),
				conformance.WithBudget(conformance.Budget{Timeout: 2 * time.Second, WaitMax: 2 * time.Second}))
			if err != nil {
				t.Logf("found before the run: %v", err)
				return
			}
			if len(report.Findings) == 0 {
				t.Errorf("not found: %s %+v", report.Verdict, report.Counts)
				return
			}
			t.Logf("%s %s: %s", report.Findings[0].Level, report.Findings[0].Check, report.Findings[0].Title)
		})
	}
}

// unseen are faults that no run can see on this server, which has no clock that could be moved.
var unseen = map[string]string{
	"auto-stop-never":       "it takes an hour",
	"quota-ignored":         "it takes eleven instances, the budget is five",
	"url-missing":           "no page says in which states there is an address",
	"update-moves-deadline": "no page says whether a new duration counts at once",
	"remain-time-truncated": "it takes the server's own time to the millisecond",
}
