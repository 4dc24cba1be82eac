package contract

// reasonArg is the argument of a condition of a credential that says in words what is wrong with it.
const reasonArg = "reason"

// SecurityRefusalFor is SecurityRefusal for one request: the reason, a few words without a full stop, stands
// where x-tally-error asks for it.
func (c *Contract) SecurityRefusalFor(condition, reason string) *Refusal {
	for _, s := range c.security {
		if f, ok := s.faults[condition]; ok {
			r := f.refusal(map[string]string{reasonArg: reason})
			r.Source = f.Error.Source
			return r
		}
	}
	return nil
}
