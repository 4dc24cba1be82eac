package openapi

// Violation is one way in which a request or an answer breaks the document.
type Violation struct {
	In      string // body, query, path, header, cookie, status or security
	Pointer string // JSON pointer into the body; the name of a parameter or header, perhaps with a pointer behind it
	Keyword string // of JSON Schema; body for what cannot be decoded, contentMediaType for a type that is not taken, steps for what takes too long to judge
	Schema  string // FILE#POINTER of what is broken; "" when that is no schema
	Text    string // for people: what was wanted and what came
}

func (v Violation) String() string {
	where := v.In
	if v.Pointer != "" {
		where += " " + v.Pointer
	}
	return where + ": " + v.Text
}
