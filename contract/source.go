package contract

import "fmt"

// Basis says how well founded a statement of the contract is.
type Basis string

// The three bases, strongest first.
const (
	Documented Basis = "documented" // a page says it: the runner says MUST
	Inferred   Basis = "inferred"   // follows from pages or clients: SHOULD
	Assumed    Basis = "assumed"    // the mock's own choice: never checked
)

// Source is where a statement comes from. The zero Source belongs to documents that do not say.
type Source struct {
	Basis       Basis           `yaml:"basis"`
	At          []Citation      `yaml:"at"`
	Note        string          `yaml:"note"`
	Contradicts []Contradiction `yaml:"contradicts"`
	Deviates    []Deviation     `yaml:"deviates"`
	Leaves      []Omission      `yaml:"leaves"`
}

// Citation is one row of one page.
type Citation struct {
	Edition string `yaml:"edition"`
	Page    string `yaml:"page"`
	Table   int    `yaml:"table"` // as its caption numbers it; 0 outside tables
	Row     string `yaml:"row"`   // first cell; "" for the whole table or part
	Part    string `yaml:"part"`  // uri, text, example or headers; "" for tables
}

// String is the citation in one line: edition, page, table, row.
func (c Citation) String() string {
	text := c.Edition + " " + c.Page
	if c.Table > 0 {
		text += fmt.Sprintf(", table %d", c.Table)
	}
	if c.Part != "" {
		text += ", " + c.Part
	}
	if c.Row != "" {
		text += ", row " + c.Row
	}
	return text
}

// Contradiction marks a place where a documented example and its own table disagree.
type Contradiction struct {
	Pointer string `yaml:"pointer"` // into the example's payload
	Says    string `yaml:"says"`
	Reading string `yaml:"reading"` // the one that the contract takes
}

// sourceOf reads the x-tally-source of a place; the zero Source when it has none.
func sourceOf(p place) Source {
	var s Source
	if at := p.get(keySource); at.exists() {
		at.decode(&s)
	}
	return s
}
