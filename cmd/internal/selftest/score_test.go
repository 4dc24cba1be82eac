package selftest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tallystick/tallystick/conformance"
	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/defects"
)

// A defect is found by a MUST. What ends the run before it begins, or a SHOULD, finds only a defect of that kind.
func TestScore(t *testing.T) {
	c := contract.Default()
	documented, inferred := "", ""
	for _, p := range c.Probes() {
		switch {
		case p.Source.Basis == contract.Documented && documented == "":
			documented = p.ID
		case p.Source.Basis == contract.Inferred && inferred == "":
			inferred = p.ID
		}
	}
	found := func(l conformance.Level) *conformance.Report {
		return &conformance.Report{Findings: []conformance.Finding{{Check: "x", Level: l}}}
	}
	gone := fmt.Errorf("%w: nobody", conformance.ErrUnreachable)
	for _, row := range []struct {
		d      defects.Defect
		report *conformance.Report
		err    error
		want   bool
	}{
		{defects.Defect{Name: "a", Probe: documented}, found(conformance.Must), nil, true},
		{defects.Defect{Name: "a", Probe: documented}, found(conformance.Should), nil, false},
		{defects.Defect{Name: "a", Probe: inferred}, found(conformance.Should), nil, true},
		{defects.Defect{Name: "a"}, &conformance.Report{}, nil, false},
		{defects.Defect{Name: "wrong-type/createInstance/id"}, nil, gone, false},
		{defects.Defect{Name: "wrong-type/listInstances/total"}, nil, gone, true},
		{defects.Defect{Name: "wrong-type/listInstances/total"}, nil, errors.New("out of order"), false},
		{defects.Defect{Name: "status/createToken"}, nil, fmt.Errorf("%w: 500", conformance.ErrCredentials), true},
	} {
		if got := score(c, row.d, row.report, row.err); got.Found != row.want || (!got.Found && row.report == nil && got.Error == "") {
			t.Errorf("%+v, %v: %+v", row.d, row.err, got)
		}
	}
}
