//go:build linux

package main

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func sampleResult() *Result {
	r := &Result{Version: resultVersion, Go: "go1.26", System: "linux/amd64", Connections: 32,
		Memory:      []Memory{{Instances: 100_000, Empty: 30 << 20, Full: 130 << 20, Each: 1048.6}},
		Start:       &Start{Times: 15, Median: 50, Least: 45, Most: 70},
		Allocations: []Allocations{{Workload: "get", Bare: 2, BareBytes: 33, Mock: 20, MockBytes: 2000}}}
	for i, w := range []string{"get", "create"} {
		for j, n := range []int{10, 1000} {
			ratio := 0.5 + 0.1*float64(i) + 0.2*float64(j)
			load := Load{PerSecond: 50_000 * ratio, P50: 400, P99: 2000, CPU: 20 / ratio, Server: 1, Load: 0.5, Requests: 250_000}
			row := Row{Workload: w, Instances: n, Ratio: ratio, Rounds: []float64{ratio}, CPURatio: ratio, CPURounds: []float64{ratio},
				Bare: Load{PerSecond: 50_000, P50: 300, P99: 1500, CPU: 20, Server: 0.9, Load: 0.98, Requests: 500_000}, Mock: load}
			if n == middle {
				row.Half = &Half{Rate: 25_000, Ratio: 1.25, AllRatio: 1.5, Bare: load, Mock: load}
			}
			r.Rows = append(r.Rows, row)
		}
	}
	return r
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs; go test -update rewrites it. Got:\n%s", path, got)
	}
}

func TestTable(t *testing.T) {
	var b strings.Builder
	if err := sampleResult().table(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "table.txt", []byte(b.String()))
}

func TestPlot(t *testing.T) {
	svg := sampleResult().plot()
	golden(t, "plot.svg", svg)
	for decoder := xml.NewDecoder(strings.NewReader(string(svg))); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		values []float64
		want   float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 9}, 3}} {
		before := slices.Clone(tt.values)
		if got := median(tt.values); got != tt.want || !slices.Equal(before, tt.values) {
			t.Errorf("median(%v) = %g, want %g and the values as they were", tt.values, got, tt.want)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1_000_000: "1,000,000"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %s, want %s", n, got, want)
		}
	}
}
