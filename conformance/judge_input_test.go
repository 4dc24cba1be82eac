package conformance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
)

// What recordings are like elsewhere raises no false alarm.
func TestJudgeAwkwardRecordings(t *testing.T) {
	life := recordLife(t, serve(t), true)
	for name, change := range map[string]func(tp tape) tape{
		"shuffled": func(tp tape) tape { slices.Reverse(tp); return tp },
		"behind a prefix": func(tp tape) tape {
			for i := range tp {
				tp[i].URL = strings.Replace(tp[i].URL, "/v1/", "/api/modelarts/v1/", 1)
			}
			return tp
		},
		"HTTP/2, with small header names": func(tp tape) tape {
			for i := range tp {
				small := map[string][]string{}
				for k, v := range tp[i].ResponseHeaders {
					small[strings.ToLower(k)] = v
				}
				tp[i].ResponseHeaders = small
			}
			return tp
		},
		"to the millisecond": func(tp tape) tape {
			for i := range tp {
				tp[i].Started = tp[i].Started.Truncate(time.Millisecond)
			}
			return tp
		},
		"all at once": func(tp tape) tape {
			for i := range tp {
				tp[i].Started, tp[i].Took = tp[0].Started, time.Hour
			}
			return tp
		},
		"a time is missing here and there": func(tp tape) tape {
			for i := range tp {
				if tp[i].Index = i; i%5 == 2 {
					tp[i].Started, tp[i].Took = time.Time{}, 0
				}
			}
			return tp
		},
		"without some exchanges": func(tp tape) tape { // each file has a part, what was between is not known
			var out tape
			for i := range tp {
				if i%3 != 0 {
					tp[i].File = fmt.Sprint(i/3, ".har")
					out = append(out, tp[i])
				}
			}
			return out
		},
		"members taken out": func(tp tape) tape {
			for i := range tp {
				tp[i].ResponseBody = strings.NewReplacer(`"first-notebook"`, `"REDACTED-2"`, `"modelarts.bm.gpu.v100NV32"`, `"REDACTED"`).Replace(tp[i].ResponseBody)
				tp[i].RequestBody = strings.Replace(tp[i].RequestBody, `"OBS"`, `"REDACTED-3"`, 1)
			}
			return tp
		},
		"request bodies left out": func(tp tape) tape {
			for i := range tp {
				tp[i].RequestBody = ""
			}
			return tp
		},
		"answers left out": func(tp tape) tape {
			for i := range tp {
				if i%2 == 0 {
					tp[i].ResponseBody, tp[i].Error = "", "the body of the answer was not recorded"
				}
			}
			return tp
		},
		"with others": func(tp tape) tape {
			other := func(method, url string, status int) conformance.Recorded {
				return conformance.Recorded{File: "life.har", Exchange: fixtures.Exchange{Started: tp[0].Started, Took: 1, Method: method, URL: url, Status: status, ResponseBody: "<html>"}}
			}
			return append(tp, other("GET", "http://example.com/v3", 500), other("OPTIONS", tp[0].URL, 204), other("GET", "::no url", 200), other("", "", 0),
				other("GET", "data:image/png;base64,xx", 200), other("GET", "http://example.com/", 0))
		},
	} {
		t.Run(name, func(t *testing.T) {
			report := judged(t, change(life.clone()))
			if name == "answers left out" && report.Verdict == conformance.Partial {
				report.Verdict = conformance.Conforms // as far as it goes
			}
			noFindings(t, report)
		})
	}
}

// Two requests that overlap may have happened in any order; one after the other they could not.
func TestJudgeOverlap(t *testing.T) {
	life := recordLife(t, serve(t), true)
	id := life.firstID(t)
	overlapping := func(together bool) tape {
		tp := life.clone()
		stop := tp.at(t, "POST", id+"/action", 200, 0) // from RUNNING to STOPPING
		reads := tp.readsOf(id)
		var after *conformance.Recorded
		for _, r := range reads {
			if r.Index > stop.Index {
				after = r
				break
			}
		}
		edit(after, `"status":"STOPPING"`, `"status":"RUNNING"`)
		if together {
			after.Started = stop.Started
		}
		return tp
	}
	noFindings(t, judged(t, overlapping(true)))
	if res := resultOf(t, judged(t, overlapping(false)), "Instance/path/legal"); res.Verdict != conformance.Fail {
		t.Errorf("%s is %s", res.ID, res.Verdict)
	}
}

