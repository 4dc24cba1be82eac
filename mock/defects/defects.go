// Package defects lists mocks that break their contract, each in one way. A tester of servers is worth
// what it finds of them.
//
// Nothing here knows the API: members, codes, states and bounds come from the contract, so another
// contract has other defects, and no defect that its clients could not see.
package defects

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock"
)

// Defect is one way in which a mock can break its contract.
type Defect struct {
	Name   string // unique and stable; what comes from the contract is spelled as there
	Family string // one of Families
	Breaks string // what a client sees that it must not see: a sentence
	Probe  string // id of a probe of the contract that shows it; "" where it takes more than one request

	tampering func() mock.Tampering // anew for each mock, because some defects remember
}

// Option plants the defect into a new mock. Take a new one for each mock.
func (d Defect) Option() mock.Option { return mock.WithTampering(d.tampering()) }

// Families lists the families, in the order of All.
func Families() []string {
	names := make([]string, len(families))
	for i, f := range families {
		names[i] = f.name
	}
	return names
}

var families = []struct {
	name string
	list func(*catalog)
}{
	{"response-shape", shapeDefects},
	{"status-code", statusDefects},
	{"error-code", codeDefects},
	{"validation", validationDefects},
	{"boundary", boundaryDefects},
	{"rule", ruleDefects},
	{"lifecycle", lifecycleDefects},
	{"timing", timingDefects},
	{"persistence", persistenceDefects},
	{"list", listDefects},
	{"auth", authDefects},
	{"tenancy", tenancyDefects},
	{"robustness", robustnessDefects},
	{"race", raceDefects},
}

// All lists the defects that a contract makes possible: by family, in an order that is always the same.
func All(c *contract.Contract) []Defect {
	k := &catalog{Contract: c, probes: c.Probes()}
	for _, f := range families {
		k.family = f.name
		f.list(k)
	}
	return k.defects
}

// Find gives the defect of a name. The error names those that resemble it.
func Find(c *contract.Contract, name string) (Defect, error) {
	all := All(c)
	if i := slices.IndexFunc(all, func(d Defect) bool { return d.Name == name }); i >= 0 {
		return all[i], nil
	}
	near, distance := "", max(3, len(name)/3)
	for _, d := range all {
		if n := contract.EditDistance(name, d.Name); n < distance {
			near, distance = d.Name, n
		}
	}
	if near == "" {
		return Defect{}, fmt.Errorf("defect %q is not in the list", name)
	}
	return Defect{}, fmt.Errorf("defect %q is not in the list; did you mean %q?", name, near)
}

// catalog gathers the defects of a contract.
type catalog struct {
	*contract.Contract
	probes  []contract.Probe
	family  string
	defects []Defect
}

// add takes in a defect that keeps nothing in mind from one request to the next.
func (k *catalog) add(name, breaks string, t mock.Tampering) *Defect {
	return k.remembering(name, breaks, func() mock.Tampering { return t })
}

// remembering takes in a defect whose tampering has a memory, made anew for each mock.
func (k *catalog) remembering(name, breaks string, t func() mock.Tampering) *Defect {
	k.defects = append(k.defects, Defect{Name: name, Family: k.family, Breaks: breaks, tampering: t})
	return &k.defects[len(k.defects)-1]
}

// seen names the probe that shows a defect.
func (d *Defect) seen(p *contract.Probe) {
	if p != nil {
		d.Probe = p.ID
	}
}

// probe is the first probe that fits, nil when none does.
func (k *catalog) probe(fits func(*contract.Probe) bool) *contract.Probe {
	for i := range k.probes {
		if fits(&k.probes[i]) {
			return &k.probes[i]
		}
	}
	return nil
}

// operation is the first operation with a deed on a kind of resource, nil when there is none.
func (k *catalog) operation(rt *contract.ResourceType, deed contract.Deed) *contract.Operation {
	for _, op := range k.Operations() {
		if op.Effect != nil && op.Effect.Resource == rt && op.Effect.Do == deed {
			return op
		}
	}
	return nil
}

// kinds are the resource types that have a lifecycle.
func (k *catalog) kinds() []*contract.ResourceType {
	return slices.DeleteFunc(k.Resources(), func(rt *contract.ResourceType) bool { return rt.Lifecycle == nil })
}

// slug is a pointer as part of a name.
func slug(pointer string) string {
	return strings.ReplaceAll(strings.Trim(strings.ReplaceAll(pointer, "/*", ""), "/"), "/", ".")
}
