package conformance

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// Shard says which part of a run a report is of, and holds what Merge needs of it besides the results.
type Shard struct {
	Index      int        `json:"index"` // from 1
	Of         int        `json:"of"`
	Checks     int        `json:"checks"`            // of the whole run
	Plan       string     `json:"plan"`              // SHA-256 of the ids of those checks
	Program    string     `json:"program,omitempty"` // version of the program that made the run
	Conditions Conditions `json:"conditions"`
	Seen       Seen       `json:"seen"`
	Same       string     `json:"same,omitempty"` // the one answer that the target gave to everything; "" when answers differ
}

// Conditions are the options that decide what the checks of a run see, besides those that a report has anyway.
type Conditions struct {
	Project      string         `json:"project"`
	Second       string         `json:"secondProject,omitempty"`
	Credentials  []string       `json:"credentials"`      // what was given: token, login, key, and the same for the second project
	Values       string         `json:"values,omitempty"` // SHA-256 of their JSON form; "" for none
	Include      []string       `json:"include,omitempty"`
	Exclude      []string       `json:"exclude,omitempty"`
	ReadOnly     bool           `json:"readOnly,omitempty"`
	DryRun       bool           `json:"dryRun,omitempty"`
	FailFast     bool           `json:"failFast,omitempty"`
	Control      bool           `json:"control"` // may be used
	MaxInstances int            `json:"maxInstances"`
	Timeout      Duration       `json:"timeout"`
	WaitMax      Duration       `json:"waitMax"`
	Baseline     []KnownFailure `json:"baseline,omitempty"`
}

// Seen is what a run has met of the contract. All lists are sorted.
type Seen struct {
	Operations  []string    `json:"operations"`
	Statuses    []string    `json:"statuses"` // "operation status"
	States      []string    `json:"states"`
	Transitions [][2]string `json:"transitions"` // from, to
	Errors      []string    `json:"errors"`      // of the catalogue
}

// WithShard makes the run one of several that together make every check once, each with the same n. index is
// from 1 to n. The parts depend on nothing but the contract, the target's values, the filters and n. A check
// that only judges what was seen is part of every shard, and Merge makes one of it. program is the version of
// whoever makes the run, which Merge compares; "" for none. More shards than the run can be split into are an
// error. The default is the whole run; Judge and Verify do not split.
func WithShard(index, n int, program string) Option {
	return func(s *settings) error {
		if n < 1 || index < 1 || index > n {
			return usage("shard %d/%d: want I/N, with I from 1 to N", index, n)
		}
		s.shard = shardSettings{index, n, program}
		return nil
	}
}

// shardSettings say which part a run is; the zero value is the whole run.
type shardSettings struct {
	index, of int
	program   string
}

// gathers tells whether a check sends nothing, and judges what the others have seen.
func (c *Check) gathers() bool { return c.Suite == "response" }

// share is the shard's part of a plan, in its order.
func (r *runner) share(whole []Check) ([]Check, error) {
	s := r.settings.shard
	if s.of == 0 {
		return whole, nil
	}
	r.whole, r.planSum = len(whole), planSum(whole)
	parcels := r.parcels(whole)
	if len(parcels) == 0 {
		return nil, usage("shard %d/%d: there is nothing to split: the filters leave only checks that judge what others have seen", s.index, s.of)
	}
	if s.of > len(parcels) {
		return nil, usage("shard %d/%d: the run has only %s to split, what belongs together staying together; want at most %d", s.index, s.of, plural(len(parcels), "part"), len(parcels))
	}
	mine := pack(parcels, s.of)[s.index-1]
	var out []Check
	for i := range whole {
		if whole[i].gathers() || slices.Contains(mine, i) {
			out = append(out, whole[i])
		}
	}
	return out, nil
}

// parcels are the checks that stay together, ordered by the first of their ids: the seed does not move them.
func (r *runner) parcels(checks []Check) []*parcel {
	type named struct {
		*parcel
		first string
	}
	var all []*named
	groups := map[string]*named{}
	for i := range checks {
		c := &checks[i]
		if c.gathers() {
			continue
		}
		group := r.company(c)
		p := groups[group]
		if p == nil || group == "" {
			p = &named{&parcel{}, c.ID}
			if group != "" {
				p.weight = together
			}
			groups[group], all = p, append(all, p)
		}
		p.places, p.first = append(p.places, i), min(p.first, c.ID)
		if r.kind == nil {
			p.weight++
		} else {
			p.weight += r.weight(c)
		}
	}
	slices.SortFunc(all, func(a, b *named) int { return cmp.Compare(a.first, b.first) })
	out := make([]*parcel, len(all))
	for i := range all {
		out[i] = all[i].parcel
	}
	return out
}

