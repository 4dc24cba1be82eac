package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Repair is one correction of an example's text.
type Repair struct {
	Line, Column int // of the example, from 1; the column counts characters
	Text         string
}

// The bounds of what is repaired.
const (
	maxRepairs   = 200
	maxJSONDepth = 100
)

// RepairJSON reads JSON with the faults that pages have: punctuation of another width, comments, an ellipsis, missing
// or superfluous commas, missing brackets and quotes. It gives proper JSON with the members in their order, and what it
// corrected. The error tells that the text is not to be saved.
func RepairJSON(text string) ([]byte, []Repair, error) {
	if json.Valid([]byte(text)) {
		return []byte(text), nil, nil
	}
	r := &repairer{text: text}
	r.space()
	switch member := memberStart.MatchString(text[r.at:]); {
	case !member && r.peek() != '{' && r.peek() != '[':
		return nil, nil, errors.New("neither an object nor an array")
	case member:
		r.fix("the braces are missing")
		r.object(1, true)
	default:
		r.value(0)
	}
	r.space()
	if r.err == nil && r.at < len(text) {
		r.fix("what follows the value is left out")
	}
	switch {
	case r.err != nil:
		return nil, nil, r.err
	case !json.Valid([]byte(r.out.String())):
		return nil, nil, errors.New("the result is no JSON")
	}
	return []byte(r.out.String()), r.repairs, nil
}

type repairer struct {
	text    string
	at      int
	out     strings.Builder
	repairs []Repair
	err     error
}

func (r *repairer) fix(format string, args ...any) {
	if len(r.repairs) >= maxRepairs {
		r.err = fmt.Errorf("more than %d faults", maxRepairs)
		return
	}
	before := r.text[:min(r.at, len(r.text))]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	r.repairs = append(r.repairs, Repair{line, column, fmt.Sprintf(format, args...)})
}

func (r *repairer) peek() rune {
	if r.at >= len(r.text) {
		return -1
	}
	c, _ := utf8.DecodeRuneInString(r.text[r.at:])
	return c
}

// accept takes one of the given runes.
func (r *repairer) accept(runes string) bool {
	c := r.peek()
	if c < 0 || !strings.ContainsRune(runes, c) {
		return false
	}
	r.at += utf8.RuneLen(c)
	return true
}

// space passes over white space, comments and ellipses.
func (r *repairer) space() {
	for r.at < len(r.text) && r.err == nil {
		rest := r.text[r.at:]
		end := 0
		switch {
		case strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, "#"):
			end = len(lineOf(rest))
		case strings.HasPrefix(rest, "/*"):
			if end = strings.Index(rest, "*/") + 2; end < 2 {
				end = len(rest)
			}
		case strings.HasPrefix(rest, ".."), strings.HasPrefix(rest, "…"):
			end = len(rest) - len(strings.TrimLeft(rest, ".…"))
		}
		if end > 0 {
			r.fix("a comment or ellipsis is left out")
			r.at += end
			continue
		}
		if !r.accept(" \t\r\n\u00a0\u3000\ufeff") {
			return
		}
	}
}

