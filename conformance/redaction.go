package conformance

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// clean takes every known secret out of a text.
func (s *session) clean(text string) string {
	for _, secret := range s.known() {
		text = strings.ReplaceAll(text, secret, redacted)
	}
	return text
}

// withhold takes out of the bodies of an exchange what the contract calls secret, by the names of the members:
// whatever stands there may be short, or part of a body that is no JSON.
func (s *session) withhold(op *contract.Operation, e *Exchange) {
	if op == nil {
		return
	}
	kept, ok := s.marked.Load(op)
	if !ok {
		kept, _ = s.marked.LoadOrStore(op, secretMembers(op))
	}
	if members := kept.(*regexp.Regexp); members != nil {
		e.RequestBody = members.ReplaceAllString(e.RequestBody, `${1}"`+redacted+`"`)
		e.ResponseBody = members.ReplaceAllString(e.ResponseBody, `${1}"`+redacted+`"`)
	}
}

// secretMembers matches the members of an operation's bodies that the contract marks as secret and that hold a
// string; nil when it marks none.
func secretMembers(op *contract.Operation) *regexp.Regexp {
	marks := op.Secrets()
	pointers := slices.Clone(marks.Request)
	for _, found := range marks.Responses {
		pointers = append(pointers, found...)
	}
	var names []string
	for _, pointer := range pointers {
		if name := lastPart(pointer); name != "" && name != "*" {
			names = append(names, regexp.QuoteMeta(name))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return regexp.MustCompile(`("(?:` + strings.Join(names, "|") + `)"\s*:\s*)"(?:[^"\\]|\\.)*(?:"|\\?$)`)
}

// withoutSecrets takes the secrets out of everything that a result says. Its exchanges have none any more.
func (s *session) withoutSecrets(results []Result) {
	for i := range results {
		res := &results[i]
		for _, text := range []*string{&res.Requirement, &res.Actual, &res.Reason, &res.Curl, &res.Rerun} {
			*text = s.clean(*text)
		}
		res.Expected = s.cleanAll(res.Expected)
	}
}

// cleanAll is a copy of texts without secrets; nil stays nil.
func (s *session) cleanAll(texts []string) []string {
	if texts == nil {
		return nil
	}
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = s.clean(text)
	}
	return out
}
