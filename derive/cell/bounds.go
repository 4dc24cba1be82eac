package cell

import (
	"math/big"
	"strings"
)

const (
	number = `-?[0-9]+(?:\.[0-9]+)?(?:\^[0-9]+)?(?:-1\b)?`
	unit   = `\s*(?:GiB|GB|MiB|MB|KB|TB|Mbit/s|秒|分钟|小时|天|ms|s|%)?`
	dash   = `\s*(?:~|-|到|至|to|and|和)\s*`
)

var (
	interval     = lazily(`([\[(])\s*(` + number + `|-∞)\s*(?:,|，|~|-)\s*(` + number + `|\+?∞)\s*([\])])`)
	between      = lazily(`(?i)(` + number + `)` + unit + dash + `(` + number + `)`)
	lower        = lazily(`(?i)(?:最小取值|最小长度|最小值|最小|最短|最低|最少|下限|不得小于|不能小于|不小于|不得少于|不能少于|不少于|不低于|至少|大于或等于|大于等于|大于或者等于|≥|>=|minimum(?: value| length)?|\bmin\.?(?: value| length|:)|at least|no less than|not less than|greater than or equal to)\s*(?:长度|取值|值|包含|有|支持)?\s*(?:为|是|:|is|of)?\s*(` + number + `)`)
	upper        = lazily(`(?i)(?:最大取值|最大长度|最大值|最大|最长|最高|最多|上限|不得超过|不能超过|不应超过|不应该超过|不可超过|不可以超过|不允许超过|不超过|不得大于|不能大于|不大于|不得多于|不能多于|不多于|不高于|小于或等于|小于等于|小于或者等于|≤|<=|maximum(?: value| length)?|\bmax\.?(?: value| length)?|at most|no more than|not more than|exceed|up to|less than or equal to|a maximum of|within)\s*(?:长度|取值|值|支持|允许|可以|可|能|包含|有|输入|设置|添加|创建|传入|指定|关联|绑定|挂载|上传|选择|配置|填写|删除|查询|返回|修改)*\s*(?:不超过|不能超过)?\s*(?:为|是|:|is|of)?\s*(` + number + `)`)
	above        = lazily(`(?i)(?:大于|>|greater than|larger than)\s*(` + number + `)`)
	below        = lazily(`(?i)(?:小于|<|less than|smaller than)\s*(` + number + `)`)
	within       = lazily(`(?i)(` + number + `)\s*(个字符|位字符|字符|位|个|字节)?(?:以内|之内)`)
	lengthIs     = lazily(`(?i)(长度限制|长度上限|字符长度|长度|length)\s*(?:为|是|:|固定为|必须为|is|of|限制为|限定为)*\s*(` + number + `)\s*(个字符|位|字符|characters|字节|bytes)?`)
	single       = lazily(`(?i)(?:只|仅|最多)(?:支持|能|能有|允许|可以有)\s*(?:一个|1个|一条)|only one`)
	natural      = lazily(`(?i)非负整数|正整数|non-negative integer|positive integer`)
	endless      = lazily(`(?i)(` + number + `)` + dash + `(?:int_?max|max_?int|integer\.max_value|无穷大?|无限大?|正无穷)`)
	startsAt     = lazily(`(?i)(?:编号|索引|下标|序号|值|页码)从\s*([0-9])\s*开始|(?:index|number|value|page)s? starts? (?:from|at) ([0-9])`)
	oneCharacter = lazily(`(?:仅|只)(?:支持|能为|能是|能|允许)(?:一|1|单)个字符|(?:only )?a single character`)
	notEmpty     = lazily(`(?i)(?:不能|不可|不得|不允许|不可以)为空(?:字符串|串|值)?(?:$|[，,;。、 ])|(?:cannot|must not|can not) be (?:empty|blank|left blank)`)
	ofLength     = lazily(`(?i)^\s*(?:个|位)?\s*(?:字符|字节|英文|中文|汉字|字母|数字|位|长度|characters?|bytes?|chars?|letters)`)
	plainLimit   = lazily(`^\s*(?:minimum|maximum)\s*:\s*[0-9]+$`) // of a text it is one of the length
	ofCount      = lazily(`(?i)^\s*(?:个|条|项|组|对|items?|elements?|entries|records|tags|rules)`)
	rangeSay     = lazily(`(?i)(?:范围|取值|长度|介于|之间|大小|端口|个数|数量|between|from|range|value|length|must be|可选|支持|为|是|:|contain)\s*(?:为|是|:|在|of|from|is|are|between|限制|限制为|以内)*\s*$`)
)

