package cell

import (
	"strings"
)

var (
	defaultLead = lazily(`(?i)(?:默认取值|默认值|缺省值|默认|缺省|the default value|default value|by default,?\s*(?:it|the value|this parameter)|defaults?)\s*(?:取值|使用|值)?\s*(?:为|是|to\b|is\b|:|=|取)*\s*`)
	emptyWord   = lazily(`(?i)^(?:"?(?:空字符串|空值|空串|空|null|none|无|没有)"?|""|empty)(?:，|,|。|;|\)|$| |类型|状态|用户)`)
	defaultWord = lazily(`^(?:"[^"\n]{0,80}"|'[^'\n]{0,80}'|-?[A-Za-z0-9_][A-Za-z0-9_.:+*/\-]*(?:;\s?charset=[A-Za-z0-9-]+)?)`)
	leadNumber  = lazily(`^"?(-?[0-9]+(?:\.[0-9]+)?)"?\s*(?:GiB|GB|MiB|MB|KB|TB|Mbit/s|秒|分钟|小时|天|个|条|ms|s|%)`)
	allOf       = lazily(`缺省时(?:返回|查询|显示)?(?:全部|所有)[^，,。;]{0,12}|不填(?:写)?时?(?:返回|查询|显示)(?:全部|所有)[^，,。;]{0,12}|默认(?:是|为)?(?:查询|返回|显示)(?:全部|所有)[^，,。;]{0,12}`)
	allWord     = lazily(`(?i)^(?:查询|返回|显示)?(?:全部|所有|all\b)[^，,。;]{0,12}`)
	namedWord   = lazily(`^[\p{Han}]{1,12}\s*"([A-Za-z0-9_.\-]{1,80})"`)
	symbolWord  = lazily(`^(?:英文|半角)?(逗号|分号|竖线|冒号|空格|换行符?|制表符|[Tt]ab键?)`)
	markedTruth = lazily(`(?i)\b(true|false)\s*\((?:默认值?|缺省值?|default)\)`)
	truth       = lazily(`^(?:"?(是|否|开启|关闭|打开)"?)(?:，|,|。|;|\)|$)`)
)

// readDefault reads "默认为A", "缺省值为空", "The default value is A".
func readDefault(d *description, s *sentence) bool {
	if m := allOf.FindStringIndex(s.text); m != nil && s.free(m[0], m[1]) {
		s.take(m[0], m[1])
		d.add(Default, Understood, s.text[m[0]:m[1]], s.line)
		return true // everything is no value
	}
	if m := markedTruth.FindStringSubmatchIndex(s.text); m != nil && d.typ.Base == "boolean" && d.Facts.Default == nil {
		d.Facts.Default = &Value{Text: strings.ToLower(s.text[m[2]:m[3]])}
		s.take(m[0], m[1])
		d.add(Default, Understood, s.text[m[0]:m[1]], s.line)
		return true
	}
	for _, at := range defaultLead.FindAllStringIndex(s.text, 6) {
		if !s.free(at[0], at[1]) {
			continue
		}
		rest := s.text[at[1]:]
		if m := allWord.FindString(rest); m != "" {
			s.take(at[0], at[1]+len(m))
			d.add(Default, Understood, s.text[at[0]:at[1]+len(m)], s.line)
			return true
		}
		value, n := defaultValue(rest, d.typ)
		if value == nil || !value.Empty && holds(d.typ) && !hasAny(rest, "[", "{") {
			continue
		}
		if d.Facts.Default == nil {
			d.Facts.Default = value
		}
		s.take(at[0], at[1]+n)
		d.add(Default, Understood, s.text[at[0]:at[1]+n], s.line)
		return true
	}
	return false
}

// holds tells whether a type is of members or items, so that no simple value can be its default.
func holds(t Type) bool {
	return t.Base == "object" || t.Base == "map" || t.Base == "array" && t.Elem != nil && t.Elem.Base == "object"
}

// symbols are characters that pages name rather than print.
var symbols = map[string]string{"逗号": ",", "分号": ";", "竖线": "|", "冒号": ":", "空格": " ", "换行": "\n", "换行符": "\n", "制表符": "\t", "tab": "\t", "tab键": "\t"}

func defaultValue(rest string, t Type) (*Value, int) {
	if m := emptyWord.FindString(rest); m != "" {
		return &Value{Empty: true}, len(strings.TrimRight(m, "，,。;) "))
	}
	if m := truth.FindStringSubmatch(rest); m != nil && t.Base == "boolean" {
		text := "true"
		if m[1] == "否" || m[1] == "关闭" {
			text = "false"
		}
		return &Value{Text: text}, len(m[1])
	}
	if m := leadNumber.FindStringSubmatch(rest); m != nil && (t.Base == "integer" || t.Base == "number") {
		return &Value{Text: m[1]}, len(m[0])
	}
	if m := namedWord.FindStringSubmatch(rest); m != nil {
		return &Value{Text: m[1]}, len(m[0])
	}
	if m := symbolWord.FindStringSubmatch(rest); m != nil && t.Base == "string" {
		return &Value{Text: symbols[strings.ToLower(m[1])]}, len(m[0])
	}
	m := defaultWord.FindString(rest)
	if m == "" || glued(rest[len(m):]) && m[0] != '"' {
		return nil, 0
	}
	text := unquote(m)
	switch strings.ToLower(text) {
	case "the", "a", "an", "this", "by", "of", "if", "when", "not":
		return nil, 0
	case "", "null", "none":
		return &Value{Empty: true}, len(m)
	}
	return &Value{Text: text}, len(m)
}
