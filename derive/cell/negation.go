package cell

import (
	"strings"
)

var (
	// denial ends with a negation, and with words between it and what it is said of that change nothing.
	denial = lazily(`(?i)(?:(?:不|无法|禁止|严禁)(?:可以?|能够?|应该?|应当|允许|支持|得|要|会|宜|准|需要|包含|包括|含有|使用|出现|输入|有|是|为|由|全部|全|都|完全|单独|取值|设置|配置|以|在|介于)*|(?:\b(?:not|cannot|never|no|neither|nor|without)|n't)(?:\s+(?:be|been|contain|include|allow|allowed|to|support|supported|have|use|consist|set|any|the|a|of|in|between|within|from|either|one))*)\s*["'(:]?\s*$`)
	// denies finds a negation anywhere in a clause.
	denies = lazily(`(?i)不|无法|禁止|\b(?:not|cannot|never|no|neither|nor)\b|n't\b`)
	// joint is where a new statement begins within a clause.
	joint = lazily(`(?i)且|并|但|或|\b(?:and|but|or)\b|[0-9]`)
	// comparison is a bound that a negation turns round; the others have theirs within them.
	comparison = lazily(`(?i)^(?:大于|小于|≥|≤|[<>]|greater|larger|less|smaller)`)
	exceeding  = lazily(`(?i)^exceed`)
)

// denied gives where the negation begins that stands right before a place of a text; -1 when there is none.
func denied(text string, at int) int {
	start := clauseStart(text, at)
	if m := denial.FindStringIndex(text[start:at]); m != nil {
		return start + m[0]
	}
	return -1
}

// turned gives a bound as the words before it make it: "not greater than 5" is at most 5. The place is where its
// words begin; ok is false when what the negation means is not clear.
func turned(text string, from, to int, b Bounds) (turnedBound Bounds, start int, ok bool) {
	if exceeding.MatchString(text[from:to]) {
		return b, from, true
	}
	if at := denied(text, from); at >= 0 {
		before := statement(text[:at])
		if !comparison.MatchString(text[from:to]) || denies.MatchString(before) {
			return b, from, false
		}
		return Bounds{Min: b.Max, Max: b.Min, MinExclusive: b.Max != "" && !b.MaxExclusive, MaxExclusive: b.Min != "" && !b.MinExclusive}, at, true
	}
	return b, from, !comparison.MatchString(text[from:to]) || !denies.MatchString(statement(text[:from]))
}

// statement is the end of a text from where its last statement begins.
func statement(text string) string {
	text = text[clauseStart(text, len(text)):]
	if all := joint.FindAllStringIndex(text, -1); len(all) > 0 {
		text = text[all[len(all)-1][1]:]
	}
	return strings.TrimSpace(text)
}
