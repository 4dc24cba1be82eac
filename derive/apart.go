package derive

// DraftApart is Draft without recognising structures that several tables describe as one: each table keeps what it
// says itself. The document is longer; whoever compares two of them sees what changed in each table, and not what
// another table makes up for. Its coverage is that of Draft, except that it has more schemas, and tables that only
// repeat a structure are findings.
func (s *Set) DraftApart(title string) (*Draft, error) { return s.draft(title, true) }
