package conformance

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// AccessKey signs requests instead of sending a token.
type AccessKey struct{ ID, Secret string }

const (
	signingScheme = "SDK-HMAC-SHA256"
	signingTime   = "20060102T150405Z"
	securityToken = "X-Security-Token" // comes with a key that is good for a while only
)

// sign puts the documented signature of a request into its headers: the canonical request (method, path with
// a slash at its end, sorted query, signed headers, hash of the body) is hashed, and the hash signed with
// the secret itself. Every header that the request has by then is signed, and the host.
func (k AccessKey) sign(req *http.Request, body []byte, now time.Time) {
	req.Header.Set("X-Sdk-Date", now.UTC().Format(signingTime))
	canonical, signed := canonicalRequest(req, body)
	toSign := signingScheme + "\n" + req.Header.Get("X-Sdk-Date") + "\n" + hash([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(k.Secret))
	mac.Write([]byte(toSign))
	req.Header.Set("Authorization", fmt.Sprintf("%s Access=%s, SignedHeaders=%s, Signature=%s", signingScheme, k.ID, signed, hex.EncodeToString(mac.Sum(nil))))
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func canonicalRequest(req *http.Request, body []byte) (canonical, signed string) {
	path := escapePath(req.URL)
	if !strings.HasSuffix(path, "/") {
		path += "/"
	}
	headers := map[string]string{"host": cmp.Or(req.Host, req.URL.Host)}
	for name, values := range req.Header {
		if lower := strings.ToLower(name); lower != "authorization" {
			headers[lower] = strings.TrimSpace(strings.Join(values, ","))
		}
	}
	names := sortedKeys(headers)
	var lines strings.Builder
	for _, name := range names {
		lines.WriteString(name + ":" + headers[name] + "\n")
	}
	signed = strings.Join(names, ";")
	return strings.Join([]string{req.Method, path, canonicalQuery(req.URL.Query()), lines.String(), signed, hash(body)}, "\n"), signed
}

func canonicalQuery(query url.Values) string {
	var pairs []string
	for name, values := range query {
		for _, value := range values {
			pairs = append(pairs, unreserved(name)+"="+unreserved(value))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func escapePath(u *url.URL) string {
	segments := strings.Split(u.Path, "/")
	for i := range segments {
		segments[i] = unreserved(segments[i])
	}
	return strings.Join(segments, "/")
}

// unreserved escapes everything but the unreserved characters of RFC 3986.
func unreserved(text string) string {
	return strings.NewReplacer("+", "%20", "%7E", "~").Replace(url.QueryEscape(text))
}
