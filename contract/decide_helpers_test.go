package contract_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// now is the moment at which these tests happen.
var now = time.Date(2026, 3, 14, 15, 9, 26, 535_000_000, time.UTC)

var caller = contract.Caller{ID: "u-1", Name: "ada"}

// patch decodes a JSON object; "" is none.
func patch(t testing.TB, text string) map[string]any {
	t.Helper()
	if text == "" {
		return nil
	}
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return m
}

// input is an operation's documented request with a merge patch on its body.
func input(t testing.TB, op *contract.Operation, body string) contract.Input {
	t.Helper()
	in, err := op.DocumentedInput()
	if err != nil {
		t.Fatal(err)
	}
	if in, err = in.Patched(patch(t, body), nil); err != nil {
		t.Fatal(err)
	}
	return in
}

// read reads a request that must have no violations.
func read(t testing.TB, operation, body string) *contract.Request {
	t.Helper()
	op := contract.Default().Operation(operation)
	req, bad := op.Read(input(t, op, body))
	if len(bad) > 0 {
		t.Fatalf("%s: %v", operation, bad)
	}
	return req
}

// decide judges a situation, in which entries and the moment are filled in.
func decide(t testing.TB, s contract.Situation) contract.Decision {
	t.Helper()
	c := contract.Default()
	if len(s.Entries.Names()) == 0 {
		s.Entries = c.Entries()
	}
	s.Caller, s.Now = caller, now
	d, err := c.Decide(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// notebook is a resource made by the documented request, in a state.
func notebook(t testing.TB, state string) *contract.Resource {
	t.Helper()
	d := decide(t, contract.Situation{Request: read(t, "createInstance", "")})
	if d.Refusal != nil {
		t.Fatalf("the documented request is refused: %s", d.Refusal.Message())
	}
	return &contract.Resource{ID: "DE-1", Tenant: "p", Owner: caller, State: state, Since: now, Created: now, Updated: now, Body: d.Body}
}

// ref names what a decision came to: the refusal, or the state.
func ref(d contract.Decision) string {
	if d.Refusal != nil {
		return d.Refusal.Error.Ref
	}
	return d.State
}
