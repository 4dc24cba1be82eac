package signing

import (
	"fmt"
	"slices"
	"strings"
)

// Authorization is what the header Authorization says. The signature in it is for Verify only, and is shown by
// no verb of package fmt.
type Authorization struct {
	Access string   // id of the access key
	Signed []string // names of the signed headers, in lower case, in the order of the request

	signature string
}

// String tells whose the signature is, and what it covers.
func (a Authorization) String() string {
	return fmt.Sprintf("%s by %s over %s", Scheme, a.Access, strings.Join(a.Signed, ";"))
}

// Format keeps the signature from every verb.
func (a Authorization) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(a.String())) }

func (a Authorization) header() string {
	return fmt.Sprintf("%s Access=%s, SignedHeaders=%s, Signature=%s", Scheme, a.Access, strings.Join(a.Signed, ";"), a.signature)
}

// Is tells whether a header Authorization is a signature of this kind, right or wrong.
func Is(header string) bool {
	scheme, _, _ := strings.Cut(header, " ")
	return scheme == Scheme
}

// Parse reads a header Authorization of the form
//
//	SDK-HMAC-SHA256 Access=ID, SignedHeaders=a;b, Signature=HEX
//
// The error tells what it lacks, and never shows a signature.
func Parse(header string) (Authorization, error) {
	if !Is(header) {
		return Authorization{}, problem("the header Authorization does not begin with " + Scheme)
	}
	const want = "; want Access=, SignedHeaders= and Signature="
	members := map[string]string{}
	for part := range strings.SplitSeq(strings.TrimPrefix(header, Scheme), ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		switch {
		case !ok || value == "" || strings.ContainsAny(value, " \t"):
			return Authorization{}, problem("the header Authorization has a part that is no NAME=VALUE" + want)
		case !slices.Contains([]string{"Access", "SignedHeaders", "Signature"}, name):
			return Authorization{}, problem(fmt.Sprintf("the header Authorization has a part %.40q%s", name, want))
		case members[name] != "":
			return Authorization{}, problem("the header Authorization says " + name + " twice")
		}
		members[name] = value
	}
	if len(members) < 3 {
		return Authorization{}, problem("the header Authorization is not complete" + want)
	}
	a := Authorization{Access: members["Access"], signature: members["Signature"]}
	for name := range strings.SplitSeq(members["SignedHeaders"], ";") {
		if name = strings.ToLower(name); name == "" || slices.Contains(a.Signed, name) {
			return Authorization{}, problem("the header Authorization names a signed header twice, or one without a name")
		}
		a.Signed = append(a.Signed, name)
	}
	return a, nil
}
