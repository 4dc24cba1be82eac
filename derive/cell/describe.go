package cell

import (
	"slices"
	"strings"
)

// maxSentences bounds the work on one cell. What follows is kept as one part.
const (
	maxSentences = 400
	maxSentence  = 4000 // bytes
)

// reader reads a stretch of a sentence, puts what it says into the facts, and takes the stretch.
type reader struct {
	kind Kind
	read func(d *description, s *sentence) bool
}

// readers in the order in which they may take words from one another.
var readers = []reader{
	{Conditions, readConditions},
	{Characters, readCharacters},
	{Default, readDefault},
	{Range, readBounds},
	{Only, readOnly},
	{Format, readLayout},
	{Enum, readMeanings},
	{Enum, readEnum},
	{Enum, readGlossed},
	{Format, readFormat},
	{ReadOnly, readMarks},
	{Unit, readUnit},
}

// description is a cell while it is read.
type description struct {
	*Facts
	typ Type
}

// Describe reads a description of a member of the given type.
func Describe(t Text, typ Type) Facts {
	d := &description{Facts: &Facts{}, typ: typ}
	t, from := unform(t)
	budget := maxSentences
	for i := 0; i < len(t); {
		if budget--; budget < 0 {
			d.add(Prose, Kept, t[i:].String(), i)
			break
		}
		items := itemsAfter(t, i)
		d.paragraph(t, i, items)
		i += 1 + items
	}
	d.settle(t)
	for i := range d.Parts {
		d.Parts[i].Line = from[min(d.Parts[i].Line, len(from)-1)]
	}
	for i := range d.Facts.Conditions {
		d.Facts.Conditions[i].Line = from[min(d.Facts.Conditions[i].Line, len(from)-1)]
	}
	return *d.Facts
}

const grouped = `[0-9]{1,3}(?:,[0-9]{3})+\b`

// thousands are numbers grouped by commas. Without a word before them, or a dash, they might be a list.
var thousands = lazily(`(?i)(?:(?:\b(?:from|to|is|than|exceed|of|least|most|max|min|maximum|minimum|length|limit|up to|between [0-9]+ and)|大于|小于|等于|超过|多于|少于|最大|最小|最多|最少|最长|上限|下限|至少)(?:值|取值|长度|为|是| value| length)?\s*:?\s*|[0-9]\s*(?:~|-|至|到)\s*)` + grouped + `|\b` + grouped + `\s*(?:~|-|至|到|to|and)\s*` + grouped)

// ungroup takes the commas out of numbers.
func ungroup(text string) string {
	return thousands.ReplaceAllStringFunc(text, func(n string) string { return strings.ReplaceAll(n, ",", "") })
}

// parted tells that a text is made of several values.
var parted = lazily(`(?i)(?:用|以|通过|由|按)[^，,。;]{0,12}(?:分隔|分割|间隔|隔开|分开|拼接|连接)|separated (?:by|with)|joined (?:by|with)`)

// settle opens an enumeration whose values are not the whole value, or are forms of one.
func (d *description) settle(t Text) {
	if len(d.Enum) == 0 || d.typ.Base != "string" {
		return
	}
	d.Open = d.Open || parted.MatchString(t.String()) && !containsAny(t.String(), "分隔符", "delimiter", "separator") ||
		slices.ContainsFunc(d.Enum, bareDate.MatchString) || slices.ContainsFunc(d.Enum, func(v string) bool { return compactDate.MatchString(v) })
}

func (d *description) add(k Kind, s State, text string, line int) {
	d.Parts = append(d.Parts, Part{k, s, text, line})
}

// itemsAfter counts the lines after a paragraph that are items of a list which it introduces: bullets, or
// paragraphs of the form "value: meaning" after a colon.
func itemsAfter(t Text, i int) int {
	n := 0
	for i+1+n < len(t) && t[i+1+n].Bullet > t[i].Bullet {
		n++
	}
	if lead := Normal(t[i].Text); n == 0 && strings.HasSuffix(lead, ":") && strings.Contains(lead, "值") {
		for i+1+n < len(t) && t[i+1+n].Bullet == t[i].Bullet && meaningLine.MatchString(Normal(t[i+1+n].Text)) {
			n++
		}
	}
	return n
}

// paragraph reads a line with the items of the list that it introduces.
func (d *description) paragraph(t Text, i, items int) {
	text := ungroup(Normal(t[i].Text))
	if text == "" && items == 0 {
		return
	}
	list := t[i+1 : i+1+items]
	if t[i].Bullet > 0 && items == 0 && d.bareItem(t, i, text) {
		return
	}
	all := sentences(text, i)
	for n, s := range all {
		if n == len(all)-1 && items > 0 && d.list(s.text, list, i+1) {
			d.add(Enum, Understood, s.text, i)
			list = nil
			d.sentence(s, true)
			continue
		}
		d.sentence(s, false)
	}
	if len(all) == 0 && items > 0 && d.list("", list, i+1) {
		return
	}
	before := len(d.Parts)
	for n, l := range list {
		for _, s := range sentences(Normal(l.Text), i+1+n) {
			d.sentence(s, false)
		}
	}
	d.led(before)
}

