package mock

import (
	"fmt"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// Another state that comes in while time does its work on the one before has a time of its own.
func TestArrearsOfTheStateBefore(t *testing.T) {
	o := newOven(t, nil)
	o.bake("a", `{"name":"na","kind":"apple","weight":500,"timer":{"on":false,"seconds":90}}`)
	young := o.text()
	crowd(t, o.world, "b", 10_000)
	old := o.text()
	for range 100 {
		if settledBeside(t, o.world, young) {
			o.restore(o.text()) // which refuses what happens after its clock
			return
		}
		o.restore(old)
	}
	t.Fatal("the other state never came in between")
}

// crowd gives a tenant as many cakes as that, like the one of tenant a.
func crowd(t *testing.T, w *world, tenant string, n int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	kind := w.contract.Resources()[0]
	for _, first := range w.tenants["a"].of(kind).byID {
		for i := range n {
			r := &record{kind: kind, Resource: first.Resource, due: first.due, policy: first.policy}
			r.ID, r.Tenant = fmt.Sprint("C-", i), tenant
			body, _ := contract.MergePatch(first.Body(), map[string]any{"name": fmt.Sprint("n", i)}).(map[string]any)
			r.Replace(body)
			w.insert(w.tenant(tenant), r)
		}
	}
}

// settledBeside lets an hour pass and settles a world, while another state waits to come in. It tells whether that came
// before all was settled.
func settledBeside(t *testing.T, w *world, other string) bool {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	draft := w.draft()
	s, err := decodeState([]byte(other))
	if err == nil {
		draft.worldState, err = draft.restored(s)
	}
	if err == nil {
		err = w.clock.set(w.clock.now().Add(time.Hour))
	}
	if err != nil {
		t.Fatal(err)
	}
	fresh, begun := draft.tenants, make(chan bool)
	go func() {
		close(begun)
		w.become(draft, func(*world, *world) {})
	}()
	<-begun
	w.ripenAll()
	return sameMap(w.tenants, fresh)
}
