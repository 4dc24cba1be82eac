package conformance

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Baseline is a list of known failures. An entry that no longer fails, or whose time is over, fails the
// run: a list that nobody keeps is worth nothing.
type Baseline struct {
	Known []KnownFailure `yaml:"known"`

	file string
	now  time.Time
}

// KnownFailure is a check that is known to fail.
type KnownFailure struct {
	Check   string `json:"check" yaml:"check"`
	Reason  string `json:"reason" yaml:"reason"`
	Ticket  string `json:"ticket" yaml:"ticket"`
	Expires string `json:"expires" yaml:"expires"` // a day, 2006-01-02
}

// ReadBaseline reads a YAML file of known failures. now decides which have expired.
func ReadBaseline(file string, now time.Time) (*Baseline, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, usage("baseline: %v", err)
	}
	b := &Baseline{file: file, now: now}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(b); err != nil && !errors.Is(err, io.EOF) {
		return nil, usage("baseline %s: want a list under known, each entry with check, reason, ticket and expires: %s", file, yamlText(err))
	}
	for i, k := range b.Known {
		if _, err := time.Parse(time.DateOnly, k.Expires); err != nil || k.Check == "" || k.Reason == "" || k.Ticket == "" {
			return nil, usage("baseline %s: known[%d] %q: want check, reason, ticket and expires (a day such as 2027-01-31)", file, i, k.Check)
		}
	}
	return b, nil
}

// ofBaseline begins what is wrong with a baseline.
const ofBaseline = "baseline: "

// apply marks known failures, and gives what is wrong with the list itself. Of a check that there is in the
// whole plan, but that this run left out or could not judge, nothing is known. A nil plan is not asked.
func (b *Baseline) apply(results []Result, plan []Check) []string {
	if b == nil {
		return nil
	}
	var wrong []string
	for _, k := range b.Known {
		expires, _ := time.Parse(time.DateOnly, k.Expires)
		i := slices.IndexFunc(results, func(r Result) bool { return r.ID == k.Check })
		switch {
		case plan != nil && !slices.ContainsFunc(plan, func(c Check) bool { return c.ID == k.Check }):
			wrong = append(wrong, fmt.Sprintf(ofBaseline+"there is no check %s; take it off the list, or correct it", k.Check))
		case i < 0 || results[i].Verdict == Skipped || results[i].Verdict == Errored:
			continue
		case results[i].Verdict == Pass:
			wrong = append(wrong, fmt.Sprintf(ofBaseline+"%s passes now; take it off the list", k.Check))
		case b.now.After(expires.AddDate(0, 0, 1)):
			wrong = append(wrong, fmt.Sprintf(ofBaseline+"%s (%s) expired on %s", k.Check, k.Ticket, k.Expires))
		default:
			results[i].Known = k.Reason + " (" + k.Ticket + ", until " + k.Expires + ")"
		}
	}
	return wrong
}

// WriteBaseline writes the failures of a report as a new list, each to be given a reason by a person. What
// an old list, nil for none, says of a failure stays; so does what it says of checks that the run left out.
func WriteBaseline(w io.Writer, r *Report, old *Baseline, expires time.Time) error {
	var known []KnownFailure
	if old != nil {
		known = slices.DeleteFunc(slices.Clone(old.Known), func(k KnownFailure) bool {
			return slices.ContainsFunc(r.Results, func(res Result) bool {
				return res.ID == k.Check && (res.Verdict == Pass || (res.Verdict == Fail && res.Known == ""))
			})
		})
	}
	for _, res := range r.Results {
		if res.Verdict == Fail && res.Known == "" {
			known = append(known, KnownFailure{Check: res.ID, Reason: "to be explained: " + res.Actual, Ticket: "none yet", Expires: expires.Format(time.DateOnly)})
		}
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	err := encoder.Encode(struct {
		Known []KnownFailure `yaml:"known"`
	}{append([]KnownFailure{}, known...)})
	return errors.Join(err, encoder.Close())
}

var (
	yamlNoise = regexp.MustCompile(`^yaml: (unmarshal errors:)?\s*`)
	yamlField = regexp.MustCompile(`field (\S+) not found in type \S+`)
	yamlShape = regexp.MustCompile(`cannot unmarshal (!!\S+)(?: ` + "`[^`]*`" + `)? into \S.*`)
)

// yamlShapes are the kinds of values by the tags that YAML has for them.
var yamlShapes = map[string]string{"!!seq": "a list", "!!map": "a mapping", "!!str": "a text", "!!int": "a number", "!!float": "a number", "!!bool": "true or false"}

// yamlText words what the YAML library found, on one line and without the names of Go types.
func yamlText(err error) string {
	text := yamlNoise.ReplaceAllString(strings.Join(strings.Fields(err.Error()), " "), "")
	text = yamlField.ReplaceAllString(text, `"$1" is no name that is known here`)
	return yamlShape.ReplaceAllStringFunc(text, func(found string) string {
		shape := yamlShapes[yamlShape.FindStringSubmatch(found)[1]]
		return cmp.Or(shape, "a value") + " does not belong here"
	})
}
