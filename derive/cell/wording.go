package cell

import "strings"

// String words a condition as the draft of a rule: required when a == b and c is present.
func (c Condition) String() string {
	var tests []string
	for _, t := range c.Tests {
		switch t.Op {
		case "empty", "present":
			tests = append(tests, t.Field+" is "+t.Op)
		default:
			tests = append(tests, t.Field+" "+t.Op+" "+t.Value)
		}
	}
	join := " and "
	if c.Any {
		join = " or "
	}
	return c.Effect + " when " + strings.Join(tests, join)
}
