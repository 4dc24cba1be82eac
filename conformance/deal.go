package conformance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// parcel is checks that run in one lane, one right after another.
type parcel struct {
	places  []int // in the plan
	creates bool
	weight  int
}

// inLane are the suites whose checks stand alone: what one does with its instance is nothing to another.
// The other suites look at the whole project, at two instances at once, or at what all have seen.
var inLane = []string{"example", "schema", "accept", "error", "lifecycle", "persistence"}

// deal gives the places of the checks of each lane, in the order in which it runs them, and the places of
// those that run alone. It depends on nothing but the plan and n.
func (r *runner) deal(checks []Check, n int) (lanes [][]int, alone []int) {
	var parcels []*parcel
	groups := map[string]*parcel{}
	for i := range checks {
		c := &checks[i]
		if !r.standsAlone(c) {
			alone = append(alone, i)
			continue
		}
		group := r.group(c)
		p := groups[group]
		if p == nil || group == "" {
			p = &parcel{creates: r.creates(c)}
			groups[group], parcels = p, append(parcels, p)
		}
		p.places, p.weight = append(p.places, i), p.weight+r.weight(c)
	}
	return pack(parcels, n), alone
}

// pack deals parcels, the heaviest first, each to the lane that has least. A lane begins with those that
// share a standing instance: with a budget of one, each create that comes between would end its life.
func pack(parcels []*parcel, n int) [][]int {
	heavy := slices.Clone(parcels)
	slices.SortStableFunc(heavy, func(a, b *parcel) int { return b.weight - a.weight })
	loads, held := make([]int, n), make([][]*parcel, n)
	for _, p := range heavy {
		least := slices.Index(loads, slices.Min(loads))
		loads[least] += p.weight
		held[least] = append(held[least], p)
	}
	lanes := make([][]int, n)
	for i := range held {
		slices.SortFunc(held[i], func(a, b *parcel) int {
			if a.creates != b.creates {
				if b.creates {
					return -1
				}
				return 1
			}
			return cmp.Compare(a.places[0], b.places[0])
		})
		for _, p := range held[i] {
			lanes[i] = append(lanes[i], p.places...)
		}
	}
	return lanes
}

// standsAlone tells whether a check may run beside others. A documented list is compared with the first that
// is there, whosever it is; and what takes two instances may find no room for the second in a lane.
func (r *runner) standsAlone(c *Check) bool {
	switch {
	case r.kind == nil || c.whole || !slices.Contains(inLane, c.Suite):
		return false
	case c.probe != nil:
		return !c.probe.Setup.Twice && !c.probe.Setup.Full
	}
	op := r.c.Operation(c.Operation)
	return op == nil || op.Effect == nil || op.Effect.Do != contract.List
}

// creates tells whether a check makes an instance for itself, or tries to.
func (r *runner) creates(c *Check) bool {
	op := r.c.Operation(c.Operation)
	return c.Suite == "persistence" || (op != nil && op.Effect != nil && op.Effect.Do == contract.Create)
}

// group tells which checks share a lane: those of one state and variant share an instance, and those that
// choose the unique member themselves may choose the same. "" shares with none.
func (r *runner) group(c *Check) string {
	switch p := c.probe; {
	case p == nil:
		return ""
	case r.creates(c) && r.namesItself(p):
		return "unique"
	case !r.creates(c) && p.Setup.State != "":
		return fmt.Sprint(p.Setup.State, p.Setup.Create)
	}
	return ""
}

// namesItself tells whether a probe of the create is about the unique member, whose value it then sets.
func (r *runner) namesItself(p *contract.Probe) bool {
	u := r.kind.Create.Effect.Unique
	return u != nil && strings.Contains(p.ID, "/"+strings.TrimPrefix(u.By, "/")) && (p.Kind == contract.ProbeSchema || p.Kind == contract.ProbeAccept)
}

// weight is roughly how long a check takes, in exchanges with a target whose transient states last a few
// of them.
func (r *runner) weight(c *Check) int {
	const (
		exchange = 1
		rest     = 5  // an instance is there already
		passing  = 20 // a transient state must be entered anew
		life     = 30 // an instance is created, comes to rest, is stopped and deleted
	)
	p := c.probe
	switch {
	case r.creates(c) && p != nil && p.Refuses():
		return exchange
	case r.creates(c):
		return life
	case p == nil:
		return rest
	case p.Setup.State == "":
		return exchange
	}
	path, ok := r.model.route(r.model.variants[0], "", p.Setup.State, false)
	switch {
	case !ok: // nothing from outside leads there
		return exchange
	case r.kind.Lifecycle.Passage(p.Setup.State) == nil:
		return rest
	case len(path) == 1: // only a create leads there
		return 3 * life
	}
	return passing
}
