// Package testconn talks to a server as no client would, byte by byte, for tests.
package testconn

import (
	"io"
	"net"
	"testing"
	"time"
)

// patience is how long a test waits for a server at most.
const patience = 20 * time.Second

// Open connects to an address, and sends some bytes. The connection is closed when the test ends, and waits for nothing
// longer than 20 seconds.
func Open(t testing.TB, addr, text string) *net.TCPConn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	Send(t, conn, text)
	return conn.(*net.TCPConn)
}

// Send sends some bytes.
func Send(t testing.TB, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatalf("%.200q: %v", text, err)
	}
}