// led counts a bare lead as understood when the lines that it leads to are.
func (d *description) led(at int) {
	if at == 0 || at == len(d.Parts) || d.Parts[at-1].State != Kept || !bareLead(d.Parts[at-1].Text) {
		return
	}
	if !slices.ContainsFunc(d.Parts[at:], func(p Part) bool { return p.State == Kept || !p.Kind.Constrains() }) {
		d.Parts[at-1].State = Understood
	}
}

// bareItem reads an item of a list that nothing introduces, together with the ones beside it, once.
func (d *description) bareItem(t Text, i int, text string) bool {
	from, to := i, i+1
	for from > 0 && t[from-1].Bullet == t[i].Bullet {
		from--
	}
	for to < len(t) && t[to].Bullet == t[i].Bullet {
		to++
	}
	if to-from < 2 {
		return false
	}
	for _, l := range t[from:to] {
		if _, _, ok := itemValue(Normal(l.Text)); !ok {
			return false
		}
	}
	value, isDefault, _ := itemValue(text)
	d.value(value, isDefault)
	d.add(Enum, Understood, text, i)
	return true
}

// sentence lets the readers loose on a sentence and accounts for what they leave. With led, it introduces a list
// that has been read.
func (d *description) sentence(s *sentence, led bool) {
	if len(s.text) > maxSentence {
		d.add(Prose, Kept, s.text, s.line)
		return
	}
	read := led
	for _, r := range readers {
		if r.read(d, s) {
			read = true
		}
	}
	for _, clause := range s.rest() {
		if read && bareLead(clause) {
			continue
		}
		if kind, ok := marked(clause); ok && !led {
			d.add(kind, Kept, clause, s.line)
			read = true
		}
	}
	if !read {
		kind := Prose
		if containsAny(s.text, "参见", "参考", "请见", "如表", "所示", "efer to", "see ", "See ") {
			kind = Reference
		}
		d.add(kind, Kept, s.text, s.line)
	}
}

// marks are the words by which a clause betrays that it states a constraint, tried in this order. A bound has a
// number: without one, the largest of something is just the name of a member.
var marks = []struct {
	kind  Kind
	words []string
}{
	{Conditions, []string{"必选", "必填", "必须填", "必传", "二选一", "互斥", "不能同时", "同时存在", "is required", "is mandatory", "mutually exclusive"}},
	{Default, []string{"默认值", "默认为", "默认是", "默认取", "默认返回", "缺省", "default value", "defaults to", "default is", "by default"}},
	{Length, []string{"长度", "个字符", "字节", " characters", "length"}},
	{Range, []string{"取值范围", "范围为", "范围是", "不超过", "不大于", "不小于", "大于", "小于", "最大", "最小", "最多", "至少", "不可大于", "超过", "少于", "多于", "高于", "低于", "≥", "≤", ">=", "<=", "greater than", "less than", "larger than", "smaller than", "more than", "fewer than", "exceed", "between", "之间", "value range", "at most", "at least", "must not exceed", "maximum", "minimum", "ranges from"}},
	{Only, []string{"仅支持", "只支持", "只能", "仅限", "only support", "can only"}},
	{Enum, []string{"取值范围", "取值为", "取值:", "取值如下", "取值有", "可选值", "枚举值", "可取值", "the value can be", "possible values", "valid values", "options are"}},
	{Characters, []string{"开头", "结尾", "特殊字符", "字符组成", "字母组成", "数字组成", "不能包含", "不可包含", "special characters", "start with", "end with"}},
	{Format, []string{"格式为", "格式:", "格式是", "格式如", "格式要求", "格式必须", "in the format", "format is", "format:"}},
	{ReadOnly, []string{"不支持设置", "不支持更新", "不支持指定", "不可修改", "不能修改", "cannot be changed"}},
	{Unique, []string{"名称唯一", "必须唯一", "不能重复", "不可重复", "must be unique"}},
}

// bareLead tells whether a clause merely introduces what has been read behind it.
func bareLead(clause string) bool {
	return slices.Contains([]string{"取值范围", "取值范围为", "取值", "范围", "长度", "长度为", "默认值", "可选值", "Value range", "value range"}, clause)
}

func marked(clause string) (Kind, bool) {
	lower := strings.ToLower(clause)
	if strings.HasSuffix(lower, "取值为准") {
		return Prose, false // leaves it to the service
	}
	for _, m := range marks {
		bound := m.kind == Length || m.kind == Range
		if containsAny(lower, m.words...) && (!bound || strings.ContainsAny(lower, "0123456789") || strings.Contains(lower, "取值范围")) {
			return m.kind, true
		}
	}
	return Prose, false
}

// value adds a value to the enumeration.
func (d *description) value(v string, isDefault bool) {
	if !slices.Contains(d.Facts.Enum, v) {
		d.Facts.Enum = append(d.Facts.Enum, v)
	}
	if isDefault && d.Facts.Default == nil {
		d.Facts.Default = &Value{Text: v}
	}
}
