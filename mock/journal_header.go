package mock

import (
	"encoding/binary"
	"net/http"
)

// appendHeader writes the lines of a header behind a text: names and values, each with its length before it.
func appendHeader(to []byte, h http.Header) []byte {
	for name, values := range h {
		for _, v := range values {
			to = appendCounted(appendCounted(to, name), v)
		}
	}
	return to
}

func appendCounted(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

// headerOf reads what appendHeader has written. It is never nil.
func headerOf(text []byte) http.Header {
	h := http.Header{}
	for len(text) > 0 {
		var name, value string
		name, text = cutCounted(text)
		value, text = cutCounted(text)
		h[name] = append(h[name], value)
	}
	return h
}

func cutCounted(text []byte) (first string, rest []byte) {
	size, n := binary.Uvarint(text)
	text = text[n:]
	return string(text[:size]), text[size:]
}
