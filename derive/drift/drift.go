// Package drift holds a contract to the pages that it was made of.
//
// Every row of every table is stated by the contract, deviates for a reason that the contract records, is left out
// for one, or is a finding; and every source of the contract is followed to its page, table and row. What cannot be
// compared is counted, and is never green by silence.
package drift

import (
	"cmp"
	"errors"
	"slices"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/contradiction"
	"github.com/tallystick/tallystick/derive/page"
)

// Version is that of the report's form.
const Version = 1

// ErrNothing tells that nothing could be judged: the contract names no source, or no row and no source of the two
// belong together.
var ErrNothing = errors.New("nothing was judged: no source of the contract leads to these pages")

// Kind says what a finding is about.
type Kind string

// The kinds of findings.
const (
	MissingOperation Kind = "operation" // a page describes it, the contract has none
	MissingRow       Kind = "row"       // no place of the contract states the row
	Unnamed          Kind = "source"    // the place that states a row does not name it
	Deviating        Kind = "deviation" // the place says something else, without a reason
	Astray           Kind = "citation"  // a source leads to no row, or to one about something else
	Stale            Kind = "stale"     // a recorded reason is about nothing
	Unread           Kind = "unread"    // a cell that has to be understood is not
)

// Finding is a difference between the pages and the contract that nothing explains.
type Finding struct {
	Kind    Kind   `json:"kind"`
	Place   string `json:"place,omitempty"`   // on the pages
	At      string `json:"at,omitempty"`      // file:line:column of the contract
	Pointer string `json:"pointer,omitempty"` // into the contract
	Aspect  string `json:"aspect,omitempty"`  // of a deviation
	Says    string `json:"says,omitempty"`    // what the page says
	Has     string `json:"has,omitempty"`     // what the contract says
	Text    string `json:"text"`
	Remedy  string `json:"remedy,omitempty"`
}

// Explained is a deviation with its reason. Several rows may say the same.
type Explained struct {
	Pointer string   `json:"pointer"`
	At      string   `json:"at"`
	Aspect  string   `json:"aspect"`
	Says    string   `json:"says"`
	Has     string   `json:"has"`
	Reason  string   `json:"reason"`
	Places  []string `json:"places"`
}

// Left is rows that the contract leaves out, with the reason.
type Left struct {
	contract.Omission
	Found int `json:"found"` // rows that it covers; Count says how many it should
}

// Rows counts rows. Every row is in one of Stated, Deviating, Left, Findings and Headings.
type Rows struct {
	All       int `json:"all"`
	Stated    int `json:"stated"`    // as the page has it
	Deviating int `json:"deviating"` // with a reason for each difference
	Left      int `json:"left"`      // out of the contract, with a reason
	Headings  int `json:"headings"`  // that say nothing but what the rows below are about
	Findings  int `json:"findings"`
}

// Accounted is how many rows are no findings.
func (r Rows) Accounted() int { return r.All - r.Findings }

// Sources counts the sources of the contract.
type Sources struct {
	Statements int `json:"statements"`
	Citations  int `json:"citations"`
	Followed   int `json:"followed"`  // to a page, table and row
	Texts      int `json:"texts"`     // that lead to running text, of which only the page is checked
	Elsewhere  int `json:"elsewhere"` // of editions that were not read
	Unjudged   int `json:"unjudged"`  // members, parameters and headers whose limits no row has to state
}

// Report is what a check found.
type Report struct {
	Version        int                           `json:"version"`
	Contract       string                        `json:"contract"`
	Operations     int                           `json:"operations"` // of the pages, held to the contract
	Rows           Rows                          `json:"rows"`
	ByKind         map[string]Rows               `json:"byKind"`  // of their tables
	Aspects        map[string]int                `json:"aspects"` // comparisons by what they are about
	Sources        Sources                       `json:"sources"`
	Findings       []Finding                     `json:"findings"`
	Explained      []Explained                   `json:"explained"`
	Left           []Left                        `json:"left"`
	NotCompared    []NotCompared                 `json:"notCompared"`
	Contradictions []contradiction.Contradiction `json:"contradictions"`
	Coverage       derive.Coverage               `json:"coverage"`
}

// NotCompared is a constraint of the pages that was not understood, and so could not be held to anything.
type NotCompared struct {
	Place string `json:"place"`
	Kind  string `json:"kind"`
	Text  string `json:"text"`
}

// Check holds a contract to pages. Positions in the report name the file of the contract as given; "" stands for the
// name that the contract has itself. The only error is ErrNothing.
func Check(file string, c *contract.Contract, set *derive.Set) (*Report, error) {
	k := newChecker(cmp.Or(file, c.Name), c, set)
	k.locate()
	k.rows()
	k.sources()
	k.stale()
	r := k.report
	if r.Sources.Followed == 0 && len(k.located) == 0 {
		return nil, ErrNothing
	}
	r.Contradictions = contradiction.Find(set)
	r.Coverage = set.Coverage()
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind) })
	return r, nil
}

// kinds in the order of a report.
var kinds = []Kind{MissingOperation, MissingRow, Deviating, Unnamed, Astray, Stale, Unread}

