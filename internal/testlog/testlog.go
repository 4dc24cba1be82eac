// Package testlog is a log that tests read while others write it.
package testlog

import (
	"bytes"
	"strings"
	"sync"
)

// Log keeps what is written. The zero value is empty, and ready. It is safe for concurrent use.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write is for io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is all that was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Lines waits until there are that many, and gives all there are.
func (l *Log) Lines(n int) []string {
	for {
		if all := strings.Split(strings.TrimSpace(l.String()), "\n"); len(all) >= n {
			return all
		}
	}
}
