package page

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tallystick/tallystick/derive/cell"
)

// Read reads a page. The name is that of its file without the ending, as citations give it; the edition may be
// empty. The error says what keeps the page from being read, without its name; a page that merely makes no sense gives no error.
func Read(edition, name string, data []byte) (*Page, error) {
	if len(data) > maxPage {
		return nil, fmt.Errorf("%d bytes; a page has at most %d", len(data), maxPage)
	}
	if err := sane(data); err != nil {
		return nil, err
	}
	blocks, err := flatten(data)
	if err != nil {
		return nil, err
	}
	a := &assembler{nested: map[*grid]*Table{}, page: &Page{Name: name, Edition: edition, anchors: map[string]*Table{}, Labels: map[string]string{}}}
	for i := range blocks {
		a.block(&blocks[i])
	}
	a.finish()
	return a.page, nil
}

// sane refuses what would take the parsers of Markdown and HTML time out of all proportion.
func sane(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("not UTF-8; convert the page first")
	}
	number := 0
	pipes := pipeSize{}
	for line := range strings.Lines(string(data)) {
		number++
		if err := pipes.line(line); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		depth, brackets := 0, 0
		for i, c := range []byte(line) {
			switch {
			case c == '[' || c == ']' || c == '*' || c == '`' || c == '!':
				brackets++
			case strings.IndexByte(" \t>-+0123456789.)", c) >= 0:
				if brackets == 0 && depth == i {
					depth++
				}
			}
			if depth > maxMarkers || brackets > maxBrackets {
				return fmt.Errorf("line %d: nested too deeply or full of brackets; this is no page of a reference", number)
			}
		}
	}
	return nil
}

const (
	maxMarkers  = 2000   // characters at the start of a line that may begin a quotation or list
	maxBrackets = 20_000 // of a line
)

// assembler goes through the blocks of a page and keeps what the ones before say about the next.
type assembler struct {
	page     *Page
	sections []string // headings, by level
	levels   []context
	ctx      context
	part     Part   // that the last label or heading speaks of
	label    string // the last text
	status   string // of the last label
	caption  string
	number   int
	anchors  []string // that wait for a table
	section  []string // anchors of the heading
	method   string
	path     string
	grouped  bool
	groups   []*group
	loose    group // before the first operation
	nested   map[*grid]*Table
}

func (a *assembler) place(line int) Place {
	return Place{Edition: a.page.Edition, Page: a.page.Name, Line: line}
}

func (a *assembler) block(b *block) {
	a.explorer(b.links)
	if b.lost != "" {
		a.page.Problems = append(a.page.Problems, Problem{a.place(b.line), b.lost, true})
	}
	switch {
	case b.level > 0:
		a.heading(b)
	case b.table != nil:
		a.table(b)
	case b.code != "":
		a.code(b)
	default:
		a.text(b)
	}
}

// explorer keeps the query of a link to an API explorer, which has the name that the service gives an operation.
func (a *assembler) explorer(links []link) {
	for _, l := range links {
		if u, err := url.Parse(l.href); err == nil && u.Query().Get("api") != "" && strings.Contains(strings.ToLower(u.Path+u.Host), "explorer") {
			for key := range u.Query() {
				a.page.Labels[key] = u.Query().Get(key)
			}
		}
	}
}

func (a *assembler) heading(b *block) {
	text := strings.Join(strings.Fields(b.text), " ")
	if a.page.Title == "" {
		a.page.Title = text
	}
	for len(a.sections) < b.level {
		a.sections, a.levels = append(a.sections, ""), append(a.levels, otherContext)
	}
	a.sections, a.levels = a.sections[:b.level], a.levels[:b.level]
	ctx, known := contextOf(text)
	if !known && b.level > 1 {
		ctx = a.levels[b.level-2]
	}
	status := statusLabel.FindStringSubmatch(cell.Normal(text))
	if status != nil && b.level > 1 && a.levels[b.level-2] != otherContext {
		ctx = a.levels[b.level-2]
	}
	if b.level == 1 {
		ctx = otherContext
	}
	a.sections[b.level-1], a.levels[b.level-1] = text, ctx
	a.ctx, a.grouped = ctx, false
	a.part = ""
	if ctx == exampleContext {
		a.part = partOf(text)
	}
	a.label, a.status, a.caption, a.number = text, "", "", 0
	if status != nil {
		a.answers(status[1])
	}
	a.anchors, a.section = nil, b.anchors
}

func (a *assembler) text(b *block) {
	a.anchors = append(a.anchors, b.anchors...)
	text := strings.TrimSpace(b.text)
	if text == "" {
		return
	}
	if m := captionForm.FindStringSubmatch(text); m != nil && label(text) {
		a.number, _ = strconv.Atoi(m[1])
		a.caption = strings.Join(strings.Fields(m[2]), " ")
		return
	}
	if m := statusLabel.FindStringSubmatch(cell.Normal(text)); m != nil && label(text) {
		a.answers(m[1])
		return
	}
	if a.ctx != exampleContext && a.uriIn(text, b.line) {
		return
	}
	if a.ctx == purposeContext {
		a.page.Purpose = strings.TrimSpace(a.page.Purpose + "\n" + text)
	}
	a.labelled(text)
}

// answers notes the status of what comes next.
func (a *assembler) answers(status string) {
	a.status, a.part = status, SuccessPart
	if status >= "400" {
		a.part = FailurePart
	}
}

// labelled keeps a short text that says what comes next.
func (a *assembler) labelled(text string) {
	if !label(text) {
		return
	}
	a.label = text
	if part := partOf(text); part != "" && !(part == RequestPart && a.status != "" && !shows(text)) && (a.ctx == exampleContext || shows(text)) {
		if part != a.part {
			a.status = ""
		}
		a.part = part
	}
}

