//go:build linux

package main

import (
	"bytes"
	"fmt"
)

// answer is the little of a response that the load looks at.
type answer struct {
	status int
	body   []byte // a part of what was read
}

var (
	headEnd      = []byte("\r\n\r\n")
	lengthHeader = []byte("\r\nContent-Length: ")
	protocol     = []byte("HTTP/1.1 ")
)

// readAnswer reads one response from what has come so far; whole is false while a part is missing. Servers
// under measurement say how long their answers are, and send one for each request.
func readAnswer(data []byte) (a answer, whole bool, err error) {
	end := bytes.Index(data, headEnd)
	if end < 0 {
		return a, false, nil
	}
	head := data[:end+2]
	if len(head) < len(protocol)+3 || !bytes.HasPrefix(head, protocol) {
		return a, false, fmt.Errorf("no answer of HTTP/1.1: %.60q", head)
	}
	var ok bool
	if a.status, ok = digits(head[len(protocol) : len(protocol)+3]); !ok {
		return a, false, fmt.Errorf("no status: %.60q", head)
	}
	at := bytes.Index(head, lengthHeader)
	if at < 0 {
		return readForeign(data)
	}
	rest := head[at+len(lengthHeader):]
	length, ok := digits(rest[:bytes.IndexByte(rest, '\r')])
	if !ok {
		return a, false, fmt.Errorf("no length: %.60q", rest)
	}
	body := data[end+len(headEnd):]
	if len(body) < length {
		return a, false, nil
	}
	if len(body) > length {
		return a, false, fmt.Errorf("%d bytes follow an answer", len(body)-length)
	}
	a.body = body
	return a, true, nil
}

// digits reads a number of up to nine digits.
func digits(text []byte) (n int, ok bool) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(text) > 0 && len(text) < 10
}
