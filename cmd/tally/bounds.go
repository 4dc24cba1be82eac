package main

import "time"

// bounds of a server. A client that is slower has gone.
type bounds struct {
	header, read, write, idle time.Duration
	headerBytes, connections  int
}

var usualBounds = bounds{header: 10 * time.Second, read: 60 * time.Second, write: 60 * time.Second, idle: 120 * time.Second,
	headerBytes: 1 << 20, connections: 16_000}

const (
	graceTime   = 5 * time.Second        // for open requests at the end
	silentGrace = 300 * time.Millisecond // of it, before the log says what is waited for
)
