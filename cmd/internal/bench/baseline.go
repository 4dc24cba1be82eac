//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// baselineVersion is that of the file. It changes with what its ratios mean, and the file is made anew then.
const baselineVersion = 4

// baseline is what ratios of processor time were seen, and how far they went astray by themselves. These are
// steadier than those of throughput when others work on the machine, and fall by as much when the mock gets slower.
type baseline struct {
	Version int             `json:"version"`
	Runs    int             `json:"runs"`
	Ratios  []baselineRatio `json:"ratios"`
}

type baselineRatio struct {
	Workload  string    `json:"workload"`
	Instances int       `json:"instances"`
	Seen      []float64 `json:"seen"`      // of every run, the least first
	Ratio     float64   `json:"ratio"`     // their median
	Tolerance float64   `json:"tolerance"` // share of the median that a ratio may lack
}

// safety is how much more than the worst of the runs a ratio may lack. Twice the worst of ten runs is beyond what
// noise of the same kind does in a hundred.
const safety = 2

// leastTolerance is for a machine that happened to be quiet: another has other proportions between its kernel and Go.
const leastTolerance = 0.15

// writeBaseline measures again and again, and writes the medians with the noise.
func (o *options) writeBaseline(ctx context.Context, stdout, progress io.Writer) error {
	b := &baseline{Version: baselineVersion, Runs: o.runs}
	for i := range o.runs {
		_, _ = fmt.Fprintf(progress, "run %d of %d\n", i+1, o.runs)
		r, err := o.measure(ctx, io.Discard)
		if err != nil {
			return err
		}
		b.add(r)
	}
	b.judge()
	for _, known := range b.Ratios {
		if _, err := fmt.Fprintf(stdout, "%s at %d: %.3f, %.3f to %.3f, tolerance %.0f %%\n", known.Workload, known.Instances,
			known.Ratio, known.Seen[0], known.Seen[len(known.Seen)-1], known.Tolerance*100); err != nil {
			return err
		}
	}
	return writeJSON(o.baseline, b)
}

func (b *baseline) add(r *Result) {
	for _, row := range r.Rows {
		i := slices.IndexFunc(b.Ratios, func(k baselineRatio) bool { return k.Workload == row.Workload && k.Instances == row.Instances })
		if i < 0 {
			i, b.Ratios = len(b.Ratios), append(b.Ratios, baselineRatio{Workload: row.Workload, Instances: row.Instances})
		}
		b.Ratios[i].Seen = append(b.Ratios[i].Seen, row.CPURatio)
	}
}

// judge works out medians and tolerances of what was seen.
func (b *baseline) judge() {
	for i := range b.Ratios {
		k := &b.Ratios[i]
		slices.Sort(k.Seen)
		k.Ratio = median(k.Seen)
		k.Tolerance = max(safety*(k.Ratio-k.Seen[0])/k.Ratio, leastTolerance)
	}
}

func readBaseline(path string) (*baseline, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--check: %w; --baseline %s makes one", err, path)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	b := &baseline{}
	if err := decoder.Decode(b); err != nil {
		return nil, fmt.Errorf("--check: %s: %w", path, err)
	}
	if b.Version != baselineVersion || len(b.Ratios) == 0 {
		return nil, fmt.Errorf("--check: %s: version %d with %d ratios, want version %d with some; make it anew with --baseline", path, b.Version, len(b.Ratios), baselineVersion)
	}
	for _, k := range b.Ratios {
		if k.Ratio <= 0 || k.Tolerance <= 0 || k.Tolerance >= 1 {
			return nil, fmt.Errorf("--check: %s: %s at %d: ratio %g, tolerance %g: want a ratio above 0 and a tolerance between 0 and 1", path, k.Workload, k.Instances, k.Ratio, k.Tolerance)
		}
	}
	return b, nil
}

// missed lists the ratios of a result that are lower than they may be. A ratio that was not measured is missed
// only when no flag left it out, so at least one has to be there.
func (b *baseline) missed(r *Result) ([]string, error) {
	var out, unknown []string
	held := 0
	for _, row := range r.Rows {
		i := slices.IndexFunc(b.Ratios, func(k baselineRatio) bool { return k.Workload == row.Workload && k.Instances == row.Instances })
		if i < 0 {
			unknown = append(unknown, fmt.Sprintf("%s at %d", row.Workload, row.Instances))
			continue
		}
		held++
		if k := b.Ratios[i]; row.CPURatio < k.Ratio*(1-k.Tolerance) {
			out = append(out, fmt.Sprintf("%s at %d instances: cpu ratio %.3f, the baseline has %.3f and allows %.3f", row.Workload, row.Instances,
				row.CPURatio, k.Ratio, k.Ratio*(1-k.Tolerance)))
		}
	}
	if held == 0 {
		return nil, fmt.Errorf("--check: the baseline has none of what was measured: %s", strings.Join(unknown, ", "))
	}
	return out, nil
}
