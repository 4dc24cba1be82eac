package contract

import (
	"strings"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// frame is what an expression is evaluated in.
type frame struct {
	request *Request
	self    map[string]any
	now     time.Time
	unseen  *Resource      // that self is of, until it is first looked at; nil when it is there
	kind    *ResourceType  // of unseen
	all     map[string]any // the same for CEL; nil until it is needed
}

// vars assembles the variables of an evaluation.
func vars(req *Request, self map[string]any, now time.Time) *frame {
	return &frame{request: req, self: self, now: now}
}

// with puts another self into the frame.
func (f *frame) with(self map[string]any) *frame {
	f.self, f.all = self, nil
	return f
}

func (f *frame) resource() (map[string]any, error) {
	if f.unseen == nil {
		return f.self, nil
	}
	self, err := f.kind.Show(f.unseen, f.now)
	if err == nil {
		f.self, f.unseen = self, nil
	}
	return self, err
}

// variables are the frame as CEL wants it.
func (f *frame) variables() (map[string]any, error) {
	if f.all == nil {
		self, err := f.resource()
		if err != nil {
			return nil, err
		}
		f.all = map[string]any{"request": f.request.variables(), "self": self, "now": f.now}
	}
	return f.all, nil
}

// quick is an expression, or a part of one, that is evaluated without CEL. It gives nothing (false) wherever CEL
// might see an error, a type that the schema does not promise, or a function that is not known here: then CEL
// evaluates the whole expression anew.
type quick func(f *frame) (any, bool)

func unknown(*frame) (any, bool) { return nil, false }

// quicken compiles what of an expression is known here.
func (t *typist) quicken(a *ast.AST, e ast.Expr) quick {
	switch e.Kind() {
	case ast.LiteralKind:
		switch v := e.AsLiteral().Value().(type) {
		case string, bool, int64:
			return func(*frame) (any, bool) { return v, true }
		}
	case ast.IdentKind:
		if e.AsIdent() == "self" {
			return func(f *frame) (any, bool) {
				self, err := f.resource()
				return self, err == nil && self != nil
			}
		}
	case ast.SelectKind:
		return t.quickenMember(a, e.AsSelect())
	case ast.CallKind:
		return t.quickenCall(a, e.AsCall())
	}
	return unknown
}

func (t *typist) quickenMember(a *ast.AST, e ast.SelectExpr) quick {
	from := e.Operand()
	kind := a.GetType(from.ID())
	if kind == nil || kind.Kind() != types.StructKind {
		return unknown
	}
	field := t.objects[kind.TypeName()][e.FieldName()]
	if field == nil {
		return unknown
	}
	if from.Kind() == ast.IdentKind && from.AsIdent() == "request" && !e.IsTestOnly() {
		return quickenRequest(e.FieldName())
	}
	object := t.quicken(a, from)
	return func(f *frame) (any, bool) {
		v, ok := object(f)
		m, isObject := v.(map[string]any)
		if !ok || !isObject {
			return nil, false
		}
		if e.IsTestOnly() {
			return field.IsSet(m), true
		}
		member, err := field.GetFrom(m)
		return member, err == nil
	}
}

// quickenRequest gives a part of the request, by the names that variables has for them.
func quickenRequest(part string) quick {
	return func(f *frame) (any, bool) {
		if f.request == nil {
			return nil, false
		}
		switch part {
		case "body":
			body, ok := f.request.Body.(map[string]any)
			return body, ok
		case "query":
			return f.request.Query, f.request.Query != nil
		case "path":
			return f.request.Path, f.request.Path != nil
		}
		return nil, false
	}
}

func (t *typist) quickenCall(a *ast.AST, e ast.CallExpr) quick {
	args := e.Args()
	if e.IsMemberFunction() {
		args = append([]ast.Expr{e.Target()}, args...)
	}
	parts := make([]quick, len(args))
	for i, arg := range args {
		parts[i] = t.quicken(a, arg)
	}
	switch {
	case len(parts) == 1 && e.FunctionName() == operators.LogicalNot:
		return func(f *frame) (any, bool) {
			b, ok := truth(parts[0], f)
			return !b, ok
		}
	case len(parts) != 2:
		return unknown
	}
	switch e.FunctionName() {
	case operators.LogicalAnd:
		return until(parts[0], parts[1], false)
	case operators.LogicalOr:
		return until(parts[0], parts[1], true)
	case operators.Equals:
		return comparison(parts[0], parts[1], true)
	case operators.NotEquals:
		return comparison(parts[0], parts[1], false)
	case "endsWith":
		return ofTexts(parts[0], parts[1], strings.HasSuffix)
	case "startsWith":
		return ofTexts(parts[0], parts[1], strings.HasPrefix)
	}
	return unknown
}

func truth(q quick, f *frame) (value, ok bool) {
	v, ok := q(f)
	if !ok {
		return false, false
	}
	value, ok = v.(bool)
	return value, ok
}

// until is what the first says where it decides, else what the second says.
func until(first, second quick, deciding bool) quick {
	return func(f *frame) (any, bool) {
		b, ok := truth(first, f)
		if !ok || b == deciding {
			return b, ok
		}
		return truth(second, f)
	}
}

// comparison compares texts, truths and whole numbers with their like.
func comparison(left, right quick, want bool) quick {
	return func(f *frame) (any, bool) {
		a, ok := left(f)
		if !ok {
			return nil, false
		}
		b, ok := right(f)
		if !ok {
			return nil, false
		}
		switch a := a.(type) {
		case string:
			b, ok := b.(string)
			return (a == b) == want, ok
		case bool:
			b, ok := b.(bool)
			return (a == b) == want, ok
		case int64:
			b, ok := b.(int64)
			return (a == b) == want, ok
		}
		return nil, false
	}
}

func ofTexts(left, right quick, test func(a, b string) bool) quick {
	return func(f *frame) (any, bool) {
		a, ok := left(f)
		if !ok {
			return nil, false
		}
		b, ok := right(f)
		if !ok {
			return nil, false
		}
		x, isText := a.(string)
		y, isText2 := b.(string)
		if !isText || !isText2 {
			return nil, false
		}
		return test(x, y), true
	}
}
