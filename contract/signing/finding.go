package signing

import (
	"crypto/hmac"
	"encoding/base64"
	"slices"
	"strings"
)

// Finding is why a signature was refused, for people. It has neither the secret nor any signature in it; values
// of hidden headers and parameters are replaced, so its canonical request need not have the hash that stands in
// the string to sign. The zero Finding says nothing.
type Finding struct {
	Access       string   `json:"access"`             // id of the key
	Problem      string   `json:"problem"`            // why it was refused
	Canonical    string   `json:"canonicalRequest"`   // as the server has it
	StringToSign string   `json:"stringToSign"`       // as the server has it
	Mistakes     []string `json:"mistakes,omitempty"` // that together lead to the signature which came; none when they are not known
	Part         string   `json:"part,omitempty"`     // the first part that differs, when the mistakes are known; "" when only key or form do
	Server       string   `json:"server,omitempty"`   // that part as the server has it
	Client       string   `json:"client,omitempty"`   // and as the client has signed it
	Hint         string   `json:"hint,omitempty"`     // what to look at when the mistakes are not known
}

// String is the problem with its mistakes, on one line.
func (f Finding) String() string {
	switch {
	case len(f.Mistakes) > 0:
		return f.Problem + ": " + strings.Join(f.Mistakes, ", and ")
	case f.Hint != "":
		return f.Problem + "; " + strings.ToLower(f.Hint[:1]) + f.Hint[1:]
	}
	return f.Problem
}

// redacted stands for what must not be shown.
const redacted = "REDACTED"

// maxPaired bounds the canonical requests for which two mistakes at once are tried.
const maxPaired = 8 << 10

// maxSearched bounds the canonical requests for which mistakes are looked for at all.
const maxSearched = 16 << 10

// Explain finds out how a signature that does not fit was made: it tries what people who write a signer get
// wrong, one mistake and two at once. The first of secrets is that of the key; the others are those of other
// keys, which somebody may have mixed up. hidden are names of headers and parameters whose values are not shown.
func Explain(m Message, a Authorization, secrets, hidden []string) Finding {
	e := explainer{m: m, a: a, hidden: append([]string{TokenHeader, "Authorization"}, hidden...), right: m.parts(a.Signed)}
	open := e.withoutValues(m)
	right := e.shown(open.parts(a.Signed))
	f := Finding{Access: a.Access, Canonical: right.canonical(), StringToSign: e.right.toSign(), Mistakes: []string{}}
	if len(secrets) == 0 {
		return f
	}
	mistakes, edits := e.search(secrets)
	if f.Mistakes = mistakes; len(mistakes) == 0 {
		f.Hint = "No usual mistake leads to this signature. The secret may be another one, or something on the way may have changed the path, the query, a signed header or the body."
		return f
	}
	wrong, same := open.parts(a.Signed), editsOf(open, a)
	for _, i := range edits {
		wrong = same[i].on(wrong)
	}
	f.Part, f.Server, f.Client = firstDifference(right, e.shown(wrong))
	return f
}

// explainer is one search for mistakes.
type explainer struct {
	m      Message
	a      Authorization
	hidden []string
	right  parts
}

// search gives the mistakes that the client has made, and which of editsOf they are; none when it cannot be found
// out. A mistake of form is no edit.
func (e explainer) search(secrets []string) (mistakes []string, which []int) {
	for _, form := range forms(e.m, e.a, secrets) {
		if form.makes(e.right, e.a.signature) {
			return []string{form.text}, nil
		}
	}
	if len(e.right.canonical()) > maxSearched {
		return []string{}, nil // whoever sends so much must not make the server work so much
	}
	edits := editsOf(e.m, e.a)
	for i, first := range edits {
		one := first.on(e.right)
		if e.fits(one, secrets[0]) {
			return []string{first.text}, []int{i}
		}
		if edits[i].changes = one != e.right; len(e.right.canonical()) > maxPaired {
			edits[i].changes = false
		}
	}
	for i, first := range edits {
		for k := i + 1; first.changes && k < len(edits); k++ {
			second := edits[k]
			if second.changes && e.fits(second.on(first.on(e.right)), secrets[0]) {
				return []string{first.text, second.text}, []int{i, k}
			}
		}
	}
	return []string{}, nil
}

