//go:build !linux

package poll

import "net"

func own(l net.Listener) (net.Listener, error) { return l, nil }
