//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func resultWith(ratio float64) *Result {
	return &Result{Rows: []Row{{Workload: "get", Instances: middle, Ratio: 9, CPURatio: ratio}}}
}

// TestBaseline: what the runs themselves saw passes, twice their noise too, and what is lower does not.
func TestBaseline(t *testing.T) {
	b := &baseline{Version: baselineVersion, Runs: 3}
	for _, ratio := range []float64{0.82, 0.72, 0.80} {
		b.add(resultWith(ratio))
	}
	b.judge()
	path := filepath.Join(t.TempDir(), "baseline.json")
	if err := writeJSON(path, b); err != nil {
		t.Fatal(err)
	}
	b, err := readBaseline(path)
	if err != nil {
		t.Fatal(err)
	}
	for ratio, want := range map[float64]int{0.9: 0, 0.72: 0, 0.65: 0, 0.63: 1} {
		missed, err := b.missed(resultWith(ratio))
		if err != nil || len(missed) != want {
			t.Errorf("ratio %g: missed %v, %v; want %d", ratio, missed, err, want)
		}
	}
	if _, err := b.missed(&Result{Rows: []Row{{Workload: "put", Instances: middle}}}); err == nil {
		t.Error("a result with nothing that the baseline has passes")
	}
}

func TestQuietBaseline(t *testing.T) {
	b := &baseline{}
	b.add(resultWith(0.8))
	b.add(resultWith(0.8))
	if b.judge(); b.Ratios[0].Tolerance != leastTolerance {
		t.Errorf("tolerance %g without noise, want %g", b.Ratios[0].Tolerance, leastTolerance)
	}
}

func TestReadBaseline(t *testing.T) {
	for name, tt := range map[string]struct{ text, err string }{
		"no JSON":        {"{", "unexpected EOF"},
		"unknown member": {`{"x": 1}`, `unknown field "x"`},
		"old":            {`{"version": 0, "ratios": [{"ratio": 1, "tolerance": 0.1}]}`, "version 0"},
		"empty":          {`{"version": NOW}`, "0 ratios"},
		"no tolerance":   {`{"version": NOW, "ratios": [{"workload": "get", "ratio": 1}]}`, "tolerance 0"},
		"all allowed":    {`{"version": NOW, "ratios": [{"workload": "get", "ratio": 1, "tolerance": 1}]}`, "tolerance 1"},
		"no ratio":       {`{"version": NOW, "ratios": [{"workload": "get", "tolerance": 0.1}]}`, "ratio 0"},
	} {
		path := filepath.Join(t.TempDir(), "baseline.json")
		if err := os.WriteFile(path, []byte(strings.Replace(tt.text, "NOW", strconv.Itoa(baselineVersion), 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readBaseline(path); err == nil || !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: error %v, want %q", name, err, tt.err)
		}
	}
	if _, err := readBaseline("no-such-file"); err == nil || !strings.Contains(err.Error(), "--baseline") {
		t.Errorf("no file: error %v", err)
	}
}
