package page

import (
	"slices"
	"strings"

	"github.com/tallystick/tallystick/derive/cell"
)

// headings are the words over columns, in lower case. Those of a role that stands earlier win.
var headings = []struct {
	role  Role
	words []string
}{
	{RoleName, []string{"参数", "参数名", "参数名称", "名称", "字段", "字段名", "字段名称", "属性", "属性名", "属性名称", "元素", "元素名称", "消息头", "消息头名称", "header名称", "请求头", "变量", "键", "key", "parameter", "parameter name", "name", "field", "field name", "attribute", "element", "header", "header name", "property", "argument"}},
	{RoleOptional, []string{"是否可选", "可选", "可选性", "optional"}},
	{RoleRequired, []string{"是否必选", "是否必填", "是否必须", "是否必需", "必选", "必填", "必须", "必选/可选", "可选/必选", "选取", "mandatory", "required", "mandatory/optional", "required/optional", "mandatory or optional"}},
	{RoleType, []string{"参数类型", "类型", "数据类型", "字段类型", "属性类型", "type", "parameter type", "data type"}},
	{RoleIn, []string{"位置", "参数位置", "所在位置", "传参方式", "in", "location", "position", "where"}},
	{RoleRange, []string{"取值范围", "取值", "约束", "取值说明", "value range", "range", "constraints", "constraint", "values", "possible values"}},
	{RoleDefault, []string{"默认值", "缺省值", "默认", "default", "default value"}},
	{RoleExample, []string{"示例", "样例", "举例", "示例值", "样例值", "example", "example value", "sample"}},
	{RoleStatus, []string{"状态码", "http状态码", "返回码", "返回值", "http状态", "status code", "status", "http status code", "http status", "code"}},
	{RoleCode, []string{"错误码", "error code", "error codes"}},
	{RoleMessage, []string{"错误信息", "错误消息", "错误提示", "error message", "message", "error messages"}},
	{RoleSolution, []string{"处理措施", "建议解决方法", "解决方法", "处理建议", "解决方案", "handling measure", "solution", "measure"}},
	{RolePhrase, []string{"编码", "phrase", "reason", "状态"}},
	{RoleAction, []string{"授权项", "action", "actions", "permission action"}},
	{RolePath, []string{"对应的api", "对应api接口", "对应api", "api", "url", "uri", "path", "endpoint"}},
	{RoleMethod, []string{"方法", "请求方法", "http方法", "method", "http method"}},
	{RoleDescription, []string{"说明", "描述", "含义", "备注", "参数说明", "参数描述", "字段说明", "状态码说明", "权限说明", "权限", "意义", "description", "meaning", "remarks", "remark", "details", "explanation"}},
}

// columnsOf reads the rows of headings.
func columnsOf(g *grid) []Column {
	width := 0
	for _, r := range g.rows {
		width = max(width, len(r))
	}
	columns := make([]Column, width)
	taken := map[Role]bool{}
	for i := range columns {
		var words []string
		for _, r := range g.rows[:g.heads] {
			if i < len(r) {
				if w := strings.Join(strings.Fields(cell.Normal(r[i].text.First())), " "); w != "" && !slices.Contains(words, w) {
					words = append(words, w)
				}
			}
		}
		columns[i] = Column{RoleOther, strings.Join(words, " ")}
		if role := roleOf(columns[i].Heading); role == RoleOther || !taken[role] {
			columns[i].Role = role
			taken[role] = true
		}
	}
	return settle(columns, taken)
}

func roleOf(heading string) Role {
	heading = strings.ToLower(strings.TrimRight(heading, "。.:* "))
	for _, h := range headings {
		if slices.Contains(h.words, heading) {
			return h.role
		}
	}
	for _, h := range headings {
		for _, w := range h.words {
			if len(w) > 5 && strings.HasSuffix(heading, w) {
				return h.role
			}
		}
	}
	return RoleOther
}

// settle corrects roles that depend on the columns beside them. A table of codes has no types, and in one without
// a column of names the first column holds them.
func settle(columns []Column, taken map[Role]bool) []Column {
	for i, c := range columns {
		switch {
		case c.Role == RoleType && taken[RoleCode]:
			columns[i].Role = RolePhrase
		case c.Role == RolePhrase && !taken[RoleStatus]:
			columns[i].Role = RoleOther
		}
	}
	known := taken[RoleRequired] || taken[RoleType] || taken[RoleOptional]
	if len(columns) > 1 && !taken[RoleName] && !taken[RoleCode] && known && columns[0].Role != RoleRequired && columns[0].Role != RoleType {
		columns[0].Role = RoleName
	}
	return columns
}

// headless tells whether the first row of a table without headings is one all the same.
func headless(g *grid) bool {
	if g.heads > 0 || len(g.rows) == 0 {
		return false
	}
	known := 0
	for _, c := range g.rows[0] {
		if roleOf(cell.Normal(c.text.First())) != RoleOther {
			known++
		}
	}
	return known >= 2
}
