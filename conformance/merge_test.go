package conformance_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/defects"
)

// few are checks of which three shards make a part each, and which take little time.
var few = conformance.WithFilter([]string{"suite:list", "createInstance/example/*", "createInstance/rule/*", "createInstance/response/*", "listInstances/response/*"}, nil)

// mistaken are targets with a defect, one for each shard.
func mistaken(t *testing.T, name string) func() conformance.Target {
	t.Helper()
	d, err := defects.Find(contract.Default(), name)
	if err != nil {
		t.Fatal(err)
	}
	return func() conformance.Target { return tenants(t, &d) }
}

// A few checks, split, come to what they come to in one run: when all pass, when what was seen is at fault in one
// shard or in all, and with a baseline that knows it.
func TestMergeAgrees(t *testing.T) {
	const wrong, fault = "listInstances/response/body", "member-missing/listInstances/instances.0.status"
	baseline := filepath.Join(t.TempDir(), "known.yaml")
	known := "known:\n  - {check: " + wrong + ", reason: r, ticket: T-1, expires: \"2027-01-31\"}\n" +
		"  - {check: createInstance/response/body, reason: r, ticket: T-2, expires: \"2027-01-31\"}\n"
	if err := os.WriteFile(baseline, []byte(known), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := conformance.ReadBaseline(baseline, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		target  func() conformance.Target
		opts    []conformance.Option
		verdict string
	}{
		{"clean", func() conformance.Target { return tenants(t, nil) }, nil, conformance.Conforms},
		{"defect", mistaken(t, fault), nil, conformance.Findings},
		{"known", mistaken(t, fault), []conformance.Option{conformance.WithBaseline(list)}, conformance.Findings},
		{"stub", func() conformance.Target { return stub(t) }, nil, conformance.Findings},
		{"dry run", func() conformance.Target { return tenants(t, nil) }, []conformance.Option{conformance.WithDryRun(true)}, conformance.Partial},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := slices.Concat(c.opts, []conformance.Option{few})
			whole, err := conformance.Run(t.Context(), contract.Default(), c.target(), opts...)
			if err != nil {
				t.Fatal(err)
			}
			parts := split(t, 3, c.target, opts...)
			slices.Reverse(parts)
			merge := merged(t, parts)
			agree(t, whole, merge)
			if merge.Verdict != c.verdict {
				t.Errorf("%s %+v", merge.Verdict, merge.Counts)
			}
			if c.name == "known" && (merge.Counts.Known != 1 || len(merge.Wrong) != 1) {
				t.Errorf("%d known, wrong %v", merge.Counts.Known, merge.Wrong)
			}
		})
	}
}

