package conformance_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/conformance/render"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
	"github.com/tallystick/tallystick/mock/defects"
)

// split runs the shards one after another, each report through its file's form.
func split(t *testing.T, n int, target func() conformance.Target, opts ...conformance.Option) []conformance.Part {
	t.Helper()
	var parts []conformance.Part
	for i := range n {
		report, err := conformance.Run(t.Context(), contract.Default(), target(), append(opts, conformance.WithShard(i+1, n, "test"))...)
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := render.JSON(&file, report); err != nil {
			t.Fatal(err)
		}
		read, err := render.ReadJSON(&file)
		if err != nil {
			t.Fatal(err)
		}
		read.Target = "the target" // which may have another port each time
		parts = append(parts, conformance.Part{Name: fmt.Sprintf("part%d.json", i+1), Report: read})
	}
	return parts
}

func merged(t *testing.T, parts []conformance.Part) *conformance.Report {
	t.Helper()
	report, err := conformance.Merge(contract.Default(), parts)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// agree holds a merge to the run that was not split: verdict, each check, and the figures of the coverage. A target
// with a broken lifecycle may go round a state in one of them only.
func agree(t *testing.T, whole, merge *conformance.Report) {
	t.Helper()
	if whole.Verdict != merge.Verdict || whole.Counts.Checks != merge.Counts.Checks || whole.Counts.Planned != merge.Counts.Planned {
		t.Fatalf("%s %+v, and merged %s %+v", whole.Verdict, whole.Counts, merge.Verdict, merge.Counts)
	}
	round := 0
	for i, a := range whole.Results {
		b := merge.Results[i]
		if a.ID == b.ID && (a.Excused || b.Excused) && a.Verdict != conformance.Fail && b.Verdict != conformance.Fail {
			round++
			continue
		}
		if a.ID != b.ID || a.Verdict != b.Verdict || a.Known != b.Known || a.Takes != b.Takes {
			t.Errorf("result %d: %s %s %s%s, and merged %s %s %s%s", i, a.ID, a.Verdict, a.Reason, a.Actual, b.ID, b.Verdict, b.Reason, b.Actual)
		}
	}
	if merge.Shard != nil || len(whole.Findings) != len(merge.Findings) || !slices.Equal(whole.Wrong, merge.Wrong) || !slices.Equal(whole.NotClaimed, merge.NotClaimed) {
		t.Errorf("%d findings, %v, %v, and merged %d, %v, %v", len(whole.Findings), whole.Wrong, whole.NotClaimed, len(merge.Findings), merge.Wrong, merge.NotClaimed)
	}
	if round == 0 && !reflect.DeepEqual(whole.Coverage, merge.Coverage) {
		t.Errorf("coverage: %+v, and merged %+v", whole.Coverage.Parts, merge.Coverage.Parts)
	}
}

// tenants is a mock with a defect, nil for none, and two projects.
func tenants(t *testing.T, d *defects.Defect) conformance.Target {
	t.Helper()
	const second = "b4a5d4098fb4474fa22cd05f897d6b99"
	opts := []mock.Option{mock.WithAuth(mock.Auth{Tokens: []mock.Token{{Value: "test-token", Project: project}, {Value: "token-of-another", Project: second}}})}
	if d != nil {
		opts = append(opts, d.Option())
	}
	target := serve(t, opts...)
	target.Second = &conformance.Credentials{Project: second, Token: "token-of-another"}
	return target
}

// A run that was split says the same as one that was not, of a mock without and with one defect of a family. Every
// fourth family is tried; TALLY_EXAM=1 tries all, and the second server.
func TestWholeMerge(t *testing.T) {
	whole(t)
	families := map[string][]*defects.Defect{"clean": {nil}}
	for _, d := range defects.All(contract.Default()) {
		families[d.Family] = append(families[d.Family], &d)
	}
	targets := map[string]func() conformance.Target{}
	exam := os.Getenv("TALLY_EXAM") == "1"
	if exam {
		targets["another server"] = func() conformance.Target { return other(t) }
	}
	for i, name := range slices.Sorted(maps.Keys(families)) {
		if list := families[name]; exam || name == "clean" || i%4 == 0 {
			targets[name] = func() conformance.Target { return tenants(t, list[len(list)/2]) }
		}
	}
	ran, found := 0, 0
	for name, target := range targets {
		t.Run(name, func(t *testing.T) {
			unsplit, err := conformance.Run(t.Context(), contract.Default(), target())
			if err != nil {
				t.Fatal(err)
			}
			parts := split(t, 3, target)
			var slowest conformance.Duration
			for _, p := range parts {
				slowest = max(slowest, p.Report.Took)
			}
			merge := merged(t, parts)
			agree(t, unsplit, merge)
			if ran++; merge.Counts.Failed > 0 {
				found++
			}
			t.Logf("%s: %d failed of %d; the whole run took %v, the slowest of 3 shards %v", merge.Verdict, merge.Counts.Failed,
				merge.Counts.Checks, time.Duration(unsplit.Took), time.Duration(slowest))
		})
	}
	if ran == len(targets) && found < ran/2 {
		t.Errorf("only %d of the runs have found something", found)
	}
}
