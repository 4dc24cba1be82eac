package page

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/derive/cell"
)

// explicit captions say what a table is for, whatever section it stands in.
var explicit = []struct {
	form *regexp.Regexp
	kind Kind
}{
	{regexp.MustCompile(`(?i)^(?:请求)?(?:路径|path|uri|url)(?:格式的|中的)?\s*(?:请求)?(?:参数|parameters?)?(?:说明|列表|描述)?$`), PathTable},
	{regexp.MustCompile(`(?i)^(?:请求)?(?:query|查询|查询检索)\s*(?:请求)?(?:参数|parameters?)?(?:说明|列表|描述)?$`), QueryTable},
	{regexp.MustCompile(`(?i)^(?:公共|附加)?(?:请求|request)\s*(?:header|消息头|头|头域|headers?)\s*(?:参数|parameters?)?(?:说明|列表|描述)?$|^(?:header|headers|header parameters?)$`), HeaderTable},
	{regexp.MustCompile(`(?i)^(?:公共|附加)?(?:响应|返回|response)\s*(?:header|消息头|头|头域|headers?)\s*(?:参数|parameters?)?(?:说明|列表|描述)?$`), ResponseHeaders},
	{regexp.MustCompile(`(?i)^(?:请求|request)\s*(?:body|消息体|体)\s*(?:参数|parameters?|fields?|members?)?(?:说明|列表|描述)?$|^body (?:parameters?|fields)$`), BodyTable},
	{regexp.MustCompile(`(?i)^(?:响应|返回|response)\s*(?:body|消息体|体)?\s*(?:参数|要素|parameters?|fields?|members?|elements?)?(?:说明|列表|描述)?$`), ResponseTable},
}

func explicitKind(caption string) Kind {
	caption = strings.ToLower(strings.TrimRight(cell.Normal(caption), ":. "))
	for _, e := range explicit {
		if caption != "" && e.form.MatchString(caption) {
			return e.kind
		}
	}
	return ""
}

// settleCodes tells a column of statuses from one of error codes, whose heading may be the same.
func (t *Table) settleCodes() {
	for i, c := range t.Columns {
		if c.Role != RoleStatus || t.Has(RoleCode) {
			continue
		}
		statuses, others := 0, 0
		for _, r := range t.Rows {
			if text := cell.Normal(r.Cells[i].Text.First()); statusValue.MatchString(text) {
				statuses++
			} else if text != "" {
				others++
			}
		}
		if others > statuses {
			t.Columns[i].Role = RoleCode
			if others > 0 && t.Has(RoleName) {
				t.Columns[i].Role = RoleOther
			}
		}
	}
}

// referred lists the tables that a cell of the page refers to.
func (p *Page) referred() map[*Table]bool {
	out := map[*Table]bool{}
	for _, t := range p.Tables {
		for _, r := range t.Rows {
			for _, c := range r.Cells {
				if c.Nested != nil {
					out[c.Nested] = true
				}
				for _, l := range c.Links {
					if to := p.Linked(l); to != nil && to != t {
						out[to] = true
					}
				}
			}
		}
	}
	return out
}

var numbered = regexp.MustCompile(`(?i)(?:表|table)\s*([0-9]{1,4})`)

// Linked finds the table that a link within the page leads to; nil for none. The anchor wins over the number that
// is printed in the link.
func (p *Page) Linked(l Link) *Table {
	if l.Page != "" && l.Page != p.Name {
		return nil
	}
	return p.Target(l)
}

// Target finds the table that a link to this page means: by its anchor, else by the number in its text.
func (p *Page) Target(l Link) *Table {
	if t := p.anchors[l.To]; t != nil && l.To != "" {
		return t
	}
	if m := numbered.FindStringSubmatch(l.Text); m != nil {
		return p.Numbered(atoi(m[1]))
	}
	return nil
}

