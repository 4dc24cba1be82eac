package contract

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a contract's source. Lines and columns count from 1; a zero Line means that
// only the file is known.
type Position struct {
	File   string
	Line   int
	Column int
}

// String gives file:line:column, the form that editors and terminals follow.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problem is one thing that is wrong with a document.
type Problem struct {
	Position
	Pointer string // JSON pointer of the faulty value, "" for the whole document
	Text    string // what was wanted, what is there, what to do
}

func (p Problem) Error() string { return p.Position.String() + ": " + p.Text }

// Problems is every problem of a document, ordered by position and then by text. Load returns it as
// its error; use errors.As to reach the parts.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

func (ps Problems) sorted() Problems {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Text, b.Text))
	})
	return slices.CompactFunc(ps, func(a, b Problem) bool { return a.Position == b.Position && a.Text == b.Text })
}
