package conformance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/conformance/internal/otherserver"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// listing asks a target for what its first project has.
func listing(t *testing.T, target conformance.Target) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, target.URL+"/v1/"+project+"/demanager/instances?de_type=Notebook", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Auth-Token", target.First.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status, err)
	}
	return string(body)
}

// Four workers come to what one comes to, in the order of the plan, within the same budget, and leave nothing.
func TestWorkersAgree(t *testing.T) {
	t.Parallel()
	var before *conformance.Report
	for _, n := range []int{1, 4} {
		target := other(t)
		file := filepath.Join(t.TempDir(), "ledger")
		report := clean(t, target, conformance.WithWorkers(n), conformance.WithLedger(file))
		t.Logf("%d workers: %+v, %d exchanges in %v, %d alive at most", n, report.Counts, report.Exchanges, time.Duration(report.Took), report.Peak)
		if report.Peak < 1 || report.Peak > 5 {
			t.Errorf("%d workers: %d instances were alive at once", n, report.Peak)
		}
		if left := listing(t, target); strings.Contains(left, "tally-") {
			t.Errorf("%d workers: left on the target: %s", n, left)
		}
		if _, _, ids, names, err := conformance.ReadLedger(file); err != nil || len(ids)+len(names) > 0 {
			t.Errorf("%d workers: the ledger still has %v %v, %v", n, ids, names, err)
		}
		if before != nil {
			sameVerdicts(t, before, report)
		}
		before = report
	}
}

// sameVerdicts compares check by check. A state that was over before the request came may have been so in one
// of the runs only.
func sameVerdicts(t *testing.T, a, b *conformance.Report) {
	t.Helper()
	if len(a.Results) != len(b.Results) {
		t.Fatalf("one run has %d results, the other %d", len(a.Results), len(b.Results))
	}
	for i, x := range a.Results {
		y := b.Results[i]
		if x.ID != y.ID {
			t.Fatalf("result %d is of %s and of %s", i, x.ID, y.ID)
		}
		if x.Verdict != y.Verdict && !x.Excused && !y.Excused {
			t.Errorf("%s: %s and %s: %s%s", x.ID, x.Verdict, y.Verdict, y.Reason, y.Actual)
		}
	}
}

// What one worker finds, four find, and the same of it.
func TestWorkersFindTheSame(t *testing.T) {
	t.Parallel()
	filter := conformance.WithFilter([]string{"suite:example", "createInstance/rule/*", "updateInstance/type/*", "suite:response"}, nil)
	for _, fault := range []string{"flavor-mismatch-accepted", "content-type-text"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			reports := make([]*conformance.Report, 3)
			for i, n := range []int{1, 4, 4} {
				var err error
				if reports[i], err = conformance.Run(t.Context(), contract.Default(), other(t, fault), filter, conformance.WithWorkers(n)); err != nil {
					t.Fatal(err)
				}
			}
			if reports[0].Verdict != conformance.Findings || len(reports[0].Findings) == 0 {
				t.Errorf("not found: %+v", reports[0].Counts)
			}
			sameVerdicts(t, reports[0], reports[1])
			sameVerdicts(t, reports[1], reports[2])
			sameWords(t, reports[1], reports[2])
		})
	}
}

