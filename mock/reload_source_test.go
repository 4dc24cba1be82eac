package mock

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/tallystick/tallystick/contract"
)

const plainDocument = `openapi: 3.1.0
info: {title: Plain, version: '1'}
paths: {/a: {get: {operationId: a, responses: {'204': {description: Done.}}}}}
`

// A contract with state does not become one without, nor the other way round.
func TestReloadOfTheOtherKind(t *testing.T) {
	foreign, err := contract.Open(fstest.MapFS{"a.yaml": {Data: []byte(plainDocument)}}, "a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	own := edition(t)
	for _, pair := range [][2]*contract.Contract{{own, foreign}, {foreign, own}} {
		m, err := New(pair[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Reload(pair[1]); err == nil || !strings.Contains(err.Error(), "start anew with it") {
			t.Errorf("from %s to %s: %v", pair[0].Title, pair[1].Title, err)
		}
		if now := m.current.Load().contract; now != pair[0] {
			t.Errorf("%s is played", now.Title)
		}
		if err := m.Reload(pair[0]); err != nil {
			t.Errorf("%s again: %v", pair[0].Title, err)
		}
	}
}

// Of several reloads at a time, the contract that was read last is played: nobody reads while another one still
// holds what it has read.
func TestReloadsFromSourceInOrder(t *testing.T) {
	editions := []*contract.Contract{edition(t), edition(t, "version: 1.0.0", "version: 1.1.0"), edition(t, "version: 1.0.0", "version: 1.2.0")}
	var m *Mock
	var mu sync.Mutex
	var last *contract.Contract
	reads, reading := 0, false
	m, err := New(editions[0], WithSource(func() (*contract.Contract, error) {
		mu.Lock()
		defer mu.Unlock()
		if now := m.current.Load().contract; last != nil && now != last {
			t.Errorf("read %d: %s is played, though %s was read before", reads, now.Version, last.Version)
		}
		if m.reloading.TryLock() {
			m.reloading.Unlock()
			reading = true
		}
		last = editions[reads%len(editions)]
		reads++
		return last, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				if _, err := m.ReloadFromSource(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if now := m.current.Load().contract; now != last || reads != 40 || reading {
		t.Errorf("after %d reads %s is played, and %s was read last; read without the lock: %t", reads, now.Version, last.Version, reading)
	}
}
