package mock

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/tallystick/tallystick/contract"
)

// excused are the fields of a world's state that a snapshot need not hold, and why.
var excused = map[string]string{
	"clock.real":         "it is given, not state",
	"clock.since":        "where the clock was anchored last; what it shows is shown",
	"clock.base":         "as since",
	"keyring.mode":       "a setting",
	"keyring.users":      "a setting",
	"keyring.fixed":      "a setting",
	"keyring.last":       "worked out anew when it is not there",
	"shop.unique":        "worked out from the records",
	"shop.index":         "worked out from the records",
	"shop.events":        "worked out from the records",
	"record.tenant":      "the tenant that it stands in; Resource.Tenant names it",
	"record.slot":        "its place among the events",
	"record.keys":        "worked out from the body",
	"record.shelf":       "worked out from the body",
	"record.stands":      "worked out from the records",
	"record.placed":      "where it stands in the index, which lags behind the state",
	"record.moved":       "as placed",
	"record.place":       "its order among those that wait, which is compared",
	"grant.number":       "as place, among the tokens",
	"keyring.numbered":   "of tokens that have gone",
	"Resource.Form":      "the body, which is compared whole",
	"Resource.Own":       "as Form",
	"worldState.ready":   "bytes worked out from the bodies",
	"queue.takes":        "the contract says it",
	"worldState.journal": "what was asked, not what there is; a restore leaves it",
	"worldState.asked":   "ids of requests, which no restore takes back",
	"faults.seed":        "a setting",
	"planted.Fault":      "written as its text, which package fault tests",
	"planted.least":      "worked out from the text",
	"planted.most":       "worked out from the text",
	"planted.answers":    "worked out from the text",
	"keyState.Key":       "a setting",
	"planted.chance":     "stands on the source, which is compared",
	"worldState.shared":  "what is shared is made the world's own before a snapshot",
	"Resource.State":     "", // compared; named here to show that "" excuses nothing
}

// comparison walks two states side by side, by reflection, so that a field that somebody adds is compared
// without anybody thinking of it.
type comparison struct {
	seen  map[string]bool // fields that were not zero in some state
	pairs map[[2]unsafe.Pointer]bool
	found []string
}

// exposed is a value without the mark of a field that is not exported.
func exposed(v reflect.Value) reflect.Value {
	if !v.CanAddr() {
		copied := reflect.New(v.Type()).Elem()
		copied.Set(v)
		v = copied
	}
	return reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
}

func (c *comparison) differ(path string, a, b any) {
	c.found = append(c.found, fmt.Sprintf("%s: %v, want %v", path, a, b))
}

func (c *comparison) compare(path string, a, b reflect.Value) {
	a, b = exposed(a), exposed(b)
	switch x := a.Interface().(type) {
	case time.Time:
		y, _ := b.Interface().(time.Time)
		if !instant(x).Equal(instant(y)) {
			c.differ(path, x, y)
		}
		return
	case contract.Entries:
		y, _ := b.Interface().(contract.Entries)
		for _, name := range append(x.Names(), y.Names()...) {
			if asText(x.Find(name)) != asText(y.Find(name)) {
				c.differ(path+" "+name, asText(x.Find(name)), asText(y.Find(name)))
			}
		}
		return
	case map[string]any, *contract.ResourceType, *contract.Error:
		if asText(x) != asText(b.Interface()) {
			c.differ(path, asText(x), asText(b.Interface()))
		}
		return
	}
	if x, ok := a.Interface().(contract.Resource); ok {
		y, _ := b.Interface().(contract.Resource)
		x.Replace(x.Whole())
		y.Replace(y.Whole())
		a, b = exposed(reflect.ValueOf(x)), exposed(reflect.ValueOf(y))
	}
	switch a.Kind() {
	case reflect.Struct:
		c.fields(path, a, b)
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				c.differ(path, a, b)
			}
			return
		}
		pair := [2]unsafe.Pointer{a.UnsafePointer(), b.UnsafePointer()}
		if !c.pairs[pair] {
			c.pairs[pair] = true
			c.compare(path, a.Elem(), b.Elem())
		}
	case reflect.Map:
		c.entries(path, a, b)
	case reflect.Slice:
		if a.Len() != b.Len() {
			c.differ(path, a.Len(), b.Len())
			return
		}
		for i := range a.Len() {
			c.compare(fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i))
		}
	default:
		if x, y := a.Interface(), b.Interface(); x != y {
			c.differ(path, x, y)
		}
	}
}

// asText names what belongs to the contract, and writes bodies as they go over the wire.
func asText(v any) string {
	switch v := v.(type) {
	case *contract.ResourceType:
		return v.Name
	case *contract.Error:
		if v == nil {
			return ""
		}
		return v.Ref
	}
	text, _ := json.Marshal(v)
	return string(text)
}

