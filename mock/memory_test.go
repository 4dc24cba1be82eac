package mock

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/internal/race"
)

// made creates n instances that differ in their names, one after the other, with a quota of none.
func made(tb testing.TB, w *world, n int) {
	tb.Helper()
	op := w.contract.Operation("createInstance")
	in, err := op.DocumentedInput()
	if err != nil {
		tb.Fatal(err)
	}
	in.Path["project_id"] = scaleProject
	var body map[string]any
	if err := json.Unmarshal(in.Body, &body); err != nil {
		tb.Fatal(err)
	}
	none := 0
	w.quota = &none
	caller := callerOf("tally")
	for i := range n {
		body["name"] = fmt.Sprint("nb-", i)
		if in.Body, err = json.Marshal(body); err != nil {
			tb.Fatal(err)
		}
		req, violations := op.Read(in)
		if len(violations) > 0 {
			tb.Fatal(violations)
		}
		if out, err := w.do(req, caller); err != nil || out.decision.Refusal != nil {
			tb.Fatal(err, out.decision.Refusal)
		}
	}
}

// TestWholeMemory: an instance takes at most 1,150 bytes of the heap, at 100,000 (a million with TALLY_LARGE=1). The
// command lets the heap grow by a quarter between collections, so that this is 1.5 KB of resident memory at most.
func TestWholeMemory(t *testing.T) {
	many := 100_000
	switch {
	case os.Getenv("TALLY_LARGE") != "":
		many = 1_000_000
	case race.Enabled:
		many = 10_000 // the race detector makes filling slow; make whole goes without it
	}
	w, h := newFilled(t, contract.Default())
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	made(t, w, many)
	if n := w.count(); n != many {
		t.Fatalf("%d instances, want %d", n, many)
	}
	each := float64(heap()-before) / float64(many)
	t.Logf("%.0f bytes an instance at %d", each, many)
	if each > 1150 && !race.Enabled {
		t.Errorf("%.0f bytes an instance", each)
	}
	runtime.KeepAlive(h)
}

// A resource keeps its body as what it has in common with others, and is what it was all the same: shown, listed,
// changed, in a snapshot, and in a sandbox that begins as one.
func TestKeptBodies(t *testing.T) {
	w, h := newFilled(t, contract.Default())
	made(t, w, 3)
	root := "/v1/" + scaleProject + "/demanager/instances"
	var one string
	for id, r := range w.tenants[scaleProject].of(w.contract.Resources()[0]).byID {
		one = root + "/" + id
		if r.Resource.Body != nil || r.Form == nil || r.Whole()["name"] != r.Own {
			t.Errorf("%s keeps %v and %q", id, r.Resource.Body, r.Own)
		}
	}
	shows := func(sandbox string) string {
		t.Helper()
		a := into(h, sandbox, "GET", one, "")
		b := into(h, sandbox, "GET", root+"?de_type=Notebook&sortby=name", "")
		if a.Code != 200 || b.Code != 200 || !strings.Contains(b.Body.String(), a.Body.String()) {
			t.Fatalf("sandbox %q: %d %s\n%d %s", sandbox, a.Code, a.Body, b.Code, b.Body)
		}
		return a.Body.String() + b.Body.String()
	}
	before := shows("")
	if a := into(h, "", "PUT", one, `{"description":"changed"}`); a.Code != 200 {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	after := shows("")
	if after == before || !strings.Contains(after, `"changed"`) {
		t.Errorf("an update has left %s", after)
	}
	snapshot := into(h, "", "GET", "/_tally/snapshot", "").Body.String()
	into(h, "", "POST", "/_tally/snapshots/kept", "")
	into(h, "", "PUT", "/_tally/sandboxes/forked", `{"from":"kept"}`)
	into(h, "restored", "PUT", "/_tally/snapshot", snapshot)
	for _, sandbox := range []string{"", "forked", "restored"} {
		if got := into(h, sandbox, "GET", "/_tally/snapshot", "").Body.String(); parting(got, snapshot) != "" {
			t.Errorf("the snapshot of %q %s", sandbox, parting(got, snapshot))
		}
		if got := shows(sandbox); got != after {
			t.Errorf("sandbox %q shows\n%s\nnot\n%s", sandbox, got, after)
		}
	}
}
