package page

import (
	"strings"
	"unicode/utf8"
)

// string reads a text in quotes of whatever form.
func (r *repairer) string() {
	opening := r.peek()
	if opening != '"' {
		r.fix("quotes of another form")
	}
	r.accept(`"“”'‘`)
	var b strings.Builder
	for r.err == nil {
		c := r.peek()
		switch {
		case c < 0 || c == '\n' && r.broken():
			text := strings.TrimRight(b.String(), " \t\r")
			if cut := strings.TrimRight(text, ",，"); cut != text {
				text = cut
			}
			r.fix("a missing quote")
			r.quoted(text)
			return
		case r.closes(opening, c):
			r.at += utf8.RuneLen(c)
			r.quoted(b.String())
			return
		case c == '\\':
			r.escape(&b)
		case c < ' ':
			r.fix("a control character within a text")
			b.WriteRune(c)
			r.at++
		case c == utf8.RuneError:
			b.WriteRune(c)
			_, n := utf8.DecodeRuneInString(r.text[r.at:])
			r.at += n
		default:
			if c == '"' {
				r.fix("a quote within a text")
			}
			b.WriteRune(c)
			r.at += utf8.RuneLen(c)
		}
	}
}

// maxLook bounds how far a quote of another form looks for a proper one.
const maxLook = 2000

// closes tells whether a quote ends the text: what follows it could follow a value or a name.
func (r *repairer) closes(opening, c rune) bool {
	switch {
	case opening == '\'' || opening == '‘':
		if c != '\'' && c != '’' {
			return false
		}
	case opening == '"':
		if c != '"' && c != '”' && c != '“' {
			return false
		}
		if c != '"' && strings.ContainsRune(lineOf(r.text[r.at:min(len(r.text), r.at+maxLook)]), '"') {
			return false // a proper quote comes later on the line
		}
	case c != '”' && c != '"' && c != '“':
		return false
	}
	after := strings.TrimLeft(r.text[r.at+utf8.RuneLen(c):], " \t\r\u00a0")
	if after == "" {
		return true
	}
	next, _ := utf8.DecodeRuneInString(after)
	return strings.ContainsRune(",，:：;}]\n#/.…、=", next)
}

// broken tells, at the end of a line within a text, whether the closing quote is missing: the next line begins
// something new. Else the text has a line break in it.
func (r *repairer) broken() bool {
	after := strings.TrimLeft(r.text[r.at:], " \t\r\n")
	return after == "" || strings.ContainsRune(`"“}]`, []rune(after[:min(len(after), 4)])[0])
}

// escape reads a backslash with what follows it. One that JSON does not know stands for itself.
func (r *repairer) escape(b *strings.Builder) {
	rest := r.text[r.at+1:]
	simple := map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}
	if rest != "" {
		if c, ok := simple[rest[0]]; ok {
			b.WriteRune(c)
			r.at += 2
			return
		}
		if n, ok := unicodeEscape(rest); ok {
			b.WriteRune(n)
			r.at += 6
			return
		}
	}
	r.fix("a backslash that is no escape")
	b.WriteByte('\\')
	r.at++
}

// unicodeEscape reads uXXXX. Halves of a pair become U+FFFD each; examples of references have none.
func unicodeEscape(s string) (rune, bool) {
	if len(s) < 5 || s[0] != 'u' {
		return 0, false
	}
	n := rune(0)
	for _, c := range []byte(s[1:5]) {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 {
			return 0, false
		}
		n = n<<4 | rune(digit)
	}
	return n, true
}
