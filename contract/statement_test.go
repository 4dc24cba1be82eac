package contract_test

import (
	"reflect"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// Statements say what the document says, wherever the parts of it stand.
func TestStatements(t *testing.T) {
	byPointer := map[string]*contract.Statement{}
	for _, s := range contract.Default().Statements() {
		if byPointer[s.Pointer] != nil {
			t.Errorf("%s is there twice", s.Pointer)
		}
		if s.Position.Line == 0 || s.Source.Basis == "" {
			t.Errorf("%s has position %s and basis %q", s.Pointer, s.Position, s.Source.Basis)
		}
		byPointer[s.Pointer] = s
	}
	if len(byPointer) < 500 {
		t.Errorf("only %d statements", len(byPointer))
	}
	const schemas = "/components/schemas/"
	for _, c := range []struct {
		pointer string
		want    contract.Statement // what is compared of it
	}{
		{schemas + "CreateInstanceRequest/properties/name", contract.Statement{Kind: contract.OfMember, Name: "name", Required: true,
			Limits: contract.Limits{Types: []string{"string"}, Bounds: map[string]string{"minLength": "1", "maxLength": "64"}, Patterns: []string{"^[A-Za-z0-9_-]*$"}}}},
		{schemas + "AutoStopRequest/properties/duration", contract.Statement{Kind: contract.OfMember, Name: "duration",
			Limits: contract.Limits{Types: []string{"integer"}, Bounds: map[string]string{"minimum": "3600", "maximum": "86400"}, Conditional: true}}},
		{schemas + "AutoStopRequest/properties/enable", contract.Statement{Kind: contract.OfMember, Name: "enable",
			Limits: contract.Limits{Types: []string{"boolean"}, Bounds: map[string]string{}, Default: "false", HasDefault: true}}},
		{schemas + "SpecRequest/properties/annotations", contract.Statement{Kind: contract.OfMember, Name: "annotations",
			Limits: contract.Limits{Types: []string{"object"}, Items: []string{"string"}, Bounds: map[string]string{}}}},
		{schemas + "StorageRequest/properties/type", contract.Statement{Kind: contract.OfMember, Name: "type", Required: true,
			Limits: contract.Limits{Types: []string{"string"}, Enum: []string{"obs", "obsfs", "evs"}, Bounds: map[string]string{}}}},
		{"/components/parameters/order", contract.Statement{Kind: contract.OfParameter, Name: "order", In: "query",
			Limits: contract.Limits{Types: []string{"string"}, Enum: []string{"asc", "desc"}, Bounds: map[string]string{}, Default: "asc", HasDefault: true}}},
		{"/components/x-tally-errors/codes/ModelArts.7002/variants/dataset", contract.Statement{Kind: contract.OfCode, Name: "ModelArts.7002", Status: 400, Message: "You are not authorized to operate dataset {id}."}},
	} {
		s := byPointer[c.pointer]
		if s == nil {
			t.Errorf("%s is missing", c.pointer)
			continue
		}
		got := contract.Statement{Kind: s.Kind, Name: s.Name, In: s.In, Required: s.Required, Status: s.Status, Message: s.Message, Limits: s.Limits}
		for _, list := range []*[]string{&got.Limits.Types, &got.Limits.Items, &got.Limits.Enum, &got.Limits.Patterns} {
			if len(*list) == 0 {
				*list = nil
			}
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", c.pointer, got, c.want)
		}
	}
	status := byPointer[schemas+"Instance/properties/status"]
	if !status.Limits.Open || len(status.Limits.Enum) != 15 || !status.Limits.ReadOnly {
		t.Errorf("the states of an instance: %+v", status.Limits)
	}
	if _, ok := byPointer[schemas+"InstanceList/properties/instances"].Member("id"); !ok {
		t.Error("the list holds no instances")
	}
	rule := byPointer["/paths/~1v1~1{project_id}~1demanager~1instances/post/x-tally-rules/0"]
	if rule == nil || rule.Kind != contract.OfRule || !rule.Mentions("modelarts:notebook:create") || rule.Mentions("开发环境权限") {
		t.Errorf("a rule mentions what it says, and not its source: %+v", rule)
	}
}
