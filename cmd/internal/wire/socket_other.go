//go:build !unix

package wire

import "syscall"

// ownersOnly does nothing here: the folder of the socket decides who may use it.
func ownersOnly(string, string, syscall.RawConn) error { return nil }