func (e explainer) fits(p parts, secret string) bool {
	return hmac.Equal([]byte(hexOf(mac(secret, p.toSign()))), []byte(e.a.signature))
}

// withoutValues is a message without the values of its query that must not be seen. They go before a mistake is
// made with it: afterwards, it may not be told any more where they end. Its editsOf are as many as those of m, in
// the same order.
func (e explainer) withoutValues(m Message) Message {
	all := strings.Split(m.URL.RawQuery, "&")
	for i, part := range all {
		if name, _, ok := strings.Cut(part, "="); ok && e.hides(unescape(name)) {
			all[i] = name + "=" + redacted
		}
	}
	u := *m.URL
	u.RawQuery = strings.Join(all, "&")
	m.URL = &u
	return m
}

// shown is parts without the values of headers that must not be seen. No mistake lets one go on in another line.
func (e explainer) shown(p parts) parts {
	lines := strings.Split(p.headers, "\n")
	for i, line := range lines {
		if name, _, ok := strings.Cut(line, ":"); ok && e.hides(name) {
			lines[i] = name + ":" + redacted
		}
	}
	p.headers = strings.Join(lines, "\n")
	return p
}

func (e explainer) hides(name string) bool {
	return slices.ContainsFunc(e.hidden, func(h string) bool { return strings.EqualFold(h, name) })
}

// firstDifference is the first part in which two canonical requests differ; of the headers, the line.
func firstDifference(a, b parts) (part, of, other string) {
	for _, row := range []struct{ name, a, b string }{{"method", a.method, b.method}, {"path", a.path, b.path}, {"query", a.query, b.query}} {
		if row.a != row.b {
			return row.name, row.a, row.b
		}
	}
	if a.headers != b.headers {
		x, y := strings.Split(a.headers, "\n"), strings.Split(b.headers, "\n")
		for i := range min(len(x), len(y)) {
			if x[i] != y[i] {
				return "headers", x[i], y[i]
			}
		}
		return "headers", a.headers, b.headers
	}
	for _, row := range []struct{ name, a, b string }{{"signed headers", a.signed, b.signed}, {"hash of the body", a.body, b.body},
		{"date in the string to sign", a.date, b.date}} {
		if row.a != row.b {
			return row.name, row.a, row.b
		}
	}
	return "", "", ""
}

// form is another way to get from the right string to a signature.
type form struct {
	text   string
	secret string
	encode func([]byte) string
}

func (f form) makes(p parts, signature string) bool {
	return hmac.Equal([]byte(f.encode(mac(f.secret, p.toSign()))), []byte(signature))
}

// forms are mistakes with the secret, and with the form of the signature.
func forms(m Message, a Authorization, secrets []string) []form {
	own := secrets[0]
	out := []form{
		{"the signature is written in capitals; want lower case", own, func(b []byte) string { return strings.ToUpper(hexOf(b)) }},
		{"the signature is written in base64; want hexadecimal", own, base64.StdEncoding.EncodeToString},
		{"the secret has a line break at its end", own + "\n", hexOf},
		{"the secret has a line break at its end", own + "\r\n", hexOf},
		{"the secret has a space at its end", own + " ", hexOf},
		{"the secret is in quotes", `"` + own + `"`, hexOf},
		{"the id of the key was used as the secret", a.Access, hexOf},
		{"the key that signs is derived from secret and date, as with AWS; want the secret itself", string(mac("SDK"+own, day(m))), hexOf},
		{"the key that signs is derived from secret and date, as with AWS; want the secret itself", string(mac("AWS4"+own, day(m))), hexOf},
	}
	for _, other := range secrets[1:] {
		out = append(out, form{"the secret is that of another key", other, hexOf})
	}
	return out
}

func day(m Message) string {
	date, _, _ := strings.Cut(m.Header.Get(DateHeader), "T")
	return date
}