func atoi(s string) int {
	n := 0
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

// kinds decides what each table of a group of operations is for.
func (g *group) kinds(referred map[*Table]bool) {
	bodiless := len(g.operations) > 0
	for _, op := range g.operations {
		bodiless = bodiless && (op.Method == "GET" || op.Method == "DELETE" || op.Method == "HEAD" || op.Method == "OPTIONS")
	}
	rooted := map[Kind]bool{}
	for _, t := range g.tables {
		if t.Kind != "" {
			continue
		}
		t.Kind = g.kind(t, referred[t], bodiless, rooted)
		if t.Kind == ResponseTable {
			rooted[Kind("response "+t.Status)] = true
		}
		rooted[t.Kind] = true
	}
}

func (g *group) kind(t *Table, referred, bodiless bool, rooted map[Kind]bool) Kind {
	if k, ok := t.ofCodes(); ok {
		return k
	}
	if !t.Has(RoleName) || len(t.Columns) < 2 {
		return OtherTable
	}
	said := explicitKind(t.Caption)
	if len(g.operations) == 0 {
		return t.loose(said, referred)
	}
	if said != "" && (!referred || !rooted[said]) {
		return t.checked(said, bodiless)
	}
	switch {
	case referred:
		return ObjectTable
	case t.ctx == uriContext && !rooted[PathTable]:
		return PathTable
	case t.ctx == requestContext:
		return t.request(bodiless, rooted)
	case t.ctx == responseContext && containsAny(strings.ToLower(t.Caption+t.heading()), "消息头", "header"):
		return ResponseHeaders
	case t.ctx == responseContext && t.Status == "" && t.failures() && !rooted["response default"]:
		t.Status = "default"
		return ResponseTable
	case t.ctx == responseContext && !rooted[Kind("response "+t.Status)]:
		if t.Has(RoleRequired) && containsAny(strings.ToLower(t.Caption), "请求", "request") {
			return t.request(bodiless, rooted)
		}
		return ResponseTable
	case t.ctx == otherContext && partOf(t.Caption) == RequestPart:
		return t.request(bodiless, rooted)
	case t.ctx == otherContext && partOf(t.Caption) == SuccessPart && !rooted[ResponseTable]:
		return ResponseTable
	}
	return ObjectTable
}

// structured tells whether a table lists something that no query can carry.
func (t *Table) structured() bool {
	return slices.ContainsFunc(t.Rows, func(r *Row) bool {
		typ, _ := cell.ParseType(r.Cell(t, RoleType).Text.String())
		return typ.Base == "object" || typ.Base == "map" || typ.Base == "array" && typ.Elem != nil && typ.Elem.Base == "object"
	})
}

// failures tells whether a table is introduced as that of answers that tell of failures.
func (t *Table) failures() bool {
	return containsAny(t.label+t.Caption, "异常响应", "错误响应", "失败响应", "异常返回", "失败返回", "Error response", "error response", "Abnormal response", "abnormal response")
}

// heading is the heading right above a table.
func (t *Table) heading() string {
	if len(t.Section) == 0 {
		return ""
	}
	return t.Section[len(t.Section)-1]
}

// checked keeps a caption from contradicting its section: "参数说明" of a response is no request.
func (t *Table) checked(said Kind, bodiless bool) Kind {
	if said == ResponseTable && t.ctx == requestContext && !containsAny(strings.ToLower(t.Caption), "响应", "返回", "response") {
		said = BodyTable
	}
	if said == BodyTable && bodiless && !t.structured() && !containsAny(strings.ToLower(t.Caption), "body", "消息体") {
		return QueryTable
	}
	return said
}

// request is the kind of a table in the section about the request whose caption does not say more.
func (t *Table) request(bodiless bool, rooted map[Kind]bool) Kind {
	caption := strings.ToLower(t.Caption)
	if caption == "" {
		caption = strings.ToLower(t.heading())
	}
	switch {
	case containsAny(caption, "header", "消息头", "请求头"):
		return HeaderTable
	case containsAny(caption, "query", "查询参数"):
		return QueryTable
	case containsAny(caption, "路径", "path", "uri"):
		return PathTable
	case bodiless && !containsAny(caption, "body", "消息体") && !rooted[QueryTable] && !t.structured():
		return QueryTable
	case !rooted[BodyTable]:
		return BodyTable
	}
	return ObjectTable
}

// loose is the kind of a table on a page without operations: headers that all of them share, or nothing of use.
func (t *Table) loose(said Kind, referred bool) Kind {
	switch {
	case said == HeaderTable || said == ResponseHeaders:
		return said
	case referred && t.Has(RoleType):
		return ObjectTable
	}
	return OtherTable
}

// ofCodes recognises tables of statuses, error codes and permissions by their columns.
func (t *Table) ofCodes() (Kind, bool) {
	switch {
	case t.Has(RoleAction) || t.Has(RolePath) && t.Has(RoleMethod):
		return PermissionTable, true
	case t.Has(RoleCode):
		return ErrorTable, true
	case t.Has(RoleStatus) && !t.Has(RoleName) && !t.Has(RoleType):
		return StatusTable, true
	case t.Has(RoleStatus) && (t.ctx == statusContext || strings.Contains(t.Caption, "状态码")):
		return StatusTable, true
	}
	return "", false
}