// readBounds reads what limits a number, a length or a count from below or above.
func readBounds(d *description, s *sentence) bool {
	found := false
	for _, m := range interval.FindAllStringSubmatchIndex(s.text, 8) {
		if denied(s.text, m[0]) >= 0 {
			continue
		}
		b := Bounds{numeral(s.text[m[4]:m[5]]), numeral(s.text[m[6]:m[7]]), s.text[m[2]] == '(', s.text[m[8]] == ')'}
		found = d.bound(s, m[0], m[1], b) || found
	}
	for _, m := range between.FindAllStringSubmatchIndex(s.text, 8) {
		if denied(s.text, m[0]) >= 0 {
			continue
		}
		before, after := s.text[:m[0]], s.text[m[1]:]
		if rangeSay.MatchString(before) || ofLength.MatchString(after) || strings.HasPrefix(after, "之间") || strings.HasPrefix(after, "的整数") {
			found = d.bound(s, m[0], m[1], Bounds{Min: numeral(s.text[m[2]:m[3]]), Max: numeral(s.text[m[4]:m[5]])}) || found
		}
	}
	for _, one := range []struct {
		form pattern
		make func(n string) Bounds
	}{
		{lower, func(n string) Bounds { return Bounds{Min: n} }},
		{upper, func(n string) Bounds { return Bounds{Max: n} }},
		{within, func(n string) Bounds { return Bounds{Max: n} }},
		{above, func(n string) Bounds { return Bounds{Min: n, MinExclusive: true} }},
		{below, func(n string) Bounds { return Bounds{Max: n, MaxExclusive: true} }},
	} {
		for _, m := range one.form.FindAllStringSubmatchIndex(s.text, 8) {
			b, from, ok := turned(s.text, m[0], m[1], one.make(numeral(s.text[m[2]:m[3]])))
			if ok && !hasAny(s.text[m[1]:], "^", "-", "~") {
				found = d.bound(s, from, m[1], b) || found
			}
		}
	}
	for _, m := range endless.FindAllStringSubmatchIndex(s.text, 4) {
		found = d.bound(s, m[0], m[1], Bounds{Min: numeral(s.text[m[2]:m[3]])}) || found
	}
	if m := startsAt.FindStringSubmatchIndex(s.text); m != nil && d.typ.Base == "integer" {
		found = d.bound(s, m[0], m[1], Bounds{Min: s.text[max(m[2], m[4]):max(m[3], m[5])]}) || found
	}
	if m := single.FindStringIndex(s.text); m != nil && d.typ.Base == "array" {
		found = d.bound(s, m[0], m[1], Bounds{Max: "1"}) || found
	}
	for _, read := range []func(*sentence) bool{d.exactLength, d.natural, d.ofText} {
		found = read(s) || found
	}
	return found
}

func (d *description) exactLength(s *sentence) bool {
	found := false
	for _, m := range lengthIs.FindAllStringSubmatchIndex(s.text, 4) {
		n, lead := numeral(s.text[m[4]:m[5]]), s.text[m[2]:m[1]]
		if n == "" || hasAny(s.text[m[1]:], "~", "-", "到", "至", "^") {
			continue
		}
		b := Bounds{Min: n, Max: n}
		if containsAny(lead, "限制", "上限", "限定") {
			b.Min = ""
		}
		found = d.bound(s, m[0], m[1], b) || found
	}
	return found
}

// ofText reads what a text is said to be without a number: one character, or not empty.
func (d *description) ofText(s *sentence) bool {
	if d.typ.Base != "string" {
		return false
	}
	found := false
	for _, one := range []struct {
		form pattern
		b    Bounds
	}{{oneCharacter, Bounds{Min: "1", Max: "1"}}, {notEmpty, Bounds{Min: "1"}}} {
		m := one.form.FindStringIndex(s.text)
		if m == nil || !s.free(m[0], m[1]) {
			continue
		}
		d.Facts.Length = d.Facts.Length.meet(one.b)
		s.take(m[0], m[1])
		d.add(Length, Understood, s.text[m[0]:m[1]], s.line)
		found = true
	}
	return found
}

