package cell

import (
	"slices"
	"strings"
)

// Flag is the answer to "required?". The zero Flag is a cell that does not say.
type Flag string

// The flags. Conditional means that it depends, and that the text behind the flag says on what.
const (
	Unsaid      Flag = ""
	Yes         Flag = "required"
	No          Flag = "optional"
	Conditional Flag = "conditional"
)

var (
	yesWords = []string{"是", "必选", "必填", "必须", "必需", "必", "yes", "y", "true", "mandatory", "required", "m", "√", "✓", "✔", "1"}
	noWords  = []string{"否", "可选", "非必选", "非必填", "不必须", "选填", "非必须", "no", "n", "false", "optional", "o", "×", "x", "✗", "0",
		"not required", "not mandatory", "not necessary", "non-mandatory", "不需要", "无需", "不必", "不必填", "非必需", "不是必须", "不是必选"}
	noFlag = []string{"", "-", "--", "/", "n/a", "na", "不涉及", "无"}
)

// ParseFlag reads a cell of a column "required". With inverse the column asks "optional?". What follows the flag is
// given back as it stands, for Describe; ok is false when the cell is no flag at all.
func ParseFlag(t Text, inverse bool) (flag Flag, rest Text, ok bool) {
	first := Normal(t.First())
	head, tail := flagHead(first)
	switch {
	case slices.Contains(noFlag, head) && tail == "":
		return Unsaid, nil, true
	case slices.Contains(yesWords, head):
		flag = Yes
	case slices.Contains(noWords, head):
		flag = No
	case containsAny(first, "必选", "必填", "必须", "时", "可选", "equired", "andatory", "ptional", "when", "if "):
		return Conditional, t, true
	default:
		return Unsaid, t, false
	}
	if inverse {
		flag = map[Flag]Flag{Yes: No, No: Yes}[flag]
	}
	if tail != "" {
		rest = append(rest, Line{Text: tail})
	}
	seen := false
	for _, l := range t {
		if seen && l.Text != "" {
			rest = append(rest, l)
		}
		seen = seen || l.Text != ""
	}
	return flag, rest, true
}

// flagHead splits a flag from a remark behind it.
func flagHead(s string) (head, tail string) {
	s = strings.TrimRight(s, "。. ")
	if cut := strings.IndexAny(s, "(,;:\n，；。"); cut > 0 {
		head, tail = s[:cut], strings.Trim(s[cut:], " (),;:，；。")
	} else if head = s; strings.Contains(s, " ") && !slices.Contains(noWords, strings.ToLower(s)) {
		head, tail, _ = strings.Cut(s, " ")
	}
	return strings.ToLower(strings.TrimSpace(head)), tail
}

func containsAny(s string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}
