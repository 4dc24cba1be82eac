package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// everySchema gives the schemas of all bodies, answers and parameters of the built-in contract.
func everySchema() []*Schema {
	var out []*Schema
	for _, op := range Default().Operations() {
		for _, p := range op.Parameters {
			out = append(out, p.Schema)
		}
		for _, r := range op.Responses {
			out = append(out, r.Schema)
		}
		if op.Body != nil {
			out = append(out, op.Body.Schema)
		}
	}
	return out
}

// holdGlance holds what a glance at a value gives to the thorough check.
func holdGlance(t *testing.T, s *jsonschema.Schema, g *glance, v any) verdict {
	t.Helper()
	seen, err := g.check(v), s.Validate(v)
	if (seen == yes && err != nil) || (seen == no && err == nil) {
		t.Errorf("%s: a glance at %v gives %d, the thorough check %v", s.Location, v, seen, err)
	}
	return seen
}

// TestGlanceKnows: the documented requests are accepted at a glance, so that no thorough check costs their time.
func TestGlanceKnows(t *testing.T) {
	n := 0
	for _, op := range Default().Operations() {
		body := op.DocumentedRequest()
		if op.Body == nil || body == nil {
			continue
		}
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		v, err := decodeJSON(data)
		if err != nil {
			t.Fatal(err)
		}
		if n++; op.Body.Schema.glance.check(v) != yes {
			t.Errorf("%s: the documented request is not accepted at a glance", op.ID)
		}
	}
	if n == 0 {
		t.Error("no documented request was looked at")
	}
}

// keywordSchemas have every keyword that a glance knows, and some that it does not.
var keywordSchemas = []string{
	`true`, `false`, `{}`, `{"type":"integer","minimum":1,"maximum":9}`, `{"type":["string","null"]}`, `{"type":"number","minimum":0.5}`,
	`{"enum":["a",1,null,true,{"a":1}]}`, `{"enum":["a","b"]}`, `{"const":1}`, `{"const":"a"}`, `{"const":null}`, `{"const":[1]}`,
	`{"minLength":1,"maxLength":2,"pattern":"^[ab]*$"}`, `{"pattern":"^[^a]+$"}`, `{"pattern":"a|b"}`, `{"pattern":"^[a-zé]*$"}`,
	`{"required":["a"],"properties":{"a":{"type":"integer"},"b":false},"minProperties":1,"maxProperties":2}`,
	`{"properties":{"a":true},"additionalProperties":false}`, `{"additionalProperties":{"type":"string"}}`,
	`{"items":{"type":"integer"},"minItems":1,"maxItems":2}`, `{"uniqueItems":true}`, `{"prefixItems":[{"type":"integer"}]}`,
	`{"contains":{"type":"integer"}}`, `{"patternProperties":{"a":{"type":"integer"}}}`, `{"propertyNames":{"maxLength":1}}`,
	`{"allOf":[{"type":"integer"},{"minimum":3}]}`, `{"anyOf":[{"type":"integer"},{"type":"string"}]}`,
	`{"oneOf":[{"type":"integer"},{"minimum":3},{"type":"string"}]}`, `{"not":{"type":"integer"}}`, `{"not":{"multipleOf":2}}`,
	`{"if":{"type":"integer"},"then":{"minimum":3},"else":{"type":"string"}}`, `{"if":{"multipleOf":2},"then":{"minimum":3},"else":{"maximum":9}}`,
	`{"if":{"properties":{"a":{"const":1}},"required":["a"]},"then":{"required":["b"]}}`, `{"dependentRequired":{"a":["b"]}}`,
	`{"format":"date-time"}`, `{"format":"ipv4"}`, `{"format":"nonsense"}`, `{"exclusiveMinimum":1}`, `{"multipleOf":2}`,
	`{"$ref":"#/$defs/x","$defs":{"x":{"type":"integer"}}}`, `{"properties":{"a":{"$ref":"#"}},"type":"object"}`,
	`{"unevaluatedProperties":false,"properties":{"a":true}}`,
}

