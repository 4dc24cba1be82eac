package derive

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// Coverage says how much of the pages has been read, understood and drafted. The counts of a report add up: each cell
// of a row of parameters or members is understood, kept, failed or plain.
type Coverage struct {
	Pages      int              `json:"pages"`
	Skipped    []Skipped        `json:"skipped"`
	Tables     map[string]int   `json:"tables"` // by kind
	Rows       map[string]int   `json:"rows"`   // by kind of the table
	Cells      Cells            `json:"cells"`
	Stated     Tally            `json:"stated"` // of the cells with a constraint: understood as a whole, or not
	Kinds      map[string]Tally `json:"kinds"`
	Examples   map[string]int   `json:"examples"` // by outcome
	Operations int              `json:"operations"`
	Parameters int              `json:"parameters"`
	Schemas    int              `json:"schemas"`
	Codes      int              `json:"codes"`
	Conditions int              `json:"conditions"` // drafts of rules
	Findings   []Finding        `json:"findings"`
	Kept       []Finding        `json:"kept"`
}

// Cells counts cells that are about a name, a flag, a type or a description.
type Cells struct {
	Understood int `json:"understood"`
	Kept       int `json:"kept"`   // a constraint in it is not understood
	Failed     int `json:"failed"` // no name, flag or type could be read
	Plain      int `json:"plain"`  // a description without a constraint
}

// Tally counts the statements of one kind.
type Tally struct {
	Understood int `json:"understood"`
	Kept       int `json:"kept"`
	Failed     int `json:"failed"`
}

// Finding is something that the pages say and the draft does not, with where it stands.
type Finding struct {
	Place string `json:"place"`
	Kind  string `json:"kind"`
	Text  string `json:"text"`
	Lost  bool   `json:"lost"` // the draft lacks what the page states
}

// Lost counts the findings about statements that the draft lacks. Constraints that are kept are not among them.
func (c *Coverage) Lost() int {
	n := 0
	for _, f := range c.Findings {
		if f.Lost {
			n++
		}
	}
	return n
}

// Coverage counts what was read. What only a draft knows is zero.
func (s *Set) Coverage() Coverage { return s.count(nil) }

// count counts; a draft has attached some tables that no row refers to.
func (s *Set) count(attached map[*page.Table]bool) Coverage {
	c := Coverage{Pages: len(s.Pages), Skipped: slices.Clone(s.Skipped), Tables: map[string]int{}, Rows: map[string]int{},
		Kinds: map[string]Tally{}, Examples: map[string]int{}, Findings: []Finding{}, Kept: []Finding{}}
	if c.Skipped == nil {
		c.Skipped = []Skipped{}
	}
	used := s.used()
	for _, p := range s.Pages {
		for _, t := range p.Tables {
			c.Tables[string(t.Kind)]++
			c.Rows[string(t.Kind)] += len(t.Rows)
			if p.spare(t) && !used[t] && !attached[t] {
				c.find(t.Place, "table", "no row refers to this table of members", true)
			}
		}
		for _, r := range p.Rows {
			c.row(r)
		}
		for _, e := range p.Examples {
			c.Examples[string(e.Outcome)]++
		}
		for _, problem := range p.Problems {
			c.find(problem.Place, "page", problem.Text, problem.Lost)
		}
	}
	return c
}

// spare tells whether a table lists members that a row should refer to.
func (p *Page) spare(t *page.Table) bool { return t.Kind == page.ObjectTable && len(p.Operations) > 0 }

func (c *Coverage) find(at Place, kind, text string, lost bool) {
	c.Findings = append(c.Findings, Finding{at.String(), kind, text, lost})
}

// row counts the cells of a row of parameters or members.
func (c *Coverage) row(r *Row) {
	if !r.In.Members() {
		return
	}
	for _, j := range r.States {
		c.tally(j.Kind, j.State)
		if j.State == cell.Failed {
			c.Cells.Failed++
			c.find(r.Place, string(j.Kind), "not understood: "+j.Text, true)
		} else {
			c.Cells.Understood++
		}
	}
	if len(r.States) == 0 {
		return
	}
	for _, p := range r.Facts.Parts {
		c.tally(p.Kind, p.State)
		if p.State == cell.Kept && p.Kind.Constrains() {
			c.Kept = append(c.Kept, Finding{r.Place.String(), string(p.Kind), p.Text, false})
		}
	}
	c.Conditions += len(r.Facts.Conditions)
	switch r.Facts.Verdict() {
	case cell.Understood:
		c.Cells.Understood++
		c.Stated.Understood++
	case cell.Kept:
		c.Cells.Kept++
		c.Stated.Kept++
	default:
		c.Cells.Plain++
	}
}

func (c *Coverage) tally(k cell.Kind, s cell.State) {
	t := c.Kinds[string(k)]
	switch s {
	case cell.Understood:
		t.Understood++
	case cell.Kept:
		t.Kept++
	default:
		t.Failed++
	}
	c.Kinds[string(k)] = t
}

// used are the tables that a row refers to.
func (s *Set) used() map[*page.Table]bool {
	out := map[*page.Table]bool{}
	for _, p := range s.Pages {
		for _, r := range p.Rows {
			if r.Object != nil && len(r.Object.Rows) > 0 {
				out[r.Object.Rows[0].Table] = true
			}
		}
	}
	return out
}

// coverage adds what the draft holds.
func (d *drafter) coverage() Coverage {
	c := d.set.count(d.attached)
	c.Operations, c.Schemas, c.Codes = len(d.ops), len(d.schemas.ordered), len(d.codes)
	c.Parameters = d.counts.parameters
	c.Findings = append(c.Findings, d.schemas.dropped...)
	for _, m := range d.ops {
		c.twice(m)
	}
	for _, key := range sortedKeys(d.marked) {
		for _, m := range d.marked[key] {
			c.Findings = append(c.Findings, Finding{key, "example", "contradicts its table at " + m.pointer + ": " + m.says, false})
		}
	}
	return c
}

// twice finds pages of one edition that describe the same method and path, as references do whose operations differ in
// the query alone. OpenAPI has one operation for them.
func (c *Coverage) twice(m *merged) {
	first := map[string]*Operation{}
	for _, op := range m.all {
		known := first[op.Page.Edition]
		switch {
		case known == nil:
			first[op.Page.Edition] = op
		case known.Page != op.Page:
			c.find(op.Place, "operation", fmt.Sprintf("%s %s is on page %s too; the draft has one operation for both", op.Method, op.Path, known.Page.Name), true)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, cmp.Compare[string])
	return keys
}