// stub gives one answer to everything.
func stub(t *testing.T) conformance.Target {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"instances":[],"total_count":0}`))
	}))
	t.Cleanup(srv.Close)
	return conformance.Target{URL: srv.URL, First: conformance.Credentials{Project: project, Token: "test-token"}}
}

// What does not belong together is refused, and named.
func TestMergeRefuses(t *testing.T) {
	parts := split(t, 3, func() conformance.Target { return tenants(t, nil) }, few)
	for name, c := range map[string]struct {
		spoil func(p []conformance.Part) []conformance.Part
		says  string
	}{
		"nothing": {func([]conformance.Part) []conformance.Part { return nil }, "there are no reports to merge"},
		"missing": {func(p []conformance.Part) []conformance.Part { return p[1:2] }, "missing: shard 1/3, 3/3; every shard is wanted once"},
		"twice":   {func(p []conformance.Part) []conformance.Part { p[2] = p[0]; p[2].Name = "again.json"; return p }, "shard 1/3 is there twice, in part1.json and in again.json"},
		"many": {func(p []conformance.Part) []conformance.Part {
			p[0].Report.Shard.Of = 1 << 60
			return p[:1]
		}, "and 1152921504606846955 more"},
		"whole":      {func(p []conformance.Part) []conformance.Part { p[1].Report.Shard = nil; return p }, "part2.json is the report of a whole run, not of a shard"},
		"impossible": {func(p []conformance.Part) []conformance.Part { p[1].Report.Shard.Index = 0; return p }, "part2.json is of shard 0/3, which cannot be"},
		"contract":   {func(p []conformance.Part) []conformance.Part { p[1].Report.Contract.SHA256 = "00"; return p }, "contract is"},
		"another contract": {func(p []conformance.Part) []conformance.Part {
			for i := range p {
				p[i].Report.Contract.SHA256 = strings.Repeat("0", 64)
			}
			return p
		}, "give the one that they were made with"},
		"version": {func(p []conformance.Part) []conformance.Part {
			for i := range p {
				p[i].Report.Version++
			}
			return p
		}, "its version is 2, this program merges 1"},
		"target":  {func(p []conformance.Part) []conformance.Part { p[2].Report.Target = "http://other"; return p }, `target is "the target" in one, and "http://other" in the other`},
		"seed":    {func(p []conformance.Part) []conformance.Part { p[2].Report.Seed = 2; return p }, "part1.json and part3.json are not parts of one run: seed is 1 in one, and 2 in the other"},
		"number":  {func(p []conformance.Part) []conformance.Part { p[2].Report.Shard.Of = 4; return p }, "number of shards is 3 in one, and 4"},
		"program": {func(p []conformance.Part) []conformance.Part { p[2].Report.Shard.Program = "v9"; return p }, `program is "test" in one, and "v9"`},
		"filter":  {func(p []conformance.Part) []conformance.Part { p[2].Report.Shard.Conditions.Include = nil; return p }, "include is ["},
		"plan": {func(p []conformance.Part) []conformance.Part {
			for i := range p {
				p[i].Report.Shard.Plan = "0"
			}
			return p
		}, "merge with the program that made the parts (test)"},
		"foreign check": {func(p []conformance.Part) []conformance.Part { p[2].Report.Results[0].ID = "x"; return p }, "part3.json: there is no check x in this run"},
		"double check": {func(p []conformance.Part) []conformance.Part {
			p[2].Report.Results[0] = p[0].Report.Results[0]
			return p
		}, "they are not parts of one run"},
	} {
		_, err := conformance.Merge(contract.Default(), c.spoil(copies(parts)))
		if !errors.Is(err, conformance.ErrUsage) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// copies are parts that can be spoilt.
func copies(parts []conformance.Part) []conformance.Part {
	out := slices.Clone(parts)
	for i := range out {
		report, shard := *out[i].Report, *out[i].Report.Shard
		report.Shard, report.Results = &shard, slices.Clone(report.Results)
		report.Leftovers = slices.Clone(report.Leftovers)
		out[i].Report = &report
	}
	return out
}

// What is wrong with one part is wrong with the whole: an early end, a check without a verdict, something left.
func TestMergePartial(t *testing.T) {
	parts := split(t, 3, func() conformance.Target { return tenants(t, nil) }, few)
	for name, c := range map[string]struct {
		spoil   func(r *conformance.Report)
		verdict string
	}{
		"as it is": {func(*conformance.Report) {}, conformance.Conforms},
		"ended early": {func(r *conformance.Report) {
			r.Results = r.Results[1:]
			r.Notes = append(r.Notes, "interrupted after x")
		}, conformance.Partial},
		"lost planned": {func(r *conformance.Report) { r.Counts.Planned++ }, conformance.Partial},
		"no verdict": {func(r *conformance.Report) {
			i := slices.IndexFunc(r.Results, func(res conformance.Result) bool { return res.Level == conformance.Must && res.Suite != "response" })
			r.Results[i].Verdict, r.Results[i].Reason = conformance.Skipped, "no answer"
		}, conformance.Partial},
		"not claimed": {func(r *conformance.Report) {
			for i := range r.Results {
				r.Results[i].Verdict, r.Results[i].Takes = conformance.Skipped, "a key"
			}
			r.Verdict = conformance.Partial // nothing passes in this part, but in the others
		}, conformance.Conforms},
		"left behind": {func(r *conformance.Report) { r.Leftovers, r.Verdict = []string{"id"}, conformance.Findings }, conformance.Findings},
		"left by a target that has gone": {func(r *conformance.Report) {
			r.Leftovers, r.Verdict, r.Results = []string{"id"}, conformance.Partial, r.Results[1:]
		}, conformance.Partial},
		"wrong besides": {func(r *conformance.Report) { r.Wrong, r.Verdict = []string{"coverage"}, conformance.Findings }, conformance.Findings},
	} {
		p := copies(parts)
		c.spoil(p[1].Report)
		if merge := merged(t, p); merge.Verdict != c.verdict {
			t.Errorf("%s: %s %+v", name, merge.Verdict, merge.Counts)
		}
	}
}
