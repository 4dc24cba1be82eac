package peers

import (
	"encoding/json"
	"testing"

	tallystick "github.com/tallystick/tallystick"
	"github.com/tallystick/tallystick/contract"
)

func document(t *testing.T) *Document {
	t.Helper()
	d, err := ReadDocument(tallystick.Files, tallystick.Document)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// scene has one answer with everything, one with an id, and one that is always the same.
func scene(t *testing.T) *Scene {
	t.Helper()
	c := contract.Default()
	return &Scene{Document: document(t), Tenant: "p", Header: "X-Auth-Token", Token: "secret", Answers: []Answer{
		{Operation: c.Operation("getInstance"), Status: 200, Body: `{"id":"DE-1","name":"one"}`, ID: "DE-1", Prefix: "DE-"},
		{Operation: c.Operation("listInstances"), Status: 200, Body: `{"instances":[],"total_count":0}`},
		{Operation: c.Operation("createInstance"), Status: 200, Body: `{"id":"DE-12345","name":"bench-1"}`, ID: "DE-12345", Prefix: "DE-", Name: "bench-1"},
		{Operation: c.Operation("createToken"), Status: 201, Header: map[string]string{"X-Subject-Token": "t"}, Body: `{"token":{}}`},
	}}
}

func asJSON(t *testing.T, value any) []byte {
	t.Helper()
	data, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}
