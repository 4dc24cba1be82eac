package conformance_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
	"github.com/tallystick/tallystick/mock/defects"
)

func replayed(t *testing.T, target conformance.Target, tp tape, opts ...conformance.Option) *conformance.Report {
	t.Helper()
	opts = append([]conformance.Option{conformance.WithBudget(conformance.Budget{WaitMax: 20 * time.Second})}, opts...)
	report, err := conformance.Verify(t.Context(), contract.Default(), target, tp.play, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// conforms reports everything that is not as it should be. A lenient one lets the target show less than the
// recorded server added by itself.
func conforms(t *testing.T, report *conformance.Report, exchanges int, lenient bool) {
	t.Helper()
	steps := 0
	for _, res := range report.Results {
		if res.Suite == "verify" {
			steps++
		}
		if strings.HasSuffix(res.ID, "/verify/members") && lenient {
			continue
		}
		if res.Verdict != conformance.Pass && (res.Verdict != conformance.Skipped || (res.Suite == "verify" && !res.Excused)) { // a state may be over before a slow machine sees it
			t.Errorf("%s %s: want %v, got %s %s", res.Verdict, res.ID, res.Expected, res.Actual, res.Reason)
		}
	}
	if report.Verdict != conformance.Conforms || len(report.Leftovers) > 0 || steps == 0 || steps > exchanges {
		t.Errorf("%s %+v, %d steps, left %v, notes %v", report.Verdict, report.Counts, steps, report.Leftovers, report.Notes)
	}
}

// What was recorded on one server is verified on a fresh one: of the same kind, and of another that takes other
// legal readings.
func TestVerifyConforms(t *testing.T) {
	for name, row := range map[string]struct{ from, to conformance.Target }{
		"mock to mock":   {serve(t), serve(t)},
		"other to other": {other(t), other(t)},
		"mock to other":  {serve(t), other(t)},
		"other to mock":  {other(t), serve(t)},
	} {
		t.Run(name, func(t *testing.T) {
			tp := recordLife(t, row.from, name[:4] == "mock")
			report := replayed(t, row.to, tp)
			conforms(t, report, len(tp), name == "mock to other")
			t.Logf("%+v %v", report.Choices, report.Notes)
		})
	}
}

// What breaks what a plain life shows is found, by the check that names it.
func TestWholeVerifyFindsDefects(t *testing.T) {
	whole(t)
	tp := recordLife(t, serve(t), true)
	for defect, check := range map[string]string{
		"member-missing/getInstance/status":     "getInstance/response/body",
		"wrong-type/listInstances/total_count":  "listInstances/response/body",
		"content-type-wrong":                    "getInstance/response/content-type",
		"error-without-code":                    "actOnInstance/verify/1",
		"status-201-for-success/deleteInstance": "deleteInstance/verify/2",
		"status-404-for-missing":                "getInstance/response/error-code",
		"codes-swapped/required-and-type":       "createInstance/verify/3",
		"code-of-default-row/ModelArts.6304":    "deleteInstance/verify/1",
		"refused/STOPPED/start":                 "actOnInstance/verify/4",
		"accepted/RUNNING/deleteInstance":       "deleteInstance/verify/1",
		"wrong-state-after/stop":                "actOnInstance/verify/2",
		"stuck/STARTING":                        "actOnInstance/verify/5",
		"action-does-nothing":                   "actOnInstance/verify/4",
		"update-lost":                           "getInstance/verify/3",
		"update-moves-creation":                 "Instance/created-never-moves",
		"create-changes-member":                 "createInstance/kept",
		"delete-noop":                           "Instance/deleted",
		"deleted-still-listed":                  "Instance/deleted",
		"limit-ignored":                         "listInstances/verify/2",
		"order-ignored":                         "listInstances/verify/2",
		"filter-ignored/status":                 "listInstances/verify/3",
		"total-counts-page":                     "listInstances/verify/2",
		"fails-on-unknown-key":                  "getInstance/response/no-failure",
	} {
		t.Run(defect, func(t *testing.T) {
			d, err := defects.Find(contract.Default(), defect)
			if err != nil {
				t.Fatal(err)
			}
			report := replayed(t, serve(t, d.Option()), tp)
			res := resultOf(t, report, check)
			if report.Verdict != conformance.Findings || res.Verdict != conformance.Fail {
				t.Errorf("%s; %s is %s %s", report.Verdict, check, res.Verdict, res.Reason)
				for _, f := range report.Findings {
					t.Logf("%s: %s", f.Check, f.Title)
				}
			}
			if res.Curl == "" || len(res.Exchanges) == 0 || len(res.Expected) == 0 || res.Actual == "" || !strings.Contains(res.Rerun, "tally verify 'life.har' --target http://127") {
				t.Errorf("a finding lacks something: %+v", res)
			}
		})
	}
}

// Instances that were there before are neither touched nor counted.
func TestVerifyAmongOthers(t *testing.T) {
	tp := recordLife(t, serve(t), true)
	target := serve(t)
	c := &client{t: t, target: target, control: true}
	id := c.create("somebody-elses")
	conforms(t, replayed(t, target, tp), len(tp), false)
	all, _ := c.do("GET", c.instances()+"?de_type=Notebook", nil)["instances"].([]any)
	if len(all) != 1 || all[0].(map[string]any)["id"] != id {
		t.Errorf("afterwards the project has %v", all)
	}
}

// What would change an instance that the recording does not show the creation of is not sent.
func TestVerifyTouchesNothingStrange(t *testing.T) {
	target := serve(t)
	c := &client{t: t, target: target, control: true}
	id := c.create("somebody-elses")
	one := c.instances() + "/" + id
	c.until(id, "RUNNING")
	c.rec.tape = nil
	c.do("PUT", one, map[string]any{"description": "changed"})
	c.act(id, "stop")
	c.until(id, "STOPPED")
	c.do("DELETE", one, nil)
	c.do("DELETE", one, nil) // missing

	fresh := c.create("another")
	tp := c.rec.tape
	for i := range tp {
		tp[i].URL = strings.Replace(tp[i].URL, id, fresh, 1)
	}
	report := replayed(t, target, tp[:len(tp)-1], conformance.WithRecord(func(e conformance.Exchange) {
		if e.Method != "GET" && strings.Contains(e.URL, "/demanager/") {
			t.Errorf("%s %s was sent", e.Method, e.URL)
		}
	}))
	if report.Verdict != conformance.Partial || report.Counts.Failed > 0 {
		t.Errorf("%s: %+v", report.Verdict, report.Counts)
	}
	if c.do("GET", c.instances()+"/"+fresh, nil)["description"] == "changed" {
		t.Error("an instance that is not of this run was changed")
	}
}

// A run that ends in the middle leaves a ledger, and cleanup removes what is in it.
func TestVerifyLedger(t *testing.T) {
	tp := recordLife(t, serve(t), true)
	target, file := serve(t), filepath.Join(t.TempDir(), "run.ledger")
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	stop := conformance.WithProgress(func(conformance.Progress) {
		if n++; n == 12 {
			cancel()
		}
	})
	report, err := conformance.Verify(ctx, contract.Default(), target, tp.play, conformance.WithLedger(file), stop)
	if err != nil {
		t.Fatal(err)
	}
	if report.Verdict != conformance.Partial || len(report.Leftovers) > 0 || !strings.Contains(strings.Join(report.Notes, " "), "interrupted") {
		t.Errorf("%s, left %v, notes %v", report.Verdict, report.Leftovers, report.Notes)
	}
	_, _, ids, names, err := conformance.ReadLedger(file)
	if err != nil || len(ids)+len(names) > 0 {
		t.Errorf("the ledger still has %v %v: %v", ids, names, err)
	}
}

// A recorded answer that is wrong itself is noted; a difference from it is no MUST.
func TestVerifyWrongRecording(t *testing.T) {
	tp := recordLife(t, serve(t), true).clone()
	edit(tp.at(t, "DELETE", tp.firstID(t), 400, 0), "ModelArts.6304", "ModelArts.9999")
	report := replayed(t, serve(t), tp)
	res := resultOf(t, report, "deleteInstance/verify/1")
	if report.Verdict != conformance.Conforms || res.Level != conformance.Should || res.Verdict != conformance.Fail || report.Counts.Warned != 1 ||
		!strings.Contains(strings.Join(report.Notes, " "), "does not conform itself") {
		t.Errorf("%s %+v, %s %s, notes %v", report.Verdict, report.Counts, res.Level, res.Verdict, report.Notes)
	}
}

// Recordings with nothing to send, and targets that are not there, are errors.
func TestVerifyErrors(t *testing.T) {
	foreign := tape{{File: "a.har", Exchange: fixtures.Exchange{Started: time.Unix(1, 0), Took: 1, Method: "GET", URL: "http://example.com/", Status: 200}}}
	_, err := conformance.Verify(t.Context(), contract.Default(), serve(t), foreign.play)
	if !errors.Is(err, conformance.ErrUsage) || !strings.Contains(err.Error(), "none belongs to an operation") {
		t.Error(err)
	}
	tp := recordLife(t, serve(t), true)
	dead := conformance.Target{URL: "http://127.0.0.1:1", First: conformance.Credentials{Project: project, Token: "x"}}
	if _, err = conformance.Verify(t.Context(), contract.Default(), dead, tp.play); !errors.Is(err, conformance.ErrUnreachable) {
		t.Error(err)
	}
	wrong := serve(t)
	wrong.First.Token = "wrong"
	if _, err = conformance.Verify(t.Context(), contract.Default(), wrong, tp.play); !errors.Is(err, conformance.ErrCredentials) {
		t.Error(err)
	}
	if _, err = conformance.Verify(t.Context(), contract.Default(), wrong, tp.play, conformance.WithFilter([]string{"nothing/*"}, nil)); !errors.Is(err, conformance.ErrUsage) {
		t.Error(err)
	}
}
