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
		{"是", true, cell.No, true}, {"No", true, cell.Yes, true}, {"Not required", false, cell.No, true}, {"Not mandatory.", false, cell.No, true},
		{"Not required (reserved)", false, cell.No, true}, {"Not required when frozen", false, cell.Conditional, true}, {"面包", false, cell.Unsaid, false},
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
	// forms with labels, on one line or on lines of their own
	{"integer", "功能说明：大小取值范围：1~9约束：以克为单位", "range [1,9]"},
	{"integer", "**参数解释**：\n大小。\n**约束限制**：\n不涉及\n**取值范围**：\n1-500\n**默认取值**：\n10", "default 10; range [1,500]"},
	{"string", "**Definition**\nName.\n**Constraints**\nN/A\n**Range**\nThe value can contain 1 to 64 characters.\n**Default Value**\nN/A", "length [1,64]"},
	{"string", "种类。\n取值范围：\nrye：黑麦\nwheat：小麦", "enum rye,wheat"},
	{"integer", "Minimum: 1\nMaximum: 200\nDefault: 10", "default 10; range [1,200]"},
	// defaults that are named, or are no value
	{"string", "分隔符，默认为逗号分隔。", "default ,"},
	{"string", "面粉，默认是黑麦“rye”。", "default rye"},
	{"boolean", "By default, it is true.", "default true"},
	{"boolean", "是否检查。false（默认值）：不检查。", "default false"},
	{"string", "状态，默认为所有状态。", ""},
	// enumerations
	{"string", "做法：bake（烘烤）、fry（油炸）。", "enum bake,fry"},
	{"string", "做法：“bake”、“fry”或者“steam”", "enum bake,fry,steam"},
	{"string", "取值范围：A、AAAA（仅限周日）。", "enum A,AAAA"},
	{"string", "可选值有：\n* “asc”为递增，默认为“asc”。\n* “desc”为递减。", "default asc; enum asc,desc"},
	{"string", "是否甜。可选值为：\n* 0/false：不甜\n* 1/true：甜", "enum 0,false,1,true"},
	{"integer", "对应关系如下：\n* kind：1，name：“rye”\n* kind：2，name：“wheat”", "enum 1,2"},
	{"string", "种类，通过中划线间隔单个种类，可选值如下：\n* 1：甜\n* 2：咸", "enum 1,2; open"},
	{"string", "时间，可选值如下：\n* day：一天\n* yyyyMMdd-yyyyMMdd：一段时间", "enum day,yyyyMMdd-yyyyMMdd; open"},
	{"string", "固定值“Bread”，不可更改。", "only Bread"},
	{"integer", "协议版本，只支持IPv4。", "only 4"},
	{"object", "配料，当前仅支持Sugar。", "only Sugar"},
	{"string", "协议。取值范围：tcp/udp或IP协议号", "enum tcp,udp; open"},
	// characters
	{"string", "不能包含“=”、“*”和“,”，且首尾字符不能为空格。", "chars |=*,|^ |^"},
	{"string", "由32位小写字母和数字组成。", "chars a-z0-9|||; length [32,32]"},
	{"array", "The options are as follows: rye and wheat.", "enum rye,wheat"},
	{"array", "一次最多删除9个。", "count [,9]"},
	{"string", "Minimum: 1\nMaximum: 64", "length [1,64]"},
	{"string", "必须由小写字母或数字开头。", "chars ||a-z0-9|"},
	{"string", "支持数字、_(下划线)、-（中划线）。", `chars 0-9_\-|||`},
	{"string", "只能为字母和“!@#”其中的某一字符。", "chars A-Za-z!@#|||"},
	{"string", "It must start with a letter or digit.", "chars ||A-Za-z0-9|"},
	// bounds
	{"integer", "取值范围：\n* 白天：1~9\n* 夜里：3~20", "range [1,20]"},
	{"integer", "偏移，取值范围为0~intmax。", "range [0,]"},
	{"integer", "位置，值从0开始。", "range [0,]"},
	{"integer", "必须大于0且小于等于300。", "range (0,300]"},
	{"integer", "The value ranges from 1 to 2,000.", "range [1,2000]"},
	{"string", "键。 键不能为空。", "length [1,]"},
	{"string", "分隔符，仅支持一个字符。", "length [1,1]"},
	{"string", "1~64长度。", "length [1,64]"},
	{"array", "约束：每个面包最大关联9条配料。", "count [,9]"},
	{"object", "每种形状的坐标为[[0,10],[50,95]]", ""},
	{"integer", "Range: 1 - 1,000", "range [1,1000]"},
	{"integer", "取值范围：1～65,535", "range [1,65535]"},
	{"integer", "Maximum 1,048,576", "range [,1048576]"},
	{"integer", "Range: 1,000 - 2,000", "range [1000,2000]"},
	{"string", "取值为1,100,200。", "enum 1,100,200"},
	{"string", "Max length: 64", "length [,64]"},
	{"string", "Min length: 2", "length [2,]"},
	{"string", "Options: rye, wheat, etc.", "enum rye,wheat; open"},
	// layouts
	{"string", "时间，格式“hh:mm:ss.SSS”（其中hh表示小时，mm表示分钟）。", "format layout hh:mm:ss.SSS"},
	{"string", "按照cidr过滤。", ""},
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

// A negation turns a bound round, and what is forbidden is never what is allowed.
func TestNegation(t *testing.T) {
	for text, want := range map[string]string{
		"integer:must not be greater than 100": "range [,100]", "integer:cannot be less than 5": "range [5,]", "integer:不可大于100": "range [,100]",
		"integer:不应小于3": "range [3,]", "integer:不允许大于7": "range [,7]", "integer:No larger than 9": "range [,9]", "string:长度不可大于64个字符": "length [,64]",
		"integer:不能大于或等于10": "range [,10)", "integer:must not be less than or equal to 2": "range (2,]", "integer:must not exceed 100": "range [,100]",
		"integer:不应超过8": "range [,8]", "integer:大于0且不可大于9": "range (0,9]", "integer:不大于9": "range [,9]", "integer:must be greater than 3": "range (3,]",
		"integer:不能在1~5之间": "", "integer:must not be a value greater than 100": "",
		"string:不支持大写字母和数字": "", "string:不支持中文": "", "string:不允许包含中文": "", "string:不支持false、true": "", "string:不能全部由数字组成": "",
		"string:支持大写字母": "chars A-Z|||", "string:名称不能为空，支持中文": `chars \p{Han}|||; length [1,]`,
	} {
		base, said, _ := strings.Cut(text, ":")
		f := cell.Describe(lines(said), cell.Type{Base: base})
		if got := factsText(f); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		if want == "" && f.Verdict() != cell.Kept {
			t.Errorf("%s: not kept: %+v", text, f.Parts)
		}
	}
}

// What is not understood is kept with its line, and counted.
func TestKept(t *testing.T) {
	for text, kind := range map[string]cell.Kind{
		"形状。\n默认值为最漂亮的那种。":     cell.Default,
		"只能在月圆之夜使用。":           cell.Only,
		"格式为面包师的签名。":           cell.Format,
		"月亮升起时，此字段必选。":         cell.Conditions,
		"长度不超过面包盒的3倍。":         cell.Length,
		"取值范围：面包师喜欢的一切。":       cell.Range,
		"不能包含葡萄干和其他特殊字符。":      cell.Characters,
		"形状，近似于月亮。":            cell.Prose,
		"烤炉，请参见烤炉的结构。":         cell.Reference,
		"The moon, as it is.":  cell.Prose,
		"greater than about 5": cell.Range,
		"重量超过约5份":              cell.Range,
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
