package cell

import (
	"regexp"
	"strings"
)

var (
	defaultLead = regexp.MustCompile(`(?i)(?:默认取值|默认值|缺省值|默认|缺省|the default value|default value|defaults?)\s*(?:取值|使用|值)?\s*(?:为|是|to|is|:|=|取)*\s*`)
	emptyWord   = regexp.MustCompile(`(?i)^(?:"?(?:空字符串|空值|空串|空|全部|所有|null|none|无|没有)"?|""|empty)(?:，|,|。|;|\)|$| |类型|状态|用户)`)
	defaultWord = regexp.MustCompile(`^(?:"[^"\n]{0,80}"|'[^'\n]{0,80}'|-?[A-Za-z0-9_][A-Za-z0-9_.:+*/\-]*(?:;\s?charset=[A-Za-z0-9-]+)?)`)
	leadNumber  = regexp.MustCompile(`^"?(-?[0-9]+(?:\.[0-9]+)?)"?\s*(?:GiB|GB|MiB|MB|KB|TB|Mbit/s|秒|分钟|小时|天|个|条|ms|s|%)`)
	allOf       = regexp.MustCompile(`缺省时(?:返回|查询|显示)?(?:全部|所有)[^，,。;]{0,12}|不填(?:写)?时?(?:返回|查询|显示)(?:全部|所有)[^，,。;]{0,12}|默认(?:是|为)?(?:查询|返回|显示)(?:全部|所有)[^，,。;]{0,12}`)
	truth       = regexp.MustCompile(`^(?:"?(是|否|开启|关闭|打开)"?)(?:，|,|。|;|\)|$)`)
)

// readDefault reads "默认为A", "缺省值为空", "The default value is A".
func readDefault(d *description, s *sentence) bool {
	if m := allOf.FindStringIndex(s.text); m != nil && s.free(m[0], m[1]) {
		s.take(m[0], m[1])
		d.add(Default, Understood, s.text[m[0]:m[1]], s.line)
		if d.Facts.Default == nil {
			d.Facts.Default = &Value{Empty: true}
		}
		return true
	}
	for _, at := range defaultLead.FindAllStringIndex(s.text, 6) {
		if !s.free(at[0], at[1]) {
			continue
		}
		rest := s.text[at[1]:]
		value, n := defaultValue(rest, d.typ)
		if value == nil {
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
