package contract

import "time"

// The conditions of a credential that have limits, and the members that say them.
const (
	staleKeyword, beyondMember            = "stale", "beyond"
	lockedKeyword, afterMember, forMember = "locked", "after", "for"
)

// faultLimit is when a condition of a credential begins, where that can be said with numbers.
type faultLimit struct {
	beyond, lasts time.Duration
	after         int
}

// readFaultLimit reads the members that a keyword has, and refuses them at any other one.
func readFaultLimit(at place, keyword, beyond string, after int, lasts string) faultLimit {
	for member, home := range map[string]string{beyondMember: staleKeyword, afterMember: lockedKeyword, forMember: lockedKeyword} {
		if p, ok := at.child(member); ok && keyword != home {
			p.addf("%q means nothing here; it belongs to %s of a security scheme", member, home)
		}
	}
	_, hasAfter := at.child(afterMember)
	if _, hasFor := at.child(forMember); keyword == lockedKeyword && hasAfter != hasFor {
		at.addf("want both %s and %s, or neither of them", afterMember, forMember)
	}
	l := faultLimit{after: after}
	l.beyond, _ = time.ParseDuration(beyond) // the vocabulary's schema has the form
	l.lasts, _ = time.ParseDuration(lasts)
	return l
}

// SignatureLimits is what the contract says of signatures with an access key in numbers. What it does not say is 0,
// and then there is no such limit.
type SignatureLimits struct {
	Window   time.Duration // how far the time of a signature may be from that of the server
	Failures int           // in a row that a key survives; one more locks it
	Lock     time.Duration // how long
}

// SignatureLimits are those of the first security scheme that has any.
func (c *Contract) SignatureLimits() SignatureLimits {
	var out SignatureLimits
	for _, s := range c.security {
		if l := s.faults[staleKeyword].limit; out.Window == 0 {
			out.Window = l.beyond
		}
		if l := s.faults[lockedKeyword].limit; out.Failures == 0 {
			out.Failures, out.Lock = l.after, l.lasts
		}
	}
	return out
}
