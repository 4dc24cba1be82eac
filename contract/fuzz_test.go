package contract_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// slow is far above what any of the seeds takes, even on a busy machine.
const slow = 20 * time.Second

// FuzzLoad: any bytes are a contract or a list of problems, the same each time, and soon.
func FuzzLoad(f *testing.F) {
	names, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(names) < 50 {
		f.Fatalf("%d seeds, %v", len(names), err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys := fstest.MapFS{"fuzz.yaml": {Data: data}}
		start := time.Now()
		c, err := contract.Load(fsys, "fuzz.yaml")
		if took := time.Since(start); took > slow {
			t.Errorf("a load takes %v", took)
		}
		again, errAgain := contract.Load(fsys, "fuzz.yaml")
		if (c == nil) == (err == nil) || (err == nil) != (errAgain == nil) {
			t.Fatalf("%v, %v; then %v, %v", c, err, again, errAgain)
		}
		if err != nil && err.Error() != errAgain.Error() {
			t.Errorf("two loads disagree:\n%v\n%v", err, errAgain)
		}
		if err == nil && len(c.Operations()) != len(again.Operations()) {
			t.Error("two loads disagree about the operations")
		}
	})
}

// FuzzRead: any request is read, and either decided without an error or refused with an answer.
func FuzzRead(f *testing.F) {
	c := contract.Default()
	for _, op := range c.Operations() {
		if body, err := json.Marshal(op.DocumentedRequest()); err == nil {
			f.Add(op.ID == "actOnInstance", body, "application/json", "")
		}
	}
	for _, body := range []string{"", "{", "[]", "null", "7", "{}{}", `{"action":"start"}`, `{"spec":{"storage":{"type":"obs","location":null}}}`,
		`{"name":"a b","profile_id":1,"flavor":"","spec":{"storage":{"type":"evs","location":{"volume_size":1e400}}}}`} {
		f.Add(false, []byte(body), "application/json; charset=utf-8", "a=1&a=2;b")
		f.Add(true, []byte(body), "text/plain", "%zz")
	}
	f.Fuzz(func(t *testing.T, act bool, body []byte, contentType, query string) {
		op, s := c.Operation("createInstance"), contract.Situation{Entries: c.Entries(), Now: now}
		if act {
			op, s.Resource = c.Operation("actOnInstance"), notebook(t, "STOPPED")
		}
		values, _ := url.ParseQuery(query)
		in := contract.Input{Path: map[string]string{"project_id": "p", "instance_id": "i"}, Query: values, ContentType: contentType, Body: body}
		req, bad := op.Read(in)
		if len(bad) > 0 {
			if r := bad[0].Refusal; r == nil || r.Error == nil {
				t.Errorf("nothing answers %s", bad[0])
			} else if c.Body(r, "id") == nil || r.Message() == "" {
				t.Errorf("%s has no body or no message", r.Error.Ref)
			}
			return
		}
		s.Request = req
		d, err := c.Decide(s)
		if err != nil {
			t.Errorf("not decided: %v", err)
		}
		if d.Refusal == nil && d.State == "" {
			t.Error("accepted into no state")
		}
	})
}

// FuzzMergePatch: the properties of RFC 7396 that hold for all values, and that neither value is changed.
func FuzzMergePatch(f *testing.F) {
	for _, pair := range [][2]string{{`{"a":1}`, `{"a":null}`}, {`{"a":{"b":1}}`, `{"a":{"b":null,"c":2}}`}, {`[1]`, `{"a":[]}`}, {`{}`, `null`}, {`{"a":1}`, `{"a":{"b":{"c":null}}}`}} {
		f.Add([]byte(pair[0]), []byte(pair[1]))
	}
	f.Fuzz(func(t *testing.T, before, change []byte) {
		var value, patch, valueAgain, patchAgain any
		if json.Unmarshal(before, &value) != nil || json.Unmarshal(change, &patch) != nil {
			return
		}
		merged := contract.MergePatch(value, patch)
		if again := contract.MergePatch(merged, patch); !reflect.DeepEqual(again, merged) {
			t.Errorf("patching twice gives %v, once %v", again, merged)
		}
		if members, ok := patch.(map[string]any); ok {
			object, ok := merged.(map[string]any)
			if !ok {
				t.Fatalf("an object patch gives %v", merged)
			}
			for name, v := range members {
				if _, kept := object[name]; kept == (v == nil) {
					t.Errorf("member %q of the patch is %v, of the result %v", name, v, object[name])
				}
			}
		}
		if json.Unmarshal(before, &valueAgain) != nil || json.Unmarshal(change, &patchAgain) != nil ||
			!reflect.DeepEqual(value, valueAgain) || !reflect.DeepEqual(patch, patchAgain) {
			t.Error("the merge changed its arguments")
		}
	})
}
