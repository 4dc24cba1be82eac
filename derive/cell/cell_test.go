package cell_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/derive/cell"
)

func lines(text string) cell.Text {
	var t cell.Text
	for l := range strings.SplitSeq(text, "\n") {
		item, ok := strings.CutPrefix(l, "* ")
		bullet := 0
		if ok {
			bullet = 1
		}
		t = append(t, cell.Line{Text: item, Bullet: bullet})
	}
	return t
}

func TestParseFlag(t *testing.T) {
	for _, c := range []struct {
		text    string
		inverse bool
		want    cell.Flag
		ok      bool
	}{
		{"是", false, cell.Yes, true}, {"否", false, cell.No, true}, {"Yes", false, cell.Yes, true}, {"Mandatory", false, cell.Yes, true},
		{"O", false, cell.No, true}, {"可选", false, cell.No, true}, {"否\n使用烤炉时必选。", false, cell.No, true}, {"是（仅周日）", false, cell.Yes, true},
		{"", false, cell.Unsaid, true}, {"-", false, cell.Unsaid, true}, {"POST请求必填。", false, cell.Conditional, true},
		{"是", true, cell.No, true}, {"No", true, cell.Yes, true}, {"面包", false, cell.Unsaid, false},
	} {
		flag, _, ok := cell.ParseFlag(lines(c.text), c.inverse)
		if flag != c.want || ok != c.ok {
			t.Errorf("%q is %q, %v; want %q, %v", c.text, flag, ok, c.want, c.ok)
		}
	}
	if _, rest, _ := cell.ParseFlag(lines("否\n使用烤炉时必选。"), false); rest.String() != "使用烤炉时必选。" {
		t.Errorf("the remark is %q", rest)
	}
}

// typeText writes a type in one form: array<string>, object Loaf, integer(int64).
func typeText(t cell.Type) string {
	s := t.Base
	if t.Format != "" {
		s += "(" + t.Format + ")"
	}
	if t.Name != "" {
		s += " " + t.Name
	}
	if t.Elem != nil {
		s += "<" + typeText(*t.Elem) + ">"
	}
	if t.Max != "" {
		s += " max " + t.Max
	}
	for _, o := range t.Or {
		s += "|" + typeText(o)
	}
	return s
}

func TestParseType(t *testing.T) {
	for text, want := range map[string]string{
		"String": "string", "字符串": "string", "String(64)": "string max 64", "Integer": "integer", "Long": "integer(int64)", "Float": "number(float)",
		"Boolean": "boolean", "Object": "object", "Array": "array", "List": "array", "List data structure": "array", "Dict": "map",
		"Array<String>": "array<string>", "Array< loafType >": "array<object loafType>", "Array of strings": "array<string>",
		"Array of Loaf objects": "array<object Loaf>", "Loaf object": "object Loaf", "String[]": "array<string>", "[String]": "array<string>",
		"List<Map<String,Integer>>": "array<map<integer>>", "Map<String,String>": "map<string>", "Map＜String,Integer＞": "map<integer>", "Integer or String": "integer|string",
		"字符串数组": "array<string>", "array of array of integers": "array<array<integer>>", "Timestamp": "any(timestamp)", "UUID": "string(uuid)",
		"String array": "array<string>", "Enum": "string", "Array<Loaf>": "array<object Loaf>", "布尔类型": "boolean", "": "", "-": "",
	} {
		got, _ := cell.ParseType(text)
		if typeText(got) != want {
			t.Errorf("%q is %s, want %s", text, typeText(got), want)
		}
	}
	if _, ok := cell.ParseType("。。。"); ok {
		t.Error("dots are a type")
	}
}