// together is what the set-up costs that the checks of a parcel share, in the unit of weight.
const together = 30

// company tells which checks share what they need: that of a lane, the instances of the whole suite, or the one
// instance that walks through the states which only a special create leads to. "" shares with none.
func (r *runner) company(c *Check) string {
	switch {
	case r.kind == nil:
		return ""
	case c.Suite == "list", c.Suite == "tenancy":
		return "suite " + c.Suite
	case !r.standsAlone(c):
		return ""
	case c.probe != nil && c.probe.Kind == contract.ProbeCell && !r.creates(c):
		if v := r.model.variantFor(c.probe, true); v > 0 {
			return fmt.Sprint("variant ", v)
		}
	}
	return r.group(c)
}

// planSum tells plans apart by their ids, in whatever order.
func planSum(checks []Check) string {
	ids := make([]string, len(checks))
	for i := range checks {
		ids[i] = checks[i].ID
	}
	slices.Sort(ids)
	return hexSum([]byte(strings.Join(ids, "\n")))
}

func hexSum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// withoutUnasked takes from a shard's results and plan the checks that judge what was seen, where this shard has
// seen nothing of their matter: another shard has. In a run that ended early they stay in the plan.
func (r *runner) withoutUnasked(checks []Check) []Check {
	if r.settings.shard.of == 0 || len(r.results) < len(checks) {
		return checks
	}
	unseen := map[string]bool{}
	for _, res := range r.results {
		unseen[res.ID] = res.Verdict == Skipped && strings.HasPrefix(res.Reason, unasked)
	}
	r.results = slices.DeleteFunc(r.results, func(res Result) bool { return unseen[res.ID] })
	return slices.DeleteFunc(slices.Clone(checks), func(c Check) bool { return unseen[c.ID] })
}

// known is the baseline, as far as this run can hold its checks to it: that one which judges what was seen passes
// in a shard says nothing about the others.
func (r *runner) known() *Baseline {
	if r.settings.baseline == nil || r.settings.shard.of == 0 {
		return r.settings.baseline
	}
	passes := map[string]bool{}
	for _, res := range r.results {
		passes[res.ID] = (&Check{Suite: res.Suite}).gathers() && res.Verdict == Pass
	}
	b := *r.settings.baseline
	b.Known = slices.DeleteFunc(slices.Clone(b.Known), func(k KnownFailure) bool { return passes[k.Check] })
	return &b
}

// record is what a report says of the shard that it is of; nil for a whole run.
func (r *runner) record() *Shard {
	s := r.settings.shard
	if s.of == 0 {
		return nil
	}
	return &Shard{Index: s.index, Of: s.of, Checks: r.whole, Plan: r.planSum, Program: s.program,
		Conditions: r.conditions(), Seen: r.seen.list(), Same: r.everything()}
}

func (r *runner) conditions() Conditions {
	s, first, second := r.settings, r.target.First, r.target.Second
	c := Conditions{Project: first.Project, Credentials: first.kinds(""), Include: s.include, Exclude: s.exclude, ReadOnly: s.readOnly, DryRun: s.dryRun,
		FailFast: s.failFast, Control: s.control, MaxInstances: s.maxInstances, Timeout: Duration(s.timeout), WaitMax: Duration(s.waitMax)}
	if second != nil {
		c.Second, c.Credentials = second.Project, append(c.Credentials, second.kinds("second ")...)
	}
	if len(r.target.Values) > 0 {
		data, _ := json.Marshal(r.target.Values) // they came from JSON or YAML
		c.Values = hexSum(data)
	}
	if s.baseline != nil {
		c.Baseline = s.baseline.Known
	}
	return c
}

// kinds names what credentials have.
func (c *Credentials) kinds(whose string) []string {
	out := []string{}
	for _, k := range []struct {
		name string
		is   bool
	}{{"token", c.Token != ""}, {"login", c.Login != nil}, {"key", c.Key != nil}} {
		if k.is {
			out = append(out, whose+k.name)
		}
	}
	return out
}
