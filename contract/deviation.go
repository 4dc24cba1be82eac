package contract

// Deviation records that a place says something else than a row of its source, and why.
type Deviation struct {
	Aspect string `yaml:"aspect" json:"aspect"` // what of it: type, required, enum, minimum …
	Says   string `yaml:"says" json:"says"`     // what the row says; "nothing" when it does not
	Has    string `yaml:"has" json:"has"`       // what the contract has instead; "nothing" when it does not say
	Reason string `yaml:"reason" json:"reason"`
}

// Omission records that rows of a table are in no place of the contract, and why.
type Omission struct {
	Edition string   `yaml:"edition" json:"edition"`
	Page    string   `yaml:"page" json:"page"`
	Table   int      `yaml:"table" json:"table,omitempty"` // as its caption numbers it; 0 for one without number
	Rows    []string `yaml:"rows" json:"rows"`             // first cells; a star at the end stands for any rest
	Count   int      `yaml:"count" json:"count"`           // of the rows, so that a further one is noticed
	Reason  string   `yaml:"reason" json:"reason"`
}
