// Package wire is where a handler meets its clients: the address it is served under, what proves that it is the
// server, and which web pages may call it.
//
// It knows nothing of what is served.
package wire

import (
	"context"
	"net"
	"strings"
)

// socketMark begins the address of a unix socket.
const socketMark = "unix:"

// SocketPath is the path in an address of the form unix:PATH; false for any other address. It is that of a file,
// also where it begins with @, which to the system were a name without a file, and so without a mode.
func SocketPath(addr string) (path string, ok bool) {
	path, ok = strings.CutPrefix(addr, socketMark)
	if ok && strings.HasPrefix(path, "@") {
		path = "./" + path
	}
	return path, ok
}

// Listen listens at HOST:PORT or at unix:PATH. A socket is there for its owner only, and its file goes when the
// listener is closed. A file that a dead process has left is taken over; one of a live process is ErrInUse.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	if path, ok := SocketPath(addr); ok {
		return listenSocket(ctx, path)
	}
	return (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
}

// BaseURL is how a client on this machine reaches an address: a URL, or unix:PATH.
func BaseURL(addr net.Addr, secure bool) string {
	if addr.Network() == "unix" {
		return socketMark + addr.String()
	}
	host, port, _ := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, port)
}
