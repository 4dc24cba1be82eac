package wire

import (
	"errors"
	"net"
)

// CloseWrite ends what is sent over a connection, so that a client that still sends may read the last answer first. A
// server does that before it closes the connection of a request that it has not read to its end, where the connection
// has such a method: whoever wraps one must have it too. The error is errors.ErrUnsupported for one that has none.
func CloseWrite(c net.Conn) error {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
