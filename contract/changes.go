package contract

import (
	"fmt"
	"strings"
)

// ChangesFrom tells people what distinguishes the contract from another edition of it, in short lines, such as
// "operations: +resizeInstance -stopAll". It is empty when the documents are the same; a change that it has no
// words for is one of schemas, texts or examples.
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

// maxNamed bounds how many changes of one sort are named.
const maxNamed = 12

// plusMinus is what has come and what has gone.
func plusMinus(before, now []string) string {
	changes := append(missing(before, now, " +"), missing(now, before, " -")...)
	if n := len(changes) - maxNamed; n > 0 {
		changes = append(changes[:maxNamed], fmt.Sprintf(" and %d more", n))
	}
	return strings.Join(changes, "")
}

// missing are the names that one list has and another has not, behind a sign.
func missing(in, of []string, sign string) []string {
	known := make(map[string]bool, len(in))
	for _, name := range in {
		known[name] = true
	}
	var out []string
	for _, name := range of {
		if !known[name] {
			out = append(out, sign+name)
		}
	}
	return out
}

// CanReplace tells why the contract cannot take the place of another one in a service that runs; nil when it can. One
// with keys of the vocabulary is served in another way than one without.
func (c *Contract) CanReplace(before *Contract) error {
	if (c.foreign == nil) == (before.foreign == nil) {
		return nil
	}
	words := map[bool]string{true: "no key of the vocabulary (" + vocabularyPrefix + "...)", false: "keys of the vocabulary (" + vocabularyPrefix + "...)"}
	return fmt.Errorf("%s has %s, and what is served has %s: start anew with it", c.Name, words[c.foreign != nil], words[before.foreign != nil])
}
