// Package peers describes the programs that the benchmark compares with: how each is set up to play the contract, or
// to hold a server to it, as far as it can, and what came of it. It measures nothing itself.
package peers

import (
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// Scene is what every server is to play: the same answers to the same requests.
type Scene struct {
	Document *Document
	Tenant   string   // the tenant whose resources are asked for
	Header   string   // that carries the token
	Token    string   // that the requests carry
	Answers  []Answer // of the mock, one for each workload
}

// Answer is what the mock answered to an operation. The zero value of ID and Name means that nothing in it
// depends on the request.
type Answer struct {
	Operation *contract.Operation
	Status    int
	Header    map[string]string // headers that clients need, beside the content type
	Body      string
	ID        string // of the resource, as it stands in Body
	Prefix    string // what every id begins with
	Name      string // the unique member of the resource, as it stands in Body
}

// contentType is what every answer has.
const contentType = "application/json; charset=UTF-8"

// fill puts the template expressions of a server where the answer depends on the request.
func (a *Answer) fill(id, name string) string {
	body := a.Body
	if a.ID != "" {
		body = strings.ReplaceAll(body, a.ID, id)
	}
	if a.Name != "" {
		body = strings.ReplaceAll(body, a.Name, name)
	}
	return body
}

// key is the path parameter with the id of the resource; "" when the request has none.
func (a *Answer) key() string {
	if a.Operation.Effect == nil {
		return ""
	}
	return a.Operation.Effect.Key
}

// nameIn is the JSON pointer to the unique member in the request; "" when the request has none.
func (a *Answer) nameIn() string {
	if e := a.Operation.Effect; e != nil && e.Unique != nil && a.Name != "" {
		return e.Unique.By
	}
	return ""
}

// dotted is a JSON pointer as template languages write it: /a/b is a.b.
func dotted(pointer string) string {
	return strings.ReplaceAll(strings.TrimPrefix(pointer, "/"), "/", ".")
}
