package contract

import (
	"fmt"
	"slices"
	"strings"
)

// ChangesFrom tells people what distinguishes the contract from another edition of it, in short lines, such as
// "operations: +resizeInstance -stopAll". It is empty when the documents are the same; a change that it has no
// words for is one of schemas or texts.
func (c *Contract) ChangesFrom(before *Contract) []string {
	var out []string
	if c.Title != before.Title || c.Version != before.Version {
		out = append(out, fmt.Sprintf("%s %s, before %s %s", c.Title, c.Version, before.Title, before.Version))
	}
	now, then := c.names(), before.names()
	for i, what := range namedThings {
		if line := plusMinus(then[i], now[i]); line != "" {
			out = append(out, what+":"+line)
		}
	}
	if len(out) == 0 && c.hash != before.hash {
		out = append(out, "schemas or texts")
	}
	return out
}

// namedThings are the headings of what names gives.
var namedThings = []string{"operations", "rules", "errors", "kinds", "states"}

// names are the names of everything that has one, in the order of namedThings.
func (c *Contract) names() [][]string {
	var operations, rules, errors, kinds, states []string
	for _, op := range c.operations {
		operations = append(operations, op.ID)
		for _, r := range op.Rules {
			rules = append(rules, op.ID+"/"+r.ID)
		}
	}
	for _, e := range c.Errors() {
		errors = append(errors, e.Ref)
	}
	for _, k := range c.resources {
		kinds = append(kinds, k.Name)
		if k.Lifecycle == nil {
			continue
		}
		for _, s := range k.Lifecycle.States {
			states = append(states, k.Name+"/"+s.Name)
		}
	}
	return [][]string{operations, rules, errors, kinds, states}
}

// plusMinus is what has come and what has gone.
func plusMinus(before, now []string) string {
	var b strings.Builder
	for _, name := range now {
		if !slices.Contains(before, name) {
			b.WriteString(" +" + name)
		}
	}
	for _, name := range before {
		if !slices.Contains(now, name) {
			b.WriteString(" -" + name)
		}
	}
	return b.String()
}
