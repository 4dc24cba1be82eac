package mock

import (
	"fmt"
	"net/http"
	"reflect"

	"github.com/tallystick/tallystick/mock/control"
	"github.com/tallystick/tallystick/mock/fault"
)

// addFault plants a fault, given as its text or as its members.
func (c *call) addFault() (any, error) {
	var want control.NewFault
	if err := c.decode(&want); err != nil {
		return nil, err
	}
	f := want.Fault
	if want.Spec != "" {
		if !reflect.DeepEqual(f, fault.Fault{}) {
			return nil, bad("spec: it says it all; want no other member beside it")
		}
		var err error
		if f, err = fault.Parse(want.Spec); err != nil {
			return nil, bad("%v", err)
		}
	}
	p, err := newPlanted(c.world.contract, f)
	if err != nil {
		return nil, bad("fault %q: %v", f, err)
	}
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	if err := c.world.faults.plant(p); err != nil {
		return nil, bad("%v", err)
	}
	return p.view(), nil
}

// view is made under the lock of the world.
func (p *planted) view() control.Fault {
	return control.Fault{ID: p.id, Spec: p.String(), Matched: p.matched, Fired: p.fired, Spent: p.spent()}
}

func (fs *faults) views() control.Faults {
	out := control.Faults{Faults: []control.Fault{}}
	for _, p := range fs.planted {
		out.Faults = append(out.Faults, p.view())
	}
	return out
}

func (c *call) listFaults() (any, error) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	return c.world.faults.views(), nil
}

func (c *call) dropFaults() (any, error) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	all := c.world.faults.views()
	c.world.faults.planted = nil
	return all, nil
}

func (c *call) readFault() (any, error) {
	return c.oneFault(func(fs *faults, id string) *planted {
		for _, p := range fs.planted {
			if p.id == id {
				return p
			}
		}
		return nil
	})
}

func (c *call) dropFault() (any, error) { return c.oneFault((*faults).remove) }

func (c *call) oneFault(find func(*faults, string) *planted) (any, error) {
	id := c.path["id"]
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	p := find(c.world.faults, id)
	if p == nil {
		return nil, badControl{http.StatusNotFound, fmt.Sprintf("there is no fault %q; GET faults lists them", id)}
	}
	return p.view(), nil
}
