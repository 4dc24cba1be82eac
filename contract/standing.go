package contract

import "slices"

// Standing lists the errors that an operation may answer whatever a request says and whatever there is: those
// of HTTP and of credentials, and those of its own that the server or nothing known brings about.
func (c *Contract) Standing(op *Operation) []*Error {
	var out []*Error
	add := func(f Fault) {
		for _, e := range append([]*Error{f.Error}, f.Also...) {
			if !slices.Contains(out, e) {
				out = append(out, e)
			}
		}
	}
	for _, condition := range wireKeywords {
		if f, ok := c.wire[condition]; ok && condition != "body" { // which is about what a request says
			add(f)
		}
	}
	for _, s := range c.security {
		for _, condition := range sortedKeys(s.faults) {
			add(s.faults[condition])
		}
	}
	for _, e := range c.catalogue.entries {
		if e.AppliesTo(op.ID) && (e.Provoke == ByServer || e.Provoke == ByNothing) {
			add(Fault{Error: e})
		}
	}
	return out
}
