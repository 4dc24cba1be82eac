package conformance

import (
	"fmt"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// ReportVersion is the version of Report's JSON form. It grows when a reader would have to change.
const ReportVersion = 1

// Report is what a run found. Its JSON form is documented by the tags here and versioned by Version.
type Report struct {
	Version    int          `json:"version"`
	Contract   ContractInfo `json:"contract"`
	Target     string       `json:"target"`          // base URL, or "in process"
	Control    bool         `json:"control"`         // a mock's control API was used
	Shard      *Shard       `json:"shard,omitempty"` // which part of a run this is; nil for a whole one
	Seed       uint64       `json:"seed"`
	Strict     bool         `json:"strict"`
	Started    time.Time    `json:"started"`
	Took       Duration     `json:"took"`
	Exchanges  int          `json:"exchanges"`
	Peak       int          `json:"peak"`    // instances alive at once, at most
	Verdict    string       `json:"verdict"` // conforms, findings, partial
	Counts     Counts       `json:"counts"`
	Findings   []Finding    `json:"findings"`   // what failed, by root cause, the most telling first
	NotClaimed []Claim      `json:"notClaimed"` // what was not judged because nobody gave what it takes
	Choices    []Choice     `json:"choices"`    // where several answers conform: which one the target takes
	Notes      []string     `json:"notes"`
	Wrong      []string     `json:"wrong,omitempty"` // what fails the run besides its checks: entries of the baseline, coverage below what was demanded
	Leftovers  []string     `json:"leftovers"`       // ids of instances that could not be removed, and names of creates whose outcome is not known
	Coverage   Coverage     `json:"coverage"`
	Results    []Result     `json:"results"` // every check, in the order of the run
}

// Duration is written in JSON as Go writes it, such as 1.5s.
type Duration time.Duration

// MarshalText writes it as Go does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads it as Go does.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// ContractInfo names the contract that was held up.
type ContractInfo struct {
	Title   string `json:"title"`
	Version string `json:"version"`
	File    string `json:"file"`
	SHA256  string `json:"sha256"`
}

// Counts are numbers of checks.
type Counts struct {
	Planned int `json:"planned,omitempty"` // checks that the run was to make; more than checks when it ended early, 0 when there was no plan
	Checks  int `json:"checks"`
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`  // MUST, and SHOULD when strict
	Warned  int `json:"warned"`  // SHOULD that failed, when not strict
	Known   int `json:"known"`   // failures that the baseline names
	Skipped int `json:"skipped"` // could not be judged
	Errors  int `json:"errors"`  // the runner could not do its work
}

// Result is the outcome of one check.
type Result struct {
	ID            string     `json:"id"`
	Suite         string     `json:"suite"`
	Operation     string     `json:"operation,omitempty"`
	Level         Level      `json:"level"`
	Verdict       Verdict    `json:"verdict"`
	Requirement   string     `json:"requirement"`
	Source        []string   `json:"source"`             // page, edition, table, row
	Location      string     `json:"location"`           // file:line:column in the contract
	Opportunities int        `json:"opportunities"`      // how often it was judged
	Expected      []string   `json:"expected,omitempty"` // every acceptable outcome
	Actual        string     `json:"actual,omitempty"`
	Reason        string     `json:"reason,omitempty"`  // why it was skipped, or could not run
	Takes         string     `json:"takes,omitempty"`   // skipped: what the user would have to give for it to be judged
	Excused       bool       `json:"excused,omitempty"` // skipped: the target's own way conforms, so nothing is missing
	Codes         []string   `json:"codes,omitempty"`
	Known         string     `json:"known,omitempty"` // the baseline's reason
	Took          Duration   `json:"took"`
	Exchanges     []Exchange `json:"exchanges,omitempty"` // of a failure, the last is the telling one
	Curl          string     `json:"curl,omitempty"`
	Rerun         string     `json:"rerun,omitempty"`

	unheard int // the exchange without an answer that made it fail; 0 for none
}

// Finding is one root cause with the checks that it makes fail.
type Finding struct {
	Title  string   `json:"title"`
	Level  Level    `json:"level"`
	Check  string   `json:"check"`  // the most telling check
	Others []string `json:"others"` // the checks that fail for the same cause
}

// Claim is something that was not judged because the user did not give what it takes.
type Claim struct {
	What   string `json:"what"`
	Takes  string `json:"takes"`
	Checks int    `json:"checks"`
}

// Choice is an answer that the target takes where several conform.
type Choice struct {
	Check string `json:"check"`
	Took  string `json:"took"`
	Of    string `json:"of"`
}

// Coverage says how much of the contract was seen. Each part lists what is left, with the reason.
type Coverage struct {
	Parts       []CoveragePart `json:"parts"`
	Grid        Grid           `json:"grid"`
	Transitions []Transition   `json:"transitions"`
}

// Transition is one arrow of the lifecycle.
type Transition struct {
	From   string `json:"from"` // "" for a create
	On     string `json:"on"`   // an event, or time
	To     string `json:"to"`
	Walked bool   `json:"walked"`
}

// CoveragePart is the coverage of one kind of thing.
type CoveragePart struct {
	Name    string   `json:"name"` // operations, statuses, members, codes, rules, states, transitions, cells, tables
	Covered int      `json:"covered"`
	Total   int      `json:"total"` // of what can be reached from outside
	Left    []string `json:"left"`  // "thing: reason"
}

// Grid is the state × event table with what became of each cell.
type Grid struct {
	States []string   `json:"states"`
	Events []string   `json:"events"`
	Cells  [][]string `json:"cells"` // by state, then event: pass, fail, skipped, unreachable, unchecked
}

// Exchange is one request with its answer, secrets redacted.
type Exchange struct {
	Started         time.Time           `json:"started"`
	Took            Duration            `json:"took"`
	Operation       string              `json:"operation,omitempty"`
	Method          string              `json:"method"`
	URL             string              `json:"url"`
	RequestHeaders  map[string][]string `json:"requestHeaders"`
	RequestBody     string              `json:"requestBody,omitempty"`
	Status          int                 `json:"status"` // 0 when no answer came
	ResponseHeaders map[string][]string `json:"responseHeaders,omitempty"`
	ResponseBody    string              `json:"responseBody,omitempty"`
	Error           string              `json:"error,omitempty"` // why no answer came

	unasked bool // RequestBody is only a part of what was sent
}

// DemandCoverage fails the report for each part of the coverage that is below a percentage, and gives what it
// says of them. A part of which nothing can be reached is not demanded.
func (r *Report) DemandCoverage(percent float64) []string {
	var low []string
	for _, p := range r.Coverage.Parts {
		if p.Total > 0 && float64(p.Covered)*100 < percent*float64(p.Total) {
			low = append(low, fmt.Sprintf("coverage of %s is %.1f%% (%d of %d), below %g%%", p.Name,
				float64(p.Covered)*100/float64(p.Total), p.Covered, p.Total, percent))
		}
	}
	if len(low) > 0 {
		r.Wrong, r.Verdict = append(r.Wrong, low...), Findings
	}
	return low
}

func citations(s contract.Source) []string {
	out := []string{}
	for _, c := range s.At {
		out = append(out, c.String())
	}
	return out
}
