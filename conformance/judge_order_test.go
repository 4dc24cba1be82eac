package conformance_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/conformance"
)

func (tp tape) numbered() tape {
	for i := range tp {
		tp[i].Index = i
	}
	return tp
}

// An exchange without a time hides nothing that others show: the file tells where it belongs, or it is only the
// order of that one that is not judged.
func TestJudgeTimeless(t *testing.T) {
	recorded := recordLife(t, serve(t), true)
	// Every tape has an instance that runs again, though it was stopped.
	wrong := func(t *testing.T) (tp tape, stop, read int) {
		tp = recorded.clone().numbered()
		id := tp.firstID(t)
		stop = tp.at(t, "POST", id+"/action", 200, 0).Index
		read = slices.IndexFunc(tp, func(e conformance.Recorded) bool {
			return e.Index > stop && e.Method == "GET" && strings.HasSuffix(e.URL, "/"+id) && e.Status == 200
		})
		edit(&tp[read], `"status":"STOPPING"`, `"status":"RUNNING"`)
		return tp, stop, read
	}
	forget := func(e *conformance.Recorded) { e.Started = time.Time{} }
	for _, row := range []struct {
		name    string
		change  func(tp tape, stop, read int) tape
		verdict string // of the whole
		legal   string // of the path
		note    string
	}{
		{"every time is there", func(tp tape, _, _ int) tape { return tp }, conformance.Findings, conformance.Fail.String(), ""},
		{"the first exchange", func(tp tape, _, _ int) tape { forget(&tp[0]); return tp }, conformance.Findings, conformance.Fail.String(), "1 exchange does not say when it was"},
		{"the last exchange", func(tp tape, _, _ int) tape { forget(&tp[len(tp)-1]); return tp }, conformance.Findings, conformance.Fail.String(), "its place in the file was taken"},
		{"the one that is wrong", func(tp tape, _, read int) tape { forget(&tp[read]); return tp }, conformance.Findings, conformance.Fail.String(), "its place in the file was taken"},
		{"the one that changes", func(tp tape, stop, _ int) tape { forget(&tp[stop]); return tp }, conformance.Findings, conformance.Fail.String(), "its place in the file was taken"},
		{"how long two took", func(tp tape, stop, _ int) tape { tp[0].Took, tp[stop].Took = 0, -1; return tp }, conformance.Findings, conformance.Fail.String(), "2 exchanges do not say when they were"},
		{"a list in a file without order", func(tp tape, _, _ int) tape {
			list := slices.IndexFunc(tp, func(e conformance.Recorded) bool {
				return e.Method == "GET" && strings.HasSuffix(strings.Split(e.URL, "?")[0], "/instances")
			})
			forget(&tp[list])
			slices.Reverse(tp)
			return tp.numbered()
		}, conformance.Findings, conformance.Fail.String(), "nor does the file tell"},
		{"the one that changes, in a file without order", func(tp tape, stop, _ int) tape {
			forget(&tp[stop])
			slices.Reverse(tp)
			return tp.numbered()
		}, conformance.Partial, "", "1 exchange does not say when it was or how long it took, nor does the file tell"},
		{"all", func(tp tape, _, _ int) tape {
			for i := range tp {
				tp[i].Started, tp[i].Took = time.Time{}, 0
			}
			return tp
		}, conformance.Partial, "", fmt.Sprintf("%d exchanges do not say when they were or how long they took, nor does the file tell", len(recorded))},
	} {
		t.Run(row.name, func(t *testing.T) {
			report := judged(t, row.change(wrong(t)))
			res := resultOf(t, report, "Instance/path/legal")
			if report.Verdict != row.verdict || (row.legal != "" && res.Verdict.String() != row.legal) || !strings.Contains(strings.Join(report.Notes, "\n"), row.note) {
				t.Errorf("%s, %s is %s: %q", report.Verdict, res.ID, res.Verdict, report.Notes)
			}
			for _, other := range report.Results {
				if other.Verdict == conformance.Fail && !strings.HasPrefix(other.ID, "Instance/") {
					t.Errorf("%s: %s", other.ID, other.Actual)
				}
			}
		})
	}
}

// Whatever exchange has no time, nothing is found that is not there.
func TestJudgeTimelessNoFalseAlarm(t *testing.T) {
	life := recordLife(t, serve(t), true)
	for i := 0; i < len(life); i += 3 {
		for _, reversed := range []bool{false, true} {
			tp := life.clone().numbered()
			tp[i].Started, tp[i].Took = time.Time{}, 0
			want := conformance.Conforms
			if reversed {
				slices.Reverse(tp)
				want = conformance.Partial
			}
			if report := judged(t, tp.numbered()); report.Verdict != want || len(report.Findings) > 0 {
				t.Errorf("%d, reversed %v: %s %+v %q", i, reversed, report.Verdict, report.Findings, report.Notes)
			}
		}
	}
}

// What has no time is sent again after what stands before it in the file.
func TestVerifyTimeless(t *testing.T) {
	tp := recordLife(t, serve(t), true)
	stop := tp.at(t, "POST", tp.firstID(t)+"/action", 200, 0)
	stop.Started, stop.Took = time.Time{}, 0
	conforms(t, replayed(t, serve(t), tp), len(tp), false)
}

// An exchange without an answer, and one whose answer broke off, are named.
func TestJudgeAnswersMissing(t *testing.T) {
	life := recordLife(t, serve(t), true).numbered()
	tp := life.clone()
	read := tp.readsOf(tp.firstID(t))[0]
	read.Status, read.ResponseBody, read.ResponseHeaders, read.Error = 0, "", nil, ""
	report := judged(t, tp)
	if want := "not judged: " + read.Where() + ": the recording has no answer, and no reason for that"; report.Verdict != conformance.Partial || !slices.Contains(report.Notes, want) {
		t.Errorf("%s %q", report.Verdict, report.Notes)
	}

	tp = life.clone()
	read = tp.readsOf(tp.firstID(t))[0]
	read.ResponseBody, read.Error = read.ResponseBody[:10], "the answer broke off after 10 bytes: it hung up"
	report = judged(t, tp)
	res := resultOf(t, report, "getInstance/response/arrives")
	if res.Verdict != conformance.Fail || res.Level != conformance.Should || !slices.Contains(report.Notes, "not judged as a whole: "+read.Where()+": "+read.Error) {
		t.Errorf("%s %s, %q", res.Level, res.Verdict, report.Notes)
	}
	report = judged(t, tape{*read})
	if report.Verdict != conformance.Partial || len(report.Findings) != 1 {
		t.Errorf("%s %+v", report.Verdict, report.Findings)
	}
}
