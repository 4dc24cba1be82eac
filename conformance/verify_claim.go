package conformance

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/contract"
)

// What a recording may ask for and a target cannot be made to give.
const (
	claimRecordedTenant     = "credentials of the other projects in the recording"
	claimRecordedRequest    = "requests that the recording holds as they were sent"
	claimRecordedWorld      = "whatever made the recorded server refuse or fail, which no request does"
	claimRecordedControl    = "the calls of a control API that the recording shows, which are not repeated"
	claimRecordedCreate     = "a recording that shows how the instance was created"
	claimRecordedCredential = "the credential that the recorded server refused"
	claimRecordedKind       = "a resource that can be removed again in a legal order"
)

// sendable tells why an exchange cannot be repeated; nil when it can.
func (v *verifier) sendable(s *step) error {
	effect := s.op.Effect
	switch {
	case s.in.Path[effect.Tenant] != v.tenant:
		return notClaimed{claimRecordedTenant}
	case s.was.err != nil && s.Status == 0, s.Status >= http.StatusInternalServerError && s.code != "" && v.c.Error(s.code) != nil, v.isOfTheWorld(s):
		if v.isUnauthenticated(s) {
			return nil
		}
		return notClaimed{claimRecordedWorld}
	case effect.Resource != v.kind && effect.Do != contract.Read && effect.Do != contract.List:
		return notClaimed{claimRecordedKind}
	case !s.isAsked():
		return notClaimed{claimRecordedRequest}
	}
	return v.readableAgain(s)
}

// readableAgain tells why a request from which something was taken out cannot be repeated.
func (v *verifier) readableAgain(s *step) error {
	if s.op.Body == nil || !isRedacted(decoded(&reply{body: s.in.Body})) {
		return nil
	}
	if _, bad := s.op.Read(s.in); s.was.ok() && len(bad) > 0 {
		return notClaimed{claimRecordedRequest}
	}
	return nil
}

// isOfTheWorld tells whether a request was refused for something that lies outside of it: credentials, limits
// of HTTP, a quota, the server.
func (v *verifier) isOfTheWorld(s *step) bool {
	if s.was.ok() || s.code == "" {
		return false
	}
	quota := s.op.Effect.Quota
	return (quota != nil && quota.Error.Code == s.code) || v.isWorldly(s) ||
		slices.ContainsFunc(v.c.Standing(s.op), func(e *contract.Error) bool { return e.Code == s.code })
}

// isWorldly tells whether it was a rule that refused for more than what the request says, such as what the
// recorded region offered then. Where the contract's own catalogue refuses too, a target should.
func (v *verifier) isWorldly(s *step) bool {
	is := func(e *contract.Error) bool { return e != nil && e.Code == s.code }
	rule := slices.ContainsFunc(s.op.Rules, func(r *contract.Rule) bool {
		return (is(r.Error) || slices.ContainsFunc(r.Also, is)) && (r.Given != "" || mentions(r.When, "self") || mentions(r.When, "now"))
	})
	req, bad := s.op.Read(s.in)
	if !rule || slices.ContainsFunc(bad, func(b contract.Violation) bool {
		return b.Refusal == nil || is(b.Refusal.Error) || slices.ContainsFunc(b.Refusal.Also, is)
	}) {
		return false
	}
	if _, codes := outcomesOf(v.kind, v.judge.allStates(), eventOf(s.op, s.in)); slices.Contains(codes, s.code) || len(bad) > 0 {
		return false
	}
	if s.op.Effect.Key != "" {
		return true // it is about an instance, of which the recording does not tell all
	}
	d, err := v.c.Decide(contract.Situation{Request: req, Entries: v.c.Entries(), Now: modelTime})
	return err != nil || d.Refusal == nil || !is(d.Refusal.Error)
}

// isUnauthenticated tells whether a request was refused because it had no credential at all.
func (v *verifier) isUnauthenticated(s *step) bool {
	refusal := v.c.SecurityRefusal("absent")
	return credentialOf(v.c, s.Recorded) == "" && !hasCredential(v.c, s.Recorded) && refusal != nil && accepts(refusal, s.code)
}

func hasCredential(c *contract.Contract, e *Recorded) bool {
	headers := canonical(e.RequestHeaders)
	found := headers.Get("Authorization") != ""
	for _, s := range c.Schemes() {
		found = found || (s.Header != "" && headers.Get(s.Header) != "")
	}
	return found
}
