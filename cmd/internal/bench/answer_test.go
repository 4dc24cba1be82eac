//go:build linux

package main

import (
	"strings"
	"testing"
)

func TestReadAnswer(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: a\r\nContent-Length: 5\r\n\r\n"
	for _, tt := range []struct {
		name, data, body, err string
		status                int
		whole                 bool
	}{
		{name: "nothing"},
		{name: "a part of the head", data: head[:20]},
		{name: "a part of the body", data: head + "1234", status: 200},
		{name: "whole", data: head + "12345", status: 200, body: "12345", whole: true},
		{name: "no body", data: "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", status: 404, whole: true},
		{name: "two answers", data: head + "123456", status: 200, err: "1 bytes follow"},
		{name: "no length", data: "HTTP/1.1 200 OK\r\n\r\n", status: 200, err: "without Content-Length"},
		{name: "a length that is none", data: "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", status: 200, err: "no length"},
		{name: "an endless length", data: "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n", status: 200, err: "no length"},
		{name: "another protocol", data: "SSH-2.0-x\r\n\r\n", err: "no answer of HTTP/1.1"},
		{name: "lower case", data: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab", status: 200, body: "ab", whole: true},
		{name: "lower case, a part", data: "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab"},
		{name: "chunks", data: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", status: 200, body: "abc", whole: true},
		{name: "a part of the chunks", data: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n"},
		{name: "chunks of two answers", data: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP", status: 200, err: "4 bytes follow"},
		{name: "no status", data: "HTTP/1.1 abc\r\n\r\n", err: "no status"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, whole, err := readAnswer([]byte(tt.data))
			if whole != tt.whole || a.status != tt.status || string(a.body) != tt.body {
				t.Errorf("got %d %q, whole %v; want %d %q, %v", a.status, a.body, whole, tt.status, tt.body, tt.whole)
			}
			if (err == nil) != (tt.err == "") || (err != nil && !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, whole, err := readAnswer(data)
		if whole && (err != nil || a.status < 0 || a.status > 999 || len(a.body) > len(data)) {
			t.Errorf("%q: %+v, %v", data, a, err)
		}
	})
}
