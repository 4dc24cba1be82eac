// Package plainhttp knows how servers that speak TLS refuse a request without it.
package plainhttp

import (
	"bytes"
	"errors"
	"net/http"
)

// ErrTLS is the error of a request that came without TLS to a server that speaks it.
var ErrTLS = errors.New("the target speaks TLS; use https://")

// refusals are what the servers of Go, nginx and Apache say.
var refusals = [][]byte{
	[]byte("client sent an http request to an https server"),
	[]byte("plain http request was sent to https port"),
	[]byte("speaking plain http to an ssl-enabled server"),
}

// Refused tells whether an answer to a request without TLS says that the server speaks TLS. Of the body its
// beginning will do.
func Refused(status int, body []byte) bool {
	if status != http.StatusBadRequest {
		return false
	}
	text := bytes.ToLower(body)
	for _, r := range refusals {
		if bytes.Contains(text, r) {
			return true
		}
	}
	return false
}
