package contract_test

import (
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// A rule compares a member with a value only if it names both, with the operator between them.
func TestStatementCompares(t *testing.T) {
	var rule *contract.Statement
	for _, s := range contract.Default().Statements() {
		if s.Kind == contract.OfRule && s.Compares(contract.Comparison{Field: "type", Op: "==", Value: "obs"}) && s.Mentions("endsWith") {
			rule = s
		}
	}
	if rule == nil {
		t.Fatal("no rule has the comparison that it is known for")
	}
	for _, c := range []contract.Comparison{
		{Field: "type", Op: "!=", Value: "obs"}, {Field: "path", Op: "==", Value: "obs"}, {Field: "type", Op: "==", Value: "obsfs"},
		{Field: "type", Op: "==", Value: "ob"}, {Field: "type", Op: "empty"}, {Field: "type"},
	} {
		if rule.Compares(c) {
			t.Errorf("%s: the rule has no %+v", rule.Pointer, c)
		}
	}
}

// The condition of a schema is read with its member and value.
func TestStatementDemands(t *testing.T) {
	for _, s := range contract.Default().Statements() {
		if s.Pointer == "/components/schemas/AutoStopRequest/properties/duration" {
			if len(s.Demands) != 1 || s.Demands[0].String() != "enable == true" {
				t.Errorf("got %v, want enable == true", s.Demands)
			}
			return
		}
	}
	t.Error("the member is missing")
}
