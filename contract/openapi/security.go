package openapi

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// requirement is one credential that a request must carry.
type requirement struct {
	scheme string // its name in the document
	kind   string // apiKey, or the scheme of HTTP in lower case; "" for what no request shows
	in     string // of an apiKey: header, query or cookie
	name   string // of an apiKey
}

// readSecurity gives the alternatives of which a request has to meet one; none when nothing is demanded.
func (op *Operation) readSecurity() [][]requirement {
	at := op.at.child("security")
	if !at.exists() {
		at = op.at.doc.root.child("security")
	}
	var out [][]requirement
	for _, alternative := range at.items() {
		all := []requirement{}
		alternative.each(func(name string, at place) { all = append(all, readScheme(name, at)) })
		out = append(out, all)
	}
	return out
}

func readScheme(name string, at place) requirement {
	r := requirement{scheme: name}
	scheme := at.doc.root.get("components", "securitySchemes", name)
	switch kind := scheme.child("type").text(); kind {
	case "apiKey":
		r.kind, r.in, r.name = kind, scheme.child("in").text(), scheme.child("name").text()
	case "http":
		r.kind = strings.ToLower(scheme.child("scheme").text())
	case "oauth2", "openIdConnect":
		r.kind = "bearer"
	case "mutualTLS":
	default:
		at.warn("security scheme %q is not defined, so nothing is demanded for it", name)
	}
	return r
}

// Secured tells whether a request must carry a credential.
func (op *Operation) Secured() bool {
	alternatives := op.parts().security
	return len(alternatives) > 0 && !slices.ContainsFunc(alternatives, func(all []requirement) bool {
		return !slices.ContainsFunc(all, func(r requirement) bool { return r.kind != "" })
	})
}

// Admit tells what is wrong with the credentials of a request, without a look at their worth: whether those
// that the document demands are there. nil when they are. The challenge is the value of WWW-Authenticate.
func (op *Operation) Admit(r Request) (challenge string, violation *Violation) {
	if !op.Secured() {
		return "", nil
	}
	var wanted []string
	for _, all := range op.parts().security {
		var missing []string
		for _, want := range all {
			if !want.met(r) {
				missing = append(missing, want.String())
				if challenge == "" {
					challenge = want.challenge()
				}
			}
		}
		if len(missing) == 0 {
			return "", nil
		}
		if text := strings.Join(missing, " and "); !slices.Contains(wanted, text) {
			wanted = append(wanted, text)
		}
	}
	return challenge, &Violation{In: "security", Keyword: "required", Text: "the credential is missing: want " + strings.Join(wanted, ", or ")}
}

func (r requirement) String() string {
	switch r.kind {
	case "apiKey":
		return fmt.Sprintf("%s %q (%s)", r.in, r.name, r.scheme)
	case "basic":
		return fmt.Sprintf("header \"Authorization: Basic BASE64(USER:PASSWORD)\" (%s)", r.scheme)
	}
	return fmt.Sprintf("header \"Authorization: %s CREDENTIAL\" (%s)", title(r.kind), r.scheme)
}

func (r requirement) challenge() string {
	if r.kind == "apiKey" || r.kind == "" {
		return ""
	}
	return title(r.kind)
}

func title(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

func (r requirement) met(q Request) bool {
	switch r.kind {
	case "":
		return true
	case "apiKey":
		switch r.in {
		case "query":
			return q.Query.Get(r.name) != ""
		case "cookie":
			return q.cookie(r.name) != ""
		}
		return http.Header(q.Header).Get(r.name) != ""
	}
	for _, value := range http.Header(q.Header).Values("Authorization") {
		kind, credential, _ := strings.Cut(value, " ")
		credential = strings.TrimSpace(credential)
		if !strings.EqualFold(kind, r.kind) || credential == "" {
			continue
		}
		if r.kind != "basic" {
			return true
		}
		if plain, err := base64.StdEncoding.DecodeString(credential); err == nil && strings.Contains(string(plain), ":") {
			return true
		}
	}
	return false
}

// sample puts a credential into a request.
func (r requirement) sample(q *Request) {
	const word = "sample"
	switch {
	case r.kind == "":
	case r.kind == "apiKey" && r.in == "query":
		if q.Query == nil {
			q.Query = url.Values{}
		}
		q.Query.Set(r.name, word)
	case r.kind == "apiKey" && r.in == "cookie":
		q.addCookie(r.name, word)
	case r.kind == "apiKey":
		http.Header(q.Header).Set(r.name, word)
	case r.kind == "basic":
		http.Header(q.Header).Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(word+":"+word)))
	default:
		http.Header(q.Header).Set("Authorization", title(r.kind)+" "+word)
	}
}