func (d *description) natural(s *sentence) bool {
	m := natural.FindStringIndex(s.text)
	if m == nil {
		return false
	}
	b := Bounds{Min: "1"}
	if hasAny(strings.ToLower(s.text[m[0]:]), "非负", "non-neg") {
		b.Min = "0"
	}
	return d.bound(s, m[0], m[1], b)
}

// bound decides what a bound is of, puts it into the facts, and takes its words. What is beside it tells: "字符"
// and "长度" a length, "个" of an array a count, and else the value itself.
func (d *description) bound(s *sentence, from, to int, b Bounds) bool {
	if !s.free(from, to) || b.Min == "" && b.Max == "" || d.typ.Base == "object" || d.typ.Base == "map" {
		return false
	}
	before, after := s.text[clauseStart(s.text, from):from], s.text[to:]
	said := strings.ToLower(before + s.text[from:to])
	kind, target := Range, &d.Facts.Range
	switch m := ofLength.FindString(after); {
	case containsAny(said, "掩码", "mask", "prefix length"):
		return false
	case m != "" && d.typ.Base != "integer" && d.typ.Base != "number":
		kind, target, to = Length, &d.Facts.Length, to+len(m)
	case d.typ.Base == "string" && plainLimit.MatchString(said):
		kind, target = Length, &d.Facts.Length
	case containsAny(said, "长度", "length", "字符数") && d.typ.Base != "integer":
		kind, target = Length, &d.Facts.Length
	case d.typ.Base == "array" && b.whole() && !ofCount.MatchString(after) && !containsAny(said, "个数", "数量", "数目", "长度", "范围", "count", "number of"):
		return false // coordinates and the like
	case d.typ.Base == "array":
		kind, target = Count, &d.Facts.Count
		to += len(ofCount.FindString(after))
	case ofCount.MatchString(after) && d.typ.Base != "integer" && d.typ.Base != "number":
		return false
	}
	if old := *target; old.whole() && b.whole() {
		b = old.widen(b)
	}
	*target = (*target).meet(b)
	s.take(from, to)
	d.lead(s, from)
	d.add(kind, Understood, s.text[clauseStart(s.text, from):to], s.line)
	return true
}

// lead takes the words that introduce a bound: "取值范围:".
func (d *description) lead(s *sentence, from int) {
	start := clauseStart(s.text, from)
	if s.free(start, from) && start < from && !strings.ContainsAny(s.text[start:from], "0123456789") { // another bound
		s.take(start, from)
	}
}

func clauseStart(text string, at int) int {
	start := strings.LastIndexAny(text[:at], ",;")
	if wide := strings.LastIndex(text[:at], "，"); wide >= 0 && wide+len("，")-1 > start {
		start = wide + len("，") - 1
	}
	return start + 1
}

// meet joins two statements about the same thing; the later one wins where both speak.
func (b *Bounds) meet(more Bounds) *Bounds {
	if b == nil {
		return &more
	}
	joined := *b
	if more.Min != "" {
		joined.Min, joined.MinExclusive = more.Min, more.MinExclusive
	}
	if more.Max != "" {
		joined.Max, joined.MaxExclusive = more.Max, more.MaxExclusive
	}
	return &joined
}

// whole tells whether both ends are stated.
func (b *Bounds) whole() bool { return b != nil && b.Min != "" && b.Max != "" }

// widen joins two whole statements: they are of different cases, and the cell as a whole allows both.
func (b *Bounds) widen(more Bounds) Bounds {
	out := *b
	if less(more.Min, b.Min) {
		out.Min, out.MinExclusive = more.Min, more.MinExclusive
	}
	if less(b.Max, more.Max) {
		out.Max, out.MaxExclusive = more.Max, more.MaxExclusive
	}
	return out
}

func less(a, b string) bool {
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	return okX && okY && x.Cmp(y) < 0
}

// numeral works out 2^31-1; "" for what is infinite or too large to be meant.
func numeral(s string) string {
	if strings.Contains(s, "∞") {
		return ""
	}
	base, power, ok := strings.Cut(s, "^")
	if !ok {
		return s
	}
	minus := strings.HasSuffix(power, "-1")
	b, okB := new(big.Int).SetString(base, 10)
	e, okE := new(big.Int).SetString(strings.TrimSuffix(power, "-1"), 10)
	if !okB || !okE || e.Cmp(big.NewInt(1024)) > 0 || e.Sign() < 0 || len(base) > 9 {
		return ""
	}
	n := b.Exp(b, e, nil)
	if minus {
		n.Sub(n, big.NewInt(1))
	}
	return n.String()
}
