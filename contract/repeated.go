package contract

import (
	"fmt"

	"github.com/tallystick/tallystick/contract/openapi"
)

// Repeated is every operationId of a foreign document that another operation has before it, by place. It keeps
// nothing from being served, but whoever names the operation cannot mean the second one. None of another contract:
// that does not load with one.
func (c *Contract) Repeated() Problems {
	if c.foreign == nil {
		return nil
	}
	var found []openapi.Problem
	first := map[string]*Operation{}
	for _, op := range c.operations {
		was := first[op.ID]
		if was == nil {
			first[op.ID] = op
			continue
		}
		file, pointer := op.foreign.Position()
		found = append(found, openapi.Problem{File: file, Pointer: pointer + "/operationId",
			Text: fmt.Sprintf("operationId %q is that of %s %s, too; want one that no other operation has", op.ID, was.Method, was.Path)})
	}
	return problemsOf(found)
}
