package contract_test

import (
	"testing"
	"testing/fstest"

	"github.com/tallystick/tallystick/contract"
)

// TestLoadAcceptsCorners lists documents that are right in an unusual way.
func TestLoadAcceptsCorners(t *testing.T) {
	const (
		list    = "paths:\n  /items:\n    get:\n      operationId: listItems\n      responses: {'200': {description: Items.}, '404': {description: None.}}\n"
		catalog = "components:\n  x-tally-errors:\n    bodies: {flat: {code: \"${code}\"}}\n    codes:\n      E1: {status: 404, message: None., meaning: None., provoke: request, operations: [all], source: {basis: assumed}}\n"
	)
	for name, text := range map[string]string{
		"a code that only the wire refers to": shopHead + "x-tally-error: {route: E1}\n" + list + catalog,
		"an id that reads like a date":        shopHead + "x-tally-source: {basis: inferred, at: [{edition: 2020-07-16, page: 2020-07-16}]}\n" + list,
		"keys within data":                    shopHead + list + "components:\n  schemas:\n    Item: {type: object, default: {x-tally-nonsense: 1}, examples: [{x-tally-effect: 1}]}\n",
		"no operation":                        shopHead + "paths: {}\n",
		"JSON":                                `{"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": {}}`,
		"OpenAPI 3.0":                         "openapi: 3.0.3\ninfo: {title: Shop, version: '1'}\n" + list,
		"anchors and aliases":                 shopHead + "x-tally-source: &s {basis: assumed}\n" + list + "      x-tally-source: *s\n",
		"a line break of another system":      "openapi: 3.1.0\r\ninfo: {title: Shop, version: '1'}\r\npaths: {}\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := contract.Load(fstest.MapFS{"shop.yaml": {Data: []byte(text)}}, "shop.yaml"); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestResourceWithoutLifecycle: a resource without states is created, read, changed and never runs out.
func TestResourceWithoutLifecycle(t *testing.T) {
	text := shopHead + `x-tally-rules: [{id: 2020-07-16, given: 2020-07-17, error: E1, source: {basis: assumed}}]
paths:
  /items:
    post:
      operationId: createItem
      requestBody: {content: {application/json: {schema: {type: object, properties: {name: {type: string}}}, examples: {pen: {value: {name: pen}}}}}}
      responses: {'201': {description: Made.}}
      x-tally-effect: {do: create, resource: Item, id: "I-${uuid}"}
  /items/{item}:
    get:
      operationId: getItem
      parameters: [{name: item, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: The item.}, '404': {description: None.}}
      x-tally-effect: {do: read, resource: Item, key: item, missing: E1}
components:
  schemas:
    Item: {type: object, properties: {name: {type: string}}}
  x-tally-errors:
    bodies: {flat: {code: "${code}"}}
    codes:
      E1: {status: 404, message: None., meaning: None., provoke: request, operations: [getItem], source: {basis: assumed}}
`
	c, err := contract.Load(fstest.MapFS{"shop.yaml": {Data: []byte(text)}}, "shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Operation("createItem").Rules[0]; r.ID != "2020-07-16" || r.Given != "2020-07-17" {
		t.Errorf("names that read like dates became %q and %q", r.ID, r.Given)
	}
	request, bad := c.Operation("createItem").Read(contract.Input{Body: []byte(`{"name": "pen", "size": 1}`)})
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	d, err := c.Decide(contract.Situation{Request: request, Now: now})
	if err != nil || d.Refusal != nil || d.State != "" || d.Body["name"] != "pen" || d.Body["size"] != nil {
		t.Errorf("the create gives %+v, %v", d, err)
	}
	rt := c.Resources()[0]
	if deadline, err := rt.Deadline("", d.Body, now); err != nil || !deadline.IsZero() {
		t.Errorf("it runs out at %v, %v", deadline, err)
	}
	read, bad := c.Operation("getItem").Read(contract.Input{Path: map[string]string{"item": "I-1"}})
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	if d, err := c.Decide(contract.Situation{Request: read, Now: now}); err != nil || ref(d) != "E1" {
		t.Errorf("without the item: %s, %v", ref(d), err)
	}
	if d, err := c.Decide(contract.Situation{Request: read, Resource: &contract.Resource{Body: d.Body}, Now: now}); err != nil || ref(d) != "" {
		t.Errorf("with the item: %s, %v", ref(d), err)
	}
}
