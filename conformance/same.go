package conformance

import (
	"cmp"
	"fmt"
	"strings"
)

// sameness notices a target that gives one answer to everything: a page of a proxy, or a stub.
type sameness struct {
	count       int
	status      int
	body        string
	text        string // the answer in short
	differs     bool
	requestKind map[string]bool // method and operation, to see that the questions differed
}

const enoughForSame = 20 // questions, of at least three kinds

// see takes in an exchange; the mutex of the session is held.
func (s *sameness) see(c call, r *reply) {
	if s.differs || strings.HasPrefix(c.path, controlPrefix) {
		return
	}
	if s.count == 0 {
		s.status, s.body, s.text, s.requestKind = r.Status, r.ResponseBody, fmt.Sprint(r.Status, " ", shortBody(r)), map[string]bool{}
	}
	s.count++
	s.requestKind[r.Method+" "+r.Operation] = true
	s.differs = r.err != nil || r.Status != s.status || r.ResponseBody != s.body
}

// everything is the one answer that everything got in the run, or in all parts of a merge, without secrets; "" when
// answers differ.
func (r *runner) everything() string {
	return cmp.Or(r.same, r.session.clean(r.session.everything()))
}

// everything is the one answer that everything got; "" when answers differ.
func (s *session) everything() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.same.differs || s.same.count < enoughForSame || len(s.same.requestKind) < 3 {
		return ""
	}
	return s.same.text
}
