package cell

import (
	"strings"
)

// Some pages write each cell as a form: what it means, its constraints, its range and its default, each behind a
// label, or with the label on a line of its own. A form is read as if it were sentences that begin with the label.

var (
	formLabel = lazily(`(功能说明|功能描述|参数解释|参数说明|约束限制|约束|使用说明|取值范围|默认取值|默认值)\s*[:：]\s*`)
	lonely    = lazily(`(?i)^[\s*]*(功能说明|功能描述|参数解释|参数说明|约束限制|约束|使用说明|取值范围|默认取值|默认值|definition|constraints?|range|value range|default value)[\s*]*[:：]?[\s*]*$`)
	english   = lazily(`(?i)^[\s*]*(definition|constraints|range|default value)[\s*]*[:：][\s*]*`)
	typed     = lazily(`(?:^|[。.;；])\s*类型\s*[:：]`)
	typedForm = lazily(`(类型|有效值|可选值|取值范围|默认值|约束|限制|父节点|示例)\s*[:：]\s*`)
	unlabel   = lazily(`(?i)^(功能说明|功能描述|参数解释|参数说明|使用说明|definition)$`)
	noContent = lazily(`(?i)^(?:不涉及|无|不限|无限制|n/a|none|na|not applicable|--?)\s*[。.]?$`)
)

// saidAs is how a label is said in a sentence that the readers know.
var saidAs = map[string]string{"constraint": "约束:", "constraints": "约束:", "约束限制": "约束:", "range": "取值范围:", "value range": "取值范围:", "default value": "默认值:", "默认取值": "默认值:"}

// unform makes sentences of a form. The numbers tell which line of the cell each line is from.
func unform(t Text) (Text, []int) {
	var out Text
	var from []int
	add := func(l Line, i int) {
		if l.Text != "" {
			out, from = append(out, l), append(from, i)
		}
	}
	for i := 0; i < len(t); i++ {
		l := t[i]
		if m := lonely.FindStringSubmatch(l.Text); m != nil && i+1 < len(t) && t[i+1].Bullet == l.Bullet && !lonely.MatchString(t[i+1].Text) && !lists(t[i+1:]) {
			add(Line{said(m[1], t[i+1].Text), l.Bullet}, i+1)
			i++
			continue
		}
		if m := english.FindStringSubmatchIndex(l.Text); m != nil && m[1] < len(l.Text) {
			l.Text = said(l.Text[m[2]:m[3]], l.Text[m[1]:])
		}
		for _, text := range unglue(l.Text) {
			add(Line{text, l.Bullet}, i)
		}
	}
	return out, from
}

// lists tells whether lines are values with their meanings, rather than one statement.
func lists(t Text) bool {
	return len(t) > 1 && t[0].Bullet == t[1].Bullet && meaningLine.MatchString(Normal(t[0].Text)) && meaningLine.MatchString(Normal(t[1].Text))
}

// said is what stands behind a label, as a sentence. Behind most labels "none" states nothing.
func said(label, content string) string {
	label = strings.ToLower(label)
	if unlabel.MatchString(label) || noContent.MatchString(strings.TrimSpace(content)) {
		return content
	}
	if s := saidAs[label]; s != "" {
		return s + content
	}
	return label + ":" + content
}

// unglue splits a line that begins with a label where the next label stands. One that states its type behind a
// sentence is such a line from there.
func unglue(text string) []string {
	at := formLabel.FindAllStringSubmatchIndex(text, 8)
	var out []string
	switch {
	case typed.MatchString(text):
		at = typedForm.FindAllStringSubmatchIndex(text, 8)
		if at[0][0] > 0 {
			out = append(out, text[:at[0][0]])
		}
	case len(at) == 0 || at[0][0] > 0:
		return []string{text}
	}
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		if label, content := text[m[2]:m[3]], text[m[1]:end]; strings.TrimSpace(content) != "" {
			out = append(out, said(label, content))
		} else {
			out = append(out, text[m[0]:end])
		}
	}
	return out
}