// factsText writes what was understood, one fact after another.
func factsText(f cell.Facts) string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if len(f.Enum) > 0 {
		add("enum %s", strings.Join(f.Enum, ","))
	}
	if f.Open {
		add("open")
	}
	if len(f.Only) > 0 {
		add("only %s", strings.Join(f.Only, ","))
	}
	for name, b := range map[string]*cell.Bounds{"range": f.Range, "length": f.Length, "count": f.Count} {
		if b != nil {
			low, high := "[", "]"
			if b.MinExclusive {
				low = "("
			}
			if b.MaxExclusive {
				high = ")"
			}
			add("%s %s%s,%s%s", name, low, b.Min, b.Max, high)
		}
	}
	if f.Default != nil {
		add("default %s", map[bool]string{true: "empty", false: f.Default.Text}[f.Default.Empty])
	}
	if c := f.Chars; c != nil {
		add("chars %s|%s|%s|%s", c.Allowed, c.Forbidden, c.First, c.Last)
	}
	if f.Format != "" {
		add("format %s", strings.TrimSpace(f.Format+" "+f.Layout))
	}
	for _, c := range f.Conditions {
		for _, t := range c.Tests {
			add("%s if %s %s %s", c.Effect, t.Field, t.Op, t.Value)
		}
	}
	for name, on := range map[string]bool{"deprecated": f.Deprecated, "reserved": f.Reserved, "read-only": f.ReadOnly, "unique": f.Unique} {
		if on {
			add("%s", name)
		}
	}
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

var descriptions = []struct{ base, text, want string }{
	{"string", "面包名称，长度限制为32个字符，支持大小写字母、数字、中划线和下划线。", `chars A-Za-z0-9\-_|||; length [,32]`},
	{"string", "说明，不可包含特殊字符&<>\"'/，缺省值为空。", `chars |&<>"'/||; default empty`},
	{"string", "名称，长度为1~64个字符，以字母开头，只能包含字母、数字、下划线（_）和点（.）。", `chars A-Za-z0-9_\.||A-Za-z|; length [1,64]`},
	{"string", "路径，必须以/结尾。", "chars |||/"},
	{"string", "面粉，支持“rye”、“wheat”，默认为“rye”。", "default rye; enum rye,wheat"},
	{"string", "面粉。当前支持：\n* rye\n* wheat", "enum rye,wheat"},
	{"string", "状态。可选值如下：\n* HOT：热的\n* COLD：冷的（默认值）", "default COLD; enum HOT,COLD"},
	{"string", "状态。取值范围：HOT、COLD等。", "enum HOT,COLD; open"},
	{"integer", "种类：0表示面包，1表示蛋糕。", "enum 0,1"},
	{"string", "类型，当前仅支持Bread。", "only Bread"},
	{"integer", "温度，取值范围为100-300，默认值为220。", "default 220; range [100,300]"},
	{"integer", "条数，取值范围(0,∞)。", "range (0,)"},
	{"integer", "条数，取值范围[1,50]。", "range [1,50]"},
	{"integer", "大小，最小为5GB，最大为4096GB，缺省值为5GB。", "default 5; range [5,4096]"},
	{"integer", "偏移，取值范围：0~2^31-1。", "range [0,2147483647]"},
	{"integer", "正整数，不超过９。", "range [1,9]"},
	{"array", "配料，最多支持5个。", "count [,5]"},
	{"string", "ID，UUID格式。", "format uuid"},
	{"integer", "烤好的时间， 13位时间戳。", "format timestamp-13"},
	{"string", "时间，格式为yyyy-MM-dd HH:mm:ss。", "format layout yyyy-MM-dd HH:mm:ss"},
	{"string", "子网，CIDR格式。", "format cidr"},
	{"integer", "如果steam为true时，该参数是必须的。", "required if steam == true"},
	{"integer", "当“kind”为“Free”且“state”为“soldOut”时，该参数必选。", "required if kind == Free; required if state == soldOut"},
	{"integer", "当oven不为空时，该字段必选。", "required if oven present"},
	{"integer", "如果type为OBS类型，该值不需要填写。", "forbidden if type == OBS"},
	{"object", "来源，与inputs二选一。", "one-of if inputs present"},
	{"boolean", "是否开启，true表示开启，false表示关闭，默认为false。", "default false; enum true,false"},
	{"string", "该字段已废弃。", "deprecated"},
	{"string", "预留字段。", "reserved"},
	{"string", "由系统分配，不支持修改。", "read-only"},
	{"string", "名称，全局唯一。", "unique"},
	{"string", "The value can contain only letters, digits, underscores (_), and hyphens (-). The maximum length is 20 characters.", `chars A-Za-z0-9_\-|||; length [,20]`},
	{"integer", "The value ranges from 1 to 12. The default value is 3.", "default 3; range [1,12]"},
	{"string", "Options: apple, plum", "enum apple,plum"},
	{"string", "State.\n* taken: being baked\n* ready: to be fetched", "enum taken,ready"},
	{"string", "This parameter is mandatory when steam is set to true.", "required if steam == true"},
	{"string", "面包的名称。", ""},
}

