package contract_test

import (
	"testing"

	"github.com/tallystick/tallystick/contract"
)

func TestMark(t *testing.T) {
	c := contract.Default()
	at := func(m *contract.Mark, path ...string) *contract.Mark {
		for _, name := range path {
			if name == "*" {
				m = m.Item()
			} else {
				m = m.Member(name)
			}
		}
		return m
	}
	resource, login := c.Resources()[0].Mark(), c.Operation("createToken").Body.Schema.Mark()
	list := c.Operation("listInstances").Success().Schema.Mark()
	for _, row := range []struct {
		name                string
		mark                *contract.Mark
		described           bool
		readOnly, writeOnly bool
	}{
		{"a member of clients", at(resource, "name"), true, false, false},
		{"a member of the server", at(resource, "id"), true, true, false},
		{"deep in an object", at(resource, "spec", "auto_stop", "remain_time"), true, true, false},
		{"in an object that is the server's", at(resource, "spec", "failed_reasons", "code"), true, true, false},
		{"a name that the schema leaves open", at(resource, "spec", "annotations", "anything"), true, false, false},
		{"in an array", at(list, "instances", "*", "creation_timestamp"), true, true, false},
		{"a secret", at(login, "auth", "identity", "password", "user", "password"), true, false, true},
		{"beside a secret", at(login, "auth", "identity", "password", "user", "name"), true, false, false},
		{"not described", at(resource, "nothing", "here"), false, false, false},
		{"no array", at(resource, "name", "*"), false, false, false},
	} {
		if (row.mark != nil) != row.described {
			t.Errorf("%s: described %t, want %t", row.name, row.mark != nil, row.described)
		} else if row.mark != nil && (row.mark.ReadOnly != row.readOnly || row.mark.WriteOnly != row.writeOnly) {
			t.Errorf("%s: %+v", row.name, row.mark)
		}
	}
}

func TestTakesCredential(t *testing.T) {
	for _, op := range contract.Default().Operations() {
		if got, want := op.TakesCredential(), op.ID == "createToken"; got != want {
			t.Errorf("%s: %t, want %t", op.ID, got, want)
		}
	}
}
