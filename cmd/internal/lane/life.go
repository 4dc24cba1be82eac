package lane

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// life is the context of a request. It ends with the handler, or when the client goes, for which somebody looks out
// as soon as somebody wants to know.
type life struct {
	conn  *conn
	mu    sync.Mutex
	done  chan struct{} // nil until it is asked for
	over  bool
	watch chan struct{} // closed when nobody looks out any more; nil when nobody has
}

// begin makes it that of the connection's next request. It tells false when somebody has asked for its end, even after it.
func (l *life) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done != nil {
		return false
	}
	l.over = false
	return true
}

// Deadline is for context.Context.
func (l *life) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value is for context.Context.
func (l *life) Value(key any) any {
	switch key {
	case http.ServerContextKey:
		return l.conn.lane.server
	case http.LocalAddrContextKey:
		return l.conn.rwc.LocalAddr()
	}
	return nil
}

// Err is for context.Context. Whoever asks wants to know whether the client is still there.
func (l *life) Err() error {
	l.Done()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return context.Canceled
	}
	return nil
}

// Done is for context.Context.
func (l *life) Done() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done != nil {
		return l.done
	}
	l.done = make(chan struct{})
	if l.over {
		close(l.done)
		return l.done
	}
	l.conn.read.moved()
	if l.conn.to > bufferSize || l.conn.rwc.SetReadDeadline(time.Time{}) != nil {
		return l.done // a byte was found before, so the client is there; or it has gone, which the answer will show
	}
	l.watch = make(chan struct{})
	go l.look()
	return l.done
}

// look waits for the client to go. A byte of its next request is kept.
func (l *life) look() {
	defer close(l.watch)
	c := l.conn
	n, err := c.rwc.Read(c.buffer[c.to : c.to+1])
	l.mu.Lock()
	defer l.mu.Unlock()
	c.to += n
	if err != nil && !l.over {
		l.over = true
		close(l.done)
	}
}

// end ends the life, and waits for whoever looks out.
func (l *life) end() {
	l.mu.Lock()
	if !l.over {
		l.over = true
		if l.done != nil {
			close(l.done)
		}
	}
	watch := l.watch
	l.mu.Unlock()
	if watch != nil {
		_ = l.conn.rwc.SetReadDeadline(time.Unix(1, 0)) // where that fails, the connection is closed, which ends the look too
		<-watch
	}
}
