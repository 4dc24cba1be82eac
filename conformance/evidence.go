package conformance

import (
	"fmt"
	"slices"
	"strings"
)

// upTo is the exchanges of the check so far, up to one of them; nil stands for the latest.
func (t *trial) upTo(last *reply) []*reply {
	if i := slices.Index(t.replies, last); last != nil && i >= 0 {
		return slices.Clone(t.replies[:i+1])
	}
	return slices.Clone(t.replies)
}

// isOwn tells whether a call bears the credential that the user gave for a tenant, or needs none.
func (t *trial) isOwn(c call) bool {
	if c.header["Authorization"] != nil {
		return false
	}
	if c.token == "" {
		return t.signsAs(c) || c.op == nil || !c.op.Secured
	}
	return c.token == t.first.token || (t.second != nil && c.token == t.second.token)
}

// evidence is the exchanges of the check up to the one that failed, and that one as a curl line.
func (t *trial) evidence() ([]Exchange, string) {
	var out []Exchange
	for _, r := range t.proof {
		out = append(out, r.Exchange)
	}
	if len(out) == 0 {
		return nil, ""
	}
	last := t.proof[len(t.proof)-1]
	token := "$TALLY_TOKEN"
	if t.doubtful[last] {
		token = wrong // it would pass with the right one
	}
	return out, curl(last.Exchange, token)
}

// wrong stands in a curl line for a credential that is meant to be refused.
const wrong = "WRONG"

// curl is a line that sends the request again, with a token that the shell puts in. A comment tells what the
// line cannot do.
func curl(e Exchange, token string) string {
	var b strings.Builder
	var but []string
	fmt.Fprintf(&b, "curl -sS -i -X %s %s", e.Method, quote(e.URL))
	for _, name := range sortedKeys(e.RequestHeaders) {
		for _, value := range e.RequestHeaders[name] {
			switch {
			case value == redacted && isSigned(e):
				if name == "Authorization" {
					but = append(but, "the request was signed with the key of --ak; sign it anew")
				}
			case value == redacted && name == "Authorization" && token != wrong:
				fmt.Fprintf(&b, ` -H "Authorization: Bearer %s"`, token)
			case value == redacted:
				fmt.Fprintf(&b, ` -H "%s: %s"`, name, token)
			default:
				fmt.Fprintf(&b, " -H %s", quote(name+": "+value))
			}
		}
	}
	if e.RequestBody != "" {
		fmt.Fprintf(&b, " --data-binary %s", quote(e.RequestBody))
	}
	if token == wrong && strings.Contains(b.String(), token) {
		but = append(but, wrong+" stands for the credential of the check, which is meant to be refused")
	}
	if e.unasked || cutOff(e.RequestBody) {
		but = append(but, "the body is longer, and cut here")
	}
	if strings.Contains(e.RequestBody, redacted) {
		but = append(but, "put the password in the place of "+redacted)
	}
	if len(but) > 0 {
		fmt.Fprintf(&b, " # %s", strings.Join(but, "; "))
	}
	return b.String()
}

// isSigned tells whether a key has signed a request.
func isSigned(e Exchange) bool { return len(e.RequestHeaders["X-Sdk-Date"]) > 0 }

// quote makes one word of POSIX shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
