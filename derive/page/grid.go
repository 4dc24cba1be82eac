package page

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/tallystick/tallystick/derive/cell"
)

// grid is a table with its merged cells repeated, so that every row has a cell for each column.
type grid struct {
	rows    [][]gridCell
	heads   int // rows of headings
	anchors []string
	caption string
	weight  int      // of its cells
	lost    []string // what of it could not be read
}

// lose notes once that something of the table is not read.
func (g *grid) lose(text string) {
	if !slices.Contains(g.lost, text) {
		g.lost = append(g.lost, text)
	}
}

type gridCell struct {
	text   cell.Text
	links  []link
	nested *grid
	merged bool // the same cell as the one to its left
	weight int
}

// The bounds of what is read. A page that goes over one is not read at all.
const (
	maxPage    = 8 << 20 // bytes
	maxNesting = 100
	maxBlocks  = 20_000
	maxCells   = 200_000 // of a table
	maxColumns = 64
	maxTables  = 8 // around a table
)

// fragment reads a piece of HTML that stands in a page: tables, texts, code and anchors.
func (f *flattener) fragment(raw string, line int) {
	root, err := html.Parse(strings.NewReader(raw))
	if err != nil {
		f.err = fmt.Errorf("line %d: the HTML cannot be read: %w", line, err)
		return
	}
	h := &htmlReader{f: f, line: line}
	h.blocks(root)
	h.flush()
}

// htmlReader turns a tree of HTML into blocks.
type htmlReader struct {
	f       *flattener
	line    int
	pending block
	text    strings.Builder
}

func (h *htmlReader) flush() {
	h.pending.text, h.pending.line = strings.TrimSpace(h.text.String()), h.line
	if h.pending.text != "" || len(h.pending.anchors) > 0 {
		h.f.add(h.pending)
	}
	h.pending = block{}
	h.text.Reset()
}

