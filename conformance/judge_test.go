package conformance_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
)

// tape keeps what a run records, as a file would have it.
type tape []conformance.Recorded

func (tp *tape) add(e conformance.Exchange) {
	entry := fixtures.Exchange{Started: e.Started, Took: time.Duration(e.Took), Method: e.Method, URL: e.URL, RequestHeaders: e.RequestHeaders,
		RequestBody: e.RequestBody, Status: e.Status, ResponseHeaders: e.ResponseHeaders, ResponseBody: e.ResponseBody, Error: e.Error}.Entry()
	read, err := entry.Exchange()
	if err != nil {
		panic(err)
	}
	*tp = append(*tp, conformance.Recorded{Exchange: read, File: "run.har", Index: len(*tp)})
}

func (tp tape) play(yield func(conformance.Recorded, error) bool) {
	for _, e := range tp {
		if !yield(e, nil) {
			return
		}
	}
}

func judged(t *testing.T, tp tape, opts ...conformance.Option) *conformance.Report {
	t.Helper()
	report, err := conformance.Judge(t.Context(), contract.Default(), tp.play, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func noFindings(t *testing.T, report *conformance.Report) {
	t.Helper()
	for _, res := range report.Results {
		if res.Verdict != conformance.Pass && res.Verdict != conformance.Skipped {
			t.Errorf("%s %s: %s %s", res.Verdict, res.ID, res.Actual, res.Reason)
		}
	}
	if report.Verdict != conformance.Conforms {
		t.Errorf("%s %+v %v", report.Verdict, report.Counts, report.Notes)
	}
}

// A whole run on the mock, with every wrong request that a run makes, is judged without a false alarm.
func TestWholeJudgeRunOnMock(t *testing.T) {
	whole(t)
	var tp tape
	clean(t, serve(t), conformance.WithRecord(tp.add))
	report := judged(t, tp)
	noFindings(t, report)
	for _, p := range report.Coverage.Parts {
		t.Logf("%s %d/%d %v", p.Name, p.Covered, p.Total, p.Left)
	}
	t.Logf("%+v of %d exchanges", report.Counts, report.Exchanges)
	for _, res := range report.Results {
		t.Logf("%s %s %d", res.Verdict, res.ID, res.Opportunities)
	}
}

func TestWholeJudgeRunOnOther(t *testing.T) {
	whole(t)
	var tp tape
	clean(t, other(t), conformance.WithRecord(tp.add))
	noFindings(t, judged(t, tp))
}

// A life, recorded on each server and read back from a file, is judged without a false alarm.
func TestJudgeLife(t *testing.T) {
	for name, target := range map[string]conformance.Target{"mock": serve(t), "other": other(t)} {
		t.Run(name, func(t *testing.T) {
			tp := recordLife(t, target, name == "mock")
			report, err := conformance.Judge(t.Context(), contract.Default(), conformance.ReadHAR(tp.file(t)))
			if err != nil {
				t.Fatal(err)
			}
			noFindings(t, report)
			if report.Exchanges != len(tp) {
				t.Errorf("%d of %d exchanges were judged", report.Exchanges, len(tp))
			}
			for _, id := range []string{"Instance/path/legal", "Instance/path/accepted", "Instance/path/refused", "Instance/path/previous", "Instance/keeps-itself",
				"Instance/deleted", "Instance/not-lost", "createInstance/kept", "updateInstance/kept", "listInstances/list/order", "listInstances/list/filter", "createInstance/refusal/code"} {
				if res := resultOf(t, report, id); res.Verdict != conformance.Pass || res.Opportunities == 0 {
					t.Errorf("%s is %s: %s", id, res.Verdict, res.Reason)
				}
			}
		})
	}
}

func resultOf(t *testing.T, report *conformance.Report, id string) conformance.Result {
	t.Helper()
	for _, res := range report.Results {
		if res.ID == id {
			return res
		}
	}
	t.Fatalf("no check %s", id)
	return conformance.Result{}
}

// at is the nth exchange (from 0) that a method, an end of the path and a status select.
func (tp tape) at(t *testing.T, method, end string, status, nth int) *conformance.Recorded {
	t.Helper()
	for i := range tp {
		path, _, _ := strings.Cut(tp[i].URL, "?")
		if tp[i].Method == method && strings.HasSuffix(path, end) && tp[i].Status == status {
			if nth--; nth < 0 {
				return &tp[i]
			}
		}
	}
	t.Fatalf("no %s …%s that answers %d", method, end, status)
	return nil
}

// last is the last exchange that is so selected, before another.
func (tp tape) readsOf(id string) []*conformance.Recorded {
	var out []*conformance.Recorded
	for i := range tp {
		if tp[i].Method == "GET" && strings.HasSuffix(tp[i].URL, "/"+id) && tp[i].Status == 200 {
			out = append(out, &tp[i])
		}
	}
	return out
}

func (tp tape) firstID(t *testing.T) string {
	t.Helper()
	var body struct{ ID string }
	if err := json.Unmarshal([]byte(tp.at(t, "POST", "/instances", 200, 0).ResponseBody), &body); err != nil || body.ID == "" {
		t.Fatal("no id", err)
	}
	return body.ID
}

func edit(e *conformance.Recorded, from, to string) {
	if !strings.Contains(e.ResponseBody, from) {
		panic("nothing to edit: " + from + " in " + e.ResponseBody)
	}
	e.ResponseBody = strings.ReplaceAll(e.ResponseBody, from, to)
}

// Each violation that is planted in a recording is found by the check that names it.
func TestJudgePlanted(t *testing.T) {
	life := recordLife(t, serve(t), true)
	for name, row := range map[string]struct {
		check string
		plant func(t *testing.T, tp tape)
	}{
		"undocumented status": {"getInstance/response/status", func(t *testing.T, tp tape) { tp.readsOf(tp.firstID(t))[0].Status = 299 }},
		"server fails":        {"getInstance/response/no-failure", func(t *testing.T, tp tape) { tp.readsOf(tp.firstID(t))[0].Status = 500 }},
		"no JSON":             {"getInstance/response/body", func(t *testing.T, tp tape) { tp.readsOf(tp.firstID(t))[0].ResponseBody = "<html>" }},
		"content type": {"getInstance/response/content-type", func(t *testing.T, tp tape) {
			tp.readsOf(tp.firstID(t))[0].ResponseHeaders["Content-Type"] = []string{"text/html"}
		}},
		"member missing":         {"getInstance/response/body", func(t *testing.T, tp tape) { edit(tp.readsOf(tp.firstID(t))[0], `"name"`, `"mane"`) }},
		"member of another type": {"getInstance/response/body", func(t *testing.T, tp tape) { edit(tp.readsOf(tp.firstID(t))[0], `"name":"first-notebook"`, `"name":7`) }},
		"unknown code": {"actOnInstance/response/error-code", func(t *testing.T, tp tape) {
			edit(tp.at(t, "POST", "/action", 400, 0), "ModelArts.6306", "ModelArts.9999")
		}},
		"code of another status": {"actOnInstance/response/error-code", func(t *testing.T, tp tape) {
			edit(tp.at(t, "POST", "/action", 400, 0), "ModelArts.6306", "ModelArts.0015")
		}},
		"unexplained code": {"createInstance/refusal/code", func(t *testing.T, tp tape) {
			edit(tp.at(t, "POST", "/instances", 400, 0), "ModelArts.6335", "ModelArts.6332")
		}},
		"code in a success": {"getInstance/response/error-code", func(t *testing.T, tp tape) {
			edit(tp.readsOf(tp.firstID(t))[0], `"name"`, `"error_code":"ModelArts.6309","name"`)
		}},
		"text": {"error/text", func(t *testing.T, tp tape) {
			edit(tp.at(t, "DELETE", tp.firstID(t), 400, 0), "Please stop", "Please halt")
		}},
		"wrong accepted": {"createInstance/refusal/due/MUST", func(t *testing.T, tp tape) {
			e := tp.at(t, "POST", "/instances", 200, 0)
			e.RequestBody = strings.Replace(e.RequestBody, `"flavor"`, `"flawor"`, 1)
		}},
		"illegal way": {"Instance/path/legal", func(t *testing.T, tp tape) {
			reads := tp.readsOf(tp.firstID(t))
			edit(reads[len(reads)-1], `"status":"STOPPED"`, `"status":"RUNNING"`)
		}},
		"way back": {"Instance/path/legal", func(t *testing.T, tp tape) {
			edit(tp.readsOf(tp.firstID(t))[2], `"status":"RUNNING"`, `"status":"CREATING"`)
		}},
		"skipped state": {"Instance/path/legal", func(t *testing.T, tp tape) { edit(tp.at(t, "POST", "/instances", 200, 0), "CREATING", "STOPPED") }},
		"accepted in no state": {"Instance/path/accepted", func(t *testing.T, tp tape) {
			e := tp.at(t, "DELETE", tp.firstID(t), 400, 0)
			e.Status, e.ResponseBody = 200, fmt.Sprintf(`{"instance_id":%q}`, tp.firstID(t))
		}},
		"refused for another state": {"Instance/path/refused", func(t *testing.T, tp tape) {
			edit(tp.at(t, "DELETE", tp.firstID(t), 400, 0), "ModelArts.6304", "ModelArts.6308")
		}},
		"previous state": {"Instance/path/previous", func(t *testing.T, tp tape) {
			edit(tp.at(t, "POST", tp.firstID(t)+"/action", 200, 0), `"previous_state":"RUNNING"`, `"previous_state":"STOPPED"`)
		}},
		"created moves": {"Instance/created-never-moves", func(t *testing.T, tp tape) {
			edit(tp.readsOf(tp.firstID(t))[1], `"creation_timestamp":"1`, `"creation_timestamp":"2`)
		}},
		"updated moves": {"Instance/updated-moves-with-updates", func(t *testing.T, tp tape) {
			edit(tp.readsOf(tp.firstID(t))[1], `"latest_update_timestamp":"1`, `"latest_update_timestamp":"2`)
		}},
		"update lost in the answer": {"updateInstance/kept", func(t *testing.T, tp tape) { edit(tp.at(t, "PUT", tp.firstID(t), 200, 0), "what it is for", "") }},
		"update lost later":         {"Instance/keeps-itself", func(t *testing.T, tp tape) { edit(tp.readsOf(tp.firstID(t))[2], "what it is for", "") }},
		"create not kept": {"createInstance/kept", func(t *testing.T, tp tape) {
			edit(tp.at(t, "POST", "/instances", 200, 0), `"name":"first-notebook"`, `"name":"worst-notebook"`)
		}},
		"list and get differ": {"Instance/keeps-itself", func(t *testing.T, tp tape) {
			edit(tp.at(t, "GET", "/instances", 200, 0), "first-notebook", "faust-notebook")
		}},
		"order": {"listInstances/list/order", func(t *testing.T, tp tape) {
			edit(tp.at(t, "GET", "/instances", 200, 0), "first-notebook", "zebra-notebook")
		}},
		"filter": {"listInstances/list/filter", func(t *testing.T, tp tape) {
			tp.at(t, "GET", "/instances", 200, 2).URL = strings.Replace(tp.at(t, "GET", "/instances", 200, 2).URL, "STOPPED", "STARTING", 1)
		}},
		"limit": {"listInstances/list/limit", func(t *testing.T, tp tape) { tp.at(t, "GET", "/instances", 200, 3).URL += "&limit=1" }},
		"total": {"listInstances/list/total", func(t *testing.T, tp tape) {
			edit(tp.at(t, "GET", "/instances", 200, 3), `"total_count":2`, `"total_count":1`)
		}},
		"lost": {"Instance/not-lost", func(t *testing.T, tp tape) {
			gone := tp.at(t, "GET", tp.firstID(t), 400, 0)
			e := tp.readsOf(tp.firstID(t))[2]
			e.Status, e.ResponseBody = gone.Status, gone.ResponseBody
		}},
		"not deleted": {"Instance/deleted", func(t *testing.T, tp tape) {
			reads := tp.readsOf(tp.firstID(t))
			e := tp.at(t, "GET", tp.firstID(t), 400, 0)
			e.Status, e.ResponseBody = 200, reads[len(reads)-1].ResponseBody
		}},
	} {
		t.Run(name, func(t *testing.T) {
			tp := life.clone()
			row.plant(t, tp)
			report := judged(t, tp)
			res := resultOf(t, report, row.check)
			if res.Verdict != conformance.Fail || res.Actual == "" || len(res.Exchanges) == 0 || !strings.HasPrefix(res.Rerun, "tally judge 'life.har' --include") {
				t.Errorf("%s is %s: %q, rerun %q, %d exchanges", res.ID, res.Verdict, res.Actual, res.Rerun, len(res.Exchanges))
			}
			if want := res.Level == conformance.Must; (report.Verdict == conformance.Findings) != want {
				t.Errorf("verdict %s", report.Verdict)
			}
			t.Log(res.Actual)
			for _, f := range report.Findings {
				if f.Check != row.check {
					t.Logf("also %s: %s", f.Check, f.Title)
				}
			}
		})
	}
}

// clone is a tape that can be changed.
func (tp tape) clone() tape {
	out := slices.Clone(tp)
	for i := range out {
		out[i].ResponseHeaders = http.Header(out[i].ResponseHeaders).Clone()
	}
	return out
}
