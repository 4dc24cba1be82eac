package derive

import (
	"regexp"
	"strings"

	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// understand reads the cells of every row of a page.
func (s *Set) understand(p *Page) {
	for _, t := range p.Tables {
		o := &Object{Name: identifier(t.Caption), Place: t.Place}
		for _, cells := range t.Rows {
			r := &Row{Place: cells.Place, Table: t, Cells: cells, In: t.Kind}
			if t.Kind.Members() {
				r.understand()
				if r.Name != "" {
					o.Rows = append(o.Rows, r)
				}
			}
			p.Rows = append(p.Rows, r)
		}
		o.nest()
		p.objects[t] = o
	}
}

var (
	captionName = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$:.\- ]*`)
	memberName  = regexp.MustCompile(`^[A-Za-z_$@#][A-Za-z0-9_$@.:\-\[\]*/{}]*$`)
	nothing     = []string{"", "-", "--", "无", "none", "n/a", "na"}
)

// identifier is the name of a structure in a caption: "storage" of "storage定义数据结构说明".
func identifier(caption string) string {
	name := strings.TrimSpace(captionName.FindString(cell.Normal(caption)))
	for _, suffix := range []string{" object", " objects", " field description", " data structure", " structure", " parameters", " description", " fields"} {
		if len(name) > len(suffix) && strings.EqualFold(name[len(name)-len(suffix):], suffix) {
			name = name[:len(name)-len(suffix)]
		}
	}
	if strings.Count(name, " ") > 3 {
		return ""
	}
	return name
}

// understand reads the name, flag, type and description of a row.
func (r *Row) understand() {
	name := cleanName(r.Place.Row)
	switch {
	case memberName.MatchString(name):
		r.Name = name
		r.judge(cell.Name, cell.Understood, name)
	case isNothing(name) || r.Cells.Title:
		return
	default:
		r.judge(cell.Name, cell.Failed, name)
	}
	r.flag()
	r.kind()
	text := r.description()
	r.Facts = cell.Describe(text, r.Type)
	r.place()
	if d := r.Cells.Cell(r.Table, page.RoleDefault).Text; r.Facts.Default == nil && len(d) > 0 {
		r.Facts.Default = wholeDefault(d)
	}
}

func isNothing(text string) bool {
	for _, n := range nothing {
		if strings.EqualFold(text, n) {
			return true
		}
	}
	return false
}

// cleanName takes off what pages write beside a name: quotes, remarks, stars for required.
func cleanName(name string) string {
	if cut := strings.IndexByte(name, '('); cut > 0 {
		name = name[:cut]
	}
	return strings.Trim(name, " *\"'`:.,，")
}

func (r *Row) judge(k cell.Kind, s cell.State, text string) {
	r.States = append(r.States, Judged{k, s, text, r.Place})
}

func (r *Row) flag() {
	role, inverse := page.RoleRequired, false
	if r.Table.Has(page.RoleOptional) && !r.Table.Has(page.RoleRequired) {
		role, inverse = page.RoleOptional, true
	}
	if !r.Table.Has(role) {
		return
	}
	text := r.Cells.Cell(r.Table, role).Text
	flag, _, ok := cell.ParseFlag(text, inverse)
	r.Required = flag
	r.judge(cell.Required, stateOf(ok), text.String())
}

func stateOf(ok bool) cell.State {
	if ok {
		return cell.Understood
	}
	return cell.Failed
}

func (r *Row) kind() {
	text := r.Cells.Cell(r.Table, page.RoleType).Text.String()
	if !r.Table.Has(page.RoleType) {
		if text = r.typeLine(); text == "" {
			return
		}
	}
	t, ok := cell.ParseType(text)
	r.Type = t
	r.judge(cell.Typed, stateOf(ok), text)
}

var typeInLine = regexp.MustCompile(`[。.;；]\s*类型\s*:\s*([A-Za-z]+|字符串|整型|整数|布尔型|布尔|浮点型|浮点数|数组|枚举)`)

var typeLine = regexp.MustCompile(`(?i)^(?:参数类型|数据类型|类型|(?:parameter |data )?type)\s*:\s*(\S.{0,40}?)[.。]?$`)

// typeLine is the type that a description states on a line of its own, or behind a sentence, in a table without a column for it.
func (r *Row) typeLine() string {
	for _, l := range r.Cells.Cell(r.Table, page.RoleDescription).Text {
		if m := typeLine.FindStringSubmatch(cell.Normal(l.Text)); m != nil {
			return m[1]
		}
		if m := typeInLine.FindStringSubmatch(cell.Normal(l.Text)); m != nil {
			return m[1]
		}
	}
	return ""
}

// description is all that a row says in sentences: the remark behind its flag, the description, and columns about
// ranges, which say without a lead what the description would say with one.
func (r *Row) description() cell.Text {
	var text cell.Text
	if flag := r.Cells.Cell(r.Table, page.RoleRequired).Text; len(flag) > 0 {
		_, rest, _ := cell.ParseFlag(flag, false)
		if r.Required != cell.Unsaid {
			text = append(text, rest...)
		}
	}
	for i, c := range r.Table.Columns {
		if c.Role == page.RoleDescription {
			text = append(text, r.Cells.Cells[i].Text...)
		}
	}
	if rng := r.Cells.Cell(r.Table, page.RoleRange).Text; len(rng) > 0 && !isNothing(cell.Normal(rng.String())) {
		if rng[0].Bullet > 0 {
			text = append(text, cell.Line{Text: "取值范围:"})
			text = append(text, rng...)
		} else {
			text = append(text, cell.Line{Text: "取值范围:" + rng[0].Text})
			text = append(text, rng[1:]...)
		}
	}
	return text
}

// place reads a column that says where a parameter goes.
func (r *Row) place() {
	in := strings.ToLower(cell.Normal(r.Cells.Cell(r.Table, page.RoleIn).Text.First()))
	for _, one := range []struct {
		word string
		kind page.Kind
	}{{"path", page.PathTable}, {"路径", page.PathTable}, {"query", page.QueryTable}, {"查询", page.QueryTable}, {"header", page.HeaderTable}, {"头", page.HeaderTable}, {"body", page.BodyTable}, {"体", page.BodyTable}} {
		if strings.Contains(in, one.word) {
			r.In = one.kind
			return
		}
	}
}

func wholeDefault(t cell.Text) *cell.Value {
	text := strings.Trim(cell.Normal(t.First()), `"'`)
	if isNothing(text) || text == "空" || strings.EqualFold(text, "null") {
		return nil
	}
	return &cell.Value{Text: text}
}

// nest puts rows below the ones they belong to: those that are indented, and those named like parent.child or
// parent[].child where the table has the parent.
func (o *Object) nest() {
	byName := map[string]*Row{}
	var kept, open []*Row
	for _, r := range o.Rows {
		full := strings.NewReplacer("[*]", "", "[]", "", "[n]", "").Replace(r.Name)
		depth := r.Cells.Depth
		open = open[:min(depth, len(open))]
		parent := (*Row)(nil)
		if cut := strings.LastIndexByte(full, '.'); cut > 0 && byName[full[:cut]] != nil {
			parent, r.Name = byName[full[:cut]], full[cut+1:]
		} else if depth > 0 && len(open) > 0 {
			parent = open[len(open)-1]
		}
		open = append(open, r)
		if byName[full] == nil {
			byName[full] = r
		}
		if parent == nil {
			kept = append(kept, r)
			continue
		}
		if parent.Object == nil {
			parent.Object = &Object{Name: parent.Name, Place: parent.Place}
		}
		parent.Object.Rows = append(parent.Object.Rows, r)
	}
	o.Rows = kept
}
