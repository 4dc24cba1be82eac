package cell

import (
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
	oneToken  = lazily(`^` + token)
	oneRemark = lazily(`^\s*\(([^()]{0,120})\)`)
	oneSep    = lazily(`^` + separator)
	enumLead  = lazily(`(?i)(?:(?:取值范围|取值列表|可选取值|合法取值|有效取值|取值|可选值|枚举值|枚举|可取值|参数值|有效值|可选项|可选参数|可选|当前支持|目前支持|现在支持|支持|包括|包含|分为|有效范围|范围|类型有|状态有|` +
		`\b(?:the )?(?:valid |possible |available |enumerated |enumeration )?values?\b|\b(?:the )?options?\b|\bsupported types?\b|\bvalue range\b)` +
		`\s*(?:的有|的值|的类型|可以|可)?(?:\s*(?:为|是|有|如下|包括|有以下几种|有以下|以下|can be|may be|must be|are|is|include|includes|as follows))*\s*:?|(?:can be|may be|must be|is) (?:either|one of)(?: the following)?:?|either|one of:?)\s*`)
	onlyLead    = lazily(`(?i)(?:当前|目前|现在|现阶段|暂时|暂)?(?:只|仅仅|仅)(?:支持|能够|能|允许|可以|可)?(?:取值|设置|配置|填|传|选择|选)?(?:为|是|:)?\s*|(?:固定(?:取?值(?:为|是|:)?|为|是)|(?:取值只能|必须)(?:为|是|值为|取值为))\s*|(?:currently,? )?only (?:supports? )?|the value is fixed (?:to|at) `)
	meaning     = lazily(`(` + token + `)\s*(?::|表示|代表|指的是|is used to|indicates?|means)\s*[^，,；;。:]{1,120}`)
	meaningLine = lazily(`^` + token + remark + `\s*(?::|-|表示|代表|，|$)`)
	isDefault   = lazily(`(?i)[(（,，]\s*(?:默认|缺省|default)[^)）]{0,12}[)）]?|^\s*:?\s*(?:默认值|缺省值|默认)(?:$|[，,。;(])|^default$`)
	network     = lazily(`^[0-9]+(?:\.[0-9]+){3}/[0-9]+$`)
	ofPart      = lazily(`(?:前缀|后缀|格式|prefix|suffix|format)\s*(?:is\s*)?$`) // what follows is said of a part of the value
	alternative = lazily(`(?:或|或者|或是|\bor)\s*$`)
	openEnd     = lazily(`^\s*(?:等|etc|\.\.\.|…)`)
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
			open = len(list) > 0 && alternative.MatchString(text[:read]) // A, B, or something else
			break
		}
		if len(list) > 0 && strings.EqualFold(v, "etc") {
			open, read = true, next
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
	for _, w := range []string{"为", "是", "不", "=", "的", "个", "位", "表示", "代表", "指", "字", "~", ":", "格式", "参数", "字段", "时", "地址", "类型的", "用户", "目录", "下的", "所在", "项目", "协议", "编号", "协议的", "信息", "in ", "is ", "of ", "characters", "^", "<", ">", "[", "]"} {
		if strings.HasPrefix(after, w) {
			return true
		}
	}
	return hasAny(after, "中") && !hasAny(after, "中划线", "中横线", "中文")
}