// changing is what two runs with one seed may differ in.
var changing = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|tally-[0-9a-f]{8}-|[0-9a-f]{32}|\b1[0-9]{12}\b|127\.0\.0\.1:\d+`)

// sameWords holds two reports to each other in what a person reads first.
func sameWords(t *testing.T, a, b *conformance.Report) {
	t.Helper()
	words := func(r *conformance.Report) []string {
		out, err := json.MarshalIndent([]any{r.Findings, r.Choices, r.Notes, r.NotClaimed, r.Counts, r.Coverage}, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(changing.ReplaceAllString(string(out), "ID"), "\n")
	}
	x, y := words(a), words(b)
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			t.Errorf("one seed, two reports; line %d is\n%.300s\nand then\n%.300s", i+1, x[i], y[i])
			return
		}
	}
	if len(x) != len(y) {
		t.Errorf("one seed, two reports: one has %d lines, the other %d", len(x), len(y))
	}
}

// More workers than instances make no sense.
func TestWorkersBudget(t *testing.T) {
	for _, c := range []struct{ workers, instances int }{{6, 0}, {3, 2}, {0, 0}, {-1, 5}} {
		_, err := conformance.Plan(contract.Default(), other(t), conformance.WithBudget(conformance.Budget{MaxInstances: c.instances}), conformance.WithWorkers(c.workers))
		if !errors.Is(err, conformance.ErrUsage) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// A mock has one clock, so its checks take turns, and the report says so; with its clock left alone they
// need not.
func TestWorkersOnMock(t *testing.T) {
	handler, err := mock.New(contract.Default(), mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}}}))
	if err != nil {
		t.Fatal(err)
	}
	for _, control := range []bool{true, false} {
		var now, most atomic.Int32
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer now.Add(-1)
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			handler.ServeHTTP(w, r)
		}))
		t.Cleanup(srv.Close)
		target := conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Token: "test-token"}}
		report, err := conformance.Run(t.Context(), contract.Default(), target, conformance.WithWorkers(2), conformance.WithControl(control),
			conformance.WithReadOnly(true), conformance.WithFilter([]string{"suite:schema", "suite:accept"}, nil))
		if err != nil || report.Verdict != conformance.Conforms {
			t.Fatalf("control %v: %v %+v", control, err, report)
		}
		said := slices.ContainsFunc(report.Notes, func(note string) bool { return strings.Contains(note, "--control off") })
		if said != control || (control && most.Load() != 1) {
			t.Errorf("control %v: %d requests at once, notes %v", control, most.Load(), report.Notes)
		}
	}
}

// busy is the hand-written server in a project in which somebody else creates something after each of the
// first few creates.
func busy(t *testing.T) conformance.Target {
	t.Helper()
	in, err := contract.Default().Operation("createInstance").DocumentedInput()
	if err != nil {
		t.Fatal(err)
	}
	const d = 30 * time.Millisecond
	handler := otherserver.New(otherserver.Options{Token: "test-token", Project: project,
		Durations: otherserver.Durations{Creating: d, Starting: d, Stopping: d, Restarting: d, Queuing: d}})
	var others atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
		if r.Method != http.MethodPost {
			return
		}
		n := others.Add(1)
		if n > 5*7 || n%7 != 0 {
			return
		}
		theirs, err := in.Patched(map[string]any{"name": fmt.Sprintf("somebody-%d", n)}, nil)
		if err != nil {
			t.Error(err)
		}
		req := httptest.NewRequest(http.MethodPost, "/v1/"+project+"/demanager/instances", bytes.NewReader(theirs.Body))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Auth-Token", "test-token")
		answer := httptest.NewRecorder()
		if handler.ServeHTTP(answer, req); answer.Code >= http.StatusBadRequest {
			t.Errorf("somebody else's create gets %d %s", answer.Code, answer.Body)
		}
	}))
	t.Cleanup(srv.Close)
	return conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Token: "test-token"}}
}

// Somebody else works in the project at the same time. What is theirs is neither blamed nor touched.
func TestWorkersLeaveOthersAlone(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 4} {
		target := busy(t)
		clean(t, target, conformance.WithWorkers(n), conformance.WithFilter([]string{"createInstance/*", "Instance/refusal-leaves-nothing"}, nil))
		if got := strings.Count(listing(t, target), `"somebody-`); got != 5 {
			t.Errorf("%d workers: %d of 5 instances of somebody else are there", n, got)
		}
	}
}

// A run with several workers ends at once for all of them, and leaves nothing.
func TestWorkersEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, note string
		faults     []string
		opt        conformance.Option
		interrupt  bool
	}{
		{"interrupted", "interrupted after", nil, conformance.WithFailFast(false), true},
		{"fail-fast", "ended at the first failed MUST", []string{"flavor-mismatch-accepted", "name-length-ignored", "storage-optional"}, conformance.WithFailFast(true), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			target := other(t, c.faults...)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			report, err := conformance.Run(ctx, contract.Default(), target, c.opt, conformance.WithWorkers(4), conformance.WithFilter([]string{"createInstance/*"}, nil),
				conformance.WithProgress(func(p conformance.Progress) {
					if c.interrupt && p.Done == 100 {
						cancel()
					}
				}))
			if err != nil {
				t.Fatal(err)
			}
			all, err := conformance.Plan(contract.Default(), target, conformance.WithFilter([]string{"createInstance/*"}, nil))
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Results) == 0 || len(report.Results) >= len(all) {
				t.Errorf("%d of %d checks have run", len(report.Results), len(all))
			}
			if n := strings.Count("\n"+strings.Join(report.Notes, "\n"), "\n"+c.note); n != 1 {
				t.Errorf("%d notes that it %s: %q", n, c.note, report.Notes)
			}
			if left := listing(t, target); len(report.Leftovers) > 0 || strings.Contains(left, "tally-") {
				t.Errorf("left %v: %s", report.Leftovers, left)
			}
		})
	}
}

// A target that stops answering ends the run for all workers. What was not sent is blamed on nobody.
func TestWorkersGiveUp(t *testing.T) {
	t.Parallel()
	inner := other(t)
	proxy := httputil.NewSingleHostReverseProxy(must(url.Parse(inner.URL)))
	var seen atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1) > 300 {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	target := inner
	target.URL = srv.URL
	report, err := conformance.Run(t.Context(), contract.Default(), target, conformance.WithWorkers(4), conformance.WithFilter([]string{"suite:schema", "suite:response"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if report.Verdict != conformance.Findings || len(report.Results) > 400 {
		t.Errorf("%s after %d checks", report.Verdict, len(report.Results))
	}
	if n := strings.Count(strings.Join(report.Notes, "\n"), "ended after"); n != 1 {
		t.Errorf("%d notes that it ended: %q", n, report.Notes)
	}
	for _, res := range report.Results {
		if res.Verdict == conformance.Fail && strings.Contains(res.Actual, "not sent") {
			t.Errorf("%s: %s", res.ID, res.Actual)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
