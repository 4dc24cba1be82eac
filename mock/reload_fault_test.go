package mock

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
	"github.com/tallystick/tallystick/mock/fault"
)

// A fault that held a request back, during which the contract was read again, has hit it once.
func TestReloadWhileAFaultWaits(t *testing.T) {
	var m *Mock
	var once sync.Once
	o := newOven(t, func(s *settings) {
		s.faults = []fault.Fault{{Operation: fault.All, Latency: "1ms"}, {Operation: fault.All, Status: 503, When: fault.After, First: 1}}
		s.tampering.Arrive = func(*contract.Request) {
			once.Do(func() {
				if err := m.Reload(edition(t, "Name taken.", "Taken.")); err != nil {
					t.Error(err)
				}
			})
		}
	})
	m = o.Handler.(*Mock)
	o.must("POST", "/corner/cakes", tart)
	var all control.Faults
	if err := json.Unmarshal([]byte(o.must("GET", "/_tally/faults", "")), &all); err != nil || all.Faults[0].Fired != 1 || all.Faults[1].Matched != 0 {
		t.Errorf("%+v %v", all, err)
	}
	entries, _ := o.journal.all()
	if len(entries) != 1 || entries[0].fault != "f1 (*:latency=1ms): waited 1ms" {
		t.Errorf("%d entries, fault %q", len(entries), entries[0].fault)
	}
}
