package page

import (
	"fmt"
	"strings"

	"github.com/tallystick/tallystick/derive/cell"
)

// The bounds of all tables of a page together. A span is cheap to write, and each row it reaches is read again.
const (
	maxPageCells = 500_000
	maxRows      = 20_000
	maxRepeated  = 1 << 20 // bytes of cells that reach into further rows, once for each of these
	cellWeight   = 64      // bytes that a cell counts for besides its text
)

// pipeSize follows the lines of a page and tells how many cells the parser of Markdown would make of them: it fills
// each row of a table of pipes up to the columns of its heading.
type pipeSize struct {
	columns int // of the table that is open; 0 outside of one
	cells   int // of the table
	all     int // of the tables before it too
}

func (p *pipeSize) line(line string) error {
	const blank = "> \t\r\n\f\v"
	bare := strings.Trim(line, blank)
	switch {
	case bare == "":
		p.columns, p.cells = 0, 0
		return nil
	case p.columns == 0:
		if strings.Contains(bare, "|") && strings.Contains(bare, "-") && strings.Trim(bare, "-|:"+blank) == "" {
			p.columns = strings.Count(strings.Trim(bare, "|"), "|") + 1
		}
		return nil
	}
	p.cells += p.columns
	p.all += p.columns
	switch {
	case p.cells > maxCells:
		return fmt.Errorf("a table of more than %d cells", maxCells)
	case p.all > maxPageCells:
		return fmt.Errorf("tables of pipes with more than %d cells on the page", maxPageCells)
	}
	return nil
}

// budget counts what the tables of a page come to.
type budget struct {
	rows, cells, repeated int
}

// row counts a row, with the bytes of its cells that stand in another row too.
func (b *budget) row(cells, repeated int) error {
	b.rows++
	b.cells += cells
	b.repeated += repeated
	switch {
	case b.rows > maxRows:
		return fmt.Errorf("tables with more than %d rows on the page", maxRows)
	case b.cells > maxPageCells:
		return fmt.Errorf("tables with more than %d cells on the page", maxPageCells)
	case b.repeated > maxRepeated:
		return fmt.Errorf("cells that reach into so many rows that they repeat more than %d bytes on the page", maxRepeated)
	}
	return nil
}

// weigh gives what it costs to read a cell once more, in bytes; a table within it counts as a whole.
func (c *gridCell) weigh() int {
	weight := cellWeight + textSize(c.text)
	for _, l := range c.links {
		weight += cellWeight + len(l.text) + len(l.href)
	}
	if c.nested != nil {
		weight += c.nested.weight
	}
	return weight
}

func textSize(t cell.Text) int {
	size := 0
	for _, l := range t {
		size += len(l.Text)
	}
	return size
}
