// Package cell understands the cells of reference tables: the flag in "是否必选", the type in "参数类型", and the
// sentences of "描述", in Chinese or English. It states facts and keeps the rest: every sentence of a cell ends in
// exactly one Part, which says what it was taken for and whether it was understood.
//
// It knows forms of words, and no API. It does not read pages; package page does.
package cell

import "strings"

// Line is a paragraph of a cell, or an item of a list in it.
type Line struct {
	Text   string
	Bullet int // 0 for a paragraph, 1 for an item of a list, 2 for an item of a list in an item
}

// Text is the content of a cell, in its order. The zero Text is an empty cell.
type Text []Line

// String joins the lines with line breaks.
func (t Text) String() string {
	lines := make([]string, len(t))
	for i, l := range t {
		lines[i] = l.Text
	}
	return strings.Join(lines, "\n")
}

// First is the first line that is not empty.
func (t Text) First() string {
	for _, l := range t {
		if l.Text != "" {
			return l.Text
		}
	}
	return ""
}

// Kind says what a part of a cell is about.
type Kind string

// The kinds. Name, Required and Type belong to columns of their own, the others to descriptions.
const (
	Name       Kind = "name"
	Required   Kind = "required"
	Typed      Kind = "type"
	Enum       Kind = "enum"
	Range      Kind = "range"
	Length     Kind = "length"
	Count      Kind = "count"
	Default    Kind = "default"
	Characters Kind = "characters"
	Format     Kind = "format"
	Conditions Kind = "condition"
	Only       Kind = "only"
	Deprecated Kind = "deprecated"
	Reserved   Kind = "reserved"
	ReadOnly   Kind = "read-only"
	Unique     Kind = "unique"
	Unit       Kind = "unit"
	Reference  Kind = "reference"
	Prose      Kind = "prose"
)

// Constrains tells whether the kind limits what a value may be, or when it has to be there.
func (k Kind) Constrains() bool {
	switch k {
	case Reference, Prose, Unit, Name, Required, Typed:
		return false
	}
	return true
}

// State is what became of a part.
type State string

// The states: a fact came of it; it is kept as it is, because no fact did; it stands in a column that has to be
// understood, and is not.
const (
	Understood State = "understood"
	Kept       State = "kept"
	Failed     State = "failed"
)

// Part is a stretch of a cell with what it was taken for.
type Part struct {
	Kind  Kind
	State State
	Text  string // as the cell has it, with its punctuation made uniform
	Line  int    // of the cell's text, from 0
}

// Bounds limits a number, a length or a count. An empty end is open.
type Bounds struct {
	Min, Max     string // decimal numerals
	MinExclusive bool
	MaxExclusive bool
}

// Value is a default. Empty stands for what the pages call empty, none or null.
type Value struct {
	Text  string
	Empty bool
}

// Charset is what a string may be made of.
type Charset struct {
	Allowed   string // inside of a character class of RE2; "" when the cell does not say
	Forbidden string // the characters themselves
	First     string // inside of a character class; "" for any
	Last      string
}

// Test is one comparison of a condition.
type Test struct {
	Field string // as the cell names it
	Op    string // ==, !=, empty or present
	Value string
}

// Condition says that something holds for the member when tests hold. It is a draft of a rule: whoever finishes
// the contract writes the rule.
type Condition struct {
	Tests  []Test
	Any    bool   // one test is enough; else all have to hold
	Effect string // required, forbidden, effective, returned, absent, ignored, only or one-of
	Value  string // of only
	Line   int    // of the cell's text
	Text   string // of the sentence, to be shown beside its place; not for the contract
}

// Facts is what a description says. The zero Facts says nothing.
type Facts struct {
	Enum       []string
	Open       bool // the enumeration gives examples, and others may come
	Only       []string
	Range      *Bounds
	Length     *Bounds
	Count      *Bounds // of the items of an array
	Default    *Value
	Chars      *Charset
	Format     string // uuid, uuid-hex, ipv4, ipv6, ip, cidr, mac, email, uri, base64, timestamp, timestamp-13, time, date-time, layout
	Layout     string // of a time whose Format is layout
	Unit       string
	Conditions []Condition
	Deprecated bool
	Reserved   bool
	ReadOnly   bool
	Unique     bool
	Parts      []Part
}

// Verdict is the state of the cell as a whole: understood when each of its constraints is, kept when one is kept,
// and "" when it has none.
func (f *Facts) Verdict() State {
	verdict := State("")
	for _, p := range f.Parts {
		switch {
		case !p.Kind.Constrains():
		case p.State == Kept:
			return Kept
		default:
			verdict = Understood
		}
	}
	return verdict
}
