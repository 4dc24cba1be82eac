// Package derive makes a contract of the pages of an API reference.
//
// It works in three steps, and each can be used without the next. Read reads pages into a Set: every row of every
// table, with its place and with what its cells were understood to say. Set.Operations joins the rows into
// operations, following the links between tables and pages. Draft writes an OpenAPI 3.1 document in which every
// statement names the row that it comes from.
//
// What is not understood is kept: Row.Facts.Parts accounts for every sentence, and Coverage counts them by kind.
// The package knows the forms in which references are written, and nothing of any API.
package derive

import (
	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// Place is where a statement stands: edition, page, table, row and column.
type Place = page.Place

// Set is the pages of one run. It does not change once Read has returned, and is safe for concurrent use.
type Set struct {
	Pages   []*Page   // those that say something of use, in the order of the arguments
	Skipped []Skipped // those that do not

	byName map[[2]string]*Page // by edition and name
	ops    []*merged
}

// Skipped is a page that describes no part of an API, or a link to a page.
type Skipped struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
	Page   *Page  `json:"-"` // nil for a link, which is not followed
}

// Page is a page with its rows understood.
type Page struct {
	*page.Page
	File       string
	Rows       []*Row // every row of every table, in their order
	Operations []*Operation

	objects map[*page.Table]*Object
}

// Row is one row of one table. Name, Required, Type and Facts are those of a parameter or member; of rows in tables
// of codes and the like, the cells alone are of use.
type Row struct {
	Place    Place
	Table    *page.Table
	Cells    *page.Row
	Name     string // "" when the row names nothing
	In       page.Kind
	Required cell.Flag
	Type     cell.Type
	Facts    cell.Facts
	Object   *Object // the members that the row refers to, or has below it; nil for none
	Inferred bool    // Object was found by its name, because no link leads to it
	States   []Judged
}

// Judged is what became of a cell that has to be understood: the name, the flag or the type of a row.
type Judged struct {
	Kind  cell.Kind  `json:"kind"`
	State cell.State `json:"state"`
	Text  string     `json:"text"`
	Place Place      `json:"-"`
}

// Object is the members that one table lists.
type Object struct {
	Name  string // the identifier in its caption; "" without one
	Place Place
	Rows  []*Row
}

// Operation is an operation as one page describes it.
type Operation struct {
	ID        string
	Method    string
	Path      string
	Title     string
	Place     Place
	Page      *Page
	InPath    []*Row
	Query     []*Row
	Template  []string // names from the template behind the question mark of its address
	Header    []*Row
	Body      *Object // nil without one
	Responses []*Response
	Statuses  []*Row // of the table of statuses on its page
	Examples  []*page.Example
}

// Response is an answer that a page lists the members of.
type Response struct {
	Status  string // "" when the page does not say
	Place   Place
	Object  *Object
	Headers []*Row
}
