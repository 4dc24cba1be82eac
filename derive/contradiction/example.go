package contradiction

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/derive"
	"github.com/tallystick/tallystick/derive/cell"
	"github.com/tallystick/tallystick/derive/page"
)

// examples holds the examples of an operation to the tables of its page.
func (f *finder) examples(op *derive.Operation) {
	for _, e := range op.Examples {
		if e.Outcome == page.Repaired {
			f.add(Repaired, fmt.Sprintf("the example of %s %s is no JSON: %s", op.Method, op.Path, e.Repairs[0].Text), e.Place)
		}
		v := decoded(e)
		if v == nil {
			continue
		}
		w := exampleWalk{f, e.Place}
		switch {
		case e.Part == page.RequestPart && op.Body != nil:
			w.members(op.Body, v, "")
		case e.Part == page.SuccessPart:
			if o := answerOf(op); o != nil {
				w.members(o, v, "")
			}
		}
	}
}

// answerOf is the table of what an operation answers when it succeeds; nil without one.
func answerOf(op *derive.Operation) *derive.Object {
	for _, r := range op.Responses {
		if (r.Status == "" || r.Status[0] == '2') && r.Object != nil && len(r.Object.Rows) > 0 {
			return r.Object
		}
	}
	return nil
}

// decoded is the payload of an example, with its numbers as they stand; nil without one.
func decoded(e *page.Example) any {
	if e.Payload == nil {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(string(e.Payload)))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

type exampleWalk struct {
	f  *finder
	at derive.Place
}

func rowNamed(o *derive.Object, name string) *derive.Row {
	for _, r := range o.Rows {
		if r.Name == name {
			return r
		}
	}
	return nil
}

func (w exampleWalk) members(o *derive.Object, v any, path string) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			w.members(o, item, path)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			at := path + "/" + name
			if r := rowNamed(o, name); r != nil {
				w.value(r, v[name], at)
			} else {
				w.f.add(Unlisted, at+" is in no table of its page", w.at, o.Place)
			}
		}
	}
}

func (w exampleWalk) value(r *derive.Row, v any, path string) {
	differ := func(format string, args ...any) {
		w.f.add(Value, path+": "+fmt.Sprintf(format, args...), w.at, r.Place)
	}
	kind := kindOf(v)
	kinds := derive.Kinds(r.Type)
	if kind == "integer" && slices.Contains(kinds, "number") {
		kind = "number"
	}
	if len(kinds) > 0 && !slices.Contains(kinds, kind) {
		differ("the row says %s, the example shows %s", strings.Join(kinds, " or "), shown(v))
		return
	}
	switch v := v.(type) {
	case map[string]any, []any:
		if r.Object != nil {
			w.members(r.Object, v, path)
		}
	default:
		scalarFits(r, v, differ)
	}
}

// scalarFits compares a value with what its row says of values.
func scalarFits(r *derive.Row, v any, differ func(string, ...any)) {
	text := fmt.Sprint(v)
	values := slices.Concat(r.Facts.Enum, r.Facts.Only)
	if len(values) > 0 && !r.Facts.Open && text != "" && kindOf(v) != "boolean" && !slices.Contains(values, text) {
		differ("the row lists %s, the example shows %s", strings.Join(values, ", "), text)
	}
	if n, ok := new(big.Rat).SetString(text); ok && kindOf(v) == "integer" && outside(r.Facts.Range, n) {
		differ("the example shows %s, which is out of the range of the row", text)
	}
	if kindOf(v) != "string" {
		return
	}
	if outside(r.Facts.Length, big.NewRat(int64(len([]rune(text))), 1)) {
		differ("the example shows %d characters, which is out of the length of the row", len([]rune(text)))
	}
	if c := r.Facts.Chars; c != nil && text != "" {
		if re, err := regexp.Compile("^[" + c.Allowed + "]*$"); c.Allowed != "" && err == nil && !re.MatchString(text) || c.Forbidden != "" && strings.ContainsAny(text, c.Forbidden) {
			differ("the example shows %s, with characters that the row does not allow", text)
		}
	}
}

func outside(b *cell.Bounds, n *big.Rat) bool {
	if b == nil {
		return false
	}
	if low, ok := new(big.Rat).SetString(b.Min); ok && (n.Cmp(low) < 0 || b.MinExclusive && n.Cmp(low) == 0) {
		return true
	}
	high, ok := new(big.Rat).SetString(b.Max)
	return ok && (n.Cmp(high) > 0 || b.MaxExclusive && n.Cmp(high) == 0)
}

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "number"
		}
		return "integer"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// shown is a value in short.
func shown(v any) string {
	switch v := v.(type) {
	case map[string]any, []any:
		return "an " + kindOf(v)
	case string:
		return `"` + v + `"`
	case nil:
		return "null"
	}
	return fmt.Sprint(v)
}

// absent finds members that a table lists and one example lacks, though the examples of all other pages that list
// them show them.
func (f *finder) absent() {
	type showing struct{ with, without []derive.Place }
	all := map[[2]string]*showing{}
	for _, p := range f.set.Pages {
		for _, op := range p.Operations {
			o := answerOf(op)
			for _, e := range op.Examples {
				v, ok := decoded(e).(map[string]any)
				if !ok || o == nil || e.Part != page.SuccessPart {
					continue
				}
				for _, r := range o.Rows {
					key := [2]string{p.Edition, r.Name}
					if all[key] == nil {
						all[key] = &showing{}
					}
					if _, there := v[r.Name]; there {
						all[key].with = append(all[key].with, e.Place)
					} else {
						all[key].without = append(all[key].without, e.Place, r.Place)
					}
				}
			}
		}
	}
	keys := slices.SortedFunc(maps.Keys(all), func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) })
	for _, key := range keys {
		if s := all[key]; len(s.without) == 2 && len(s.with) > 1 {
			f.add(Absent, "/"+key[1]+" is listed but not shown, other than on the pages beside it", s.without...)
		}
	}
}
