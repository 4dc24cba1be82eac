package contract_test

import (
	"fmt"
	"net/url"
	"os"
	"testing/fstest"
	"time"

	"github.com/tallystick/tallystick/contract"
)

func ExampleLoad() {
	c, err := contract.Load(os.DirFS("testdata"), "good.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Title, c.Version)
	for _, op := range c.Operations() {
		fmt.Println(op.Method, op.Path, op.ID)
	}
	// Output:
	// Bakery 1.0.0
	// POST /{shop}/cakes createCake
	// GET /{shop}/cakes listCakes
	// GET /{shop}/cakes/{cake} getCake
	// PUT /{shop}/cakes/{cake} updateCake
	// DELETE /{shop}/cakes/{cake} deleteCake
	// POST /{shop}/cakes/{cake}/do actOnCake
}

// A document that is wrong gives everything that is wrong with it, with line and column.
func ExampleLoad_problems() {
	document := `openapi: 3.1.0
info: {title: Bakery, version: '1'}
paths: {}
x-tally-source: {basis: guessed}
x-tally-rule: []
`
	_, err := contract.Load(fstest.MapFS{"bakery.yaml": {Data: []byte(document)}}, "bakery.yaml")
	fmt.Println(err)
	// Output:
	// bakery.yaml:4:18: x-tally-source/basis: wanted one of documented, inferred, assumed, got guessed
	// bakery.yaml:5:1: key "x-tally-rule" is unknown; the vocabulary has x-tally-source, x-tally-errors, x-tally-error, x-tally-rules, x-tally-lifecycle, x-tally-effect; did you mean "x-tally-rules"?
}

func ExampleContract_Decide() {
	c, err := contract.Load(os.DirFS("testdata"), "good.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, body := range []string{
		`{"name": "tart", "kind": "apple"}`,
		`{"name": "wall", "kind": "brick"}`,
		`{"name": "Tart", "kind": "apple"}`,
	} {
		request, violations := c.Operation("createCake").Read(contract.Input{
			Path: map[string]string{"shop": "corner"}, Query: url.Values{}, ContentType: "application/json", Body: []byte(body)})
		if len(violations) > 0 {
			fmt.Println(violations[0], "->", violations[0].Refusal.Message())
			continue
		}
		decision, err := c.Decide(contract.Situation{Request: request, Entries: c.Entries(), Now: time.Unix(0, 0)})
		switch {
		case err != nil:
			fmt.Println(err)
		case decision.Refusal != nil:
			fmt.Println("rule", decision.Rule.ID, "->", decision.Refusal.Message())
		default:
			fmt.Println("accepted, now", decision.State)
		}
	}
	// Output:
	// accepted, now BAKING
	// rule kind-is-baked -> No brick cakes.
	// body /name: does not match pattern '^[a-z]+$' -> Not T.
}
