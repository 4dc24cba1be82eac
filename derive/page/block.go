package page

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// block is a part of a page, in its order: a heading, a text, a piece of code or a table.
type block struct {
	level   int // of a heading; 0 for all else
	item    bool
	text    string
	code    string
	table   *grid
	links   []link
	anchors []string
	lost    string // what of it could not be read; "" for nothing
	line    int
}

type link struct{ text, href string }

var markdown = goldmark.New(goldmark.WithExtensions(extension.Table))

// flattener makes the tree of a page a list of blocks.
type flattener struct {
	source  []byte
	lines   []int // where they start
	blocks  []block
	open    *strings.Builder // HTML of a table that is still open
	openAt  int
	depth   int  // of tables within it
	comment bool // it ends within a comment so far
	budget  budget
	err     error
}

func flatten(source []byte) ([]block, error) {
	f := &flattener{source: source, lines: lineStarts(source)}
	f.walk(markdown.Parser().Parse(text.NewReader(source)), false, 0)
	if f.open != nil {
		f.close()
	}
	return f.blocks, f.err
}

func lineStarts(source []byte) []int {
	starts := []int{0}
	for i, c := range source {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

func (f *flattener) lineOf(n ast.Node) int {
	if n.Type() != ast.TypeBlock || n.Lines() == nil || n.Lines().Len() == 0 {
		return 0
	}
	at, low, high := n.Lines().At(0).Start, 0, len(f.lines)
	for high-low > 1 {
		if mid := (low + high) / 2; f.lines[mid] <= at {
			low = mid
		} else {
			high = mid
		}
	}
	return low + 1
}

func (f *flattener) walk(n ast.Node, item bool, depth int) {
	if depth > maxNesting {
		f.err = fmt.Errorf("nested too deeply (over %d levels)", maxNesting)
	}
	for c := n.FirstChild(); c != nil && f.err == nil; c = c.NextSibling() {
		if f.open != nil && f.resume(c) {
			continue
		}
		switch c := c.(type) {
		case *ast.Heading:
			b := f.inline(c)
			b.level = c.Level
			f.add(b)
		case *ast.Paragraph, *ast.TextBlock:
			if at := f.tableIn(c); at > 0 {
				f.split(c, at)
				continue
			}
			b := f.inline(c)
			b.item = item && c.PreviousSibling() == nil
			f.add(b)
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			f.add(block{code: f.raw(c), line: f.lineOf(c)})
		case *ast.HTMLBlock:
			f.html(f.raw(c), f.lineOf(c))
		case *east.Table:
			f.add(block{table: f.pipes(c), line: f.lineOf(c.FirstChild().FirstChild())}) // a cell, since a row has no lines of its own
		default:
			_, isItem := c.(*ast.ListItem)
			f.walk(c, isItem, depth+1)
		}
	}
}

func (f *flattener) add(b block) {
	if len(f.blocks) >= maxBlocks {
		f.err = fmt.Errorf("more than %d paragraphs, tables and examples", maxBlocks)
		return
	}
	f.blocks = append(f.blocks, b)
}

// raw is the text of a block as the page has it.
func (f *flattener) raw(n ast.Node) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		at := n.Lines().At(i)
		b.Write(at.Value(f.source))
	}
	if h, ok := n.(*ast.HTMLBlock); ok && h.HasClosure() {
		b.Write(h.ClosureLine.Value(f.source))
	}
	return b.String()
}

// html takes a block of HTML. One that ends within a table, because an empty line stands there, stays open until
// the table ends.
func (f *flattener) html(raw string, line int) {
	f.comment = false
	if f.depth = f.unclosed(raw); f.depth > 0 {
		f.open, f.openAt = &strings.Builder{}, line
		f.open.WriteString(raw)
		return
	}
	f.fragment(raw, line)
}

// resume gives a block to the table that is open; false when the block cannot belong to it.
func (f *flattener) resume(n ast.Node) bool {
	if _, ok := n.(*ast.Heading); ok || f.open.Len() > maxPage {
		f.close()
		return false
	}
	if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
		raw := f.raw(n)
		f.open.WriteString("\n" + raw)
		if f.depth += f.unclosed(raw); f.depth <= 0 {
			f.close()
		}
	}
	return true
}

func (f *flattener) close() {
	raw := f.open.String()
	f.open = nil
	f.fragment(raw, f.openAt)
}

// unclosed counts the tables that a piece of HTML opens and does not close. What a comment says opens nothing.
func (f *flattener) unclosed(raw string) int {
	lower, n := strings.ToLower(raw), 0
	for lower != "" {
		mark := "<!--"
		if f.comment {
			mark = "-->"
		}
		part, rest, found := strings.Cut(lower, mark)
		if !f.comment {
			n += strings.Count(part, "<table") - strings.Count(part, "</table")
		}
		if lower = rest; found {
			f.comment = !f.comment
		}
	}
	return n
}

