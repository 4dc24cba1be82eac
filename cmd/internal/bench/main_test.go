//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/internal/race"
	"github.com/tallystick/tallystick/internal/testtool"
)

// TestMain lets the test binary be the bare server too.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == bareCommand {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// TestWholeBench measures for a moment, with all parts: every workload must pass its rehearsal, every figure be there.
func TestWholeBench(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector would be measured; make whole runs it")
	}
	dir, tally := t.TempDir(), testtool.Tally(t)
	report, plot := filepath.Join(dir, "bench.json"), filepath.Join(dir, "bench.svg")
	var stdout, stderr bytes.Buffer
	args := []string{"--tally", tally, "--quick", "--time", "20ms", "--rounds", "2", "--connections", "4", "--json", report, "--svg", plot}
	if code := run(context.Background(), args, nil, &stdout, &stderr); code != 0 {
		t.Fatalf("code %d: %s", code, &stderr)
	}
	data, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var r Result
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != 6 || len(r.Allocations) != 5 {
		t.Errorf("%d workloads and %d counts of allocations, want 6 and 5", len(r.Rows), len(r.Allocations))
	}
	for _, row := range r.Rows {
		if row.Ratio <= 0 || row.CPURatio <= 0 || row.Bare.Requests == 0 || row.Mock.Requests == 0 || row.Mock.P99 < row.Mock.P50 || row.Mock.P50 <= 0 || len(row.Rounds) != 2 {
			t.Errorf("%s: %+v", row.Workload, row)
		}
		if !strings.Contains(stdout.String(), row.Workload) {
			t.Errorf("the table lacks %s", row.Workload)
		}
	}
	if _, err := os.Stat(plot); err != nil {
		t.Error(err)
	}
	high := filepath.Join(dir, "baseline.json")
	b := &baseline{Version: baselineVersion, Ratios: []baselineRatio{{Workload: "get", Instances: middle, Ratio: 100, Tolerance: 0.1}}}
	if err := writeJSON(high, b); err != nil {
		t.Fatal(err)
	}
	stderr.Reset()
	args = []string{"--tally", tally, "--quick", "--only", "get", "--time", "20ms", "--rounds", "1", "--connections", "4", "--check", high}
	if code := run(context.Background(), args, nil, &stdout, &stderr); code != 1 || strings.Count(stderr.String(), "the baseline has 100.000") != mostTries {
		t.Errorf("a ratio below the baseline: code %d, %s", code, &stderr)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"--nope"}, {"word"}, {"--connections", "0"}, {"--rounds", "-1"}, {"--check", "no-such-file"}, {"--tally", "no-such-file", "--quick"}} {
		var stdout, stderr bytes.Buffer
		if code := run(context.Background(), args, nil, &stdout, &stderr); code != 2 || stderr.Len() == 0 {
			t.Errorf("%v: code %d, %q; want 2 with a reason", args, code, &stderr)
		}
	}
}

func TestPlan(t *testing.T) {
	p, err := newPlan(contract.Default())
	if err != nil {
		t.Fatal(err)
	}
	if p.loop.Name != "restart" {
		t.Errorf("the action that leads back is %s, want restart", p.loop.Name)
	}
	var way []string
	for _, e := range p.ending {
		way = append(way, e.Name)
	}
	if !slices.Equal(way, []string{"stop", "deleteInstance"}) {
		t.Errorf("the way out is %v, want stop and deleteInstance", way)
	}
	if id := p.idIn([]byte(`{"ai_project":{"id":"x"},"id":"DE-1"}`)); id != "DE-1" {
		t.Errorf("id %q, want DE-1", id)
	}
	create, err := p.creator()
	if err != nil {
		t.Fatal(err)
	}
	one := string(create().request)
	if two := string(create().request); one == two || len(one) != len(two) || !strings.Contains(one, `"bench-000000000001"`) {
		t.Errorf("two requests to create: %s\n%s", one, two)
	}
}
