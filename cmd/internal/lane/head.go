package lane

import (
	"bytes"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
)

// head is what stands in front of a request's body.
type head struct {
	method, target string
	url            url.URL
	header         http.Header // without Host; empty before it is parsed
	values         []string    // of the header, which stand together
	size           int         // bytes, with the empty line
	length         int         // of the body
	last           texts       // of the request before on the connection, which most have again in part
	texts
}

// texts are what a head was cut from, and its host.
type texts struct{ line, lines, host string }

// again is data as a text: the one before where that says the same, so that no other is made.
func again(before string, data []byte) string {
	if string(data) == before {
		return before
	}
	return string(data)
}

const (
	lineEnd   = "\r\n"
	maxDigits = 9 // of a Content-Length
)

var headEnd = []byte(lineEnd + lineEnd)

// parse reads the request that data begins with. It tells false where that is not plain, or not there in whole. A head
// that is plain shares no memory with data, and neither its target nor its host any with the header: who keeps a part of
// a path must not keep a credential with it.
func (h *head) parse(data []byte) bool {
	end := bytes.Index(data, headEnd)
	if end < 0 {
		return false
	}
	h.size = end + len(headEnd)
	first := bytes.Index(data, headEnd[:len(lineEnd)])
	h.line, h.lines = again(h.last.line, data[:first]), again(h.last.lines, data[first+len(lineEnd):end+len(lineEnd)])
	return h.parseLine(h.line) && h.parseHeader(h.lines) && h.size+h.length <= len(data)
}

// parseLine reads the request line.
func (h *head) parseLine(line string) bool {
	method, rest, _ := strings.Cut(line, " ")
	target, version, _ := strings.Cut(rest, " ")
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		h.method, h.target = method, target
		return version == "HTTP/1.1" && h.parseTarget(target)
	}
	return false
}

// parseTarget reads a path with its query. One that has no uncommon character means what it says.
func (h *head) parseTarget(target string) bool {
	if !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") {
		return false
	}
	path, query, asks := strings.Cut(target, "?")
	if asks && query == "" || !all(path, inPath) || !all(query, visible) {
		u, err := url.ParseRequestURI(target) // as net/http does
		if err != nil {
			return false
		}
		h.url = *u
		return true
	}
	h.url.Path, h.url.RawQuery = path, query
	return true
}

// parseHeader reads the lines of the header, each of which ends.
func (h *head) parseHeader(lines string) bool {
	values := slices.Grow(h.values[:0], strings.Count(lines, "\n"))
	for lines != "" {
		line, rest, _ := strings.Cut(lines, lineEnd)
		name, value, _ := strings.Cut(line, ":")
		if name == "" || len(name) == len(line) || !all(name, inToken) || !all(value, inValue) {
			return false
		}
		name, value, lines = textproto.CanonicalMIMEHeaderKey(name), strings.Trim(value, " \t"), rest
		if !h.means(name, value) {
			return false
		}
		if name == "Host" {
			continue
		}
		if before := h.header[name]; before != nil {
			h.header[name] = append(before, value)
			continue
		}
		values = append(values, value)
		h.header[name] = values[len(values)-1 : len(values) : len(values)]
	}
	h.values = values
	return h.host != ""
}

// means takes in what a header says about the message itself. It tells false for all that is not plain.
func (h *head) means(name, value string) bool {
	switch name {
	case "Host":
		if h.host != "" || value == "" || !all(value, inHost) {
			return false
		}
		if h.host = h.last.host; value != h.host {
			h.host = strings.Clone(value)
		}
	case "Content-Length":
		if _, again := h.header[name]; again || value == "" || len(value) > maxDigits || !all(value, digit) {
			return false
		}
		for _, d := range value {
			h.length = 10*h.length + int(d-'0')
		}
	case "Connection":
		return strings.EqualFold(value, "keep-alive")
	case "Transfer-Encoding", "Expect", "Trailer", "Upgrade", "Pragma":
		return false
	}
	return true
}

// class is a set of the bytes that may stand somewhere.
type class uint8

const (
	inToken class = 1 << iota // of a header's name
	inPath                    // and mean themselves
	visible                   // in a query
	inValue                   // of a header
	inHost
	digit
)

var classes = classesOf()

func classesOf() (of [256]class) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for b := range of {
		if b >= 0x20 && b != 0x7f || b == '\t' {
			of[b] |= inValue
		}
		if b > 0x20 && b < 0x7f && b != '#' {
			of[b] |= visible
		}
	}
	add := func(c class, bytes string) {
		for _, b := range []byte(bytes) {
			of[b] |= c
		}
	}
	add(digit, "0123456789")
	for c, more := range map[class]string{inToken: "!#$%&'*+-.^_`|~", inPath: "/-._~", inHost: "-._:[]"} {
		add(c, letters+"0123456789"+more)
	}
	return of
}

// all tells whether a text has bytes of a class only.
func all(text string, c class) bool {
	for i := range len(text) {
		if classes[text[i]]&c == 0 {
			return false
		}
	}
	return true
}
