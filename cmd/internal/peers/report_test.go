package peers

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/internal/golden"
)

func sampleReport() *Report {
	day := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	abilities := func(has bool) []Ability { return []Ability{{"answers", true}, {"keeps what was created", has}} }
	r := &Report{
		Own: &Own{Time: day, Go: "go1.26", Rounds: 5, Start: 42, Memory: []OwnMemory{{100_000, 1488}},
			Rows: []OwnRow{{"get", 10, 0.9, 0.91, 45_000, 600, 2100}}, Half: []OwnHalf{{"get", 1000, 22_500, 800, 400, 0.5, 0.75, 15, 30}}},
		Servers: &Lineup{Time: day, Machine: Machine{System: "linux/amd64", CPU: "Some CPU", Cores: 2, Memory: 24, Go: "go1.26", Load: 7.5}, Connections: 32, Rounds: 5, Seconds: 2, Starts: 3,
			Entrants: []Entrant{
				{Name: "Tallystick", Version: "this tree", Settings: "as it comes", Abilities: abilities(true), StartMS: []float64{40, 42, 50}},
				{Name: "bare", Version: "Echo v4", Settings: "constant"},
				{Name: "Quick|Peer", Version: "1.0", Settings: "`--fast`", Notes: []string{"It has no state."}, Abilities: abilities(false), StartMS: []float64{900, 1000, 1400}},
				{Name: "Absent", Missing: "Absent is not installed"},
			}},
		Runners: []*Trial{
			{Name: "tally check", Version: "of this tree", Time: day, Settings: "as it comes", All: 154, Clean: []Run{{Seconds: 3, Requests: 3257}},
				Runs: []Run{{Defect: "d", Family: "state", Found: []string{"x"}}, {Defect: "e", Family: "lifecycle", Found: []string{"x"}}}},
			{Name: "Other", Version: "2.0", Time: day, Settings: "as its guide says", Notes: []string{"A note."}, All: 154, Clean: []Run{{Seconds: 30, Requests: 504, Failures: []string{"f"}}},
				Runs: []Run{{Defect: "d", Family: "state"}, {Defect: "e", Family: "lifecycle", Fault: "time"}}},
			{Name: "Absent", Missing: "Absent is not installed"},
		},
	}
	line := func(name string, n float64) Line {
		return Line{Name: name, PerSecond: n, P50: 32e6 / n, P99: 64e6 / n, CPU: 1e6 / n, Rounds: []float64{n * 0.9, n, n * 1.1}, Resident: 50_000_000}
	}
	absent := Line{Name: "Absent", Fault: "Absent is not installed"}
	r.Bouts = []*Bout{
		{Workload: "get", Lines: []Line{line("Tallystick", 40_000), line("bare", 50_000), line("Quick|Peer", 4000), absent}},
		{Workload: "list", Lines: []Line{line("Tallystick", 4000), line("bare", 20_000), line("Quick|Peer", 8000), absent}},
	}
	return r
}

func TestMarkdown(t *testing.T) {
	golden.Compare(t, "report.md", sampleReport().Markdown())
	golden.Compare(t, "partial.md", (&Report{Own: sampleReport().Own, Skipped: []string{"servers", "runners"}}).Markdown())
}

func TestPlot(t *testing.T) {
	plot := sampleReport().Plot()
	golden.Compare(t, "plot.svg", plot)
	decoder := xml.NewDecoder(strings.NewReader(string(plot)))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestGaps(t *testing.T) {
	if got := sampleReport().Gaps(); len(got) != 4 {
		t.Errorf("gaps %q, want 4: one server, two bouts, one runner", got)
	}
	if got := (&Report{}).Gaps(); len(got) != 0 {
		t.Errorf("gaps %q of nothing", got)
	}
}

func TestReadPart(t *testing.T) {
	dir := t.TempDir()
	for name, tt := range map[string]struct{ text, err string }{
		"good.json":    {`{"workload":"get","lines":[]}`, ""},
		"cut.json":     {`{"workload":`, "cut.json is no part"},
		"unknown.json": {`{"x":1}`, "unknown.json is no part"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadPart[*Bout](path)
		if (err == nil) != (tt.err == "") || (err != nil && !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: error %v, want %q", name, err, tt.err)
		}
	}
	if _, err := ReadPart[*Bout](filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: error %v", err)
	}
}

func TestMachine(t *testing.T) {
	var m Machine
	m.read([]byte("processor\t: 0\nmodel name\t: A CPU\n\nprocessor\t: 1\nmodel name\t: A CPU\n"), []byte("MemTotal:       24600000 kB\nMemFree: 1 kB\n"), []byte("1.50 1.00 0.50 1/2 3\n"))
	if m.Cores != 2 || m.CPU != "A CPU" || m.Memory != 23 || m.Load != 1.5 {
		t.Errorf("%+v, want 2 cores of A CPU with 23 GiB and a load of 1.5", m)
	}
}