func keywordSchema(t testing.TB, text string) *jsonschema.Schema {
	c := jsonschema.NewCompiler()
	c.Draft, c.AssertFormat = jsonschema.Draft2020, true
	if err := c.AddResource("https://tallystick.invalid/s.json", strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("https://tallystick.invalid/s.json")
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

// TestGlanceAgrees holds every keyword, on values that each keyword tells apart, to the thorough check.
func TestGlanceAgrees(t *testing.T) {
	verdicts := map[verdict]int{}
	for _, text := range keywordSchemas {
		s := keywordSchema(t, text)
		g := newGlance(s)
		for _, value := range glanceValues {
			v, err := decodeJSON([]byte(value))
			if err != nil {
				t.Fatal(err)
			}
			verdicts[holdGlance(t, s, g, v)]++
		}
	}
	if verdicts[yes] == 0 || verdicts[no] == 0 || verdicts[unsure] == 0 || verdicts[unsure] > verdicts[yes]+verdicts[no] {
		t.Errorf("verdicts %v: want each, and less of being unsure than of the others", verdicts)
	}
}

var glanceValues = []string{`null`, `true`, `false`, `0`, `1`, `3`, `10`, `-1`, `0.5`, `1e30`, `123456789012345678901234567890`, `""`, `"a"`, `"ab"`, `"abc"`, `"é"`, `"1.2.3.4"`,
	`"2020-01-01T00:00:00Z"`, `[]`, `[1]`, `[1,1]`, `["a",2,3]`, `[0.5]`, `{}`, `{"a":1}`, `{"a":"x"}`, `{"b":1}`, `{"a":1,"b":2}`, `{"a":1.5,"b":"x","c":null}`, `{"a":{"a":{}}}`, `{"a":{"a":1}}`}

func FuzzGlance(f *testing.F) {
	for _, op := range Default().Operations() {
		if body := op.DocumentedRequest(); op.Body != nil && body != nil {
			data, _ := json.Marshal(body)
			f.Add(data, uint64(0))
			f.Add(data, uint64(1))
			f.Add(data, uint64(7))
		}
	}
	for _, v := range glanceValues {
		f.Add([]byte(v), uint64(0))
	}
	var all []*jsonschema.Schema
	for _, s := range everySchema() {
		if s != nil {
			all = append(all, s.compiled)
		}
	}
	for _, text := range keywordSchemas {
		all = append(all, keywordSchema(f, text))
	}
	glances := make([]*glance, len(all))
	for i, s := range all {
		glances[i] = newGlance(s)
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		v, err := decodeJSON(data)
		if err != nil {
			return
		}
		if seed > 0 {
			v = disturbed(v, rand.New(rand.NewPCG(seed, 1)))
		}
		for i, s := range all {
			holdGlance(t, s, glances[i], v)
		}
	})
}

// disturbed is a value with parts taken out or replaced by others.
func disturbed(v any, random *rand.Rand) any {
	switch random.IntN(12) {
	case 0:
		return nil
	case 1:
		return "x"
	case 2:
		return json.Number(fmt.Sprint(random.IntN(100_000) - 10))
	case 3:
		return true
	}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, name := range sortedKeys(v) {
			if random.IntN(8) > 0 {
				out[name] = disturbed(v[name], random)
			}
		}
		return out
	case []any:
		out := []any{}
		for _, item := range v {
			out = append(out, disturbed(item, random))
		}
		return out
	}
	return v
}

// FuzzQuickDecode: whatever quickDecode reads, encoding/json reads as the same.
func FuzzQuickDecode(f *testing.F) {
	for _, seed := range append([]string{`{"a":1,"a":2}`, `"\u00e9\n\ud800"`, `"` + "\xff" + `"`, `[1 ,2]`, ` {"a" : [ ] } `, `1.0`, `-0`, `01`, `1e5`, `1e999`, `"` + "\x01" + `"`,
		`nul`, `{"a":1,}`, `[1,]`, `"\"`, `{"":{}}`, `1 2`, "\ufeff1", strings.Repeat("[", 100) + strings.Repeat("]", 100)}, glanceValues...) {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, ok := quickDecode(nil, data)
		if !ok {
			return
		}
		want, err := slowDecode(data)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %#v, encoding/json gives %#v, %v", data, got, want, err)
		}
	})
}

func slowDecode(data []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotJSON
	}
	return tame(value)
}

// TestQuickDecodeReads: what people send is read without encoding/json.
func TestQuickDecodeReads(t *testing.T) {
	for _, text := range append([]string{`{"a":[{"b":"c\n"}],"d":-1.5e3}`, " [\ttrue\n,\rfalse , null ] "}, glanceValues...) {
		if _, ok := quickDecode(nil, []byte(text)); !ok {
			t.Errorf("%s is not read", text)
		}
	}
}

// FuzzAppendJSON: a value is written as encoding/json writes it.
func FuzzAppendJSON(f *testing.F) {
	for _, seed := range append([]string{`"<>&\u2028\u007f\ud83d\ude00"`, `"` + "\xff" + `"`, `{"b":1,"a":{"é":[]}}`}, glanceValues...) {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		value, err := slowDecode(data)
		if err != nil {
			return
		}
		for _, v := range []any{value, string(data), []any{value, int64(7), 8, string(data), nil, []string{"x"}, 0.5}, map[string]any{string(data): value, "x": map[string]any(nil)}} {
			got, err := AppendJSON([]byte("x"), v)
			want, err2 := appendSlowly([]byte("x"), v)
			if (err == nil) != (err2 == nil) || !bytes.Equal(got, want) {
				t.Errorf("%#v: got %s, %v; encoding/json gives %s, %v", v, got, err, want, err2)
			}
		}
	})
}

// FuzzQuickExpressions: wherever an expression of the contract is evaluated without CEL, CEL gives the same.
func FuzzQuickExpressions(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	body := documentedResource(f)
	f.Fuzz(func(t *testing.T, seed, other uint64) { holdExpressions(t, body, seed, other) })
}

// TestQuickExpressions: expressions of the contract are evaluated without CEL, though the values are disturbed.
func TestQuickExpressions(t *testing.T) {
	body, known, all := documentedResource(t), 0, 0
	for seed := range uint64(200) {
		k, a := holdExpressions(t, body, seed, 3)
		known, all = known+k, all+a
	}
	if known*4 < all {
		t.Errorf("%d of %d evaluations did without CEL, want a quarter: the values are disturbed", known, all)
	}
}

