package conformance

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// idle is a runner of which nothing has run.
func idle(t *testing.T, target Target, opts ...Option) *runner {
	t.Helper()
	if target.URL == "" {
		target.URL = "http://127.0.0.1:1"
	}
	if target.First.Project == "" {
		target.First = Credentials{Project: "p1", Token: "right-token"}
	}
	r, err := newRunner(contract.Default(), target, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	return r
}

// An entry of a baseline is stale when its check passes, or does not exist; not when it was not judged.
func TestBaselineStale(t *testing.T) {
	r := idle(t, Target{})
	at := func(id string, v Verdict) []Result { return []Result{{ID: id, Verdict: v}} }
	for _, row := range []struct {
		check   string
		results []Result
		want    string
	}{
		{"Instance/list/limit", at("Instance/list/limit", Pass), "baseline: Instance/list/limit passes now; take it off the list"},
		{"Instance/list/limit", at("Instance/list/limit", Skipped), ""},
		{"Instance/list/limit", at("Instance/list/limit", Errored), ""},
		{"Instance/list/limit", nil, ""},
		{"Instance/list/limit", at("Instance/list/limit", Fail), ""},
		{"Instance/lost/limit", nil, "baseline: there is no check Instance/lost/limit; take it off the list, or correct it"},
	} {
		b := &Baseline{now: r.started, Known: []KnownFailure{{Check: row.check, Reason: "r", Ticket: "t", Expires: "2999-01-01"}}}
		if got := strings.Join(b.apply(row.results, r.plan()), "\n"); got != row.want {
			t.Errorf("%s %+v: %q, want %q", row.check, row.results, got, row.want)
		}
	}
}

// What is wrong with a baseline is said in words of YAML, not of Go.
func TestBaselineWords(t *testing.T) {
	for text, want := range map[string]string{
		"foo: 1\n":                `line 1: "foo" is no name that is known here`,
		"known: {a: b}\n":         "line 1: a mapping does not belong here",
		"- x\n":                   "line 1: a list does not belong here",
		"known: [\n":              "did not find expected",
		"known:\n- {check: []}\n": "line 2: a list does not belong here",
	} {
		file := filepath.Join(t.TempDir(), "known.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadBaseline(file, time.Now())
		if !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "conformance.") || strings.Contains(err.Error(), "unmarshal") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// A pattern that cannot mean anything is told by itself; and what a read-only run leaves out is.
func TestPatterns(t *testing.T) {
	for _, row := range []struct {
		include, want string
		opts          []Option
	}{
		{"foo:bar", `unknown selector "foo", want one of suite, operation, level, code`, nil},
		{"[a", "it is no glob", nil},
		{"suite:[a", "it is no glob", nil},
		{"suite:list", "the run is read-only", []Option{WithReadOnly(true)}},
		{"nothing", "matches none of", nil},
	} {
		_, err := Plan(contract.Default(), Target{URL: "http://h", First: Credentials{Project: "p"}}, append(row.opts, WithFilter([]string{row.include}, nil))...)
		if !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", row.include, err, row.want)
		}
	}
}

// The request that a failure shows is the one that was judged, whatever was sent after it.
func TestEvidenceIsWhatFailed(t *testing.T) {
	r := idle(t, Target{})
	at := func(url string) *reply { return &reply{Exchange: Exchange{Method: "GET", URL: url, Status: 200}} }
	tr := &trial{runner: r, ctx: t.Context(), check: &Check{ID: "x"}}
	tr.replies = []*reply{at("http://h/set-up"), at("http://h/judged")}
	tr.expectf(false, "this", "that")
	tr.replies = append(tr.replies, at("http://h/look"))
	exchanges, line := tr.evidence()
	if len(exchanges) != 2 || exchanges[1].URL != "http://h/judged" || !strings.Contains(line, "http://h/judged") {
		t.Errorf("%v: %s", exchanges, line)
	}
	tr = &trial{runner: r, ctx: t.Context(), check: &Check{ID: "x"}, replies: []*reply{at("http://h/judged"), at("http://h/look")}}
	tr.about = tr.replies[0]
	tr.expectf(false, "this", "that")
	if _, line := tr.evidence(); !strings.Contains(line, "http://h/judged") {
		t.Error(line)
	}
}

// A curl line does what the check did: it does not put the right token where a wrong one was, and says what it
// cannot do.
func TestCurl(t *testing.T) {
	bearer := map[string][]string{"Authorization": {redacted}}
	header := map[string][]string{"X-Auth-Token": {redacted}, "Accept": {"application/json"}}
	for _, row := range []struct {
		e          Exchange
		token      string
		has, lacks string
	}{
		{Exchange{RequestHeaders: bearer}, "$TALLY_TOKEN", `"Authorization: Bearer $TALLY_TOKEN"`, "#"},
		{Exchange{RequestHeaders: header}, "$TALLY_TOKEN", `"X-Auth-Token: $TALLY_TOKEN"`, "#"},
		{Exchange{RequestHeaders: header}, wrong, `"X-Auth-Token: WRONG" # WRONG stands for`, "TALLY_TOKEN"},
		{Exchange{RequestHeaders: bearer}, wrong, `"Authorization: WRONG" # WRONG stands for`, "Bearer"},
		{Exchange{RequestHeaders: map[string][]string{"Authorization": {redacted}, "X-Sdk-Date": {"now"}}}, "$TALLY_TOKEN", "# the request was signed", "Bearer"},
		{Exchange{RequestBody: shorten([]byte(strings.Repeat("x", maxShown+1)))}, "$TALLY_TOKEN", "# the body is longer, and cut here", "TALLY_TOKEN"},
		{Exchange{RequestBody: "it's"}, "$TALLY_TOKEN", `'it'\''s'`, "#"},
	} {
		row.e.Method, row.e.URL = http.MethodGet, "http://h/"
		if got := curl(row.e, row.token); !strings.Contains(got, row.has) || strings.Contains(got, row.lacks) {
			t.Errorf("%.300s, want %s and no %s", got, row.has, row.lacks)
		}
	}
}

// A credential is the tenant's own, or it is not printed as such.
func TestOwnCredential(t *testing.T) {
	r := idle(t, Target{})
	tr := &trial{runner: r}
	r.first.Key = &AccessKey{ID: "KEY", Secret: "right-secret"}
	op := r.operation(contract.List)
	for _, row := range []struct {
		c    call
		want bool
	}{
		{call{op: op, token: "right-token"}, true},
		{call{op: op, token: "right-toke"}, false},
		{call{op: op}, false},
		{call{op: op, key: &AccessKey{ID: "KEY", Secret: "right-secret"}}, true},
		{call{op: op, key: &AccessKey{ID: "KEY", Secret: "wrong-secret"}}, false},
		{call{op: op, key: r.first.Key, age: 1}, false},
		{call{op: op, header: http.Header{"Authorization": {"Basic x"}}}, false},
		{call{}, true},
	} {
		if got := tr.isOwn(row.c); got != row.want {
			t.Errorf("%+v is own: %v", row.c, got)
		}
	}
}

// The command that repeats a check names what it took to see the failure, in the words of a shell.
func TestRerun(t *testing.T) {
	target := Target{URL: "http://h:1/a b", First: Credentials{Project: "it's", Login: &Login{User: "me", Password: "verysecret", Domain: "D"}},
		Second: &Credentials{Project: "p2", Token: "second-secret"}}
	r := idle(t, target, WithControl(false), WithStrict(true), WithSeed(7), WithBudget(Budget{MaxInstances: 2, WaitMax: time.Minute}), WithRerun("--values", "my values.yaml"))
	tr := &trial{runner: r, check: &Check{ID: "listInstances/response/body"}, blame: "Instance/list/limit"}
	want := `tally check --target 'http://h:1/a b' --project 'it'\''s' --user me --password "$TALLY_PASSWORD" --domain D` +
		` --second-project p2 --second-token "$TALLY_SECOND_TOKEN" --include Instance/list/limit --include listInstances/response/body` +
		` --values 'my values.yaml' --seed 7 --control off --strict --max-instances 2 --wait-max 1m0s`
	if got := tr.rerun(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	tr = &trial{runner: idle(t, Target{}), check: &Check{ID: "a/[b]"}}
	if got, want := tr.rerun(), `tally check --target http://127.0.0.1:1 --project p1 --token "$TALLY_TOKEN" --include 'a/[b]' --seed 1`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// A violation that one check sees and another reports is repeated with both.
func TestOracleKnowsWhoSaw(t *testing.T) {
	r := idle(t, Target{})
	op := r.operation(contract.List)
	seer := &trial{runner: r, ctx: t.Context(), check: &Check{ID: "Instance/list/limit"}}
	r.oracle.see(seer, call{op: op}, &reply{Exchange: Exchange{Status: 500, URL: "http://h/"}, body: []byte("{}")})
	tr := &trial{runner: r, ctx: t.Context(), check: &Check{ID: op.ID + "/response/no-failure"}}
	if err := tr.verdictOf(op.ID, "no-failure"); err != nil || !tr.failed || tr.blame != "Instance/list/limit" {
		t.Errorf("%v, failed %v, seen by %q", err, tr.failed, tr.blame)
	}
}

// A state is known to last as long as its shortest passage that ended by itself, not its longest.
func TestPassageLastsAtLeast(t *testing.T) {
	r := idle(t, Target{})
	tr := &trial{runner: r}
	begin := time.Now()
	pass := func(least time.Duration) {
		in := &instance{state: "STARTING"}
		in.enters(&reply{Exchange: Exchange{Started: begin}})
		tr.lasts(in, &reply{Exchange: Exchange{Started: begin.Add(least)}})
		in.state = "RUNNING"
		tr.lasts(in, &reply{Exchange: Exchange{Started: begin.Add(time.Hour)}})
	}
	pass(20 * time.Second)
	pass(time.Second)
	pass(30 * time.Second)
	if got := r.lasted["STARTING"]; got != time.Second {
		t.Errorf("it is known to last %v", got)
	}
}

// With a target's values, what the contract does not show of the resource may be absent there, and nowhere else.
func TestOptionalOnlyInTheResource(t *testing.T) {
	r := idle(t, Target{})
	tr := &trial{runner: r, shows: map[string]any{"name": "x"}}
	for _, op := range r.c.Operations() {
		if op.Effect == nil || op.Effect.Resource != r.kind {
			continue
		}
		tr.place = placeIn(op)
		top := "/name_of_no_member"
		switch answer := op.Effect.Answer; {
		case op.Effect.Do == contract.List:
			if item := answer.PointerOf("items") + "/0" + top; !tr.optional(item) || tr.optional(top) || tr.optional(answer.PointerOf("items")) {
				t.Errorf("%s: %s %v, %s %v", op.ID, item, tr.optional(item), top, tr.optional(top))
			}
		case answer != nil:
			if tr.optional(top) {
				t.Errorf("%s: its report may lack anything", op.ID)
			}
		case op.Effect.Do == contract.Create, op.Effect.Do == contract.Read:
			if !tr.optional(top) || tr.optional("/name") {
				t.Errorf("%s: %s must be there", op.ID, top)
			}
		}
	}
}

// A code counts as reached when it came back, not when a probe of it was content with another.
func TestCodeCoverageIsWhatCame(t *testing.T) {
	r := idle(t, Target{})
	judged := map[string]Result{}
	for _, c := range r.plan() {
		judged[c.ID] = Result{ID: c.ID, Verdict: Pass}
	}
	if part := r.codeCoverage(judged); part.Covered != 0 || part.Total == 0 || len(part.Left) != part.Total || !strings.Contains(part.Left[0], "another answer that conforms") {
		t.Errorf("%d of %d, %.3v", part.Covered, part.Total, part.Left)
	}
	for _, e := range r.c.Errors() {
		r.seen.answered[e.Ref] = true
	}
	if part := r.codeCoverage(judged); part.Covered != part.Total || part.Total == 0 {
		t.Errorf("%d of %d, %.3v", part.Covered, part.Total, part.Left)
	}
}

// How many tables of the documentation there are to judge does not depend on the filter.
func TestTableTotalIsOfTheContract(t *testing.T) {
	r := idle(t, Target{})
	none := r.tableCoverage(map[string]Result{})
	some := r.tableCoverage(map[string]Result{"listInstances/response/body": {Verdict: Pass}})
	if none.Total != some.Total || none.Covered != 0 || some.Covered == 0 || len(none.Left) < none.Total {
		t.Errorf("%d of %d, then %d of %d", none.Covered, none.Total, some.Covered, some.Total)
	}
}

// A list of checks has every id once.
func TestPlanIDs(t *testing.T) {
	var ids []string
	for _, c := range idle(t, Target{}).plan() {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	if n := len(ids); len(slices.Compact(ids)) != n {
		t.Error("an id is there twice")
	}
}

// A set-up that is refused hints at what the user can say; Go's own words do not come through; and what a run that
// ended early has not seen is no noise in it.
func TestReasonsInWords(t *testing.T) {
	reason := "set-up: createInstance is refused: 400 X {}"
	r := idle(t, Target{})
	r.notes = []string{"x: context canceled"}
	r.results = []Result{{ID: "a", Verdict: Skipped, Reason: reason}, {ID: "b", Verdict: Skipped, Reason: unasked + "listInstances"}}
	report := r.report(make([]Check, 878))
	if len(report.Results) != 1 || !strings.Contains(report.Results[0].Reason, "--values") || report.Notes[0] != "x: the run was interrupted" || report.Counts.Planned != 878 {
		t.Errorf("%+v %q %+v", report.Results, report.Notes, report.Counts)
	}
	r = idle(t, Target{Values: map[string]any{"description": "x"}})
	r.results = []Result{{ID: "a", Verdict: Skipped, Reason: reason}, {ID: "b", Verdict: Skipped, Reason: unasked + "listInstances"}}
	if report = r.report(make([]Check, 2)); len(report.Results) != 2 || !strings.HasSuffix(report.Results[0].Reason, "; are the values those that this target offers?") {
		t.Errorf("%+v", report.Results)
	}
}

// A body that is not what the page shows comes before what it brings about; a SHOULD never comes first.
func TestRootComesFirst(t *testing.T) {
	r := idle(t, Target{})
	r.results = []Result{{ID: "Instance/STARTING/restart", Suite: "lifecycle", Level: Must, Verdict: Fail}, {ID: "error/text", Suite: "response", Level: Should, Verdict: Fail},
		{ID: "getInstance/response/body", Suite: "response", Level: Must, Verdict: Fail}, {ID: "getInstance/response/no-failure", Suite: "response", Level: Must, Verdict: Fail}}
	var got []string
	for _, f := range r.findings() {
		got = append(got, f.Check)
	}
	if want := "getInstance/response/body Instance/STARTING/restart getInstance/response/no-failure error/text"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// A dry run tells how much it would check.
func TestDryRunTells(t *testing.T) {
	report, err := Run(t.Context(), contract.Default(), Target{URL: "http://127.0.0.1:1", First: Credentials{Project: "p", Token: "t"}}, WithDryRun(true), WithFilter([]string{"suite:list", "suite:race"}, nil))
	if err != nil || len(report.Notes) != 1 || !strings.HasPrefix(report.Notes[0], "nothing was sent; the run would make ") || !strings.Contains(report.Notes[0], "list 1") {
		t.Fatalf("%v %+v", err, report.Notes)
	}
}

// Requirements read as sentences.
func TestRequirementWords(t *testing.T) {
	words := map[string]string{}
	for _, c := range idle(t, Target{}).plan() {
		words[c.ID] = c.Requirement
	}
	for id, want := range map[string]string{
		"createToken/security/credentials": "a request for a token with a wrong password is refused",
		"createToken/body/cut":             "createToken with a body that it cannot take (cut) is refused",
	} {
		if !strings.HasPrefix(words[id], want) {
			t.Errorf("%s: %q, want %q", id, words[id], want)
		}
	}
}

// Values that the request has no member for are refused, with a hint at the one that was meant.
func TestValuesAreSpelt(t *testing.T) {
	for _, row := range []struct {
		values map[string]any
		want   string
	}{
		{map[string]any{"flavour": "x"}, `values: /flavour is no member of the body of createInstance; did you mean "flavor"?`},
		{map[string]any{"spec": map[string]any{"storage": map[string]any{"typo": 1}}}, "values: /spec/storage/typo is no member"},
		{map[string]any{"description": "x"}, ""},
	} {
		_, err := Plan(contract.Default(), Target{URL: "http://h", First: Credentials{Project: "p"}, Values: row.values})
		if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
			t.Errorf("%v: %v, want %q", row.values, err, row.want)
		}
	}
}
