// Package page reads a page of an API reference: Markdown, with tables in HTML or of pipes, in Chinese or English.
// It finds what stands where: the operations, the tables with their rows and what they are for, the links between
// them, and the examples. What the cells mean is for package cell; what follows for a contract is for package derive.
//
// A page is data from elsewhere. Its size, nesting and number of cells are bounded, and going over a bound is an
// error.
package page

import (
	"fmt"

	"github.com/tallystick/tallystick/derive/cell"
)

// Page is one page as it has been read.
type Page struct {
	Name    string // of the file, without its ending: as citations name it
	Edition string // of the folder; "" when the caller names none
	Title   string
	Purpose string // what stands under the heading that introduces the function

	Operations []*Operation // none for a page that describes no operation
	Tables     []*Table     // in their order
	Examples   []*Example
	Labels     map[string]string // query of the link to an API explorer, when there is one
	Problems   []Problem

	anchors map[string]*Table // an anchor and the table it stands before, or in whose section it does
}

// Place is where something stands. It is comparable.
type Place struct {
	Edition string
	Page    string
	Table   int    // as its caption numbers it; 0 without a number
	Order   int    // of the table on its page, from 1; 0 outside of tables
	Row     string // first cell; "" for the whole table
	Index   int    // of the row, from 1; 0 for the whole table
	Column  string // its heading; "" for the whole row
	Line    int    // of the file, from 1; for tables the line where they begin
}

// String is the place in one line.
func (p Place) String() string {
	text := p.Page
	if p.Edition != "" {
		text = p.Edition + " " + text
	}
	switch {
	case p.Table > 0:
		text += fmt.Sprintf(", table %d", p.Table)
	case p.Order > 0:
		text += fmt.Sprintf(", table without number (%d on the page)", p.Order)
	default:
		text += fmt.Sprintf(", line %d", p.Line)
	}
	if p.Row != "" {
		text += ", row " + p.Row
	}
	if p.Column != "" {
		text += ", column " + p.Column
	}
	return text
}

// Problem is something that is wrong with the page itself.
type Problem struct {
	Place Place
	Text  string
	Lost  bool // what stands there could not be read
}

// Operation is a method with a path, and the tables and examples that belong to it.
type Operation struct {
	Method   string   // upper case
	Path     string   // template, without host and query
	Query    []string // names from the template behind the question mark
	Place    Place
	Tables   []*Table
	Examples []*Example
}

// Kind says what a table is for.
type Kind string

// The kinds. Path tables may list query parameters too: whoever reads them looks at the path. An Object lists the
// members of something that a cell refers to.
const (
	PathTable       Kind = "path"
	QueryTable      Kind = "query"
	HeaderTable     Kind = "header"
	BodyTable       Kind = "body"
	ResponseTable   Kind = "response"
	ResponseHeaders Kind = "response-header"
	ObjectTable     Kind = "object"
	StatusTable     Kind = "status"
	ErrorTable      Kind = "error"
	PermissionTable Kind = "permission"
	OtherTable      Kind = "other"
)

// Members tells whether the rows of such a table are parameters or members.
func (k Kind) Members() bool {
	switch k {
	case StatusTable, ErrorTable, PermissionTable, OtherTable:
		return false
	}
	return true
}

// Role says what a column holds.
type Role string

// The roles. RoleOptional is RoleRequired asked the other way round.
const (
	RoleName        Role = "name"
	RoleRequired    Role = "required"
	RoleOptional    Role = "optional"
	RoleType        Role = "type"
	RoleIn          Role = "in"
	RoleDescription Role = "description"
	RoleRange       Role = "range"
	RoleDefault     Role = "default"
	RoleExample     Role = "example"
	RoleStatus      Role = "status"
	RolePhrase      Role = "phrase"
	RoleCode        Role = "code"
	RoleMessage     Role = "message"
	RoleSolution    Role = "solution"
	RoleMethod      Role = "method"
	RolePath        Role = "api"
	RoleAction      Role = "action"
	RoleOther       Role = "other"
)

// Column is a column of a table.
type Column struct {
	Role    Role
	Heading string
}

// Table is a table of a page.
type Table struct {
	Place   Place
	Kind    Kind
	Status  string // of a response, when the page says it: 200, or default for failures without one
	Caption string // without its number
	Section []string
	Columns []Column
	Rows    []*Row

	anchors []string
	ctx     context
	label   string // what introduces it
}

// Row is a row of a table, with merged cells repeated.
type Row struct {
	Place Place
	Cells []Cell // one for each column
	Depth int    // how far the first cell is indented below another row
	Title bool   // one cell across the whole table: it introduces the rows below, and is none itself
}

// Cell is a cell of a row. The zero Cell is an empty one.
type Cell struct {
	Text   cell.Text
	Links  []Link
	Nested *Table // a table within the cell
}

// Link is a reference from a page.
type Link struct {
	Text string
	Page string // the page it leads to, without ending; "" for the same
	To   string // the anchor; "" for the whole page
}

// Cell gives the cell of a role; the zero Cell when the table has no such column.
func (r *Row) Cell(t *Table, role Role) Cell {
	for i, c := range t.Columns {
		if c.Role == role && i < len(r.Cells) {
			return r.Cells[i]
		}
	}
	return Cell{}
}

// Has tells whether a table has a column of a role.
func (t *Table) Has(role Role) bool {
	for _, c := range t.Columns {
		if c.Role == role {
			return true
		}
	}
	return false
}

// Anchored finds the table that an anchor of the page stands for; nil when it stands for none.
func (p *Page) Anchored(anchor string) *Table { return p.anchors[anchor] }

// Numbered finds a table by its printed number; nil when there is none or more than one.
func (p *Page) Numbered(n int) *Table {
	var found *Table
	for _, t := range p.Tables {
		if t.Place.Table == n {
			if found != nil {
				return nil
			}
			found = t
		}
	}
	return found
}

// Part says which part of an exchange an example shows.
type Part string

// The parts.
const (
	RequestPart Part = "request"
	SuccessPart Part = "success"
	FailurePart Part = "failure"
)

// Outcome is what became of the text of an example.
type Outcome string

// The outcomes. Without means that there is no payload: a request line alone, or a text that is no JSON and does not
// look like it.
const (
	Parsed   Outcome = "parsed"
	Repaired Outcome = "repaired"
	Broken   Outcome = "broken"
	Without  Outcome = "without"
)

// Example is a block of code that shows a request or an answer.
type Example struct {
	Place   Place
	Part    Part
	Label   string // what introduces it
	Status  string // 200, when the page says it
	Method  string // of its request line; "" without one
	Target  string // of its request line
	Payload []byte // JSON, repaired; nil without one
	Outcome Outcome
	Repairs []Repair
}
