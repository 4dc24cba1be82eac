package drift

import (
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/cell"
)

// boundsOf are the bounds of a row by the keyword that the contract has for each.
func boundsOf(r *derive.Row) map[string]string {
	out := map[string]string{}
	put := func(b *cell.Bounds, low, high string) {
		if b == nil {
			return
		}
		if b.Min != "" {
			out[low] = b.Min
			if b.MinExclusive {
				out[low] = ">" + b.Min
			}
		}
		if b.Max != "" {
			out[high] = b.Max
			if b.MaxExclusive {
				out[high] = "<" + b.Max
			}
		}
	}
	if slices.Contains([]string{"integer", "number", ""}, r.Type.Base) {
		put(r.Facts.Range, "minimum", "maximum")
	}
	put(r.Facts.Length, "minLength", "maxLength")
	put(r.Facts.Count, "minItems", "maxItems")
	if r.Facts.Length == nil && r.Type.Base == "string" && r.Type.Max != "" {
		out["maxLength"] = r.Type.Max
	}
	return out
}

// boundIn is a bound of the contract in the form of boundsOf.
func boundIn(l contract.Limits, keyword string) string {
	switch {
	case l.Bounds[keyword] != "":
		return l.Bounds[keyword]
	case keyword == "minimum" && l.Bounds["exclusiveMinimum"] != "":
		return ">" + l.Bounds["exclusiveMinimum"]
	case keyword == "maximum" && l.Bounds["exclusiveMaximum"] != "":
		return "<" + l.Bounds["exclusiveMaximum"]
	}
	return ""
}

// closed is a bound as a number that belongs to the range, when the values are whole; what is no number stays.
func closed(bound string, types []string) string {
	n, ok := new(big.Rat).SetString(strings.TrimLeft(bound, "<>"))
	if !ok {
		return bound
	}
	open := strings.Trim(bound, "0123456789.+-eE")
	if open != "" && slices.Equal(types, []string{"integer"}) && n.IsInt() {
		step := big.NewRat(1, 1)
		if open == "<" {
			step.Neg(step)
		}
		n.Add(n, step)
		open = ""
	}
	return open + n.RatString()
}

func (k *checker) bounds(r *derive.Row, s *contract.Statement, differ differs) {
	all := boundsOf(r)
	for _, keyword := range slices.Sorted(maps.Keys(all)) {
		k.report.Aspects[keyword]++
		has := boundIn(s.Limits, keyword)
		if closed(all[keyword], s.Limits.Types) != closed(has, s.Limits.Types) {
			differ(keyword, all[keyword], orNothing(has))
		}
	}
}

// formats are the names that the contract has for the formats of the pages; the others are forms of numbers or
// times, for which JSON Schema has no word.
var formats = map[string][]string{"uuid": {"uuid"}, "ipv4": {"ipv4"}, "ipv6": {"ipv6"}, "ip": {"ip", "ipv4", "ipv6"}, "cidr": {"cidr"},
	"mac": {"mac"}, "email": {"email"}, "uri": {"uri", "uri-reference"}, "base64": {"byte", "base64"}, "date-time": {"date-time"}}

// texts compares what a text may be made of, and its format.
func (k *checker) texts(r *derive.Row, s *contract.Statement, differ differs) {
	if r.Facts.Chars != nil {
		k.report.Aspects["characters"]++
		if !sameCharacters(r, s.Limits.Patterns) {
			differ("characters", charsText(r.Facts.Chars), orNothing(strings.Join(s.Limits.Patterns, " and ")))
		}
	}
	if names := formats[r.Facts.Format]; len(names) > 0 {
		k.report.Aspects["format"]++
		if !slices.Contains(names, s.Limits.Format) {
			differ("format", r.Facts.Format, orNothing(s.Limits.Format))
		}
	}
}

func charsText(c *cell.Charset) string {
	var parts []string
	for _, p := range []struct{ word, chars string }{{"of", c.Allowed}, {"without", c.Forbidden}, {"first", c.First}, {"last", c.Last}} {
		if p.chars != "" {
			parts = append(parts, p.word+" "+p.chars)
		}
	}
	return strings.Join(parts, ", ")
}

// others are characters outside of ASCII that patterns are asked about: of Latin, of Han, of Cyrillic and of none.
var others = []string{"é", "中", "я", "😀"}

// sameCharacters asks the patterns about every printable character of ASCII and some others, at the beginning, within
// and at the end of texts of several lengths, as long as the row allows. Patterns that do not compile agree with nothing.
func sameCharacters(r *derive.Row, patterns []string) bool {
	c := r.Facts.Chars
	var own []*regexp.Regexp
	for _, p := range patterns {
		re, err := regexp.Compile(p)
		if err != nil {
			return false
		}
		own = append(own, re)
	}
	allowed, first, last := classOf(c.Allowed), classOf(c.First), classOf(c.Last)
	neutral := neutralOf(c)
	chars := others
	for b := byte(' '); b <= '~'; b++ {
		chars = append(chars, string(b))
	}
	for _, n := range lengthsOf(r) {
		for _, char := range chars {
			fine := (allowed == nil || allowed.MatchString(char)) && !strings.Contains(c.Forbidden, char)
			pad := strings.Repeat(neutral, n-1)
			for i, text := range []string{char + pad, pad[:(n-1)/2] + char + pad[(n-1)/2:], pad + char} {
				want := fine && (i != 0 || first == nil || first.MatchString(char)) && (i != 2 || last == nil || last.MatchString(char))
				if matchesAll(own, text) != want {
					return false
				}
			}
		}
	}
	return true
}

// lengthsOf are the lengths of texts to ask patterns about: short, longer and, unless the row forbids it, long ones.
func lengthsOf(r *derive.Row) (out []int) {
	bounds := boundsOf(r)
	low, high := wholeOr(bounds["minLength"], 0), wholeOr(bounds["maxLength"], 300)
	for _, n := range []int{3, 5, 20, 64, high} {
		if n = max(min(n, high), low); n >= 3 && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	if len(out) == 0 {
		return []int{3}
	}
	return out
}

// wholeOr is a bound as a number; another when it is none, or longer than what is worth asking about.
func wholeOr(bound string, other int) int {
	n, err := strconv.Atoi(bound)
	if err != nil || n > 1000 {
		return other
	}
	return n
}

func classOf(inside string) *regexp.Regexp {
	if inside == "" {
		return nil
	}
	re, err := regexp.Compile("^[" + inside + "]$")
	if err != nil {
		return nil
	}
	return re
}

// neutralOf is a character that may stand anywhere.
func neutralOf(c *cell.Charset) string {
	for _, char := range []string{"a", "A", "0", "-"} {
		ok := !strings.Contains(c.Forbidden, char)
		for _, inside := range []string{c.Allowed, c.First, c.Last} {
			class := classOf(inside)
			ok = ok && (class == nil || class.MatchString(char))
		}
		if ok {
			return char
		}
	}
	return "a"
}

func matchesAll(all []*regexp.Regexp, text string) bool {
	for _, re := range all {
		if !re.MatchString(text) {
			return false
		}
	}
	return true
}