// documentedResource is the body of what the documented request creates.
func documentedResource(t testing.TB) map[string]any {
	t.Helper()
	create := Default().Resources()[0].Create
	in, err := create.DocumentedInput()
	if err != nil {
		t.Fatal(err)
	}
	req, _ := create.Read(in)
	body, err := create.Effect.candidate(req, Caller{ID: "i", Name: "n"}, Default().Entries(), time.Unix(1e9, 0))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func holdExpressions(t *testing.T, body map[string]any, seed, other uint64) (known, all int) {
	t.Helper()
	random, kind := rand.New(rand.NewPCG(seed, other)), Default().Resources()[0]
	for _, op := range Default().Operations() {
		sent, _ := disturbed(op.DocumentedRequest(), random).(map[string]any)
		shown, _ := disturbed(body, random).(map[string]any)
		r := &Request{Operation: op, Path: map[string]any{}, Query: map[string]any{}, Body: sent}
		for _, e := range expressionsOf(op, kind) {
			if e == nil || sent == nil || shown == nil {
				continue
			}
			if all++; holdQuick(t, e, vars(r, shown, time.Unix(1e9, 0))) {
				known++
			}
		}
	}
	return known, all
}

func expressionsOf(op *Operation, kind *ResourceType) []*expression {
	var out []*expression
	for _, r := range op.Rules {
		out = append(out, r.when)
	}
	if op.Effect != nil {
		for _, d := range op.Effect.drops {
			out = append(out, d.when)
		}
		for _, fill := range op.Effect.fills {
			out = append(out, fill.when)
		}
	}
	if op == kind.Create {
		out = append(out, kind.Lifecycle.Timer.when)
	}
	return out
}

func holdQuick(t *testing.T, e *expression, f *frame) bool {
	t.Helper()
	got, ok := truth(e.quick, f)
	if !ok {
		return false
	}
	want, err := e.eval(f)
	if err != nil || want.Value() != got {
		t.Errorf("%s: got %v, CEL gives %v, %v", e.text, got, want, err)
	}
	return true
}

// FuzzForms: what a form appends is what Show shows, in every state, whoever shares the form.
func FuzzForms(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	body := documentedResource(f)
	f.Fuzz(func(t *testing.T, seed, other uint64) { holdForms(t, body, seed, other) })
}

// TestForms: resources that differ in their name alone share a form, and are shown by it.
func TestForms(t *testing.T) {
	body, ready := documentedResource(t), 0
	for seed := range uint64(100) {
		ready += holdForms(t, body, seed, 3)
	}
	if ready == 0 {
		t.Error("nothing was shown by a form")
	}
	forms := Default().Resources()[0].NewForms()
	like := merge(body, map[string]any{"name": "another"}).(map[string]any)
	if forms.Of(body) == nil || forms.Of(body) != forms.Of(like) || forms.Of(body) == forms.Of(merge(body, map[string]any{"description": "x"}).(map[string]any)) {
		t.Error("those that differ in their name alone share a form, no others")
	}
}

// holdForms shows some resources both ways, and gives how many a form has shown.
func holdForms(t *testing.T, body map[string]any, seed, other uint64) int {
	t.Helper()
	random, kind, ready := rand.New(rand.NewPCG(seed, other)), Default().Resources()[0], 0
	forms := kind.NewForms()
	for i := range 20 {
		r := &Resource{ID: fmt.Sprintf("DE-\"é%d", i), Tenant: "t", Owner: Caller{ID: fmt.Sprint(i % 2)}, Created: time.Unix(1e9+int64(i), 0), Updated: time.Unix(1e9, 5), Since: time.Unix(1e9, 0)}
		r.State = kind.Lifecycle.States[random.IntN(len(kind.Lifecycle.States))].Name
		r.Body = body
		if random.IntN(3) == 0 {
			r.Body, _ = disturbed(body, random).(map[string]any)
		}
		if r.Body != nil {
			r.Body = merge(r.Body, map[string]any{"name": fmt.Sprintf("n\"%d", i)}).(map[string]any)
		}
		switch random.IntN(4) {
		case 0:
			r.Deadline = time.Unix(1e9+random.Int64N(5000), 7)
		case 1:
			r.Failure, r.Previous = Default().Errors()[random.IntN(3)], "RUNNING"
		case 2:
			r.Turn = &Turn{Rank: 1, Begin: time.Unix(1e9, 0), End: time.Unix(2e9, 0)}
		}
		now := time.Unix(1e9+random.Int64N(5000), random.Int64N(1e9))
		got, ok := forms.Of(r.Body).Append([]byte("x"), r, forms.Own(r.Body), now)
		if !ok {
			continue
		}
		ready++
		shown, err := kind.Show(r, now)
		want, err2 := appendSlowly([]byte("x"), shown)
		if err != nil || err2 != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: got\n%s, want\n%s, %v, %v", r.State, got, want, err, err2)
		}
	}
	return ready
}