// tableIn finds where a table of HTML begins within the text of a paragraph; 0 when there is none.
func (f *flattener) tableIn(paragraph ast.Node) int {
	at := 0
	_ = ast.Walk(paragraph, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.RawHTML); ok && entering && h.Segments.Len() > 0 {
			first := h.Segments.At(0)
			if name, _ := tag(string(first.Value(f.source)) + ">"); name == "table" {
				at = first.Start
				return ast.WalkStop, nil
			}
		}
		return ast.WalkContinue, nil
	})
	return at
}

// split reads a paragraph with a table in it: the text before the table, then the table with what follows.
func (f *flattener) split(paragraph ast.Node, at int) {
	var before, after strings.Builder
	for i := range paragraph.Lines().Len() {
		l := paragraph.Lines().At(i)
		cut := min(max(at, l.Start), l.Stop)
		before.Write(f.source[l.Start:cut])
		after.Write(f.source[cut:l.Stop])
	}
	line := f.lineOf(paragraph)
	blocks, err := flatten([]byte(before.String()))
	if err != nil {
		f.err = fmt.Errorf("line %d: %w", line, err)
		return
	}
	for _, b := range blocks {
		b.line = line
		f.add(b)
	}
	f.html(after.String(), line)
}

// inline is the text of a block without its markup.
func (f *flattener) inline(n ast.Node) block {
	b := block{line: f.lineOf(n)}
	var t strings.Builder
	f.inlineInto(n, &b, &t, 0)
	b.text = strings.TrimSpace(t.String())
	return b
}

func (f *flattener) inlineInto(n ast.Node, b *block, t *strings.Builder, depth int) {
	if depth > maxNesting {
		f.err = fmt.Errorf("markup nested too deeply (over %d levels)", maxNesting)
	}
	for c := n.FirstChild(); c != nil && f.err == nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			value := util.UnescapePunctuations(c.Segment.Value(f.source))
			t.Write(util.ResolveEntityNames(util.ResolveNumericReferences(value)))
			if c.SoftLineBreak() || c.HardLineBreak() {
				t.WriteByte('\n')
			}
		case *ast.String:
			t.Write(c.Value)
		case *ast.CodeSpan:
			for s := c.FirstChild(); s != nil; s = s.NextSibling() {
				if s, ok := s.(*ast.Text); ok {
					t.Write(s.Segment.Value(f.source))
				}
			}
		case *ast.RawHTML:
			f.rawInline(c, b, t)
		case *ast.AutoLink:
			t.Write(c.Label(f.source))
		case *ast.Link:
			from := t.Len()
			f.inlineInto(c, b, t, depth+1)
			b.links = append(b.links, link{t.String()[from:], string(c.Destination)})
		case *ast.Image: // shows nothing that could be read
		default:
			f.inlineInto(c, b, t, depth+1)
		}
	}
}

// ends is the end of a paragraph or list within a text.
var ends = regexp.MustCompile(`(?i)^</(?:ul|ol|li|p|div)\s*>$`)

// rawInline reads a tag within a text: an anchor, a line break, or nothing of interest.
func (f *flattener) rawInline(n *ast.RawHTML, b *block, t *strings.Builder) {
	var raw strings.Builder
	for i := range n.Segments.Len() {
		at := n.Segments.At(i)
		raw.Write(at.Value(f.source))
	}
	name, attributes := tag(raw.String())
	switch {
	case name == "table":
		b.lost = "a table within a cell of pipes or a heading is not read as one"
	case name == "li":
		t.WriteString("\n- ")
	case name == "br" || name == "p" || name == "div" || ends.MatchString(raw.String()):
		t.WriteByte('\n')
	case attributes["href"] != "":
		b.links = append(b.links, link{"", attributes["href"]})
	}
	for _, key := range []string{"name", "id"} {
		if a := attributes[key]; a != "" {
			b.anchors = append(b.anchors, a)
		}
	}
}

// pipes makes a table of pipes a grid.
func (f *flattener) pipes(n *east.Table) *grid {
	g, count := &grid{heads: 1}, 0
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []gridCell
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			b := f.inline(c)
			if b.lost != "" {
				g.lose(b.lost)
			}
			cells = append(cells, gridCell{text: textOf(b.text), links: b.links})
			g.anchors = append(g.anchors, b.anchors...)
		}
		g.rows = append(g.rows, cells)
		if count += len(cells); count > maxCells {
			f.err = fmt.Errorf("line %d: a table of more than %d cells", f.lineOf(row), maxCells)
			break
		}
		if err := f.budget.row(len(cells), 0); err != nil {
			f.err = fmt.Errorf("line %d: %w", f.lineOf(row.FirstChild()), err)
			break
		}
	}
	return g
}
