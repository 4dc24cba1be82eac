package render

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tallystick/tallystick/contract/diagram"
	"github.com/tallystick/tallystick/internal/safetext"
)

func plain(s string) string { return safetext.Text(s) }

// oneLine is plain text without line ends.
func oneLine(s string) string { return safetext.Line(s) }

// cut shortens text to a number of runes and says what is missing.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	n := 0
	for i := range s {
		if n == limit {
			return fmt.Sprintf("%s… (%d more bytes)", s[:i], len(s)-i)
		}
		n++
	}
	return s
}

const zeroWidthJoiner = 0x200D

func columns(s string) int { return diagram.Columns(s) }

func runeColumns(r rune) int { return diagram.RuneColumns(r) }

// fit cuts text to a number of columns.
func fit(s string, width int) string {
	if columns(s) <= width {
		return s
	}
	n := 0
	for i, r := range s {
		if n += runeColumns(r); n > width-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// fitWords cuts text to a number of columns, after a whole word where that loses less than half.
func fitWords(s string, width int) string {
	out := fit(s, max(1, width))
	if out == s {
		return s
	}
	if i := strings.LastIndexByte(out, ' '); i > len(out)/2 {
		return strings.TrimRight(out[:i], " ,;:") + "…"
	}
	return out
}

// pad fills text up to a number of columns.
func pad(s string, width int) string { return s + strings.Repeat(" ", max(0, width-columns(s))) }

// wrap breaks text into lines of at most a number of columns: at spaces, and where a word does not fit a
// line, anywhere between runes.
func wrap(s string, width int) []string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		out = append(out, wrapLine(strings.ReplaceAll(line, "\t", "  "), width)...)
	}
	return out
}

func wrapLine(s string, width int) []string {
	var out []string
	for columns(s) > width {
		n, space, end := 0, -1, 0
		for i, r := range s {
			if n += runeColumns(r); n > width {
				if r == ' ' {
					space = i
				}
				break
			}
			if r == ' ' && strings.TrimSpace(s[:i]) != "" {
				space = i
			}
			if r >= 0x2E80 {
				space = -1 // it may be broken after such a rune
			}
			if next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):]); r != zeroWidthJoiner && runeColumns(next) > 0 {
				end = i + utf8.RuneLen(r) // what belongs together stays together
			}
		}
		if space > 0 {
			end = space
		}
		if end == 0 {
			break // not even one rune fits
		}
		out = append(out, strings.TrimRight(s[:end], " "))
		s = strings.TrimLeft(s[end:], " ")
	}
	if s != "" || len(out) == 0 {
		out = append(out, s)
	}
	return out
}
