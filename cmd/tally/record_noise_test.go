package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a target sends unasked does not get into the error stream by the way of net/http.
func TestRecordIsNotNoisy(t *testing.T) {
	target, gone := chatty(t)
	var noise bytes.Buffer
	defer log.SetOutput(log.Writer())
	log.SetOutput(&noise)
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	ready := filepath.Join(dir, "ready")
	var stdout, stderr bytes.Buffer
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"record", "--target", "http://" + target, "--out", filepath.Join(dir, "run.har"), "--addr", "127.0.0.1:0", "--ready-file", ready}, strings.NewReader(""), &stdout, &stderr, os.Environ())
	}()
	base, ok := waitFor(ready, true)
	if !ok {
		t.Fatal("it does not start")
	}
	resp, err := http.Get(strings.TrimSpace(base) + "/a") //nolint:noctx // the server is this test's
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	<-gone
	cancel()
	if code := <-done; code != exitOK {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	if text := noise.String() + stderr.String(); strings.Contains(text, "Unsolicited") || strings.Contains(text, "unasked") {
		t.Errorf("it says %s", text)
	}
}

// chatty is a server that answers one request, and says more than it was asked. The channel closes when the
// other side has left it.
func chatty(t *testing.T) (addr string, gone chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it ends with the test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	gone = make(chan struct{})
	go func() {
		defer close(gone)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		in := bufio.NewReader(conn)
		if _, err := http.ReadRequest(in); err != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nX-Token: unasked\r\n\r\n")
		_, _ = io.Copy(io.Discard, in)
	}()
	return l.Addr().String(), gone
}
