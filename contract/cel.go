package contract

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// typist gives CEL the types of the document's schemas, so that a misspelt member is a load error.
type typist struct {
	types.Provider
	open    map[string]bool // schemas being typed, by pointer
	objects map[string]map[string]*types.FieldType
	order   map[string][]string
}

func newTypist() (*typist, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	return &typist{Provider: registry, open: map[string]bool{}, objects: map[string]map[string]*types.FieldType{}, order: map[string][]string{}}, nil
}

// FindStructType and its two neighbours are types.Provider's.
func (t *typist) FindStructType(name string) (*types.Type, bool) {
	if _, ok := t.objects[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return t.Provider.FindStructType(name)
}

func (t *typist) FindStructFieldNames(name string) ([]string, bool) {
	if names, ok := t.order[name]; ok {
		return names, true
	}
	return t.Provider.FindStructFieldNames(name)
}

func (t *typist) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if fields, ok := t.objects[name]; ok {
		f, ok := fields[field]
		return f, ok
	}
	return t.Provider.FindStructFieldType(name, field)
}

// declare makes an object type of named members.
func (t *typist) declare(name string, members []string, schema func(member string) place) *types.Type {
	if _, done := t.objects[name]; !done {
		fields := map[string]*types.FieldType{}
		t.objects[name], t.order[name] = fields, members
		for _, m := range members {
			fields[m] = t.field(m, schema(m))
		}
	}
	return types.NewObjectType(name)
}

// typeOf gives the CEL type of a schema.
func (t *typist) typeOf(p place) *types.Type {
	if !p.exists() {
		return types.DynType
	}
	p = p.resolve()
	if t.open[p.pointer] {
		return types.DynType // an array or a map of itself
	}
	t.open[p.pointer] = true
	defer delete(t.open, p.pointer)
	kinds := slices.DeleteFunc(p.schemaKinds(), func(k string) bool { return k == "null" })
	if members := p.schemaMembers(); len(members) > 0 {
		names := make([]string, len(members))
		byName := map[string]place{}
		for i, m := range members {
			names[i], byName[m.name] = m.name, m.place
		}
		return t.declare("schema"+strings.ReplaceAll(p.pointer, "/", "."), names, func(m string) place { return byName[m] })
	}
	if len(kinds) != 1 {
		return types.DynType
	}
	switch kinds[0] {
	case "string":
		return types.StringType
	case "integer":
		return types.IntType
	case "number":
		return types.DoubleType
	case "boolean":
		return types.BoolType
	case "array":
		items, _ := p.child("items")
		return types.NewListType(t.typeOf(items))
	}
	values, _ := p.child("additionalProperties")
	if values.get("type").exists() || values.get("$ref").exists() {
		return types.NewMapType(types.StringType, t.typeOf(values))
	}
	return types.DynType
}

// field reads one member. Absent and null both read as the schema's default; has() tells them from
// the rest.
func (t *typist) field(name string, schema place) *types.FieldType {
	kind := t.typeOf(schema)
	fallback, hasDefault := any(nil), false
	if schema.exists() {
		fallback, hasDefault = schema.schemaDefault()
	}
	f := &types.FieldType{Type: kind}
	f.IsSet = func(target any) bool { m, _ := target.(map[string]any); return m[name] != nil }
	f.GetFrom = func(target any) (any, error) {
		m, _ := target.(map[string]any)
		v := m[name]
		if v == nil {
			if !hasDefault {
				return nil, fmt.Errorf("%s is absent; guard it with has()", name)
			}
			v = fallback
		}
		return toCEL(v, f.Type), nil
	}
	return f
}

// toCEL turns decoded JSON into what CEL calculates with.
func toCEL(v any, kind *types.Type) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil && kind.Kind() != types.DoubleKind {
			return i
		}
		f, _ := v.Float64()
		return f
	case int64:
		if kind.Kind() == types.DoubleKind {
			return float64(v)
		}
	case []any:
		item := types.DynType
		if parameters := kind.Parameters(); len(parameters) == 1 {
			item = parameters[0]
		}
		out := make([]any, len(v))
		for i := range v {
			out[i] = toCEL(v[i], item)
		}
		return out
	case map[string]any:
		if kind.Kind() == types.StructKind {
			return v
		}
		out := make(map[string]any, len(v))
		for name := range v {
			out[name] = toCEL(v[name], types.DynType)
		}
		return out
	}
	return v
}

// expression is a compiled CEL expression over request, self and now.
type expression struct {
	text    string
	program cel.Program
	quick   quick
}

// scope is what expressions of one operation or resource may speak of.
type scope struct {
	env    *cel.Env
	typist *typist
}

func (t *typist) scope(variables map[string]*types.Type) (scope, error) {
	options := []cel.EnvOption{cel.CustomTypeProvider(t), cel.Variable("now", cel.TimestampType)}
	for _, name := range sortedKeys(variables) {
		options = append(options, cel.Variable(name, variables[name]))
	}
	env, err := cel.NewEnv(options...)
	return scope{env, t}, err
}

// compile checks an expression and reports at its place what is wrong with it.
func (s scope) compile(p place, want *types.Type) *expression {
	text := p.text()
	ast, issues := s.env.Compile(text)
	if err := issues.Err(); err != nil {
		p.addf("%q: %s", text, celErrorText(issues))
		return nil
	}
	if got := ast.OutputType(); !got.IsExactType(want) {
		p.addf("%q: the expression is of type %s, wanted %s", text, got, want)
		return nil
	}
	program, err := s.env.Program(ast)
	if err != nil {
		p.addf("%q: %v", text, err)
		return nil
	}
	native := ast.NativeRep()
	return &expression{text, program, s.typist.quicken(native, native.Expr())}
}

func celErrorText(issues *cel.Issues) string {
	var texts []string
	for _, e := range issues.Errors() {
		texts = append(texts, fmt.Sprintf("column %d: %s", e.Location.Column()+1, strings.ReplaceAll(e.Message, "\n", " ")))
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), "; ")
}

func (e *expression) eval(f *frame) (ref.Val, error) {
	variables, err := f.variables()
	if err != nil {
		return nil, err
	}
	out, _, err := e.program.Eval(variables)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", e.text, err)
	}
	return out, nil
}

// holds evaluates a condition; a nil one holds.
func (e *expression) holds(f *frame) (bool, error) {
	if e == nil {
		return true, nil
	}
	if b, ok := truth(e.quick, f); ok {
		return b, nil
	}
	out, err := e.eval(f)
	if err != nil {
		return false, err
	}
	return out == types.True, nil
}
