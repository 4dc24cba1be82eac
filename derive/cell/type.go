package cell

import (
	"slices"
	"strings"
)

// Type is what a type cell says. The zero Type says nothing.
type Type struct {
	Base   string // string, integer, number, boolean, object, array or map; any for what takes all; "" for nothing
	Format string // int32, int64, float, double, date, date-time, uuid, ip, binary, timestamp
	Name   string // of the structure that the type names: Array<Storage> has it on its Elem
	Elem   *Type  // of an array or map; nil when the cell does not say
	Max    string // the length in String(64)
	Or     []Type // further types, of "Integer or String"
	Stated string // the cell, uniform
}

type known struct{ base, format string }

var typeWords = map[string]known{
	"string": {"string", ""}, "str": {"string", ""}, "text": {"string", ""}, "char": {"string", ""}, "varchar": {"string", ""}, "enum": {"string", ""},
	"字符串": {"string", ""}, "字符": {"string", ""}, "字符型": {"string", ""}, "枚举": {"string", ""}, "枚举型": {"string", ""}, "文本": {"string", ""},
	"integer": {"integer", ""}, "int": {"integer", ""}, "int32": {"integer", "int32"}, "int64": {"integer", "int64"}, "long": {"integer", "int64"},
	"short": {"integer", ""}, "bigint": {"integer", "int64"}, "unsigned": {"integer", ""}, "uint": {"integer", ""},
	"整型": {"integer", ""}, "整数": {"integer", ""}, "长整型": {"integer", "int64"}, "整形": {"integer", ""},
	"float": {"number", "float"}, "double": {"number", "double"}, "number": {"number", ""}, "decimal": {"number", ""}, "bigdecimal": {"number", ""},
	"浮点": {"number", ""}, "浮点数": {"number", ""}, "浮点型": {"number", ""}, "数字": {"number", ""}, "数值": {"number", ""},
	"boolean": {"boolean", ""}, "bool": {"boolean", ""}, "布尔": {"boolean", ""}, "布尔型": {"boolean", ""}, "布尔值": {"boolean", ""}, "布尔类型": {"boolean", ""},
	"object": {"object", ""}, "objects": {"object", ""}, "json": {"object", ""}, "jsonobject": {"object", ""}, "struct": {"object", ""}, "对象": {"object", ""}, "结构体": {"object", ""},
	"array": {"array", ""}, "list": {"array", ""}, "set": {"array", ""}, "jsonarray": {"array", ""}, "arraylist": {"array", ""}, "数组": {"array", ""}, "列表": {"array", ""},
	"map": {"map", ""}, "dict": {"map", ""}, "dictionary": {"map", ""}, "hashmap": {"map", ""}, "字典": {"map", ""}, "映射": {"map", ""},
	"timestamp": {"any", "timestamp"}, "时间戳": {"any", "timestamp"}, "date": {"string", "date"}, "datetime": {"string", "time"}, "time": {"string", "time"}, "日期": {"string", "date"}, "时间": {"string", "time"},
	"uuid": {"string", "uuid"}, "ip": {"string", "ip"}, "cidr": {"string", "cidr"}, "url": {"string", "uri"}, "uri": {"string", "uri"},
	"file": {"string", "binary"}, "binary": {"string", "binary"}, "byte": {"string", "binary"}, "bytes": {"string", "binary"}, "base64": {"string", "base64"}, "文件": {"string", "binary"},
	"any": {"any", ""}, "任意": {"any", ""}, "任意类型": {"any", ""},
}

// noise are words around a type that say nothing.
var noise = []string{"of", "data", "structure", "structures", "type", "types", "数据结构", "类型", "the", "a", "an", "format", "格式", "value", "values", "in"}

var (
	typeToken = lazily(`[<>\[\](),/|]|[\p{L}\p{N}_$.:\-]+`)
	digits    = lazily(`^[0-9]+$`)
)

const maxTypeTokens = 64

// ParseType reads a cell of a column "type"; ok is false when it says nothing that is a type.
func ParseType(text string) (t Type, ok bool) {
	stated := strings.Join(strings.Fields(Normal(text)), " ")
	if strings.Trim(stated, "-/") == "" {
		return Type{Stated: stated}, true
	}
	tokens := typeToken.FindAllString(stated, -1)
	if len(tokens) == 0 || len(tokens) > maxTypeTokens {
		return Type{Stated: stated}, false
	}
	p := &typeParser{tokens: tokens}
	t = p.choice(0)
	t.Stated = stated
	return t, t.Base != ""
}

type typeParser struct {
	tokens []string
	at     int
}

