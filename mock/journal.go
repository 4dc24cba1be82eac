package mock

import (
	"fmt"
	"sync"
)

// journalSize bounds a journal. No entries, or no bytes, is none.
type journalSize struct {
	entries int
	bytes   int64
}

// Bounds of a journal for which nobody has set others.
const (
	JournalEntries = 1000
	JournalBytes   = 16 << 20
)

var defaultJournal = journalSize{JournalEntries, JournalBytes}

const (
	maxEntries = 1_000_000
	minJournal = 64 << 10 // bytes: room for one request with the largest headers
	maxKept    = 64 << 10 // bytes of one body
)

// WithJournal bounds the journal of requests: how many it keeps, and how many bytes they may take together. The
// oldest go first. The default is 1,000 requests and 16 MiB; 0 of either is no journal. Without the control
// API, by which it is read, there is none.
func WithJournal(entries int, bytes int64) Option {
	return func(s *settings) error {
		s.journal = journalSize{entries, bytes}
		return CheckJournal(entries, bytes)
	}
}

// CheckJournal tells what is wrong with the bounds of a journal; nil when WithJournal takes them.
func CheckJournal(entries int, bytes int64) error {
	if entries < 0 || entries > maxEntries {
		return fmt.Errorf("a journal of %d requests: want 0 (off) to %d", entries, maxEntries)
	}
	if bytes < 0 || (bytes > 0 && bytes < minJournal) {
		return fmt.Errorf("a journal of %d bytes: want 0 (off), or at least %d (64KiB)", bytes, minJournal)
	}
	return nil
}

// journal keeps the last requests of a world, and forgets the oldest when there is no room. It is safe for
// concurrent use and has a lock of its own, so that reading it stops nobody but those who write it.
type journal struct {
	journalSize
	scribe scribe

	mu        sync.Mutex
	ring      []*entry // grows up to the bound
	first     int      // where the oldest stands
	count     int
	used      int64
	sequence  int64 // of the newest
	forgotten int64 // entries that gave way since the journal was last emptied
}

// newJournal is nil for a journal that is off.
func newJournal(size journalSize) *journal {
	if size.entries == 0 || size.bytes == 0 {
		return nil
	}
	return &journal{journalSize: size}
}

// add keeps an entry, which must not change any more.
func (j *journal) add(e *entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.sequence++
	e.sequence = j.sequence
	if e.size > j.bytes {
		j.forgotten++
		return
	}
	for j.count == j.entries || j.used+e.size > j.bytes {
		j.drop()
	}
	if j.count == len(j.ring) {
		j.grow()
	}
	j.ring[(j.first+j.count)%len(j.ring)] = e
	j.count++
	j.used += e.size
}

// drop forgets the oldest.
func (j *journal) drop() {
	j.used -= j.ring[j.first].size
	j.ring[j.first] = nil
	j.first = (j.first + 1) % len(j.ring)
	j.count--
	j.forgotten++
}

func (j *journal) grow() {
	bigger := make([]*entry, min(max(64, 2*len(j.ring)), j.entries))
	for i := range j.count {
		bigger[i] = j.ring[(j.first+i)%len(j.ring)]
	}
	j.ring, j.first = bigger, 0
}

// clear forgets everything. The sequence goes on.
func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ring, j.first, j.count, j.used, j.forgotten = nil, 0, 0, 0, 0
	j.scribe.forget()
}

// journalState is how full a journal is.
type journalState struct {
	entries          int
	bytes, forgotten int64
}

// state is zero for a journal that is off.
func (j *journal) state() journalState {
	if j == nil {
		return journalState{}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return journalState{j.count, j.used, j.forgotten}
}

// all are the entries, oldest first, and how many gave way before them.
func (j *journal) all() ([]*entry, int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := make([]*entry, j.count)
	for i := range out {
		out[i] = j.ring[(j.first+i)%len(j.ring)]
	}
	return out, j.forgotten
}
