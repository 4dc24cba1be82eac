package cell

import (
	"regexp"
	"slices"
	"strings"
)

// A value is a word of ASCII, or anything in quotes. A slash separates values, unless it is within a media type
// or a path.
const (
	word      = `-?[A-Za-z0-9_*+$#@][A-Za-z0-9_.:+*\-$#@%]*`
	token     = `(?:"[^"\n]{1,80}"|'[^'\n]{1,80}'|` + word + `(?:/` + word + `)*)`
	remark    = `(?:\s*\([^()]{0,120}\))?`
	separator = `\s*(?:、|，|,\s*or\s|,\s*and\s|,|/|\||;|或者|或|和|及|以及|与|\band\b|\bor\b)\s*`
	tokens    = token + remark + `(?:` + separator + token + remark + `)`
)

var (
	oneToken  = regexp.MustCompile(`^` + token)
	oneRemark = regexp.MustCompile(`^\s*\(([^()]{0,120})\)`)
	oneSep    = regexp.MustCompile(`^` + separator)
	enumLead  = regexp.MustCompile(`(?i)(?:(?:取值范围|取值列表|可选取值|合法取值|有效取值|取值|可选值|枚举值|枚举|可取值|参数值|有效值|可选项|可选参数|可选|当前支持|目前支持|现在支持|支持|包括|包含|分为|有效范围|范围|类型有|状态有|` +
		`\b(?:the )?(?:valid |possible |available |enumerated |enumeration )?values?\b|\b(?:the )?options?\b|\bsupported types?\b|\bvalue range\b)` +
		`\s*(?:的有|的值|的类型|可以|可)?\s*(?:为|是|有|如下|包括|有以下几种|有以下|以下|can be|may be|must be|are|is|include|includes)*\s*:?|(?:can be|may be|must be|is) (?:either|one of)(?: the following)?:?|either|one of:?)\s*`)
	onlyLead    = regexp.MustCompile(`(?i)(?:当前|目前|现在|现阶段|暂时|暂)?(?:只|仅仅|仅)(?:支持|能够|能|允许|可以|可)?(?:取值|设置|配置|填|传|选择|选)?(?:为|是|:)?\s*|(?:固定|取值只能|必须)(?:为|是|值为|取值为)\s*|(?:currently,? )?only (?:supports? )?|the value is fixed (?:to|at) `)
	meaning     = regexp.MustCompile(`(` + token + `)\s*(?::|表示|代表|指的是|is used to|indicates?|means)\s*[^，,；;。:]{1,120}`)
	meaningLine = regexp.MustCompile(`^` + token + remark + `\s*(?::|-|表示|代表|，|$)`)
	isDefault   = regexp.MustCompile(`(?i)[(（,，]\s*(?:默认|缺省|default)[^)）]{0,12}[)）]?|^(?:默认值|default)$`)
	openEnd     = regexp.MustCompile(`^\s*(?:等|etc|\.\.\.|…)`)
)

// unquote takes the quotes off a value.
func unquote(v string) string {
	if len(v) >= 2 && (v[0] == '"' || v[0] == '\'') && v[len(v)-1] == v[0] {
		v = v[1 : len(v)-1]
	}
	return strings.TrimSpace(strings.TrimRight(v, ".:"))
}

// values reads a list of values at the start of a text. It gives the values, the one that is marked as the
// default, and the bytes it read; open is true when the list says that there are more.
func values(text string) (list []string, byDefault string, read int, open bool) {
	for {
		at := oneToken.FindString(text[read:])
		if at == "" {
			break
		}
		next := read + len(at)
		v := unquote(at)
		if m := oneRemark.FindStringSubmatch(text[next:]); m != nil {
			next += len(m[0])
			if containsAny(strings.ToLower(m[1]), "默认", "default") {
				byDefault = v
			}
		}
		if glued(text[next:]) {
			break
		}
		if v != "" {
			list = append(list, split(v)...)
		}
		read = next
		sep := oneSep.FindString(text[read:])
		if sep == "" && strings.HasSuffix(text[:read], ")") && oneToken.MatchString(text[read:]) {
			continue // true(on)false(off)
		}
		if sep == "" || oneToken.FindString(text[read+len(sep):]) == "" {
			break
		}
		read += len(sep)
	}
	if m := openEnd.FindString(text[read:]); m != "" && len(list) > 0 {
		open, read = true, read+len(m)
	}
	return list, byDefault, read, open
}

// glued tells whether a word goes on: in "id为0" the word id is the subject of something and no value.
func glued(after string) bool {
	after = strings.TrimLeft(after, " ")
	for _, w := range []string{"为", "是", "不", "=", "的", "个", "位", "表示", "代表", "指", "字", "~", ":", "格式", "参数", "字段", "时", "地址", "类型的", "用户", "协议的", "信息", "in ", "is ", "of ", "characters", "^", "<", ">", "[", "]"} {
		if strings.HasPrefix(after, w) {
			return true
		}
	}
	return false
}

// split takes a/b apart, which is one token so that media types and paths stay whole.
func split(v string) []string {
	parts := strings.Split(v, "/")
	if len(parts) == 1 || slices.Contains([]string{"application", "text", "image", "multipart", "audio", "video", "http:", "https:"}, parts[0]) ||
		slices.Contains(parts, "") {
		return []string{v}
	}
	return parts
}

