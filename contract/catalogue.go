package contract

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Provocation says what it takes to see an error code.
type Provocation string

// The five provocations; docs/vocabulary.md defines them.
const (
	ByRequest Provocation = "request"
	ByTiming  Provocation = "timing"
	ByState   Provocation = "state"
	ByServer  Provocation = "server"
	ByNothing Provocation = "none"
)

func (p Provocation) reachable() bool { return p == ByRequest || p == ByTiming || p == ByState }

// Error is an entry of the catalogue, or a variant of one.
type Error struct {
	Ref        string // "Shop.0001", or "Shop.0001/late" for a variant
	Code       string // what goes over the wire
	Status     int    // HTTP status
	Template   string // message with its placeholders
	Meaning    string
	Provoke    Provocation
	Operations []string // operationIds, or "all"
	Body       string   // name of the body's shape
	Source     Source
	Position   Position

	text *regexp.Regexp
}

// placeholder matches {} and {name} in a message template.
var placeholder = regexp.MustCompile(`\{[A-Za-z0-9_]*\}`)

// Message fills the template's placeholders in their order. A missing argument leaves its
// placeholder standing, a superfluous one is ignored.
func (e *Error) Message(args ...string) string {
	return placeholder.ReplaceAllStringFunc(e.Template, func(hole string) string {
		if len(args) == 0 {
			return hole
		}
		arg := args[0]
		args = args[1:]
		return arg
	})
}

// Holes is the number of placeholders in the template.
func (e *Error) Holes() int { return len(placeholder.FindAllString(e.Template, -1)) }

// Matches tells whether a text is this message with anything in its placeholders but themselves.
func (e *Error) Matches(text string) bool {
	return e.text.MatchString(text) && (e.Holes() == 0 || text != e.Template)
}

// AppliesTo tells whether the catalogue names the code for an operation.
func (e *Error) AppliesTo(operation string) bool {
	return slices.Contains(e.Operations, operation) || slices.Contains(e.Operations, "all")
}

// Refusal is an error with its arguments: the answer to a request that the contract refuses. Source is
// that of the rule or row which refused; zero where a schema did.
type Refusal struct {
	Error  *Error
	Args   []string
	Also   []*Error // other errors that conform
	Source Source
}

// Message is the text of the refusal.
func (r *Refusal) Message() string { return r.Error.Message(r.Args...) }

// Says tells whether a text is the refusal's message with its first argument, which names what is wrong, in
// its place; the other placeholders may hold anything.
func (r *Refusal) Says(text string) bool {
	if len(r.Args) == 0 {
		return r.Error.Matches(text)
	}
	at := placeholder.FindStringIndex(r.Error.Template)
	if at == nil {
		return r.Error.Matches(text)
	}
	rest := regexp.QuoteMeta(placeholder.ReplaceAllString(r.Error.Template[at[1]:], "\x00"))
	pattern := regexp.QuoteMeta(r.Error.Template[:at[0]]+r.Args[0]) + strings.ReplaceAll(rest, "\x00", "(?s:.*)")
	said, err := regexp.MatchString("^"+pattern+"$", text)
	return err == nil && said
}

// catalogue is the error catalogue with the shapes of its bodies.
type catalogue struct {
	entries []*Error // document order, variants after their entry
	byRef   map[string]*Error
	bodies  map[string]*Template
	first   string
}

type catalogueDoc struct {
	Status     int                     `yaml:"status"`
	Message    string                  `yaml:"message"`
	Meaning    string                  `yaml:"meaning"`
	Provoke    Provocation             `yaml:"provoke"`
	Operations []string                `yaml:"operations"`
	Body       string                  `yaml:"body"`
	Source     Source                  `yaml:"source"`
	Variants   map[string]catalogueDoc `yaml:"variants"`
}

func readCatalogue(p place) *catalogue {
	c := &catalogue{byRef: map[string]*Error{}, bodies: map[string]*Template{}}
	p.get("bodies").each(func(name string, body place) {
		if c.first == "" {
			c.first = name
		}
		c.bodies[name] = compileTemplate(body, place{})
	})
	p.get("codes").each(func(code string, at place) {
		var doc catalogueDoc
		if !at.decode(&doc) {
			return
		}
		if doc.Body == "" {
			doc.Body = c.first
		}
		if c.bodies[doc.Body] == nil {
			at.get("body").addf("code %q has the body %q, which bodies does not define%s", code, doc.Body, suggest(doc.Body, sortedKeys(c.bodies)))
		}
		if strings.Contains(code, "/") {
			at.addf("code %q contains a /, which separates a code from its variant", code)
		}
		c.add(at, code, code, doc)
		at.get("variants").each(func(name string, at place) {
			v := doc.Variants[name]
			v.Operations, v.Body = doc.Operations, doc.Body
			c.add(at, code+"/"+name, code, v)
		})
	})
	return c
}

func (c *catalogue) add(at place, ref, code string, doc catalogueDoc) {
	quoted := placeholder.ReplaceAllString(doc.Message, "\x00")
	pattern := strings.ReplaceAll(regexp.QuoteMeta(quoted), "\x00", "(?s:.*)")
	e := &Error{Ref: ref, Code: code, Status: doc.Status, Template: doc.Message, Meaning: doc.Meaning,
		Provoke: doc.Provoke, Operations: doc.Operations, Body: doc.Body, Source: doc.Source,
		Position: at.position(), text: regexp.MustCompile("^" + pattern + "$")}
	c.entries = append(c.entries, e)
	c.byRef[ref] = e
}

// find gives the entry a reference names and reports the reference when there is none.
func (c *catalogue) find(at place, ref string) *Error {
	e := c.byRef[ref]
	if e == nil {
		at.addf("error %q is not in the catalogue (components.x-tally-errors)%s", ref, suggest(ref, c.refs()))
	}
	return e
}

func (c *catalogue) refs() []string {
	out := make([]string, len(c.entries))
	for i, e := range c.entries {
		out[i] = e.Ref
	}
	return out
}

// Body is the error body that answers a refusal.
func (c *Contract) Body(r *Refusal, requestID string) map[string]any {
	t := c.catalogue.bodies[r.Error.Body]
	body, _ := t.Render(func(name string) (any, bool) {
		switch name {
		case "code":
			return r.Error.Code, true
		case "message":
			return r.Message(), true
		case "status":
			return int64(r.Error.Status), true
		case "title":
			return http.StatusText(r.Error.Status), true
		case "request_id":
			return requestID, requestID != ""
		}
		return nil, false
	}).(map[string]any)
	return body
}

// suggest names the known word that a mistyped one is closest to.
func suggest(word string, known []string) string {
	best, distance := "", 3
	for _, k := range known {
		if d := EditDistance(word, k); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// EditDistance counts the bytes to insert, delete or replace to make one word the other (Levenshtein).
func EditDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