// checker is the state of one check.
type checker struct {
	c          *contract.Contract
	set        *derive.Set
	report     *Report
	statements []*contract.Statement
	byPointer  map[string]*contract.Statement
	editions   map[string]bool
	pages      map[[2]string]*derive.Page                 // by edition and name
	cited      map[*derive.Row][]*contract.Statement      // by citations
	located    map[*derive.Row][]*contract.Statement      // by where the pages put it
	excused    map[*contract.Statement]map[int]*Explained // deviations that were met, by their index
	left       map[*contract.Statement][]Left
	sides      map[*derive.Row][]side   // of the rows that belong to an operation
	reach      map[side]map[string]bool // pointers of what each side has
	told       map[string]bool          // pointers of what has no source
}

func newChecker(file string, c *contract.Contract, set *derive.Set) *checker {
	k := &checker{c: c, set: set, statements: c.Statements(),
		report: &Report{Version: Version, Contract: file, ByKind: map[string]Rows{}, Aspects: map[string]int{},
			Findings: []Finding{}, Explained: []Explained{}, Left: []Left{}, NotCompared: []NotCompared{}},
		byPointer: map[string]*contract.Statement{}, editions: map[string]bool{}, pages: map[[2]string]*derive.Page{},
		cited: map[*derive.Row][]*contract.Statement{}, located: map[*derive.Row][]*contract.Statement{},
		excused: map[*contract.Statement]map[int]*Explained{}, left: map[*contract.Statement][]Left{},
		sides: map[*derive.Row][]side{}, reach: map[side]map[string]bool{}, told: map[string]bool{}}
	for _, s := range k.statements {
		if k.byPointer[s.Pointer] == nil {
			k.byPointer[s.Pointer] = s
		}
		for _, o := range s.Source.Leaves {
			k.left[s] = append(k.left[s], Left{o, 0})
		}
	}
	for _, p := range set.All() {
		k.editions[p.Edition], k.pages[[2]string{p.Edition, p.Name}] = true, p
	}
	return k
}

// rows accounts for every row of every page.
func (k *checker) rows() {
	for _, p := range k.set.All() {
		for _, r := range p.Rows {
			k.row(r)
		}
	}
}

// row accounts for one row: it is stated, deviates for a reason, is left out for one, or is a finding.
func (k *checker) row(r *derive.Row) {
	kind := k.report.ByKind[string(r.In)]
	all := &k.report.Rows
	all.All++
	kind.All++
	findings, explained := len(k.report.Findings), 0
	switch {
	case r.Heading():
		all.Headings++
		kind.Headings++
	case k.leaves(r):
		all.Left++
		kind.Left++
	default:
		explained = k.judge(r)
		k.unread(r)
		switch {
		case len(k.report.Findings) > findings:
			all.Findings++
			kind.Findings++
		case explained > 0:
			all.Deviating++
			kind.Deviating++
		default:
			all.Stated++
			kind.Stated++
		}
	}
	k.report.ByKind[string(r.In)] = kind
}

// judge compares a row with the places that state it; explained counts the differences that have a reason.
func (k *checker) judge(r *derive.Row) (explained int) {
	switch r.In {
	case page.ErrorTable:
		return k.code(r)
	case page.PermissionTable:
		return k.permission(r)
	case page.StatusTable:
		return k.status(r)
	case page.OtherTable:
		if len(k.cited[r]) == 0 {
			k.missing(r, "")
		}
		return 0
	}
	places := k.placesOf(r)
	if len(places) == 0 {
		k.missing(r, "")
		return 0
	}
	for _, s := range places {
		if !slices.Contains(k.cited[r], s) {
			k.find(Finding{Kind: Unnamed, Place: r.Place.String(), Text: "the contract states this row without naming it as a source",
				Remedy: "add " + citationOf(r.Place) + " to the source"}, s)
		}
		explained += k.compare(r, s)
	}
	return explained
}

// unread reports a name, flag or type that could not be read, and constraints that were not understood.
func (k *checker) unread(r *derive.Row) {
	for _, j := range r.States {
		if j.State == cell.Failed {
			k.find(Finding{Kind: Unread, Place: r.Place.String(), Text: "the " + string(j.Kind) + " is not understood: " + j.Text}, nil)
		}
	}
	for _, p := range r.Facts.Parts {
		if p.State == cell.Kept && p.Kind.Constrains() {
			k.report.NotCompared = append(k.report.NotCompared, NotCompared{r.Place.String(), string(p.Kind), p.Text})
		}
	}
}

func (k *checker) missing(r *derive.Row, text string) {
	if text == "" {
		text = "no place of the contract states this row"
	}
	k.find(Finding{Kind: MissingRow, Place: r.Place.String(), Text: text,
		Remedy: "state it with the source " + citationOf(r.Place) + ", or record under leaves why it is left out"}, nil)
}

func (k *checker) find(f Finding, s *contract.Statement) {
	if s != nil {
		f.At, f.Pointer = k.at(s), s.Pointer
	}
	k.report.Findings = append(k.report.Findings, f)
}

// at is where a statement stands.
func (k *checker) at(s *contract.Statement) string {
	p := s.Position
	p.File = k.report.Contract
	return p.String()
}