// readEnum reads "取值为A、B", "支持A和B", "one of A, B".
func readEnum(d *description, s *sentence) bool {
	found := false
	for _, at := range enumLead.FindAllStringIndex(s.text, 8) {
		list, byDefault, n, open := values(s.text[at[1]:])
		if len(list) < 2 || !s.free(at[0], at[1]+n) || !plausible(list, d.typ) {
			continue
		}
		for _, v := range list {
			d.value(v, v == byDefault)
		}
		d.Open = d.Open || open
		s.take(at[0], at[1]+n)
		d.add(Enum, Understood, s.text[at[0]:at[1]+n], s.line)
		found = true
	}
	return found
}

// plausible tells values from the words of a sentence that merely stand in a row.
func plausible(list []string, t Type) bool {
	english := 0
	for _, v := range list {
		if slices.Contains([]string{"the", "a", "an", "this", "it", "of", "to", "in", "be", "is", "for", "by", "used"}, strings.ToLower(v)) {
			english++
		}
	}
	return english == 0 && t.Base != "object"
}

// readOnly reads "当前仅支持A", "只能为A".
func readOnly(d *description, s *sentence) bool {
	found := false
	for _, at := range onlyLead.FindAllStringIndex(s.text, 4) {
		list, _, n, _ := values(s.text[at[1]:])
		if len(list) == 0 || !s.free(at[0], at[1]+n) || !plausible(list, Type{}) {
			continue
		}
		d.Only = append(d.Only, list...)
		s.take(at[0], at[1]+n)
		d.add(Only, Understood, s.text[at[0]:at[1]+n], s.line)
		found = true
	}
	return found
}

// readMeanings reads "true表示A，false表示B" and "0:A，1:B": two values or more, each with what it means.
func readMeanings(d *description, s *sentence) bool {
	all := meaning.FindAllStringSubmatchIndex(s.text, 32)
	if len(all) < 2 {
		return false
	}
	for _, m := range all {
		if v := unquote(s.text[m[2]:m[3]]); !s.free(m[0], m[3]) || v == "" || len(v) > 40 {
			return false
		}
	}
	for _, m := range all {
		d.value(unquote(s.text[m[2]:m[3]]), isDefault.MatchString(s.text[m[3]:m[1]]))
		s.take(m[0], m[1])
	}
	d.add(Enum, Understood, s.text, s.line)
	return true
}

// itemValue reads an item of an enumeration: a value, alone or with what it means.
func itemValue(text string) (value string, byDefault, ok bool) {
	text = strings.TrimRight(text, "。;；,，、 ")
	at := oneToken.FindString(text)
	if at == "" {
		return "", false, false
	}
	rest := text[len(at):]
	if m := numbered.FindString(text); m != "" {
		cut := strings.IndexByte(text, ':')
		at, rest = text[:cut], text[cut:]
	} else if strings.HasSuffix(at, ":") {
		at, rest = at[:len(at)-1], ":"+rest
	} else if cut := strings.IndexByte(at, ':'); cut > 0 && at[0] != '"' && at[0] != '\'' && rest != "" && !strings.HasPrefix(rest, ":") && rest[0] >= 0x80 {
		at, rest = at[:cut], at[cut:]+rest
	}
	byDefault = isDefault.MatchString(rest)
	trimmed := strings.TrimLeft(rest, " ")
	switch {
	case trimmed == "", strings.ContainsAny(trimmed[:1], ":(-"), hasAny(trimmed, "，", "、", "表示", "代表", "指", "即", "是指"):
		return unquote(at), byDefault, true
	case ascii(text) && len(text) <= 64 && strings.Count(text, " ") <= 4 && !strings.Contains(text, ": "):
		return strings.Trim(text, `"`), byDefault, true // a value with spaces, alone
	}
	return "", false, false
}

// numbered is a number with its meaning, but no time of day.
var numbered = regexp.MustCompile(`^[0-9]+:(?:$|[^0-9])`)

func hasAny(s string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// labels introduce an item that is a sentence of its own: "约束:…".
var labels = regexp.MustCompile(`^(?:功能说明|取值范围|取值|约束|说明|使用场景|默认值|默认取值|参数解释|约束限制|注意|示例|格式|Constraints?|Range|Default(?: value)?|Description)\s*:`)

// list reads the items of an enumeration; false when they are none.
func (d *description) list(lead string, items Text, line int) bool {
	if len(items) == 0 || lead != "" && containsAny(lead, "例如", "注意", "说明:", "规则", "要求") && !containsAny(lead, "取值", "可选") {
		return false
	}
	top := items[0].Bullet
	var read []string
	var def string
	for _, l := range items {
		if l.Bullet > top {
			continue // explains the item above
		}
		text := Normal(l.Text)
		if text == "" {
			continue
		}
		v, byDefault, ok := itemValue(text)
		if !ok || labels.MatchString(text) {
			return false
		}
		read = append(read, v)
		if byDefault {
			def = v
		}
	}
	if len(read) == 0 {
		return false
	}
	for i, v := range read {
		d.value(v, v == def && def != "")
		d.add(Enum, Understood, v, line+i)
	}
	d.Open = d.Open || containsAny(lead, "例如", "如:", "such as", "for example")
	return true
}
