package mock

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const tart = `{"name":"tart","kind":"apple","timer":{"on":true,"seconds":90}}`

// An event that changes no state changes nothing that belongs to the state.
func TestStays(t *testing.T) {
	o := newOven(t, nil)
	cake := o.bake("corner", tart)
	o.must("POST", "/_tally/clock/advance", `{"by":"1s"}`)
	before := o.must("GET", cake, "")
	if !strings.Contains(before, `"left":90`) && !strings.Contains(before, `"left":89`) {
		t.Fatalf("no timer runs: %s", before)
	}
	o.must("POST", "/_tally/clock/advance", `{"by":"10s"}`)
	o.must("POST", cake+"/do", `{"action":"cool"}`)
	after := o.must("GET", cake, "")
	_, key, _ := strings.Cut(before, `"key":`)
	key, _, _ = strings.Cut(key, ",")
	if !strings.Contains(after, key) || strings.Contains(after, `"left":9`) {
		t.Errorf("before %s\nafter  %s", before, after)
	}
}

// Ids that repeat are a failure of the mock, and overwrite nothing.
func TestRepeatedIDs(t *testing.T) {
	o := newOven(t, func(s *settings) { s.ids = func() string { return "same" } })
	cake := o.bake("corner", tart)
	status, body := o.call("POST", "/corner/cakes", `{"name":"other","kind":"apple"}`)
	if status != 500 || !strings.Contains(body, "C-same") {
		t.Errorf("%d %s", status, body)
	}
	if got := o.must("GET", cake, ""); !strings.Contains(got, `"name":"tart"`) {
		t.Errorf("overwritten: %s", got)
	}
}

// Whoever joins a queue sees the place that the next look shows.
func TestQueueIsSettledBeforeOneJoins(t *testing.T) {
	o := newOven(t, nil)
	o.bake("corner", `{"name":"one","kind":"apple","weight":2000}`)
	o.must("POST", "/_tally/clock/advance", `{"by":"1000s"}`)
	answer := o.must("POST", "/corner/cakes", `{"name":"two","kind":"apple","weight":2000}`)
	if !strings.Contains(answer, `"place":1`) {
		t.Errorf("%s", answer)
	}
}

// What is merely read or counted takes no memory for ever, and what is deleted gives it back.
func TestMemoryIsBounded(t *testing.T) {
	o := newOven(t, func(s *settings) { s.world.RateLimit = RateLimit{Calls: 5, Window: "minute"} })
	for i := range 50 {
		o.must("GET", fmt.Sprintf("/shop%d/cakes", i), "")
		o.call("GET", fmt.Sprintf("/shop%d/cakes/none", i), "")
	}
	if len(o.tenants) != 0 {
		t.Errorf("%d tenants without a resource", len(o.tenants))
	}
	o.must("POST", "/_tally/clock/advance", `{"by":"1m"}`)
	o.must("GET", "/corner/cakes", "")
	if n := len(o.calls.of); n != 1 {
		t.Errorf("%d projects are counted in a new window, want 1", n)
	}
	for i := range 20 {
		shop := fmt.Sprintf("shop%d", i)
		cake := o.bake(shop, tart)
		o.must("POST", "/_tally/clock/advance", `{"by":"1s"}`)
		o.must("GET", cake, "")
		o.must("DELETE", cake, "")
		waiting := o.bake(shop, fmt.Sprintf(`{"name":"one","kind":"apple","weight":2000,"box":{"color":"c%s"}}`, strings.Repeat("x", i)))
		o.must("PUT", "/_tally/resources/"+shop+"/"+waiting[strings.LastIndexByte(waiting, '/')+1:]+"/state", `{"state":"EATEN"}`)
	}
	if len(o.tenants)+len(o.queues) != 0 {
		t.Errorf("%d tenants and %d queues are left of nothing", len(o.tenants), len(o.queues))
	}
}

// A rate limit that is counted for many projects keeps a bounded number of them.
func TestCountedProjectsAreBounded(t *testing.T) {
	var k calls
	now := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range maxCounted + 100 {
		k.count(fmt.Sprint(i), time.Hour, now)
	}
	if len(k.of) > maxCounted {
		t.Errorf("%d projects are counted", len(k.of))
	}
}

// A record has at most one event to come, however often it changes; one that has gone has none.
func TestOneEventForEachRecord(t *testing.T) {
	o := newOven(t, nil)
	var cakes []string
	for i := range 3 {
		cakes = append(cakes, o.bake("corner", fmt.Sprintf(`{"name":"cake%s","kind":"apple","timer":{"on":true,"seconds":90}}`, strings.Repeat("x", i))))
	}
	o.must("POST", "/_tally/clock/advance", `{"by":"1s"}`)
	kind := o.contract.Resources()[0]
	for range 20 {
		for _, cake := range cakes {
			o.must("PUT", cake, `{"box":{"color":"red"}}`)
			o.must("PUT", "/_tally/resources/corner/"+cake[strings.LastIndexByte(cake, '/')+1:]+"/state", `{"state":"READY"}`)
		}
	}
	events := &o.tenants["corner"].of(kind).events
	if len(*events) != 3 {
		t.Errorf("%d events for 3 cakes", len(*events))
	}
	o.must("DELETE", cakes[1], "")
	if len(*events) != 2 {
		t.Errorf("%d events for 2 cakes", len(*events))
	}
	for i, r := range *events {
		if r.slot != i+1 {
			t.Errorf("event %d thinks that it is %d", i, r.slot-1)
		}
	}
}

// An error while an update is carried out loses nothing.
func TestFailedUpdateLosesNothing(t *testing.T) {
	o := newOven(t, nil)
	cake := o.bake("corner", tart)
	o.must("POST", "/_tally/clock/advance", `{"by":"1s"}`)
	id := cake[strings.LastIndexByte(cake, '/')+1:]
	r := o.tenants["corner"].of(o.contract.Resources()[0]).byID[id]
	if err := o.change(r, map[string]any{"timer": map[string]any{"on": "yes"}}, o.clock.now()); err == nil {
		t.Fatal("a switch that is a string was accepted")
	}
	if body := o.must("GET", cake, ""); !strings.Contains(body, `"name":"tart"`) {
		t.Errorf("%s", body)
	}
	if o.tenants["corner"].of(r.kind).byID[id] != r {
		t.Error("the record has gone")
	}
}
