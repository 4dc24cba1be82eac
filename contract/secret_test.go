package contract_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tallystick/tallystick/contract"
)

func TestSecretsOfTheDocument(t *testing.T) {
	c := contract.Default()
	if got, want := c.SecretNames(), []string{"access_token", "password", "ssh_private_key", "token"}; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	if got, want := c.SecretHeaders(), []string{"Authorization", "X-Auth-Token", "X-Subject-Token"}; !slices.Equal(got, want) {
		t.Errorf("headers %q, want %q", got, want)
	}
	if got, want := c.Operation("createToken").Secrets().Request, []string{"/auth/identity/password/user/password"}; !slices.Equal(got, want) {
		t.Errorf("of a token request %q, want %q", got, want)
	}
	if got, want := c.Operation("getInstanceToken").Secrets().Responses[200], []string{"/token"}; !slices.Equal(got, want) {
		t.Errorf("of a notebook's token %q, want %q", got, want)
	}
	if got := c.Operation("listInstances").Secrets().Responses[200]; !slices.Contains(got, "/instances/*/spec/credential/ssh_private_key") {
		t.Errorf("of a list %q, without the key of each instance", got)
	}
}

const secretDocument = `openapi: 3.1.0
info: {title: t, version: "1"}
security: [{key: []}]
paths:
  /a:
    post:
      operationId: a
      parameters:
        - {name: sig, in: query, schema: {type: string, format: password}}
        - {name: x-pin, in: header, schema: {$ref: '#/components/schemas/Pin'}}
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Node'}}}
      responses:
        default: {description: d, content: {application/json: {schema: {type: array, items: {allOf: [{$ref: '#/components/schemas/Pin'}]}}}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: x-key}}
  schemas:
    Pin: {type: string, format: password}
    Node:
      type: object
      properties:
        a/b: {$ref: '#/components/schemas/Pin'}
        map: {type: object, additionalProperties: {type: object, properties: {pin: {type: string, format: password}}}}
        next: {$ref: '#/components/schemas/Node'}
`

// Marks are found behind references, in maps and arrays, and in schemas that contain themselves.
func TestSecretsAnywhere(t *testing.T) {
	c, err := contract.Load(fstest.MapFS{"api.yaml": {Data: []byte(secretDocument)}}, "api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := c.Operation("a").Secrets()
	for _, want := range []string{"/a~1b", "/map/*/pin", "/next/a~1b", "/next/next/map/*/pin"} {
		if !slices.Contains(s.Request, want) {
			t.Errorf("%q is not in %q", want, s.Request)
		}
	}
	if got := s.Responses[0]; !slices.Equal(got, []string{"/*"}) {
		t.Errorf("of the answer %q", got)
	}
	if got := strings.Join(c.SecretHeaders(), " "); got != "X-Key X-Pin" {
		t.Errorf("headers %s", got)
	}
	if got := strings.Join(c.SecretNames(), " "); got != "a/b pin sig" {
		t.Errorf("names %s", got)
	}
}
