package contract

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// quickDecode reads one JSON value as encoding/json does with UseNumber, numbers tamed. It gives up at anything
// unusual, errors among it: then encoding/json has the word. Strings of the value share the memory of data's copy.
func quickDecode(o *objects, data []byte) (any, bool) {
	if len(data) > maxQuickSize {
		return nil, false
	}
	d := quickDecoder{text: string(data), objects: o}
	d.space()
	v, ok := d.value(0)
	if d.space(); !ok || d.at != len(d.text) {
		return nil, false
	}
	return v, true
}

// maxQuickSize is the longest text that quickDecode takes, because one string that stays keeps all of it: those of a longer
// one take memory of their own.
const maxQuickSize = 4 << 10

// maxQuickDepth is how deep quickDecode follows; documents of people stay far above it.
const maxQuickDepth = 64

type quickDecoder struct {
	text    string
	at      int
	objects *objects
}

func (d *quickDecoder) space() {
	for d.at < len(d.text) {
		switch d.text[d.at] {
		case ' ', '\t', '\n', '\r':
			d.at++
		default:
			return
		}
	}
}

// next takes a character if it comes next.
func (d *quickDecoder) next(c byte) bool {
	if d.at < len(d.text) && d.text[d.at] == c {
		d.at++
		return true
	}
	return false
}

func (d *quickDecoder) value(depth int) (any, bool) {
	if d.at >= len(d.text) || depth > maxQuickDepth {
		return nil, false
	}
	switch c := d.text[d.at]; {
	case c == '{':
		d.at++
		return d.object(depth)
	case c == '[':
		d.at++
		return d.array(depth)
	case c == '"':
		d.at++
		text, ok := d.str()
		return text, ok
	case c == '-' || (c >= '0' && c <= '9'):
		return d.number()
	}
	return d.word()
}

// word reads true, false or null.
func (d *quickDecoder) word() (any, bool) {
	switch rest := d.text[d.at:]; {
	case strings.HasPrefix(rest, "true"):
		d.at += len("true")
		return true, true
	case strings.HasPrefix(rest, "false"):
		d.at += len("false")
		return false, true
	case strings.HasPrefix(rest, "null"):
		d.at += len("null")
		return nil, true
	}
	return nil, false
}

func (d *quickDecoder) object(depth int) (any, bool) {
	out := d.objects.get(0)
	if d.space(); d.next('}') {
		return out, true
	}
	for {
		d.space()
		if !d.next('"') {
			return nil, false
		}
		name, ok := d.str()
		if d.space(); !ok || !d.next(':') {
			return nil, false
		}
		d.space()
		v, ok := d.value(depth + 1)
		if !ok {
			return nil, false
		}
		out[name] = v
		d.space()
		if d.next('}') {
			return out, true
		}
		if !d.next(',') {
			return nil, false
		}
	}
}

func (d *quickDecoder) array(depth int) (any, bool) {
	out := []any{}
	if d.space(); d.next(']') {
		return out, true
	}
	for {
		d.space()
		v, ok := d.value(depth + 1)
		if !ok {
			return nil, false
		}
		out = append(out, v)
		d.space()
		if d.next(']') {
			return out, true
		}
		if !d.next(',') {
			return nil, false
		}
	}
}

// str reads a string after its first quote. One with an escape is decoded by encoding/json.
func (d *quickDecoder) str() (string, bool) {
	begin, escaped, plain := d.at, false, true
	for ; d.at < len(d.text); d.at++ {
		switch c := d.text[d.at]; {
		case c == '"':
			text := d.text[begin:d.at]
			d.at++
			if escaped {
				return unescaped(d.text[begin-1 : d.at])
			}
			return text, plain || utf8.ValidString(text)
		case c == '\\':
			escaped = true
			d.at++
		case c < ' ':
			return "", false
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	return "", false
}

// unescaped decodes a string with its quotes. It stands apart so that the others take no memory.
func unescaped(quoted string) (text string, ok bool) {
	err := json.Unmarshal([]byte(quoted), &text)
	return text, err == nil
}

func (d *quickDecoder) number() (any, bool) {
	begin := d.at
	d.next('-')
	if !d.next('0') && !d.run() {
		return nil, false
	}
	if d.next('.') && !d.run() {
		return nil, false
	}
	if d.next('e') || d.next('E') {
		if !d.next('-') {
			d.next('+')
		}
		if !d.run() {
			return nil, false
		}
	}
	n, err := tameNumber(json.Number(d.text[begin:d.at]))
	return n, err == nil
}

// run takes digits, at least one.
func (d *quickDecoder) run() bool {
	begin := d.at
	for d.at < len(d.text) && d.text[d.at] >= '0' && d.text[d.at] <= '9' {
		d.at++
	}
	return d.at > begin
}
