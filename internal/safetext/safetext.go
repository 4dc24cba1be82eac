// Package safetext makes text that others have written harmless to show.
package safetext

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text makes text safe to show: what would move a cursor, switch a colour or turn the direction of
// writing is shown as an escape. Line ends and tabs stay.
func Text(s string) string {
	clean := func(r rune) bool { return r == '\n' || r == '\t' || !Hidden(r) }
	if utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !clean(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\r' && strings.HasPrefix(s[i:], "\r\n"):
		case clean(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// Hidden tells runes that act instead of being seen: controls, non-characters, marks of direction.
func Hidden(r rune) bool {
	switch {
	case unicode.IsControl(r), r&0xFFFE == 0xFFFE, 0xFDD0 <= r && r <= 0xFDEF:
		return true
	case r == 0x061C, r == 0x200E, r == 0x200F, 0x2028 <= r && r <= 0x202E, 0x2066 <= r && r <= 0x2069, r == 0xFEFF:
		return true
	}
	return false
}

// Line is plain text without line ends.
func Line(s string) string { return strings.Join(strings.Fields(Text(s)), " ") }

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "&#124;", "`", "&#96;", "*", "&#42;", "_", "&#95;",
	"[", "&#91;", "]", "&#93;", `\`, "&#92;", "~", "&#126;", "#", "&#35;", "@", "&#64;", "www.", "www&#46;",
	"$", "&#36;", ": ", ": ", ":", "&#58;")

// Markdown is text on one line in which nothing means anything to Markdown or HTML. A colon that a space follows never
// does, and stays for whoever reads the text raw.
func Markdown(s string) string { return escapes.Replace(Line(s)) }