func lineOf(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// hole is a placeholder such as {id}.
var hole = regexp.MustCompile(`^\{[A-Za-z_][A-Za-z0-9_\-]*\}`)

func (r *repairer) value(depth int) {
	if depth > maxJSONDepth {
		r.err = fmt.Errorf("nested deeper than %d levels", maxJSONDepth)
	}
	if r.err != nil {
		return
	}
	r.space()
	switch c := r.peek(); {
	case c == '{' && hole.MatchString(r.text[r.at:]):
		r.fix("a placeholder without quotes")
		name := hole.FindString(r.text[r.at:])
		r.quoted(name)
		r.at += len(name)
	case c == '{':
		r.at++
		r.object(depth+1, false)
	case c == '[':
		r.at++
		r.array(depth + 1)
	case c == '"' || c == '“' || c == '”' || c == '\'' || c == '‘':
		r.string()
	case c < 0 || strings.ContainsRune(",，}];", c):
		r.fix("a value is missing; null stands for it")
		r.out.WriteString("null")
	default:
		r.bare()
	}
}

// list reads what stands between brackets, one entry after another.
func (r *repairer) list(closing, other rune, entry func()) {
	for first := true; r.err == nil; first = false {
		r.space()
		commas := 0
		for r.peek() == ',' || r.peek() == '，' || r.peek() == ';' || r.peek() == '、' {
			if r.peek() != ',' {
				r.fix("a comma of another form")
			}
			r.accept(",，;、")
			commas++
			r.space()
		}
		c := r.peek()
		ends := c == closing || c == other || c < 0
		switch {
		case commas > 1 || commas > 0 && (first || ends):
			r.fix("a superfluous comma")
		case commas == 0 && !first && !ends:
			r.fix("a missing comma")
		}
		if ends {
			break
		}
		if !first {
			r.out.WriteByte(',')
		}
		before := r.at
		entry()
		if r.at == before && r.err == nil {
			r.err = fmt.Errorf("%q makes no sense", lineOf(r.text[r.at:]))
		}
	}
	if r.err != nil {
		return
	}
	switch r.peek() {
	case closing:
		r.at++
	case -1:
		r.fix("a missing %c at the end", closing)
	default:
		r.fix("%c stands where %c is missing", other, closing)
	}
}

func (r *repairer) object(depth int, bare bool) {
	r.out.WriteByte('{')
	seen := 0
	r.list('}', ']', func() { seen++; r.member(depth) })
	if bare && len(r.repairs) > 0 && r.peek() < 0 && strings.HasPrefix(r.repairs[len(r.repairs)-1].Text, "a missing }") {
		r.repairs = r.repairs[:len(r.repairs)-1] // the opening one is reported already
	}
	r.out.WriteByte('}')
}

func (r *repairer) array(depth int) {
	r.out.WriteByte('[')
	r.list(']', '}', func() { r.value(depth) })
	r.out.WriteByte(']')
}

var bareKey = regexp.MustCompile(`^[\p{L}\p{N}_$.\-]+`)

func (r *repairer) member(depth int) {
	switch c := r.peek(); {
	case c == '"' || c == '“' || c == '”' || c == '\'' || c == '‘':
		r.string()
	default:
		key := bareKey.FindString(r.text[r.at:])
		if key == "" {
			r.err = fmt.Errorf("no member begins at %q", lineOf(r.text[r.at:]))
			return
		}
		r.fix("the name %s has no quotes", key)
		r.quoted(key)
		r.at += len(key)
	}
	r.out.WriteByte(':')
	r.space()
	switch {
	case r.accept(":"):
	case r.peek() == '：' || r.peek() == '=':
		r.fix("a colon of another form")
		r.accept("：=")
	default:
		r.fix("a missing colon")
	}
	r.value(depth)
}

func (r *repairer) quoted(s string) {
	data, err := json.Marshal(s)
	if err != nil {
		r.err = err
		return
	}
	r.out.Write(data)
}

var jsonNumber = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$`)

// bare reads a value without quotes: a number, a word of JSON, or a text that should have had them.
func (r *repairer) bare() {
	rest := lineOf(r.text[r.at:])
	end := strings.IndexAny(rest, ",，}]")
	if end < 0 {
		end = len(rest)
	}
	if cut := strings.Index(rest[:end], "//"); cut > 0 && !strings.HasSuffix(rest[:cut], ":") {
		end = cut
	}
	text := strings.TrimSpace(rest[:end])
	word, known := map[string]string{"True": "true", "False": "false", "None": "null", "TRUE": "true", "FALSE": "false", "NULL": "null", "nil": "null"}[text]
	switch {
	case text == "true" || text == "false" || text == "null" || jsonNumber.MatchString(text):
		r.out.WriteString(text)
	case known:
		r.fix("%s is no word of JSON", text)
		r.out.WriteString(word)
	case text == "":
		r.err = fmt.Errorf("%q makes no sense", rest)
	default:
		r.fix("a value without quotes")
		r.quoted(strings.Trim(text, `"“”`))
	}
	r.at += max(end, 1)
}
