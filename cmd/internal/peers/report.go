package peers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// Report is all that was compared. Its parts are kept as files, so that a run can go on where another ended.
type Report struct {
	Own     *Own     // nil when it was left out
	Servers *Lineup  // nil when they were left out
	Bouts   []*Bout  // one for each workload
	Runners []*Trial // empty when they were left out
	Skipped []string // parts that were left out
}

// Own is what the mock does beside a bare handler, without peers.
type Own struct {
	Time   time.Time   `json:"time"`
	Go     string      `json:"go"`
	Rounds int         `json:"rounds"`
	Rows   []OwnRow    `json:"rows"`
	Half   []OwnHalf   `json:"half,omitempty"`
	Memory []OwnMemory `json:"memory,omitempty"`
	Start  float64     `json:"start_ms,omitempty"` // median from exec to the first answer; 0 when not measured
}

// OwnRow is one workload on a state of one size. Ratios are to a bare Echo handler, medians of the rounds.
type OwnRow struct {
	Workload  string  `json:"workload"`
	Instances int     `json:"instances"`
	Ratio     float64 `json:"ratio"`
	CPURatio  float64 `json:"cpu_ratio"`
	PerSecond float64 `json:"per_second"`
	P50       float64 `json:"p50_us"`
	P99       float64 `json:"p99_us"`
}

// OwnHalf is one workload at half of what the slower of the two can take: when the slowest hundredth of the answers
// came, in microseconds, and how the mock's stands to the bare handler's. So many of all rounds of each count, in which
// the machine did least besides.
type OwnHalf struct {
	Workload  string  `json:"workload"`
	Instances int     `json:"instances"`
	PerSecond float64 `json:"per_second"`
	Bare      float64 `json:"bare_p99_us"`
	Mock      float64 `json:"mock_p99_us"`
	Ratio     float64 `json:"p99_ratio"`
	AllRatio  float64 `json:"p99_ratio_all_rounds"` // of all rounds, disturbed or not
	Rounds    int     `json:"rounds"`
	Of        int     `json:"of"`
}

// OwnMemory is the memory that an instance takes, in bytes.
type OwnMemory struct {
	Instances int     `json:"instances"`
	Each      float64 `json:"each"`
}

// Lineup is the servers that were compared, and how.
type Lineup struct {
	Time        time.Time `json:"time"`
	Machine     Machine   `json:"machine"`
	Connections int       `json:"connections"`
	Rounds      int       `json:"rounds"`
	Seconds     float64   `json:"seconds"` // of one server in one round
	Starts      int       `json:"starts"`
	Entrants    []Entrant `json:"entrants"`
}

// Entrant is one server.
type Entrant struct {
	Name      string    `json:"name"`
	Version   string    `json:"version"`
	Settings  string    `json:"settings"`
	Notes     []string  `json:"notes,omitempty"`
	Missing   string    `json:"missing,omitempty"` // why it does not take part; "" when it does
	Abilities []Ability `json:"abilities,omitempty"`
	StartMS   []float64 `json:"start_ms,omitempty"` // from exec to the first right answer, the least first
}

// Ability is something that a server was asked for, and whether it does it.
type Ability struct {
	Name string `json:"name"`
	Has  bool   `json:"has"`
}

// Bout is one workload on all servers.
type Bout struct {
	Workload string `json:"workload"`
	Lines    []Line `json:"lines"`
}

// Line is one server in a bout: medians of the rounds.
type Line struct {
	Name      string    `json:"name"`
	Fault     string    `json:"fault,omitempty"` // why it was not measured; "" when it was
	PerSecond float64   `json:"per_second"`
	P50       float64   `json:"p50_us"`
	P99       float64   `json:"p99_us"`
	CPU       float64   `json:"cpu_us"`    // processor time of the server for one request
	LoadBusy  float64   `json:"load_busy"` // processor time of the load to time: near 1, the load was the limit
	Resident  int64     `json:"resident"`  // memory of the server after the bout, in bytes
	Rounds    []float64 `json:"rounds"`    // requests per second of each
}

// Trial is one runner, on the mock without a defect and with one planted defect after another.
type Trial struct {
	Name     string    `json:"name"`
	Version  string    `json:"version"`
	Settings string    `json:"settings"`
	Notes    []string  `json:"notes,omitempty"`
	Missing  string    `json:"missing,omitempty"` // why it was not tried; "" when it was
	Time     time.Time `json:"time"`
	All      int       `json:"all"` // defects that there are
	Clean    []Run     `json:"clean"`
	Runs     []Run     `json:"runs"`
}

// Run is one run of a runner.
type Run struct {
	Defect   string   `json:"defect,omitempty"` // "" on the mock without one
	Family   string   `json:"family,omitempty"`
	Seconds  float64  `json:"seconds"`
	Requests int      `json:"requests"`
	Failures []string `json:"failures,omitempty"`
	Found    []string `json:"found,omitempty"` // failures that no clean run has
	Fault    string   `json:"fault,omitempty"` // why there is no verdict: it ran out of time, or broke; "" when there is one
}

// Machine is the kind of the machine, without what tells which one it is.
type Machine struct {
	System string  `json:"system"`
	CPU    string  `json:"cpu"`
	Cores  int     `json:"cores"`
	Memory int     `json:"memory_gib"`
	Go     string  `json:"go"`
	Load   float64 `json:"load"` // average of the last minute before the start: what else the machine had to do
}

// ThisMachine is the kind of the machine that this runs on.
func ThisMachine() Machine {
	m := Machine{System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	cpu, _ := os.ReadFile("/proc/cpuinfo")
	memory, _ := os.ReadFile("/proc/meminfo")
	load, _ := os.ReadFile("/proc/loadavg")
	m.read(cpu, memory, load)
	return m
}

func (m *Machine) read(cpu, memory, load []byte) {
	_, _ = fmt.Sscan(string(load), &m.Load) // 0 where there is none
	for line := range strings.Lines(string(cpu)) {
		key, value, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(key) {
		case "processor":
			m.Cores++
		case "model name":
			m.CPU = strings.TrimSpace(value)
		}
	}
	for line := range strings.Lines(string(memory)) {
		var kib int
		if n, _ := fmt.Sscanf(line, "MemTotal: %d kB", &kib); n == 1 {
			m.Memory = (kib + 1<<19) >> 20
		}
	}
}

// Gaps lists what is missing in the report: servers and runners that are not installed or failed.
func (r *Report) Gaps() []string {
	var out []string
	if r.Servers != nil {
		for _, e := range r.Servers.Entrants {
			if e.Missing != "" {
				out = append(out, e.Name+" takes no part: "+e.Missing)
			}
		}
	}
	for _, b := range r.Bouts {
		for _, l := range b.Lines {
			if l.Fault != "" {
				out = append(out, fmt.Sprintf("%s: %s was not measured: %s", b.Workload, l.Name, l.Fault))
			}
		}
	}
	for _, t := range r.Runners {
		if t.Missing != "" {
			out = append(out, t.Name+" was not tried: "+t.Missing)
		}
	}
	return out
}

// ReadPart reads a part of a report that an earlier run has kept.
func ReadPart[T any](path string) (value T, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return value, err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&value); err != nil {
		return value, fmt.Errorf("%s is no part of this version's result: %w; remove it, or run without --resume", path, err)
	}
	return value, nil
}