func (c *comparison) fields(path string, a, b reflect.Value) {
	for i := range a.NumField() {
		f := a.Type().Field(i)
		name := a.Type().Name() + "." + f.Name
		if excused[name] != "" {
			continue
		}
		x, y := a.Field(i), b.Field(i)
		if full := func(v reflect.Value) bool {
			return !v.IsZero() && !(v.Kind() == reflect.Map && v.Len() == 0)
		}; full(x) || full(y) {
			c.seen[name] = true
		} else if !c.seen[name] {
			c.seen[name] = false
		}
		c.compare(path+"."+f.Name, x, y)
	}
}

func (c *comparison) entries(path string, a, b reflect.Value) {
	whole := func(v reflect.Value) map[string]reflect.Value {
		out := map[string]reflect.Value{}
		for _, k := range v.MapKeys() {
			e := v.MapIndex(k)
			if isEmptyShop(e) || (e.CanInt() && e.IsZero()) {
				continue // made by whoever looked into it, or used up
			}
			key := fmt.Sprintf("%q", fmt.Sprint(k))
			if kind, ok := k.Interface().(*contract.ResourceType); ok {
				key = kind.Name
			}
			out[key] = e
		}
		return out
	}
	x, y := whole(a), whole(b)
	for key := range x {
		if _, both := y[key]; !both {
			c.differ(path+"["+key+"]", "there", "none")
			continue
		}
		c.compare(path+"["+key+"]", x[key], y[key])
	}
	for key := range y {
		if _, both := x[key]; !both {
			c.differ(path+"["+key+"]", "none", "there")
		}
	}
}

func isEmptyShop(v reflect.Value) bool {
	s, ok := v.Interface().(*shop)
	return ok && len(s.byID) == 0
}

// sameState compares two worlds, and adds to the fields that have been seen.
func sameState(t *testing.T, what string, seen map[string]bool, got, want *world) {
	t.Helper()
	got.mu.Lock()
	defer got.mu.Unlock()
	if want != got {
		want.mu.Lock()
		defer want.mu.Unlock()
	}
	got.thawAll()
	want.thawAll()
	now := want.clock.now()
	got.clock.now()
	c := comparison{seen: seen, pairs: map[[2]unsafe.Pointer]bool{}}
	c.compare("world", reflect.ValueOf(&got.worldState).Elem(), reflect.ValueOf(&want.worldState).Elem())
	for _, f := range c.found {
		t.Errorf("%s, at %s: %s", what, now, f)
	}
}

// A snapshot holds everything: what a world is restored from it to, is what it was, in every field that
// there is. A field that no history ever sets is reported, because then nothing would have been compared.
func TestSnapshotHoldsEverything(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(histories) {
		o := lived(t, seed)
		text := o.text()
		fresh := o.another()
		fresh.restore(text)
		sameState(t, fmt.Sprint("restored ", seed), seen, fresh.world, o.world)
		forked := &world{name: o.name, contract: o.contract, settings: o.settings, progress: o.progress}
		o.mu.Lock()
		image := o.freeze()
		o.mu.Unlock()
		var err error
		if forked.worldState, err = forked.forked(image); err != nil {
			t.Fatal(err)
		}
		sameState(t, fmt.Sprint("forked ", seed), seen, forked, o.world)
		if t.Failed() {
			return
		}
	}
	for name, was := range seen {
		if !was {
			t.Errorf("%s: no history ever sets it; let one do so, or excuse it with a reason", name)
		}
	}
	for name, why := range excused {
		if kind, field, _ := strings.Cut(name, "."); why != "" && !hasField(kind, field) {
			t.Errorf("%s is excused, but not there", name)
		}
	}
}

// hasField tells whether a type of a world's state has a field.
func hasField(kind, field string) bool {
	for _, v := range []any{worldState{}, clock{}, keyring{}, keyState{}, grant{}, shop{}, record{}, queue{}, faults{}, planted{}, contract.Resource{}} {
		if t := reflect.TypeOf(v); t.Name() == kind {
			_, ok := t.FieldByName(field)
			return ok
		}
	}
	return false
}

// After a reset a world is, in every field, what one is that has just begun.
func TestResetLeavesNothing(t *testing.T) {
	for seed := range uint64(histories) {
		o := lived(t, seed)
		o.must("POST", "/_tally/reset", "")
		fresh := newOven(t, func(s *settings) { *s = o.settings })
		sameState(t, fmt.Sprint("reset ", seed), map[string]bool{}, o.world, fresh.world)
	}
}

