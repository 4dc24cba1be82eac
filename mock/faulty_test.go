package mock_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/fault"
)

// Each fault changes the one answer as it says, and nothing else: all other answers and the state are those of a
// mock without it. Before, the request has changed nothing; after, it has.
func TestFaultChangesOneAnswer(t *testing.T) {
	code := func(ref string, args ...string) func(*testing.T, wire, wire) {
		return func(t *testing.T, got, _ wire) {
			e := contract.Default().Error(ref)
			body := map[string]any{}
			if err := json.Unmarshal([]byte(got.body), &body); err != nil || got.err != nil {
				t.Fatalf("%v: %v", got, err)
			}
			c, texts := contract.Default().ErrorIn(body)
			if got.status != e.Status || c != e.Code || !slices.Contains(texts, e.Message(args...)) || got.header.Get("X-Request-Id") == "" {
				t.Errorf("%v, want %d %s %q", got, e.Status, e.Code, e.Message(args...))
			}
			op := contract.Default().Operation("createInstance")
			for _, v := range contract.Default().Check(op, contract.Answer{Status: got.status, Header: got.header, Body: []byte(got.body)}) {
				t.Error(v)
			}
		}
	}
	same := func(t *testing.T, got, honest wire) {
		if !got.equals(honest) {
			t.Errorf("%v\nwant %v", got, honest)
		}
	}
	nothing := func(t *testing.T, got, _ wire) {
		if got.err == nil || got.status != 0 {
			t.Errorf("%v, want no answer", got)
		}
	}
	status := func(n int) func(*testing.T, wire, wire) {
		return func(t *testing.T, got, _ wire) {
			if got.status != n || got.body != "" || got.err != nil {
				t.Errorf("%v, want %d alone", got, n)
			}
		}
	}
	cut := func(n int) func(*testing.T, wire, wire) {
		return func(t *testing.T, got, honest wire) {
			if got.status != 200 || got.body != honest.body[:n] || got.header.Get("Content-Length") != fmt.Sprint(len(honest.body)) || got.err == nil {
				t.Errorf("%v, want %d bytes of %s", got, n, honest.body)
			}
		}
	}
	for _, row := range []struct {
		spec  string
		check func(t *testing.T, got, honest wire) // honest is the zero one where nothing is changed
	}{
		{"latency=1ms", same},
		{"latency=1ms-2ms:after", same},
		{"rate=10000", same},
		{"status=503", status(503)},
		{"status=204:after", status(204)},
		{"code=ModelArts.6101", code("ModelArts.6101")},
		{"code=ModelArts.6102:after", code("ModelArts.6102")},
		{"code=ModelArts.6361:latency=1ms", code("ModelArts.6361")},
		{"code=ModelArts.6320", code("ModelArts.6320", "no such bucket")},
		{"code=ModelArts.6320:arg=a\\:b", code("ModelArts.6320", "a:b")},
		{"code=ModelArts.6335", code("ModelArts.6335", "name")},
		{"code=ModelArts.0112:after", code("ModelArts.0112", "modelarts:notebook:create", "action")},
		{"code=APIGW.0308", code("APIGW.0308")},
		{"code=APIGW.0201/backend-timeout:after", code("APIGW.0201/backend-timeout")},
		{"code=ModelArts.6309:force", code("ModelArts.6309")},
		{"code=ModelArts.6101:rate=10000:after", code("ModelArts.6101")},
		{"drop", nothing},
		{"drop:after", nothing},
		{"drop:latency=1ms", nothing},
		{"drop=headers", cut(0)},
		{"truncate=10", cut(10)},
		{"truncate=0", cut(0)},
		{"truncate=20:rate=10000", cut(20)},
		{"malformed", func(t *testing.T, got, honest wire) {
			if got.status != 200 || got.err != nil || json.Valid([]byte(got.body)) || !strings.HasPrefix(honest.body, got.body) {
				t.Errorf("%v, want it malformed", got)
			}
		}},
		{"code=ModelArts.6101:malformed", func(t *testing.T, got, _ wire) {
			if got.status != 429 || got.err != nil || json.Valid([]byte(got.body)) || !strings.Contains(got.body, "ModelArts.6101") {
				t.Errorf("%v, want it malformed", got)
			}
		}},
		{"code=ModelArts.6101:truncate=5:after", func(t *testing.T, got, _ wire) {
			if got.status != 429 || got.err == nil || len(got.body) != 5 {
				t.Errorf("%v, want 5 bytes", got)
			}
		}},
	} {
		t.Run(row.spec, func(t *testing.T) {
			honest, faulty := alike(t), alike(t)
			f := faulty.plant("createInstance:skip=1:first=1:" + row.spec)
			parsed, err := fault.Parse(f.Spec)
			if err != nil {
				t.Fatal(err)
			}
			onlySlow := parsed.Code == "" && parsed.Status == 0 && parsed.Drop == ""
			for i, r := range life {
				hit := i == 1
				want := wire{}
				if hit && parsed.Moment() == fault.Before && !onlySlow {
					honest.once("GET", "/", "") // a request that has an id, and changes nothing
				} else {
					want = honest.once(r.method, r.path, r.body)
				}
				got := faulty.once(r.method, r.path, r.body)
				if hit {
					row.check(t, got, want)
				} else {
					same(t, got, want)
				}
			}
			faulty.hits(f.ID, 2, 1)
			if list, err := faulty.driver().Faults(t.Context()); err != nil || len(list) != 1 || !list[0].Spent {
				t.Errorf("%+v %v", list, err)
			}
		})
	}
}

// Whatever changes something has changed it when a fault comes after, and has not when it comes before.
func TestFaultMoment(t *testing.T) {
	for _, op := range []struct{ id, method, path, body string }{
		{"updateInstance", "PUT", firstID, `{"description":"x"}`},
		{"actOnInstance", "POST", firstID + "/action", `{"action":"start"}`},
		{"deleteInstance", "DELETE", firstID, ""},
	} {
		for _, what := range []string{"code=APIGW.0601", "status=502", "drop"} {
			for _, moment := range []string{fault.Before, fault.After} {
				honest, faulty := alike(t), alike(t)
				for _, c := range []*client{honest, faulty} {
					c.force(c.create(notebook("a")), "STOPPED")
				}
				f := faulty.plant(op.id + ":" + what + ":" + moment)
				if moment == fault.After {
					honest.must(op.method, instances+op.path, op.body)
				} else {
					honest.once("GET", "/", "")
				}
				if got := faulty.once(op.method, instances+op.path, op.body); got.status == 200 {
					t.Errorf("%s: %v", f.Spec, got)
				}
				for _, path := range []string{instances + "?de_type=Notebook", "/_tally/resources", "/_tally/clock"} {
					if got, want := faulty.once("GET", path, ""), honest.once("GET", path, ""); !got.equals(want) {
						t.Errorf("%s, %s: %v\nwant %v", f.Spec, path, got, want)
					}
				}
			}
		}
	}
}