func (h *htmlReader) blocks(n *html.Node) {
	for c := n.FirstChild; c != nil && h.f.err == nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			h.text.WriteString(c.Data)
			continue
		}
		if c.Type != html.ElementNode {
			continue
		}
		h.pending.anchors = append(h.pending.anchors, anchorsOf(c)...)
		switch c.DataAtom {
		case atom.Table:
			h.flush()
			g, err := gridOf(c, 0, &h.f.budget)
			if err != nil {
				h.f.err = fmt.Errorf("line %d: %w", h.line, err)
				return
			}
			h.f.add(block{table: g, line: h.line})
		case atom.Pre:
			h.flush()
			h.f.add(block{code: plain(c), line: h.line})
		case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			h.flush()
			h.f.add(block{level: int(c.Data[1] - '0'), text: strings.TrimSpace(plain(c)), anchors: anchorsOf(c), line: h.line})
		case atom.Script, atom.Style, atom.Head:
		case atom.P, atom.Div, atom.Li, atom.Section:
			h.flush()
			h.blocks(c)
			h.flush()
		case atom.A:
			if href := attribute(c, "href"); href != "" {
				h.pending.links = append(h.pending.links, link{plain(c), href})
			}
			h.blocks(c)
		default:
			h.blocks(c)
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func anchorsOf(n *html.Node) []string {
	var out []string
	for _, key := range []string{"name", "id"} {
		if a := attribute(n, key); a != "" {
			out = append(out, a)
		}
	}
	return out
}

// plain is all the text below a node.
func plain(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// tag reads a single tag.
func tag(raw string) (name string, attributes map[string]string) {
	z := html.NewTokenizer(strings.NewReader(raw))
	if kind := z.Next(); kind != html.StartTagToken && kind != html.SelfClosingTagToken {
		return "", nil
	}
	t := z.Token()
	attributes = map[string]string{}
	for _, a := range t.Attr {
		attributes[a.Key] = a.Val
	}
	return t.Data, attributes
}

// gridOf reads a table. Cells that span rows or columns are repeated where they reach.
func gridOf(table *html.Node, depth int, b *budget) (*grid, error) {
	g := &grid{anchors: anchorsOf(table)}
	if depth > maxTables {
		g.lose(fmt.Sprintf("a table within more than %d tables is not read", maxTables))
		return g, nil
	}
	filler := &gridFiller{g: g, depth: depth, budget: b, hanging: map[int]hanging{}}
	if err := filler.rows(table, false); err != nil {
		return nil, err
	}
	return g, nil
}

type hanging struct {
	cell gridCell
	left int // rows that it still reaches into
}

type gridFiller struct {
	g       *grid
	depth   int
	budget  *budget         // of the page
	hanging map[int]hanging // by column
	count   int
	again   int // bytes of the row that an earlier row has too
}

func (f *gridFiller) rows(n *html.Node, head bool) error {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.DataAtom {
		case atom.Caption:
			f.g.caption = strings.TrimSpace(plain(c))
		case atom.Thead:
			if err := f.rows(c, true); err != nil {
				return err
			}
		case atom.Tbody, atom.Tfoot:
			if err := f.rows(c, false); err != nil {
				return err
			}
		case atom.Tr:
			if err := f.row(c, head); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *gridFiller) row(tr *html.Node, head bool) error {
	var row []gridCell
	onlyHeads := true
	f.again = 0
	for c := tr.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom != atom.Td && c.DataAtom != atom.Th {
			continue
		}
		onlyHeads = onlyHeads && c.DataAtom == atom.Th
		row = f.drop(row)
		one, err := f.read(c)
		if err != nil {
			return err
		}
		down := spanned(c, "rowspan")
		for i := range spanned(c, "colspan") {
			if len(row) >= maxColumns {
				f.g.lose(fmt.Sprintf("a table of more than %d columns: the others are not read", maxColumns))
				break
			}
			one.merged = i > 0
			if down > 1 {
				f.hanging[len(row)] = hanging{one, down - 1}
			}
			row = append(row, one)
		}
	}
	row = f.drop(row)
	if f.count += len(row); f.count > maxCells {
		return fmt.Errorf("a table of more than %d cells", maxCells)
	}
	if err := f.budget.row(len(row), f.again); err != nil {
		return err
	}
	if len(row) == 0 {
		return nil
	}
	for i := range row {
		if !row[i].merged {
			f.g.weight += row[i].weight
		}
	}
	if len(f.g.rows) == f.g.heads && (head || onlyHeads) {
		f.g.heads++
	}
	f.g.rows = append(f.g.rows, row)
	return nil
}

// drop puts the cells of earlier rows that reach into this one where they belong.
func (f *gridFiller) drop(row []gridCell) []gridCell {
	for {
		h, ok := f.hanging[len(row)]
		if !ok {
			return row
		}
		if h.left--; h.left == 0 {
			delete(f.hanging, len(row))
		} else {
			f.hanging[len(row)] = h
		}
		if !h.cell.merged {
			f.again += h.cell.weight
		}
		row = append(row, h.cell)
	}
}

func spanned(n *html.Node, name string) int {
	span, err := strconv.Atoi(attribute(n, name))
	if err != nil || span < 1 {
		return 1
	}
	return min(span, 5000)
}

// read is the content of a cell: its paragraphs and lists, its links, and a table within it.
func (f *gridFiller) read(td *html.Node) (gridCell, error) {
	r := &cellReader{depth: f.depth, budget: f.budget}
	r.walk(td, 0)
	r.line(0)
	r.cell.weight = r.cell.weigh()
	if r.second {
		f.g.lose("a second table within a cell is not read")
	}
	f.g.anchors = append(f.g.anchors, r.anchors...)
	return r.cell, r.err
}

type cellReader struct {
	cell    gridCell
	anchors []string
	text    strings.Builder
	bullet  int // of the line that is being written
	depth   int
	budget  *budget
	second  bool // there is another table after the first
	err     error
}

// line ends a line and begins the next.
func (r *cellReader) line(bullet int) {
	if text := strings.Join(strings.Fields(r.text.String()), " "); text != "" {
		r.cell.text = append(r.cell.text, cell.Line{Text: text, Bullet: r.bullet})
	}
	r.text.Reset()
	r.bullet = bullet
}

func (r *cellReader) walk(n *html.Node, level int) {
	for c := n.FirstChild; c != nil && r.err == nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			r.text.WriteString(c.Data)
			continue
		case c.Type != html.ElementNode:
			continue
		}
		switch c.DataAtom {
		case atom.Br:
			r.line(level)
		case atom.Ul, atom.Ol:
			r.line(level + 1)
			r.walk(c, level+1)
			r.line(level)
		case atom.Li:
			r.line(max(level, 1))
			r.walk(c, max(level, 1))
			r.line(level)
		case atom.P, atom.Div, atom.Pre, atom.Dd, atom.Dt:
			// A paragraph within an item goes on with the item, unless it comes after another one.
			if strings.TrimSpace(r.text.String()) != "" {
				r.line(level)
			}
			r.walk(c, level)
			r.line(level)
		case atom.Table:
			r.line(level)
			if r.cell.nested != nil {
				r.second = true
				break
			}
			r.cell.nested, r.err = gridOf(c, r.depth+1, r.budget)
		case atom.A:
			if href := attribute(c, "href"); href != "" {
				r.cell.links = append(r.cell.links, link{strings.TrimSpace(plain(c)), href})
			} else {
				r.anchors = append(r.anchors, attribute(c, "name"))
			}
			r.walk(c, level)
		case atom.Script, atom.Style:
		default:
			r.walk(c, level)
		}
	}
}

// textOf splits a text of lines, as a cell of pipes has it with <br>. A line that begins with a dash or a dot is an
// item.
func textOf(text string) cell.Text {
	var out cell.Text
	for l := range strings.SplitSeq(text, "\n") {
		l = strings.TrimSpace(l)
		bullet := 0
		for _, mark := range []string{"- ", "* ", "• ", "· "} {
			if rest, ok := strings.CutPrefix(l, mark); ok {
				l, bullet = rest, 1
			}
		}
		if l != "" {
			out = append(out, cell.Line{Text: l, Bullet: bullet})
		}
	}
	return out
}
