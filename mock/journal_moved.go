package mock

import (
	"sync"
	"time"

	"github.com/tallystick/tallystick/fixtures"
)

// moved are the moments at which resources were changed from outside the API, so that whoever reads the journal
// does not look for a request that did it. There are no more than two between two requests, and none before the
// oldest that is kept, so that they are bounded as the journal is. The zero value has none. It is safe for
// concurrent use.
type moved struct {
	mu      sync.Mutex
	moments []moveNote
}

// moveNote comes after the request with a number, and before the next.
type moveNote struct {
	sequence int64
	fixtures.Moved
}

// move notes a change from outside; a nil journal notes nothing.
func (j *journal) move(what string) {
	if j == nil {
		return
	}
	j.mu.Lock()
	sequence, oldest := j.sequence, j.sequence-int64(j.count)
	j.mu.Unlock()
	k := &j.moved
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.moments) > 0 && k.moments[0].sequence < oldest {
		k.moments = k.moments[1:]
	}
	m := moveNote{sequence, fixtures.Moved{At: time.Now(), What: what}}
	if n := len(k.moments); n > 1 && k.moments[n-2].sequence == sequence {
		k.moments[n-1] = m // the first and the last tell from when to when
		return
	}
	k.moments = append(k.moments, m)
}

// between are the changes after one request and before another, by their numbers.
func (k *moved) between(after, before int64) []fixtures.Moved {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []fixtures.Moved
	for _, m := range k.moments {
		if m.sequence >= after && m.sequence < before {
			out = append(out, m.Moved)
		}
	}
	return out
}

func (k *moved) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.moments = nil
}

// forced is why the answer is not what the operation would have answered; "" when it is.
func (e *entry) forced() string {
	switch {
	case e.spoilt:
		return "fault " + e.fault
	case e.shown && e.operation != nil && (e.operation.Effect != nil || hooks[e.operation.ID] != nil):
		return "an example, as the request prefers"
	}
	return ""
}