// snapshot, restore, snapshot: the bytes stay, in the same mock and in a fresh one, also when other tools have
// written the JSON anew in between.
func TestSnapshotIsByteEqual(t *testing.T) {
	for seed := range uint64(histories) {
		o := lived(t, seed)
		text := o.text()
		o.restore(text)
		if again := o.text(); again != text {
			t.Fatalf("seed %d, in place:\n%s\nbefore\n%s", seed, again, text)
		}
		fresh := o.another()
		fresh.restore(text)
		if again := fresh.text(); again != text {
			t.Fatalf("seed %d, in a fresh mock:\n%s\nbefore\n%s", seed, again, text)
		}
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var plain any
		if err := decoder.Decode(&plain); err != nil {
			t.Fatal(err)
		}
		rewritten, err := json.MarshalIndent(plain, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		fresh.restore(string(rewritten))
		if again := fresh.text(); again != text {
			t.Fatalf("seed %d, written anew:\n%s\nbefore\n%s", seed, again, text)
		}
	}
}

// A mock goes on from a snapshot as the one that it was taken of does.
func TestRestoredGoesOnAlike(t *testing.T) {
	for seed := range uint64(histories) {
		o := lived(t, seed)
		twin := o.another()
		twin.restore(o.text())
		for _, by := range []string{"1s", "700ms", "10s", "1h"} {
			for _, x := range []*oven{o, twin} {
				x.must("POST", "/_tally/clock/advance", `{"by":"`+by+`"}`)
			}
			for _, path := range []string{"/corner/cakes", "/square/cakes?sort=age&order=down"} {
				status, a := o.call("GET", path, "")
				again, b := twin.call("GET", path, "")
				if status != again || a != b {
					t.Fatalf("seed %d after %s, %s: %d %s\nbut %d %s", seed, by, path, again, b, status, a)
				}
			}
		}
		if a, b := o.text(), twin.text(); a != b {
			t.Fatalf("seed %d:\n%s\nbut\n%s", seed, b, a)
		}
	}
}

// A snapshot has no token in it.
func TestSnapshotHoldsNoSecret(t *testing.T) {
	o := newOven(t, func(s *settings) { s.auth.Tokens = []Token{{"given-from-the-start", "corner"}} })
	o.mu.Lock()
	value := o.keys.issue(grant{project: "corner", expires: o.clock.now().Add(time.Hour)}, o.clock.now())
	o.mu.Unlock()
	text := o.text()
	if strings.Contains(text, value) || strings.Contains(text, "given-from-the-start") {
		t.Errorf("a token stands in %s", text)
	}
	fresh := o.another()
	fresh.restore(text)
	fresh.keys.mode = Strict
	if _, condition, _ := fresh.keys.check(credential{token: value}, "corner", fresh.clock.now()); condition != "" {
		t.Errorf("the token is %s after a restore", condition)
	}
}

// Whatever is wrong with a snapshot, it is refused with the place, and nothing changes.
func TestDamagedSnapshots(t *testing.T) {
	o := newOven(t, func(s *settings) { s.seed, s.seeded = 8, true })
	o.bake("corner", `{"name":"a","kind":"apple","weight":2000}`)
	o.bake("corner", `{"name":"b","kind":"cheese","timer":{"on":true,"seconds":90}}`)
	o.must("POST", "/_tally/failures", `{"event":"turn"}`)
	before := o.text()
	for _, row := range []struct{ from, to, want string }{
		{before, `nonsense`, "body"},
		{`"tally":"state"`, `"tally":"stats"`, "/tally"},
		{`"version":1,"contract"`, `"version":2,"contract"`, "/version"},
		{`"ids":`, `"idz":`, "/idz"},
		{`"frozen":false`, `"frozen":0`, "/clock/frozen"},
		{`"speed":1`, `"speed":0`, "/clock/speed"},
		{`"now":"2024`, `"now":"9999-01-02T00:00:00Z","x":"2024`, "/clock"},
		{`"now":"2024-`, `"now":"10000-`, "/clock/now"},
		{`"now":"2024-`, `"now":"2023-`, "/resources/0/since"},
		{`"kind":"Cake","tenant"`, `"kind":"Pie","tenant"`, "/resources/0/kind"},
		{`"state":"BAKING"`, `"state":"EATEN"`, "/resources/0/state"},
		{`"state":"BAKING"`, `"state":"WAITING"`, "/resources/0/state"},
		{`"state":"WAITING"`, `"state":"BAKING"`, "/queues/0/waiting/0"},
		{`"state":"BAKING"`, `"state":"READY","failing":true`, "/resources/0/failing"},
		{`"state":"BAKING"`, `"state":"BAKING","ends":"reads:0"`, "/resources/0/ends"},
		{`"state":"BAKING"`, `"state":"BAKING","reads":-1`, "/resources/0/reads"},
		{`"state":"BAKING"`, `"state":"BAKING","failure":"Cake.9"`, "/resources/0/failure"},
		{`"name":"b"`, `"name":"a"`, "/resources/1/body/name"},
		{`"name":"b"`, `"name":5`, "/resources/0/body"},
		{`"waiting":[`, `"waiting":[],"x":[`, "/queues/0"},
		{`"event":"turn","left":1`, `"event":"turn","left":0`, "/failures/0/left"},
		{`"event":"turn","left":1`, `"event":"cool","left":1`, "/failures/0"},
		{`"given":[]`, `"given":["sunshine"]`, "/given/0"},
		{`"catalogue":[]`, `"catalogue":[{"entry":"Nope/x","patch":{}}]`, "/catalogue/0"},
		{`"tokens":[]`, `"tokens":[{"sha256":"12"}]`, "/tokens/0"},
		{`"given":[]`, `"given":[],"rate":{"calls":5}`, "/rate"},
		{`"given":[]`, `"given":[],"quota":-1`, "/quota"},
	} {
		if !strings.Contains(before, row.from) {
			t.Errorf("%s is not in %s", row.from, before)
			continue
		}
		status, text := o.call("PUT", "/_tally/snapshot", strings.Replace(before, row.from, row.to, 1))
		if status != 400 || !strings.Contains(text, row.want) {
			t.Errorf("%s for %s: %d %s, want %q", row.to, row.from, status, text, row.want)
		}
		if after := o.text(); after != before {
			t.Fatalf("%s for %s has changed\n%s\nto\n%s", row.to, row.from, before, after)
		}
	}
}

// WithState begins, and a reset goes back to it.
func TestWithState(t *testing.T) {
	text := lived(t, 3).text()
	fresh := newOven(t, func(s *settings) {
		if err := WithState(strings.NewReader(text))(s); err != nil {
			t.Fatal(err)
		}
	})
	begun := fresh.text()
	if begun != text {
		t.Fatalf("it begins as\n%s\nnot as\n%s", begun, text)
	}
	fresh.must("POST", "/_tally/clock/advance", `{"by":"5h"}`)
	fresh.must("POST", "/_tally/reset", "")
	if again := fresh.text(); again != text {
		t.Errorf("after a reset\n%s\nnot\n%s", again, text)
	}
	if err := WithState(strings.NewReader(`{"tally":"state"}`))(&settings{}); err == nil || !strings.Contains(err.Error(), `"version" is missing`) {
		t.Errorf("half a snapshot: %v", err)
	}
}

// damages checks that restoring a text never breaks a mock: it refuses the text and stays as it is, or it
// serves on and gives itself again.
func damages(t *testing.T, o *oven, text string) (accepted bool) {
	t.Helper()
	o.must("POST", "/_tally/reset", "")
	before := o.text()
	status, answer := o.call("PUT", "/_tally/snapshot", text)
	switch {
	case status >= 500:
		t.Fatalf("%d %s for %s", status, answer, text)
	case status >= 400:
		if after := o.text(); after != before {
			t.Fatalf("refused with %s, but changed to %s", answer, after)
		}
		return false
	}
	for _, path := range []string{"/_tally/resources", "/corner/cakes", "/_tally/clock"} {
		if status, answer := o.call("GET", path, ""); status >= 500 {
			t.Fatalf("%s: %d %s after %s", path, status, answer, text)
		}
	}
	settled := o.text()
	o.restore(settled)
	if d := parting(o.text(), settled); d != "" {
		t.Fatalf("restored %s", d)
	}
	return true
}

// Snapshots with random damage.
func TestRandomDamage(t *testing.T) {
	shared, accepted, refused := newOven(t, nil), 0, 0
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 2))
		whole := lived(t, seed).text()
		for range 60 {
			text := []byte(whole)
			for range 1 + rng.IntN(2) {
				at := rng.IntN(len(text))
				switch rng.IntN(3) {
				case 0:
					text[at] = "0123456789"[rng.IntN(10)]
				case 1:
					text = append(text[:at], text[at+1:]...)
				default:
					text[at] ^= 1
				}
			}
			if damages(t, shared, string(text)) {
				accepted++
			} else {
				refused++
			}
		}
	}
	if accepted == 0 || refused == 0 {
		t.Errorf("%d were accepted and %d refused; want some of both", accepted, refused)
	}
}

// Any text at all.
func FuzzRestore(f *testing.F) {
	f.Add(livedFor(f, 1, 6).text())
	f.Add(`{}`)
	f.Add(`{"tally":"state","version":1,"contract":{"title":"","version":"","sha256":""},"clock":{"now":"2024-01-01T00:00:00Z","frozen":true,"speed":1},"ids":0,"tokens":[],"resources":[],"queues":[],"catalogue":[],"given":[],"failures":[]}`)
	shared := newOven(f, nil)
	f.Fuzz(func(t *testing.T, text string) { damages(t, &oven{t, shared.Handler, shared.world}, text) })
}
