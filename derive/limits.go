package derive

import (
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tallystick/tallystick/derive/cell"
)

// limits writes what a simple value may be.
func (s *schemas) limits(n *yaml.Node, sh *shape) {
	kinds := jsonKinds(sh.typ)
	isText := slices.Contains(kinds, "string")
	isNumber := slices.Contains(kinds, "integer") || slices.Contains(kinds, "number")
	values := s.enumeration(n, sh, kinds)
	if isText {
		s.texts(n, sh)
	}
	if isNumber && sh.facts.Range != nil {
		s.rangeOf(n, sh, *sh.facts.Range)
	} else if isNumber && slices.Contains([]string{"int32", "int64", "float", "double"}, sh.typ.Format) {
		put(n, "format", text(sh.typ.Format))
	}
	s.defaults(n, sh, kinds, values)
}

// enumeration writes the values; it gives them as texts.
func (s *schemas) enumeration(n *yaml.Node, sh *shape, kinds []string) []string {
	values := sh.facts.Enum
	if len(values) == 0 {
		values = sh.facts.Only
	}
	if len(values) == 0 || sh.facts.Open || len(kinds) != 1 {
		return nil
	}
	var items []*yaml.Node
	for _, v := range values {
		item := scalar(v, kinds[0])
		if item == nil {
			s.leaveOut(sh, "value "+v+" of a "+kinds[0])
			return nil
		}
		items = append(items, item)
	}
	if kinds[0] != "boolean" || len(items) == 1 {
		put(n, "enum", flow(list(items...)))
	}
	return values
}

// scalar writes a value as one of a type; nil when it is none.
func scalar(v, kind string) *yaml.Node {
	switch kind {
	case "string":
		return text(v)
	case "integer":
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return number(strconv.FormatInt(n, 10))
		}
	case "number":
		if r := rational(v); r != nil && plainNumber.MatchString(v) {
			return number(v)
		}
	case "boolean":
		switch strings.ToLower(v) {
		case "true", "false":
			return truth(strings.EqualFold(v, "true"))
		}
	}
	return nil
}

var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

func (s *schemas) rangeOf(n *yaml.Node, sh *shape, b cell.Bounds) {
	low, high := rational(b.Min), rational(b.Max)
	if low != nil && high != nil && low.Cmp(high) > 0 {
		s.leaveOut(sh, "range "+b.Min+" to "+b.Max)
		return
	}
	write := func(limit *big.Rat, value, closed, open string, exclusive bool) {
		if limit == nil || !plainNumber.MatchString(value) {
			return
		}
		if exclusive {
			closed = open
		}
		put(n, closed, number(value))
	}
	write(low, b.Min, "minimum", "exclusiveMinimum", b.MinExclusive)
	write(high, b.Max, "maximum", "exclusiveMaximum", b.MaxExclusive)
}

// formatOf are the formats that JSON Schema knows or that say something to a reader; patternOf those that are better
// written as patterns.
var (
	formatOf  = map[string]string{"uuid": "uuid", "ipv4": "ipv4", "ipv6": "ipv6", "ip": "ip", "cidr": "cidr", "mac": "mac", "email": "email", "uri": "uri-reference", "base64": "byte", "binary": "binary"}
	patternOf = map[string]string{"uuid-hex": "^[0-9a-fA-F]{32}$", "timestamp-13": "^[0-9]{13}$"}
)

// texts writes the length, form and characters of a text.
func (s *schemas) texts(n *yaml.Node, sh *shape) {
	f := sh.facts
	if f.Length == nil && sh.typ.Max != "" {
		f.Length = &cell.Bounds{Max: sh.typ.Max}
	}
	if f.Length != nil {
		s.sizes(n, sh, "minLength", "maxLength", *f.Length)
	}
	format := formatOf[f.Format]
	if format == "" {
		format = formatOf[sh.typ.Format]
	}
	if format != "" {
		put(n, "format", text(format))
	}
	patterns := charPatterns(f.Chars)
	if p := patternOf[f.Format]; p != "" {
		patterns = append(patterns, p)
	}
	for i, p := range patterns {
		if _, err := regexp.Compile(p); err != nil {
			s.leaveOut(sh, "characters "+p)
			continue
		}
		if i == 0 {
			put(n, "pattern", text(p))
			continue
		}
		all := entry(n, "allOf")
		if all == nil {
			all = list()
			put(n, "allOf", all)
		}
		all.Content = append(all.Content, object("pattern", p))
	}
}

func charPatterns(c *cell.Charset) []string {
	var out []string
	if c == nil {
		return nil
	}
	if c.Allowed != "" {
		out = append(out, "^["+c.Allowed+"]*$")
	}
	if c.Forbidden != "" {
		var b strings.Builder
		for _, r := range c.Forbidden {
			if strings.ContainsRune(`\]^-[`, r) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		}
		out = append(out, "^[^"+b.String()+"]*$")
	}
	if c.First != "" {
		out = append(out, "^["+c.First+"]")
	}
	if c.Last != "" {
		out = append(out, "["+c.Last+"]$")
	}
	return out
}

// defaults writes a default, unless the value breaks what the same row says.
func (s *schemas) defaults(n *yaml.Node, sh *shape, kinds, values []string) {
	d := sh.facts.Default
	if d == nil || d.Empty || len(kinds) != 1 {
		return
	}
	value := scalar(d.Text, kinds[0])
	if value == nil || len(values) > 0 && !slices.Contains(values, d.Text) || !inside(sh, d.Text, kinds[0]) {
		s.leaveOut(sh, "default "+d.Text)
		return
	}
	put(n, "default", value)
}

func inside(sh *shape, v, kind string) bool {
	f := sh.facts
	if kind == "string" {
		for _, p := range append(charPatterns(f.Chars), patternOf[f.Format]) {
			if ok, err := regexp.MatchString(p, v); err != nil || !ok {
				return false
			}
		}
		return formatOf[f.Format] == "" && within(f.Length, strconv.Itoa(len([]rune(v))))
	}
	return within(f.Range, v)
}

func within(b *cell.Bounds, v string) bool {
	n := rational(v)
	if b == nil || n == nil {
		return true
	}
	if low := rational(b.Min); low != nil && (n.Cmp(low) < 0 || b.MinExclusive && n.Cmp(low) == 0) {
		return false
	}
	high := rational(b.Max)
	return high == nil || n.Cmp(high) < 0 || !b.MaxExclusive && n.Cmp(high) == 0
}
