// Package changelog tells what changed between two editions of the pages of an API reference, and what of it breaks
// clients.
//
// Both editions are drafted as OpenAPI documents, and the rules of oasdiff decide what a difference between the two
// means. What pages state and those rules do not look at is compared here: codes, statuses, permissions, conditions,
// wording, examples, and where everything stands. Each change names the rows of both editions.
package changelog

import (
	"cmp"
	"errors"
	"slices"

	"github.com/tallystick/tallystick/derive"
)

// ErrNothing tells that the editions have nothing in common that could be compared.
var ErrNothing = errors.New("nothing was compared: the editions share no operation and no code")

// Level says what a change means to clients, in the terms of oasdiff.
type Level string

// The levels. The first two break clients, or may.
const (
	Error   Level = "error"   // it breaks clients
	Warning Level = "warning" // it breaks some clients, depending on what they do
	Info    Level = "info"
)

// Breaking tells whether clients have to look at a change.
func (l Level) Breaking() bool { return l == Error || l == Warning }

// Changelog is what changed, with what it was found in. It is data: nothing in it changes once it is made.
type Changelog struct {
	Old      Edition  `json:"old"`
	New      Edition  `json:"new"`
	Compared Compared `json:"compared"`
	Breaking int      `json:"breaking"` // of the changes
	Changes  []Change `json:"changes"`  // by operation, breaking ones first; those of no operation last
}

// Edition is one side of the comparison, with how well it was understood.
type Edition struct {
	Name     string          `json:"name"`
	Coverage derive.Coverage `json:"coverage"`
}

// Compared counts what is in both editions, and so could be compared.
type Compared struct {
	Operations int `json:"operations"`
	Statements int `json:"statements"` // parameters, members and bodies of these operations
	Rows       int `json:"rows"`       // pairs of rows whose sentences were compared
	Codes      int `json:"codes"`
	Examples   int `json:"examples"`
}

// Change is one difference.
type Change struct {
	Rule     string `json:"rule"` // of oasdiff, or one of this package
	Level    Level  `json:"level"`
	Breaking bool   `json:"breaking"`
	Method   string `json:"method,omitempty"` // of the operation; "" for what belongs to none
	Path     string `json:"path,omitempty"`
	Text     string `json:"text"`
	Comment  string `json:"comment,omitempty"` // why the level is what it is
	Old      Side   `json:"old"`
	New      Side   `json:"new"`

	spot spot
}

// Side is where one edition states what changed. Without Stated it does not, and Places are the tables that would.
type Side struct {
	Stated bool    `json:"stated"`
	Places []Place `json:"places"` // none when the edition has nothing of the kind
}

// Place is a place on a page, in words and as a line of a file.
type Place struct {
	Text string `json:"text"` // edition, page, table and row
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"` // where the table begins; 0 for the whole page
}

// Compare compares two editions. The names are for the report. The error is ErrNothing when the editions share
// nothing.
func Compare(oldName string, old *derive.Set, newName string, newer *derive.Set) (*Changelog, error) {
	c, err := compare(oldName, old, newName, newer)
	if err != nil {
		return nil, err
	}
	return &c.log, nil
}

func compare(oldName string, old *derive.Set, newName string, newer *derive.Set) (*comparison, error) {
	a, err := readSide(oldName, old)
	if err != nil {
		return nil, err
	}
	b, err := readSide(newName, newer)
	if err != nil {
		return nil, err
	}
	c := &comparison{old: a, new: b, seen: map[string]bool{}}
	c.log.Old, c.log.New = Edition{a.name, a.coverage}, Edition{b.name, b.coverage}
	c.log.Changes = []Change{}
	if err := c.schemas(); err != nil {
		return nil, err
	}
	for _, pair := range c.pairs() {
		c.log.Compared.Operations++
		c.rows(pair)
		c.pages(pair)
		c.permissions(pair)
		c.examples(pair)
	}
	c.statuses()
	c.codes()
	if c.log.Compared.Operations+c.log.Compared.Codes == 0 {
		return nil, ErrNothing
	}
	c.sort()
	return c, nil
}

// comparison gathers the changes.
type comparison struct {
	old, new *side
	log      Changelog
	seen     map[string]bool // of changes, since a row may be reached on several ways
}

// pair is an operation in both editions.
type pair struct{ old, new *operation }

func (c *comparison) pairs() []pair {
	var out []pair
	for _, key := range c.new.order {
		if old := c.old.ops[key]; old != nil {
			out = append(out, pair{old, c.new.ops[key]})
		}
	}
	return out
}

// add adds a change that is not known yet.
func (c *comparison) add(ch Change) {
	ch.Text, ch.Comment = clean(ch.Text), clean(ch.Comment)
	key := ch.Rule + "\x00" + ch.Method + "\x00" + ch.Path + "\x00" + ch.Text + "\x00" + ch.Old.first() + "\x00" + ch.New.first()
	if c.seen[key] {
		return
	}
	c.seen[key] = true
	if ch.Breaking = ch.Level.Breaking(); ch.Breaking {
		c.log.Breaking++
	}
	c.log.Changes = append(c.log.Changes, ch)
}

// tell adds a change of an operation that both editions have.
func (c *comparison) tell(p pair, rule string, level Level, text string, old, newer Side) {
	c.add(Change{Rule: rule, Level: level, Method: p.new.method, Path: p.new.path, Text: text, Old: old, New: newer})
}

func (s Side) first() string {
	if len(s.Places) == 0 {
		return ""
	}
	return s.Places[0].Text
}

// sort orders changes by operation, with those that break clients first.
func (c *comparison) sort() {
	slices.SortStableFunc(c.log.Changes, func(a, b Change) int {
		return cmp.Or(c.rank(a)-c.rank(b), severity(a.Level)-severity(b.Level), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Text, b.Text),
			cmp.Compare(a.Old.first(), b.Old.first()), cmp.Compare(a.New.first(), b.New.first()))
	})
}

// rank is the place of an operation: as in the new document, then what only the old one has, then the catalogue.
func (c *comparison) rank(ch Change) int {
	key := operationKey(ch.Method, ch.Path)
	if i := slices.Index(c.new.order, key); i >= 0 {
		return i
	}
	if i := slices.Index(c.old.order, key); i >= 0 {
		return len(c.new.order) + i
	}
	return len(c.new.order) + len(c.old.order)
}

func severity(l Level) int { return slices.Index([]Level{Error, Warning, Info}, l) }