// A request without an answer may have been carried out, then or later.
func TestJudgeNoAnswer(t *testing.T) {
	tp := recordLife(t, serve(t), true).clone()
	stop := tp.at(t, "POST", tp.firstID(t)+"/action", 200, 0)
	stop.Status, stop.ResponseBody, stop.ResponseHeaders, stop.Error = 0, "", nil, "net::ERR_ABORTED"
	report := judged(t, tp)
	res := resultOf(t, report, "actOnInstance/response/arrives")
	if report.Verdict != conformance.Conforms || res.Verdict != conformance.Fail || res.Level != conformance.Should {
		t.Errorf("%s, %s is %s %s %v", report.Verdict, res.ID, res.Level, res.Verdict, report.Findings)
	}
}

// What cannot be used is named and makes the judgement partial; a recording with nothing in it is an error.
func TestJudgeBadInput(t *testing.T) {
	tp := recordLife(t, serve(t), true)
	broken := func(yield func(conformance.Recorded, error) bool) {
		if yield(conformance.Recorded{}, errors.New("life.har: entry 7: no method")) {
			tp.play(yield)
		}
	}
	report, err := conformance.Judge(t.Context(), contract.Default(), broken)
	if err != nil || report.Verdict != conformance.Partial || !strings.Contains(strings.Join(report.Notes, "\n"), "entry 7") {
		t.Errorf("%+v, %v", report, err)
	}
	foreign := tape{{Exchange: fixtures.Exchange{Method: "GET", URL: "http://example.com/", Status: 200}}}
	if report := judged(t, foreign); report.Verdict != conformance.Partial {
		t.Errorf("%s of nothing that belongs to the contract", report.Verdict)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"empty": "", "no HAR": "{}", "list": "[1]", "no entries": `{"log":{"version":"1.2","creator":{},"entries":[]}}`,
		"cut": `{"log":{"entries":[{"request"`} {
		want := conformance.ErrUsage
		if name == "no entries" {
			want = fixtures.ErrNothing
		}
		path := filepath.Join(dir, name+".har")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := conformance.Judge(t.Context(), contract.Default(), conformance.ReadHAR(path)); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := conformance.Judge(t.Context(), contract.Default(), tp.play, conformance.WithFilter([]string{"nothing"}, nil)); !errors.Is(err, conformance.ErrUsage) {
		t.Error(err)
	}
	report = judged(t, tp, conformance.WithFilter([]string{"operation:getInstance"}, []string{"*/*/headers"}))
	if report.Verdict != conformance.Conforms || report.Counts.Checks == 0 || report.Counts.Checks > 12 {
		t.Errorf("filtered: %s %+v", report.Verdict, report.Counts)
	}
}

// A contract that says nothing of resources is enough to judge answers.
func TestJudgePlainContract(t *testing.T) {
	const text = `openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /shop/items:
    get:
      operationId: listItems
      responses: {'200': {description: Items., content: {application/json: {schema: {type: array, items: {type: object, required: [name]}}}}}}
`
	c, err := contract.Load(fstest.MapFS{"shop.yaml": {Data: []byte(text)}}, "shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{`[{"name":"pen"}]`: conformance.Conforms, `[{"mane":"pen"}]`: conformance.Findings} {
		tp := tape{{File: "shop.har", Exchange: fixtures.Exchange{Started: time.Unix(1, 0), Took: 1, Method: "GET", URL: "http://h/api/shop/items", Status: 200,
			ResponseHeaders: http.Header{"Content-Type": {"application/json"}}, ResponseBody: body}}}
		report, err := conformance.Judge(t.Context(), c, tp.play)
		if err != nil || report.Verdict != want {
			t.Errorf("%s: %+v, %v", body, report, err)
		}
		if _, err := conformance.Verify(t.Context(), c, serve(t), tp.play); !errors.Is(err, conformance.ErrUsage) {
			t.Errorf("verify: %v", err)
		}
	}
}

// A report shows no secret, though the recording holds some.
func TestJudgeShowsNoSecret(t *testing.T) {
	tp := recordLife(t, serve(t), true).clone()
	for i := range tp {
		tp[i].RequestHeaders = map[string][]string{"X-Auth-Token": {"planted-token-1"}, "authorization": {"planted-token-2"}, "Content-Type": {"application/json"}}
		tp[i].ResponseHeaders["Set-Cookie"] = []string{"planted-token-3"}
		tp[i].URL += "#planted-token-1"
		tp[i].Status = 599
		if strings.HasSuffix(tp[i].URL, "/token#planted-token-1") {
			tp[i].ResponseBody = `{"token":"planted-token-4"}`
		}
	}
	tp = append(tp, conformance.Recorded{File: "life.har", Exchange: fixtures.Exchange{Started: tp[0].Started, Took: 1, Method: "POST", URL: "http://x/v3/auth/tokens",
		RequestBody: `{"auth":{"identity":{"password":{"user":{"password":"planted-token-5"}}}}}`, Status: 599, ResponseBody: `{"token":"planted-token-6"}`}})
	tp = append(tp, conformance.Recorded{File: "life.har", Exchange: fixtures.Exchange{Started: tp[0].Started, Took: 1, Method: "POST", URL: "http://x/v1/p/demanager/instances",
		RequestBody: `{"spec":{"credential":{"ssh_private_key":"planted-token-7","access_token":"planted-token-8"}}}`, Status: 599, ResponseBody: `{"ssh_private_key":"planted-token-7"}`}})
	report := judged(t, tp)
	text, err := json.Marshal(report)
	if err != nil || report.Verdict != conformance.Findings || len(report.Findings) < 8 {
		t.Errorf("%s, %d findings, %v", report.Verdict, len(report.Findings), err)
	}
	if i := bytes.Index(text, []byte("planted-token")); i >= 0 {
		t.Errorf("…%s…", text[max(0, i-200):i+20])
	}
}

// FuzzJudge: whatever a recording holds, judging it ends and does not panic, and what comes of it can be told.
func FuzzJudge(f *testing.F) {
	c := contract.Default()
	const base = "http://127.0.0.1/v1/p1/demanager/instances"
	f.Add("GET", base+"/x", "", 200, `{"id":"x","status":"RUNNING","creation_timestamp":"1"}`, "application/json", int64(5))
	f.Add("POST", base, `{"name":"n"}`, 400, `{"error_code":"ModelArts.6335","error_msg":"m"}`, "application/json", int64(0))
	f.Add("POST", base+"/x/action", `{"action":"stop"}`, 200, `{"current_status":"STOPPING","previous_state":"RUNNING"}`, "text/html", int64(-1))
	f.Add("GET", base+"?de_type=Notebook&limit=1&sortby=name&order=asc", "", 200, `{"total_count":0,"instances":[{"id":"x"},null,{"id":"x","status":7}]}`, "", int64(9))
	f.Add("DELETE", base+"/x", "", 0, "", "", int64(3))
	f.Add("PUT", base+"/%ff", `{"description":{}}`, 200, `{"id":["x"],"spec":{"auto_stop":{"duration":1e999999999}}}`, "application/json", int64(3))
	f.Fuzz(func(t *testing.T, method, url, sent string, status int, answer, media string, took int64) {
		var tp tape
		for i := range 4 {
			e := fixtures.Exchange{Started: time.Unix(100, int64(i)*took), Took: time.Duration(took), Method: method, URL: url, RequestBody: sent,
				RequestHeaders: http.Header{"Content-Type": {media}}, Status: status, ResponseBody: answer, ResponseHeaders: http.Header{"Content-Type": {media}}}
			if i == 1 {
				e.Method, e.URL, e.ResponseBody, e.Status = "GET", base+"/x", strings.ToUpper(answer), 200
			}
			tp = append(tp, conformance.Recorded{Exchange: e, File: "f.har", Index: i})
		}
		report, err := conformance.Judge(context.Background(), c, tp.play)
		if err != nil {
			t.Fatal(err)
		}
		for _, res := range report.Results {
			if res.Verdict == conformance.Errored {
				t.Errorf("%s: %s", res.ID, res.Reason)
			}
		}
	})
}
