package conformance

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// Verdict is the outcome of a check. The order is total: a group is worth its worst member.
type Verdict int

// The verdicts, best first.
const (
	Pass    Verdict = iota
	Skipped         // could not be judged, for a reason that is nobody's fault
	Fail            // the target is wrong
	Errored         // the runner could not do its work
)

var verdictNames = []string{"pass", "skipped", "fail", "error"}

func (v Verdict) String() string { return verdictNames[v] }

// MarshalText writes the name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the name.
func (v *Verdict) UnmarshalText(text []byte) error {
	i := slices.Index(verdictNames, string(text))
	if i < 0 {
		return usage("verdict %q is none of %v", text, verdictNames)
	}
	*v = Verdict(i)
	return nil
}

// Level is how binding a requirement is.
type Level string

// The levels: of documented and of inferred statements. What is assumed is never checked.
const (
	Must   Level = "MUST"
	Should Level = "SHOULD"
)

func levelOf(s contract.Source) Level {
	if s.Basis == contract.Documented {
		return Must
	}
	return Should
}

// Check is one thing that is judged.
type Check struct {
	ID          string // stable: operation or suite, then what is special
	Suite       string
	Operation   string // operationId; "" when it is about none in particular
	Level       Level
	Requirement string   // in words
	Codes       []string // error codes that it is about
	Claim       string   // what the user must have given for it to be judged; "" for nothing
	Source      contract.Source
	Position    contract.Position // in the contract

	changes bool            // it creates or changes something
	probe   *contract.Probe // that it sends; nil for none
	whole   bool            // it looks at the whole project
	run     func(*trial) error
}

// suites in the order in which they run: what the rest relies on comes first.
var suites = []string{"example", "auth", "schema", "accept", "error", "lifecycle", "persistence", "list", "tenancy", "race", "response"}

// selectors are what a pattern may speak of instead of the id.
var selectors = []string{"suite", "operation", "level", "code"}

// soundPattern tells what is wrong with a pattern by itself.
func soundPattern(pattern string) error {
	kind, glob, ok := strings.Cut(pattern, ":")
	if ok && !slices.Contains(selectors, kind) && !strings.ContainsAny(kind, "/*?[") {
		return usage("pattern %q: unknown selector %q, want one of %s", pattern, kind, strings.Join(selectors, ", "))
	}
	if !ok {
		glob = pattern
	}
	if _, err := path.Match(glob, ""); err != nil {
		return usage("pattern %q: it is no glob: a [ wants its ], and a \\ something after it", pattern)
	}
	return nil
}

// matches tells whether a pattern selects the check.
func (c *Check) matches(pattern string) bool {
	kind, glob, ok := strings.Cut(pattern, ":")
	if !ok {
		return globMatch(pattern, c.ID)
	}
	switch kind {
	case "suite":
		return globMatch(glob, c.Suite)
	case "operation":
		return globMatch(glob, c.Operation)
	case "level":
		return globMatch(strings.ToUpper(glob), string(c.Level))
	case "code":
		return slices.ContainsFunc(c.Codes, func(code string) bool { return globMatch(glob, code) })
	}
	return globMatch(pattern, c.ID)
}

// globMatch is path.Match, with ** or a final * reaching over slashes.
func globMatch(pattern, text string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "**"); ok && strings.HasPrefix(text, prefix) {
		return true
	}
	if ok, err := path.Match(pattern, text); err == nil && ok {
		return true
	}
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok && !strings.ContainsAny(prefix, "*?[") {
		return strings.HasPrefix(text, prefix)
	}
	return false
}

// selected are the checks that the options leave, ordered; it is an error when a pattern selects nothing.
func (r *runner) selected() ([]Check, error) {
	if err := Checkable(r.c); err != nil {
		return nil, err
	}
	all := r.plan()
	r.shuffle(all)
	slices.SortStableFunc(all, func(a, b Check) int {
		return cmp.Compare(slices.Index(suites, a.Suite), slices.Index(suites, b.Suite))
	})
	for _, pattern := range append(slices.Clone(r.settings.include), r.settings.exclude...) {
		if err := soundPattern(pattern); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(all, func(c Check) bool { return c.matches(pattern) }) {
			return nil, usage("pattern %q matches none of %s; tally check --list shows them", pattern, plural(len(all), "check"))
		}
	}
	any := func(patterns []string, c Check) bool {
		return slices.ContainsFunc(patterns, c.matches)
	}
	out := slices.DeleteFunc(all, func(c Check) bool {
		return (len(r.settings.include) > 0 && !any(r.settings.include, c)) || any(r.settings.exclude, c) ||
			(r.settings.readOnly && c.changes)
	})
	if len(out) == 0 && r.settings.readOnly {
		return nil, usage("nothing is left to check: what the filters leave creates or changes something, and the run is read-only")
	}
	if len(out) == 0 {
		return nil, usage("nothing is left to check: the filters exclude everything")
	}
	return r.share(out)
}

// shuffled are the suites whose checks stand alone: the seed decides their order, so that a target which
// depends on it is found out by another seed.
var shuffled = []string{"schema", "accept", "error", "list"}

func (r *runner) shuffle(all []Check) {
	for _, suite := range shuffled {
		var places []int
		for i := range all {
			if all[i].Suite == suite {
				places = append(places, i)
			}
		}
		r.random.Shuffle(len(places), func(i, j int) {
			all[places[i]], all[places[j]] = all[places[j]], all[places[i]]
		})
	}
}
