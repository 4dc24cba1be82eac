package mock

import (
	"fmt"
	"slices"
	"sync"

	"github.com/tallystick/tallystick/contract"
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
	minJournal = 128 << 10 // bytes: room for one request with the largest target and headers, the answer, and how it was signed
	maxKept    = 256 << 10 // bytes of one body, as the manual has it
)

// WithJournal bounds the journal of requests: how many it keeps, and how many bytes they may take together. The
// oldest go first. The default is 1,000 requests and 16 MiB; 0 of either is no journal. Without the control
// API, by which it is read, there is none. Every sandbox has a journal of its own with these bounds; all of a mock
// together take at most four times the bytes of one, and beyond that each gives up its own oldest for what is new.
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
		return fmt.Errorf("a journal of %d bytes: want 0 (off), or at least %d (128KiB)", bytes, minJournal)
	}
	return nil
}

// journal keeps the last requests of a world, and forgets the oldest when there is no room. It is safe for
// concurrent use and has a lock of its own, so that reading it stops nobody but those who write it.
type journal struct {
	journalSize
	scribe scribe
	budget *budget // that it shares with the other journals of the mock; nil when it is alone

	mu        sync.Mutex
	ring      []*entry // grows up to the bound
	first     int      // where the oldest stands
	count     int
	used      int64
	sequence  int64 // of the newest
	forgotten int64 // entries that gave way since the journal was last emptied
	closed    bool  // nobody will read it any more
	moved     moved

	contracts [2]*contract.Contract // the last that were played, the newest first; entries of others are not kept
}

// newJournal is nil for a journal that is off. A nil budget bounds nothing.
func newJournal(size journalSize, b *budget) *journal {
	if size.entries == 0 || size.bytes == 0 {
		return nil
	}
	return &journal{journalSize: size, budget: b}
}

// add keeps an entry, which must not change any more. What finds no room is counted as forgotten.
func (j *journal) add(e *entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.sequence++
	e.sequence = j.sequence
	if e.size > j.bytes || j.closed || !j.plays(e.contract) {
		j.forgotten++
		return
	}
	for j.count == j.entries || j.used+e.size > j.bytes {
		j.drop()
	}
	for !j.budget.take(e.size) {
		if j.count == 0 {
			j.forgotten++
			return
		}
		j.drop()
	}
	if j.count == len(j.ring) {
		j.grow()
	}
	j.ring[(j.first+j.count)%len(j.ring)] = e
	j.count++
	j.used += e.size
}

// drop forgets the oldest. Its memory is used again, unless somebody may be reading it.
func (j *journal) drop() {
	oldest := j.ring[j.first]
	j.used -= oldest.size
	j.budget.giveBack(oldest.size)
	if !oldest.lent {
		oldest.release()
	}
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
	j.empty()
	j.mu.Unlock()
	j.moved.forget()
	j.scribe.forget() // it may be reading, and then takes long
}

func (j *journal) empty() {
	j.budget.giveBack(j.used)
	j.ring, j.first, j.count, j.used, j.forgotten = nil, 0, 0, 0, 0
}

// close gives back the room of a journal that nobody will read any more; nil has none. Requests that began before
// may still add to it, and are not kept.
func (j *journal) close() {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.empty()
	j.closed = true
}

// plays tells whether a contract is one of the last two. The lock is held.
func (j *journal) plays(c *contract.Contract) bool {
	if slices.Contains(j.contracts[:], c) {
		return true
	}
	i := slices.Index(j.contracts[:], nil)
	if i >= 0 {
		j.contracts[i] = c
	}
	return i >= 0
}

// forgetOlder tells a journal which contract is played from now on. Entries of all but that and the one before are
// forgotten, since each would keep a whole contract in memory. A nil journal has none.
func (j *journal) forgetOlder(c *contract.Contract) {
	if j == nil || !j.turn(c) {
		return
	}
	j.scribe.forget() // it knows a contract too
}

// turn is false when the contract is played already.
func (j *journal) turn(c *contract.Contract) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.contracts[0] == c {
		return false
	}
	j.contracts = [2]*contract.Contract{c, j.contracts[0]}
	kept := make([]*entry, 0, j.count)
	for i := range j.count {
		if e := j.ring[(j.first+i)%len(j.ring)]; slices.Contains(j.contracts[:], e.contract) {
			kept = append(kept, e)
		} else {
			j.used -= e.size
			j.budget.giveBack(e.size)
			j.forgotten++
		}
	}
	j.ring, j.first, j.count = kept, 0, len(kept)
	return true
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

// all are the entries, oldest first, and how many gave way before them. They stay as they are.
func (j *journal) all() ([]*entry, int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := make([]*entry, j.count)
	for i := range out {
		out[i] = j.ring[(j.first+i)%len(j.ring)]
		out[i].lent = true
	}
	return out, j.forgotten
}