func TestDescribe(t *testing.T) {
	for _, c := range descriptions {
		f := cell.Describe(lines(c.text), cell.Type{Base: c.base})
		if got := factsText(f); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s\n%+v", c.text, got, c.want, f.Parts)
		}
		if c.want != "" && f.Verdict() != cell.Understood {
			t.Errorf("%s: %s %+v", c.text, f.Verdict(), f.Parts)
		}
	}
}

// What is not understood is kept with its line, and counted.
func TestKept(t *testing.T) {
	for text, kind := range map[string]cell.Kind{
		"形状。\n默认值为最漂亮的那种。":    cell.Default,
		"只能在月圆之夜使用。":          cell.Only,
		"格式为面包师的签名。":          cell.Format,
		"月亮升起时，此字段必选。":        cell.Conditions,
		"长度不超过面包盒的3倍。":        cell.Length,
		"取值范围：面包师喜欢的一切。":      cell.Range,
		"不能包含葡萄干和其他特殊字符。":     cell.Characters,
		"形状，近似于月亮。":           cell.Prose,
		"烤炉，请参见烤炉的结构。":        cell.Reference,
		"The moon, as it is.": cell.Prose,
	} {
		f := cell.Describe(lines(text), cell.Type{Base: "string"})
		if !slices.ContainsFunc(f.Parts, func(p cell.Part) bool { return p.Kind == kind && p.State == cell.Kept }) {
			t.Errorf("%s: no kept %s: %+v", text, kind, f.Parts)
		}
	}
	if f := cell.Describe(lines("形状。\n默认值为最漂亮的那种。"), cell.Type{}); f.Parts[1].Line != 1 || f.Verdict() != cell.Kept {
		t.Errorf("%+v", f.Parts)
	}
}

// FuzzDescribe: any text is accounted for, the same each time, and bounds are numerals.
func FuzzDescribe(f *testing.F) {
	for _, d := range descriptions {
		f.Add(d.base, d.text)
	}
	f.Fuzz(func(t *testing.T, base, text string) {
		typ, _ := cell.ParseType(base)
		cell.ParseFlag(lines(text), false)
		facts := cell.Describe(lines(text), typ)
		again := cell.Describe(lines(text), typ)
		if fmt.Sprintf("%+v", facts.Parts) != fmt.Sprintf("%+v", again.Parts) {
			t.Error("two readings disagree")
		}
		if strings.TrimSpace(cell.Normal(text)) != "" && len(facts.Parts) == 0 && strings.ContainsFunc(text, func(r rune) bool { return r > ' ' && r < 0x7f && r != '.' && r != ';' }) {
			t.Errorf("nothing accounts for %q", text)
		}
		for _, b := range []*cell.Bounds{facts.Range, facts.Length, facts.Count} {
			if b != nil && strings.Trim(b.Min+b.Max, "-.0123456789") != "" {
				t.Errorf("bounds %+v", *b)
			}
		}
	})
}
