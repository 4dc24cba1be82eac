package page

import (
	"regexp"
	"strings"

	"github.com/tallystick/tallystick/derive/cell"
)

// context is what a section of a page is about.
type context int

const (
	otherContext context = iota
	purposeContext
	uriContext
	requestContext
	responseContext
	exampleContext
	statusContext
	errorContext
)

var uriHeading = regexp.MustCompile(`(?i)^(?:\d[\d.]*\s*)?(?:(?:请求|接口|api)?\s*(?:uri|url)s?(?:格式|说明|路径)?|(?:http\s*)?请求路径|请求行|请求方法(?:及|和|与)\s*(?:路径|uri|url)|接口格式|请求(?:消息)?(?:样式|语法)|接口路径|接口地址|http request|(?:http\s*|request\s*)(?:method|line|url|uri|syntax)(?:\s*(?:and|&)\s*(?:uri|url|path))?|method and path|endpoint|path)$`)

// contextOf tells what a heading introduces; false when it says nothing of the kind.
func contextOf(heading string) (context, bool) {
	h := strings.ToLower(strings.TrimRight(cell.Normal(heading), ":. "))
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(h, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("示例", "样例", "举例", "example", "sample"):
		return exampleContext, true
	case uriHeading.MatchString(h):
		return uriContext, true
	case has("错误码", "error code"):
		return errorContext, true
	case has("状态码", "status code", "返回码"):
		return statusContext, true
	case has("响应", "返回", "response", "returns"):
		return responseContext, true
	case has("请求", "request", "入参", "query param", "path param", "body param", "header param") || h == "parameters" || h == "参数":
		return requestContext, true
	case has("功能介绍", "功能说明", "功能描述", "接口说明", "接口描述", "接口功能", "接口简介", "接口介绍", "简介", "function", "overview", "introduction", "purpose") || h == "description":
		return purposeContext, true
	}
	return otherContext, false
}

// partOf tells which part of an exchange a label or heading speaks of; "" for none.
func partOf(label string) Part {
	l := strings.ToLower(label)
	switch {
	case containsAny(l, "失败", "错误", "异常", "fail", "error"):
		return FailurePart
	case containsAny(l, "响应", "返回", "成功", "response", "result", "success"):
		return SuccessPart
	case containsAny(l, "请求", "request", "调用"):
		return RequestPart
	}
	return ""
}

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

var (
	captionForm = regexp.MustCompile(`(?i)^(?:表|table)\s*([0-9]{1,4})(?:[-–.][0-9]{1,4})?\s*[:：.]?\s*([^\n]*)$`)
	statusLabel = regexp.MustCompile(`(?i)^(?:http\s*)?(?:状态码|返回码|status(?: code)?)\s*(?:为|是|:|：)?\s*([1-5][0-9]{2})\b`)
	statusValue = regexp.MustCompile(`^([1-5](?:[0-9]{2}|xx|XX))\b`)
)

const maxLabel = 60 // runes; what is longer is a sentence

// label is a short text before a table or an example; false for a sentence.
func label(text string) bool {
	n := 0
	for range text {
		n++
	}
	return n <= maxLabel
}