func (p *typeParser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

func (p *typeParser) accept(token string) bool {
	if strings.EqualFold(p.peek(), token) {
		p.at++
		return true
	}
	return false
}

// choice reads types that are separated by / | or "or".
func (p *typeParser) choice(depth int) Type {
	t := p.one(depth)
	for p.accept("/") || p.accept("|") || p.accept("or") || p.accept("或") || p.accept("或者") {
		if more := p.one(depth); more.Base != "" {
			t.Or = append(t.Or, more)
		}
	}
	return t
}

// one reads a type with the words around it: "Array of X objects", "X object", "List data structure", "String[]".
func (p *typeParser) one(depth int) Type {
	var t Type
	for depth < 8 && p.at < len(p.tokens) {
		word := strings.ToLower(p.peek())
		k, isType := typeWords[word]
		switch {
		case slices.Contains([]string{">", "]", ")", ",", "/", "|", "or", "或", "或者"}, word):
			return t
		case word == "<" || word == "(":
			p.arguments(&t, depth)
		case word == "[":
			p.brackets(&t, depth)
		case word == "of" && (t.Base == "array" || t.Base == "map"):
			p.at++
			p.element(&t, depth)
			return t
		case isType:
			p.at++
			t.merge(k)
		case slices.Contains(noise, word):
			p.at++
		default:
			t.named(p.tokens[p.at])
			p.at++
		}
	}
	return t
}

func (t *Type) merge(k known) {
	switch {
	case t.Base == "" || t.Base == "object" && t.Name == "" && k.base != "object":
		t.Base, t.Format = k.base, k.format
	case t.Name != "" && k.base == "array": // "Storage list"
		*t = Type{Base: "array", Elem: &Type{Base: "object", Name: t.Name}}
	case t.Base != "array" && t.Base != "map" && k.base == "array": // "string array", "字符串数组"
		elem := *t
		*t = Type{Base: "array", Elem: &elem}
	case t.Base == "array" && t.Elem == nil: // "array string"
		t.Elem = &Type{Base: k.base, Format: k.format}
	}
}

// named is a word that is no type: the name of a structure, or an English plural of a type.
func (t *Type) named(word string) {
	lower := strings.ToLower(word)
	if k, ok := typeWords[strings.TrimSuffix(lower, "s")]; ok {
		t.merge(k)
		return
	}
	for _, suffix := range []string{"数组", "列表", "array", "list"} {
		if k, ok := typeWords[strings.TrimSuffix(lower, suffix)]; ok && strings.HasSuffix(lower, suffix) {
			*t = Type{Base: "array", Elem: &Type{Base: k.base, Format: k.format}}
			return
		}
	}
	if name, ok := itemsOf(word); ok {
		*t = Type{Base: "array", Elem: &Type{Base: "object", Name: name}}
		return
	}
	for _, suffix := range []string{"类型", "对象", "型"} {
		if k, ok := typeWords[strings.TrimSuffix(lower, suffix)]; ok && strings.HasSuffix(lower, suffix) {
			t.merge(k)
			return
		}
	}
	switch {
	case t.Base == "array" && t.Elem == nil:
		t.Elem = &Type{Base: "object", Name: word}
	case t.Base == "":
		t.Base, t.Name = "object", word
	case t.Base == "object" && t.Name == "":
		t.Name = word
	}
}

// itemsOf gives the structure of "loaf结构数组" and "loaf对象列表".
func itemsOf(word string) (name string, ok bool) {
	for _, suffix := range []string{"数组", "列表"} {
		name, ok = strings.CutSuffix(word, suffix)
		if !ok {
			continue
		}
		for _, kind := range []string{"数据结构", "结构体", "结构", "对象", "类型"} {
			name = strings.TrimSuffix(name, kind)
		}
		return name, true
	}
	return "", false
}

// arguments reads <X>, <K,V> and (64).
func (p *typeParser) arguments(t *Type, depth int) {
	p.at++
	var args []Type
	for p.at < len(p.tokens) && !p.accept(">") && !p.accept(")") {
		if digits.MatchString(p.peek()) {
			t.Max = p.peek()
			p.at++
		} else if !p.accept(",") {
			before := p.at
			args = append(args, p.choice(depth+1))
			if p.at == before {
				p.at++
			}
		}
	}
	if len(args) > 0 && (t.Base == "array" || t.Base == "map") && args[len(args)-1].Base != "" {
		t.Elem = &args[len(args)-1]
	}
}

// brackets reads String[], [String] and List[X].
func (p *typeParser) brackets(t *Type, depth int) {
	p.at++
	if p.accept("]") {
		elem := *t
		*t = Type{Base: "array"}
		if elem.Base != "" {
			t.Elem = &elem
		}
		return
	}
	inner := p.choice(depth + 1)
	p.accept("]")
	if t.Base == "" {
		t.Base = "array"
	}
	if inner.Base != "" && t.Elem == nil {
		t.Elem = &inner
	}
}

func (p *typeParser) element(t *Type, depth int) {
	if elem := p.choice(depth + 1); elem.Base != "" && t.Elem == nil {
		t.Elem = &elem
	}
}
