package mock

import (
	"slices"
	"testing"

	"github.com/tallystick/tallystick/contract"
)

// Every operation of the contract is mounted, and nothing else is.
func TestRoutesAreTheContract(t *testing.T) {
	c := contract.Default()
	s := defaults()
	w, err := newWorld(c, s)
	if err != nil {
		t.Fatal(err)
	}
	var declared, mounted []string
	for _, op := range c.Operations() {
		path, err := route(op.Path)
		if err != nil {
			t.Fatal(err)
		}
		declared = append(declared, op.Method+" "+path)
	}
	srv := &server{contract: c, world: w, log: s.log, answers: newHeaders(c)}
	router, err := srv.router()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range router.Routes() {
		mounted = append(mounted, r.Method+" "+r.Path)
	}
	slices.Sort(declared)
	slices.Sort(mounted)
	if len(declared) == 0 || !slices.Equal(declared, mounted) {
		t.Errorf("declared %v\nmounted  %v", declared, mounted)
	}
}

// An operation has an effect or a hook, never both; every hook belongs to an operation.
func TestHooksAreOperations(t *testing.T) {
	c := contract.Default()
	for _, name := range Hooks() {
		if op := c.Operation(name); op == nil || op.Effect != nil {
			t.Errorf("hook %q serves no operation without an effect", name)
		}
	}
	for _, op := range c.Operations() {
		if op.Effect == nil && !slices.Contains(Hooks(), op.ID) {
			t.Errorf("operation %q has neither effect nor hook", op.ID)
		}
	}
}

// What headerHooks promises, the contract documents.
func TestHeaderHooksAreDocumented(t *testing.T) {
	if got := newHeaders(contract.Default()).names; len(got) != len(headerHooks) {
		t.Errorf("documented are %v of %v", got, sortedKeys(headerHooks))
	}
}
