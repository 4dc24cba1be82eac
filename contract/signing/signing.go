// Package signing is the way of this family of APIs to sign a request with an access key: SDK-HMAC-SHA256.
//
// It is pure: it sends nothing, keeps nothing and reads no clock. Who signs and who verifies work from the same
// canonical request, so what Sign has signed, Verify accepts; and Explain tells which mistake leads to the
// signature that somebody else has made.
package signing

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Words of the algorithm, as the signing guide gives them.
const (
	Scheme        = "SDK-HMAC-SHA256"  // with it the header Authorization begins
	DateHeader    = "X-Sdk-Date"       // when the request was signed; must be signed itself
	TokenHeader   = "X-Security-Token" // comes with a key that is good for a while only
	ProjectHeader = "X-Project-Id"     // may name the project, since a key tells none
	TimeFormat    = "20060102T150405Z" // of DateHeader, in UTC
)

const hostName = "host" // signed like a header, though HTTP keeps it elsewhere

// Message is what a signature covers. The zero Message has nothing to sign: URL must not be nil.
type Message struct {
	Method string
	Host   string
	URL    *url.URL
	Header http.Header
	Body   []byte
}

// Of is the message of a request, at either end of the wire, and its whole body.
func Of(req *http.Request, body []byte) Message {
	return Message{Method: req.Method, Host: cmp.Or(req.Host, req.URL.Host), URL: req.URL, Header: req.Header, Body: body}
}

// Sign puts date and signature into the headers of a request. Every header that the request has by then is
// signed, and the host; whoever takes or changes one afterwards breaks the signature. The names of the headers
// are in canonical form, as http.Header.Set writes them. A signature from before is replaced.
func Sign(req *http.Request, body []byte, id, secret string, now time.Time) {
	req.Header.Set(DateHeader, now.UTC().Format(TimeFormat))
	names := []string{hostName}
	for name, values := range req.Header {
		if lower := strings.ToLower(name); len(values) > 0 && lower != "authorization" && lower != hostName {
			names = append(names, lower)
		}
	}
	slices.Sort(names)
	a := Authorization{Access: id, Signed: slices.Compact(names)}
	a.signature = hexOf(mac(secret, Of(req, body).parts(a.Signed).toSign()))
	req.Header.Set("Authorization", a.header())
}

// Verify tells whether a signature is that of the message by a secret. It looks at no clock. It takes the same
// time whatever the signature is.
func (m Message) Verify(a Authorization, secret string) bool {
	return hmac.Equal([]byte(hexOf(mac(secret, m.parts(a.Signed).toSign()))), []byte(a.signature))
}

// Date is when the message says that it was signed. An error tells what is wrong with that.
func (m Message) Date() (time.Time, error) {
	text := m.Header.Get(DateHeader)
	at, err := time.Parse(TimeFormat, text)
	switch {
	case text == "":
		return at, problem(DateHeader + " is missing")
	case err != nil:
		return at, problem(DateHeader + " is not of the form YYYYMMDD'T'HHMMSS'Z'")
	}
	return at, nil
}

// Lacks tells in words what a message lacks to be one that a has signed; "" when it lacks nothing: the date must
// be signed, and what is signed must be there.
func (m Message) Lacks(a Authorization) string {
	if !slices.Contains(a.Signed, strings.ToLower(DateHeader)) {
		return DateHeader + " is not among the signed headers"
	}
	for _, name := range a.Signed {
		if name != hostName && len(m.Header.Values(name)) == 0 {
			return "the signed header " + name + " is not in the request"
		}
	}
	return ""
}

// problem is a fault of a request, in words that end a message.
type problem string

func (p problem) Error() string { return string(p) }

func mac(secret, text string) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hexOf(data []byte) string { return hex.EncodeToString(data) }

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hexOf(sum[:])
}
