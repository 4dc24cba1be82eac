package cell

import (
	"strings"
)

const (
	field  = `"?'?([A-Za-z_][A-Za-z0-9_.:\-]*)"?'?\s*(?:参数|字段|属性)?`
	tested = field + `\s*(?:的)?(?:取值|值)?\s*(不为|不是|不等于|!=|设置为|配置为|取值为|指定为|等于|==|=|为|是|is set to|is not|is|equals)\s*"?'?(空|null|empty|[A-Za-z0-9_.\-]+)"?'?\s*(?:类型)?`
	also   = `\s*(?:,|，)?\s*(?:且|并且|同时|而且|和|and|或者|或|or)\s*`
	tests  = tested + `(?:` + also + tested + `){0,3}`
)

var (
	ifThen  = lazily(`(?i)(?:如果|若|仅当|只有当|只有在|只有|当前?|在|如|if |only if |only when |when )\s*(` + tests + `)\s*(?:的?时候|的情况下|时|,|，|才)+\s*(?:,|，|才)?\s*(.{0,60})`)
	thenIf  = lazily(`(?i)(.{0,60}?)\s*(?:if|when|only if|only when)\s+(` + tests + `)`)
	aTest   = lazily(`(?i)` + tested)
	anOr    = lazily(`(?i)或|\bor\b`)
	choice  = lazily(`(?i)(?:与|和|同)?\s*` + field + `\s*(?:(?:、|，|,|和|与|或|/)\s*` + field + `)?\s*(?:参数|字段)?\s*(?:必须)?(二选一|互斥|不能同时(?:存在|设置|使用|为空|指定|传入)?|必选其一|任选其一|至少(?:指定|填写|传)?一个|are mutually exclusive|is mutually exclusive with)`)
	onlyFor = lazily(`(?i)(?:只|仅)(?:支持|能|限)(?:当|在)?` + tested + `(?:的类型|时|的情况)?`)
	effects = []struct {
		effect string
		form   pattern
	}{
		{"forbidden", lazily(`(?i)不(?:需要|用|能|可|可以|允许)(?:填|设置|指定|传|配置|携带|为空)?|无需|无须|must not|cannot be|not required|not needed`)},
		{"absent", lazily(`(?i)无此(?:字段|参数)|不返回|没有此|not returned|does not exist`)},
		{"required", lazily(`(?i)必选|必填|必须|是必需|必需|需要(?:填写|设置|指定|传)?|不能为空|不可为空|required|mandatory|must be`)},
		{"ignored", lazily(`(?i)忽略|不生效|无效|ignored|does not take effect`)},
		{"effective", lazily(`(?i)有效|生效|可用|可选|支持|可以|valid|takes? effect|available|effective|optional`)},
		{"returned", lazily(`(?i)返回|显示|有(?:此|该)(?:字段|参数|值)|有值|存在|returned|displayed|present`)},
	}
)

// readConditions reads what holds only when another member has some value.
func readConditions(d *description, s *sentence) bool {
	found := false
	if m := ifThen.FindStringSubmatchIndex(s.text); m != nil {
		last := len(m) - 2
		found = d.condition(s, s.text[m[2]:m[3]], s.text[m[last]:m[last+1]], m[0], m[1])
	}
	if m := thenIf.FindStringSubmatchIndex(s.text); !found && m != nil {
		found = d.condition(s, s.text[m[4]:m[5]], s.text[m[2]:m[3]], m[0], m[1])
	}
	if m := onlyFor.FindStringSubmatchIndex(s.text); m != nil && s.free(m[0], m[1]) {
		found = d.conclude(s, Condition{Tests: testsIn(s.text[m[0]:m[1]]), Effect: "only"}, m[0], m[1]) || found
	}
	for _, m := range choice.FindAllStringSubmatchIndex(s.text, 3) {
		c := Condition{Effect: "one-of"}
		for _, i := range []int{2, 4} {
			if m[i] >= 0 {
				c.Tests = append(c.Tests, Test{Field: s.text[m[i]:m[i+1]], Op: "present"})
			}
		}
		found = d.conclude(s, c, m[0], m[1]) || found
	}
	return found
}

// condition reads the effect of tests from the words after or before them.
func (d *description) condition(s *sentence, tests, words string, from, to int) bool {
	if cut := strings.IndexAny(words, "。；;"); cut >= 0 {
		to -= len(words) - cut
		words = words[:cut]
	}
	for _, e := range effects {
		if e.form.MatchString(words) {
			return d.conclude(s, Condition{Tests: testsIn(tests), Any: anOr.MatchString(tests), Effect: e.effect}, from, to)
		}
	}
	return false
}

func (d *description) conclude(s *sentence, c Condition, from, to int) bool {
	if len(c.Tests) == 0 || !s.free(from, to) {
		return false
	}
	c.Line, c.Text = s.line, s.text
	d.Facts.Conditions = append(d.Facts.Conditions, c)
	s.take(from, to)
	d.add(Conditions, Understood, s.text[from:to], s.line)
	return true
}

func testsIn(text string) []Test {
	var out []Test
	for _, m := range aTest.FindAllStringSubmatch(text, 4) {
		t := Test{Field: m[1], Op: "==", Value: m[3]}
		if containsAny(strings.ToLower(m[2]), "不", "!", "not") {
			t.Op = "!="
		}
		if v := strings.ToLower(t.Value); v == "空" || v == "null" || v == "empty" {
			t.Value = ""
			t.Op = map[string]string{"==": "empty", "!=": "present"}[t.Op]
		}
		out = append(out, t)
	}
	return out
}