// split takes a/b apart, which is one token so that media types and paths stay whole.
func split(v string) []string {
	parts := strings.Split(v, "/")
	if len(parts) == 1 || network.MatchString(v) || slices.Contains([]string{"application", "text", "image", "multipart", "audio", "video", "http:", "https:"}, parts[0]) ||
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
		if denied(s.text, at[0]) >= 0 { // these it may not be
			s.take(at[0], at[1]+n)
			d.add(Enum, Kept, s.text[clauseStart(s.text, at[0]):at[1]+n], s.line)
			found = true
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
		if len(v) > 1 {
			v = strings.ToLower(v) // A alone is a value
		}
		if slices.Contains([]string{"the", "a", "an", "this", "it", "of", "to", "in", "be", "is", "for", "by", "used"}, v) || network.MatchString(v) {
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
		if m := namedWord.FindStringSubmatch(s.text[at[1]:]); len(list) == 0 && m != nil {
			list, n = []string{m[1]}, len(m[0])
		}
		if len(list) == 0 || denied(s.text, at[0]) >= 0 || !s.free(at[0], at[1]+n) || !plausible(list, Type{}) || !d.only(list, s.text[:at[0]], s.text[at[1]:at[1]+n]) {
			continue
		}
		if d.typ.Base == "integer" {
			for i := range list {
				list[i] = strings.TrimPrefix(list[i], "IPv") // the number of a version
			}
		}
		d.Only = append(d.Only, list...)
		s.take(at[0], at[1]+n)
		d.add(Only, Understood, s.text[at[0]:at[1]+n], s.line)
		found = true
	}
	return found
}

// instance begins a sentence that shows a value, rather than all of them.
var instance = lazily(`(?i)^(?:例如|比如|示例|样例|举例|例|如|e\.g\.|for example)\s*[:，,]?`)

// glossed reads "create(创建)、delete(删除)": two values or more, each with what it means in parentheses.
var glossed = lazily(`(?:` + token + `\s*\([^()]*\p{Han}[^()]*\)(?:` + separator + `)?){2,}`)

// quotedList is two values or more in quotes, right behind a colon.
var quotedList = lazily(`:\s*((?:"[^"]{1,40}"(?:` + separator + `)?){2,})`)

func readGlossed(d *description, s *sentence) bool {
	m := glossed.FindStringIndex(s.text)
	if q := quotedList.FindStringSubmatchIndex(s.text); m == nil && q != nil && !instance.MatchString(s.text[clauseStart(s.text, q[0]):]) {
		m = q[2:4]
	}
	if m == nil || !s.free(m[0], m[1]) || m[0] > 0 && !strings.HasSuffix(strings.TrimSpace(s.text[:m[0]]), ":") {
		return false
	}
	list, byDefault, n, open := values(s.text[m[0]:])
	if len(list) < 2 || !plausible(list, d.typ) {
		return false
	}
	for _, v := range list {
		d.value(v, v == byDefault)
	}
	d.Open = d.Open || open
	s.take(m[0], m[0]+n)
	d.add(Enum, Understood, s.text[m[0]:m[0]+n], s.line)
	return true
}

// only tells whether "only" is said of the value: not of a part of it, of what is in an object, or, without quotes,
// of a list as a whole.
func (d *description) only(list []string, before, said string) bool {
	switch d.typ.Base {
	case "object":
		return len(list) == 1 && !ofPart.MatchString(before)
	case "array":
		return strings.HasSuffix(said, `"`) && !ofPart.MatchString(before)
	}
	return !ofPart.MatchString(before)
}

// readMeanings reads "true表示A，false表示B" and "0:A，1:B": two values or more, each with what it means.
func readMeanings(d *description, s *sentence) bool {
	all := meaning.FindAllStringSubmatchIndex(s.text, 32)
	if len(all) < 2 || holds(d.typ) || instance.MatchString(s.text) {
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
	case strings.HasPrefix(at, `"`) && hasAny(trimmed, "为", "是"):
		return unquote(at), byDefault, true
	case trimmed == "", strings.ContainsAny(trimmed[:1], ":(-"), hasAny(trimmed, "，", "、", "表示", "代表", "指", "即", "是指"):
		return unquote(at), byDefault, true
	case ascii(text) && len(text) <= 64 && strings.Count(text, " ") <= 4 && !strings.Contains(text, ": "):
		return strings.Trim(text, `"`), byDefault, true // a value with spaces, alone
	}
	return "", false, false
}

// numbered is a number with its meaning, but no time of day.
var numbered = lazily(`^[0-9]+:(?:$|[^0-9])`)

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
var labels = lazily(`^(?:功能说明|取值范围|取值|约束|说明|使用场景|默认值|默认取值|参数解释|约束限制|注意|示例|格式|Constraints?|Range|Default value|Description)\s*:`)

// list reads the items of an enumeration; false when they are none.
func (d *description) list(lead string, items Text, line int) bool {
	if len(items) == 0 || lead != "" && containsAny(lead, "例如", "注意", "说明:", "规则", "要求") && !containsAny(lead, "取值", "可选") {
		return false
	}
	read, def, ok := listed(items, "")
	if ok && len(read) > 1 && same(read) { // "kind: 1, …", "kind: 2, …"
		read, def, ok = listed(items, read[0])
	}
	if !ok {
		return false
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

// listed reads the values of a list, each behind the name that all items begin with, if there is one; false when one
// of the items is no value.
func listed(items Text, name string) (read []string, byDefault string, ok bool) {
	for _, l := range items {
		text := Normal(l.Text)
		if text == "" || l.Bullet > items[0].Bullet {
			continue // explains the item above
		}
		if name != "" {
			text = strings.TrimLeft(strings.TrimPrefix(text, name), " :=")
		}
		v, marked, ok := itemValue(text)
		if !ok || labels.MatchString(text) {
			return nil, "", false
		}
		read = append(read, split(v)...)
		if marked {
			byDefault = v
		}
	}
	return read, byDefault, true
}

func same(all []string) bool {
	return !slices.ContainsFunc(all, func(v string) bool { return v != all[0] })
}