func (a *assembler) table(b *block) {
	t := a.build(b.table, b.line)
	if t == nil {
		return
	}
	for _, anchor := range append(a.anchors, b.table.anchors...) {
		if a.page.anchors[anchor] == nil {
			a.page.anchors[anchor] = t
		}
	}
	for _, anchor := range a.section {
		if a.page.anchors[anchor] == nil {
			a.page.anchors[anchor] = t
		}
	}
	t.anchors = append(t.anchors, a.anchors...)
	a.anchors, a.caption, a.number = nil, "", 0
}

// build makes a grid a table of the page.
func (a *assembler) build(g *grid, line int) *Table {
	for _, text := range g.lost {
		a.page.Problems = append(a.page.Problems, Problem{a.place(line), text, true})
	}
	if headless(g) {
		g.heads = 1
	}
	if g.heads >= len(g.rows) && g.heads > 0 || len(g.rows) == 0 {
		a.page.Problems = append(a.page.Problems, Problem{a.place(line), "a table without rows", false})
		return nil
	}
	t := &Table{Caption: a.caption, Status: a.status, ctx: a.ctx, label: a.label, Section: append([]string(nil), a.sections...)}
	if t.Caption == "" && g.caption != "" {
		t.Caption = g.caption
		if m := captionForm.FindStringSubmatch(g.caption); m != nil {
			a.number, _ = strconv.Atoi(m[1])
			t.Caption = m[2]
		}
	}
	if t.Caption == "" && a.label != "" {
		t.Caption = a.label
	}
	t.Place = a.place(line)
	t.Place.Table, t.Place.Order = a.number, len(a.page.Tables)+1
	a.page.Tables = append(a.page.Tables, t)
	t.Columns = columnsOf(g)
	for i, cells := range g.rows[g.heads:] {
		t.Rows = append(t.Rows, a.row(t, cells, i+1))
	}
	t.settleCodes()
	a.adopt(t)
	return t
}

func (a *assembler) row(t *Table, cells []gridCell, index int) *Row {
	r := &Row{Place: t.Place, Cells: make([]Cell, len(t.Columns)), Title: len(t.Columns) > 1 && len(cells) >= len(t.Columns)}
	for i, c := range cells[:min(len(cells), len(t.Columns))] {
		if c.merged {
			continue
		}
		r.Title = r.Title && i == 0
		r.Cells[i] = Cell{Text: c.text}
		for _, l := range c.links {
			if ref, ok := linkOf(l); ok {
				r.Cells[i].Links = append(r.Cells[i].Links, ref)
			}
		}
		if c.nested != nil {
			r.Cells[i].Nested = a.nest(&c, t.Place.Line)
		}
	}
	r.Place.Index = index
	if len(r.Cells) > 0 {
		r.Place.Row = cell.Normal(r.Cells[0].Text.First())
		for i, c := range t.Columns {
			if c.Role == RoleName || c.Role == RoleCode && !t.Has(RoleName) {
				r.Place.Row = cell.Normal(r.Cells[i].Text.First())
			}
		}
	}
	r.Place.Row, r.Depth = unindent(r.Place.Row)
	return r
}

// nest gives the table within a cell, which is one table in all the rows that the cell reaches into.
func (a *assembler) nest(c *gridCell, line int) *Table {
	if t, ok := a.nested[c.nested]; ok {
		return t
	}
	caption, number := a.caption, a.number
	a.caption, a.number = c.text.First(), 0
	t := a.build(c.nested, line)
	a.caption, a.number = caption, number
	a.nested[c.nested] = t
	return t
}

// unindent takes off the marks by which a page shows that a row belongs to the one above.
func unindent(name string) (string, int) {
	depth := 0
	for {
		rest := strings.TrimLeft(name, " ")
		for _, mark := range []string{"└─", "├─", "└", "├", "─", "│", "»", ">", "|-", "- ", "+ ", "∟", "↳"} {
			if after, ok := strings.CutPrefix(rest, mark); ok && after != "" {
				rest = after
				depth++
				break
			}
		}
		if rest == name {
			return name, depth
		}
		name = rest
	}
}

// linkOf reads the target of a link; false for one that leads to another site.
func linkOf(l link) (Link, bool) {
	u, err := url.Parse(l.href)
	if err != nil || u.Scheme != "" || u.Host != "" {
		return Link{}, false
	}
	base := path.Base(u.Path)
	if u.Path == "" {
		base = ""
	}
	for _, ending := range []string{".md", ".html", ".htm", ".markdown"} {
		base = strings.TrimSuffix(base, ending)
	}
	return Link{Text: l.text, Page: base, To: u.Fragment}, true
}

// adopt gives a table to the operations before it.
func (a *assembler) adopt(t *Table) {
	a.grouped = false
	if len(a.groups) == 0 {
		a.loose.tables = append(a.loose.tables, t)
		return
	}
	g := a.groups[len(a.groups)-1]
	g.tables = append(g.tables, t)
}

// finish decides what each table is for, once all are known.
func (a *assembler) finish() {
	if len(a.groups) > 0 {
		first := a.groups[0]
		first.tables = append(a.loose.tables, first.tables...)
		first.examples = append(a.loose.examples, first.examples...)
	} else {
		a.groups = []*group{&a.loose}
	}
	referred := a.page.referred()
	for _, g := range a.groups {
		g.kinds(referred)
		for _, op := range g.operations {
			op.Tables, op.Examples = g.tables, g.examples
		}
	}
}
