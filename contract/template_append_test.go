package contract

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzTemplateAppend: what a template appends is the JSON of what it renders.
func FuzzTemplateAppend(f *testing.F) {
	for _, text := range []string{
		`{"a":"${id}","b":"${none}","c":{"d":"${none}"},"e":{},"f":[],"g":["${none}","${total}"],"h":"x-${id}-${total}","i":"${none}/y"}`,
		`{"b":{"c":"${none}"}}`, `{"":{"":"${items}"},"\"<":"${items}"}`, `["${none}"]`, `{"n":null,"t":true,"x":1.50,"y":"é\n"}`, `"${self}"`, `{}`,
	} {
		f.Add([]byte(text), "an id", int64(3))
	}
	f.Fuzz(func(t *testing.T, text []byte, id string, total int64) {
		if !json.Valid(text) || !bytes.HasPrefix(text, []byte("{")) {
			return
		}
		doc, ok := parse("fuzz.json", text)
		if !ok {
			return
		}
		value := func(name string) (any, bool) {
			switch name {
			case "id":
				return id, true
			case "total":
				return total, true
			case "items":
				return []any{id, map[string]any{"n": json.Number("7")}}, true
			}
			return nil, false
		}
		tmpl := compileTemplate(doc.top(), place{})
		want, errWant := AppendJSON([]byte("before"), tmpl.Render(value))
		got, errGot := tmpl.Append([]byte("before"), value)
		if (errWant == nil) != (errGot == nil) || (errWant == nil && !bytes.Equal(want, got)) {
			t.Errorf("%s %v\nwant\n%s %v", got, errGot, want, errWant)
		}
	})
}

// Every answer of the contract that a template makes is appended as it is rendered, and needs no value in between.
func TestAppendReply(t *testing.T) {
	c := Default()
	r := &Resource{ID: "DE-1", Tenant: "t", State: "RUNNING", Previous: "STARTING", Body: map[string]any{"name": "n"}}
	tested := 0
	for _, op := range c.Operations() {
		e := op.Effect
		if e == nil || e.Answer == nil {
			continue
		}
		tested++
		if e.Do == List {
			want, err := AppendJSON(nil, e.ReplyList(2, []any{json.RawMessage(`{"a":1}`), json.RawMessage(`[]`)}))
			got, err2 := e.AppendList(nil, 2, itemsText(`[{"a":1},[]]`))
			if err != nil || err2 != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %s %v, want %s %v", op.ID, got, err2, want, err)
			}
			continue
		}
		for _, shown := range []*Resource{r, {ID: `"<é`}} {
			body, err := e.Reply(shown, shown.Created)
			if err != nil {
				t.Fatal(err)
			}
			want, err := AppendJSON(nil, body)
			got, err2 := e.AppendReply(nil, shown, shown.Created)
			if err != nil || err2 != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %s %v, want %s %v", op.ID, got, err2, want, err)
			}
		}
	}
	if tested < 3 {
		t.Errorf("only %d operations have an answer of their own", tested)
	}
}

// itemsText appends itself.
type itemsText string

func (x itemsText) AppendJSON(dst []byte) ([]byte, error) { return append(dst, x...), nil }
