//go:build linux

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// Result is what was measured. Its JSON form has a version, which changes with its meaning.
type Result struct {
	Version     int           `json:"version"`
	Time        time.Time     `json:"time"`
	Go          string        `json:"go"`
	System      string        `json:"system"`
	ServerCore  int           `json:"server_core"`
	LoadCore    int           `json:"load_core"`
	Connections int           `json:"connections"`
	Seconds     float64       `json:"seconds"` // of one server in one round
	Rows        []Row         `json:"rows"`
	Allocations []Allocations `json:"allocations"`
	Memory      []Memory      `json:"memory,omitempty"`
	Start       *Start        `json:"start,omitempty"`
}

// Row is one workload on a state of one size.
type Row struct {
	Workload  string    `json:"workload"`
	Instances int       `json:"instances"`
	Ratio     float64   `json:"ratio"`     // requests per second, the mock's to the bare server's; median of the rounds
	Rounds    []float64 `json:"rounds"`    // each round's ratio
	CPURatio  float64   `json:"cpu_ratio"` // requests per second of processor time: what others do on the machine harms it least
	CPURounds []float64 `json:"cpu_rounds"`
	Bare      Load      `json:"bare"`
	Mock      Load      `json:"mock"`
	Half      *Half     `json:"half,omitempty"`
}

// Load is what one server took; medians of the rounds, but for Requests, which counts all.
type Load struct {
	PerSecond float64 `json:"per_second"`
	P50       float64 `json:"p50_us"`
	P99       float64 `json:"p99_us"`
	CPU       float64 `json:"cpu_us"`      // processor time of the server for one request
	Server    float64 `json:"server_busy"` // processor time of the server to time, about 1 for a full core
	Load      float64 `json:"load_busy"`   // the same of this program
	Requests  int     `json:"requests"`
	Disturbed float64 `json:"disturbed"` // share of the time that others ran, or in which the load's core was taken away; the larger; 0 without a rate

	latencies []time.Duration // of one round, sorted
}

// Half is both servers at half of what the slower one can take. P50 and P99 are those of the answers of all rounds
// that count together: of each server's rounds those that were disturbed least.
type Half struct {
	Rate     float64 `json:"per_second"`
	Ratio    float64 `json:"p99_ratio"`            // the mock's to the bare server's
	AllRatio float64 `json:"p99_ratio_all_rounds"` // the same of all rounds, disturbed or not
	Rounds   int     `json:"rounds"`               // that count
	Of       int     `json:"of"`                   // so many
	Bare     Load    `json:"bare"`
	Mock     Load    `json:"mock"`
}

// Allocations are those of one request, counted without a network.
type Allocations struct {
	Workload  string  `json:"workload"`
	Bare      float64 `json:"bare"`
	BareBytes float64 `json:"bare_bytes"`
	Mock      float64 `json:"mock"`
	MockBytes float64 `json:"mock_bytes"`
}

// Memory is the resident memory of the mock in bytes, right after it was filled over HTTP.
type Memory struct {
	Instances int     `json:"instances"`
	Empty     int64   `json:"empty"`
	Full      int64   `json:"full"`
	Each      float64 `json:"each"`
}

// Start is the time in milliseconds from exec to the first answer.
type Start struct {
	Times  int     `json:"times"`
	Median float64 `json:"median_ms"`
	Least  float64 `json:"least_ms"`
	Most   float64 `json:"most_ms"`
}

const resultVersion = 4

func newResult(o *options, c cores) *Result {
	return &Result{Version: resultVersion, Time: time.Now().UTC().Truncate(time.Second), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
		ServerCore: c.server, LoadCore: c.load, Connections: o.connections, Seconds: o.each.Seconds()}
}

func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// limited is the share of a core from which on the load, not the server, may have been the limit.
const limited = 0.97

// table writes all for people.
func (r *Result) table(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(t, format, args...) } // an error shows at Flush
	p("workload\tinstances\tratio\trounds\tcpu ratio\trounds\tbare/s\tmock/s\tbare p50\tp99 µs\tmock p50\tp99 µs\tbusy: bare\tmock\tload\t\n")
	note := ""
	for _, row := range r.Rows {
		least, most := bounds(row.Rounds)
		cpuLeast, cpuMost := bounds(row.CPURounds)
		p("%s\t%d\t%.3f\t%.2f–%.2f\t%.3f\t%.2f–%.2f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.2f\t%.2f\t%.2f\t\n", row.Workload, row.Instances, row.Ratio, least, most, row.CPURatio, cpuLeast, cpuMost,
			row.Bare.PerSecond, row.Mock.PerSecond, row.Bare.P50, row.Bare.P99, row.Mock.P50, row.Mock.P99, row.Bare.Server, row.Mock.Server, row.Bare.Load)
		if row.Bare.Load > limited && row.Bare.Load > row.Bare.Server {
			note = cmp.Or(note, "\nThe load took a whole core, and may have been the limit: "+row.Workload)
		}
	}
	p("\nat half of the slower server's peak\tper second\tbare p50\tp99 µs\tdisturbed\tmock p50\tp99 µs\tdisturbed\tp99 ratio\tof all rounds\t\n")
	for _, row := range r.Rows {
		if h := row.Half; h != nil {
			p("%s\t%.0f\t%.0f\t%.0f\t%.1f%%\t%.0f\t%.0f\t%.1f%%\t%.2f\t%.2f\t\n", row.Workload, h.Rate, h.Bare.P50, h.Bare.P99, 100*h.Bare.Disturbed, h.Mock.P50, h.Mock.P99, 100*h.Mock.Disturbed, h.Ratio, h.AllRatio)
		}
	}
	p("\nin one request\tbare allocs\tbytes\tmock allocs\tbytes\t\n")
	for _, a := range r.Allocations {
		p("%s\t%.0f\t%.0f\t%.0f\t%.0f\t\n", a.Workload, a.Bare, a.BareBytes, a.Mock, a.MockBytes)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var more strings.Builder
	for _, m := range r.Memory {
		fmt.Fprintf(&more, "\nresident: %.0f bytes an instance at %d (%d MB, empty %d MB)", m.Each, m.Instances, m.Full>>20, m.Empty>>20)
	}
	if s := r.Start; s != nil {
		fmt.Fprintf(&more, "\nfirst answer: %.0f ms after exec (%.0f to %.0f, %d starts)", s.Median, s.Least, s.Most, s.Times)
	}
	_, err := fmt.Fprintf(out, "%s%s\n", more.String(), note)
	return err
}

func bounds(values []float64) (least, most float64) {
	for i, v := range values {
		if i == 0 {
			least, most = v, v
		}
		least, most = min(least, v), max(most, v)
	}
	return least, most
}
