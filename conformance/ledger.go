package conformance

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
)

// ledger is the list of what a run has created, so that exactly that can be removed, by the run itself
// or after a crash. Each line is one event, on disk before the request that it announces is sent. Each lane
// of a run has one of its own, with the book in common.
type ledger struct {
	*book
	open    map[string]*instance // by id
	planned map[string]bool      // names whose create was sent and never answered
	gone    []string             // ids, in the order of their removal
	count   int                  // how many have been opened
}

// book is the file behind the ledgers of a run. It is safe for concurrent use.
type book struct {
	mu    sync.Mutex
	file  *os.File // nil for none
	alive int
	peak  int // how many were open at once at most
}

// LedgerEntry is one line of a ledger file.
type LedgerEntry struct {
	Target  string `json:"target,omitempty"` // first line: base URL
	Project string `json:"project,omitempty"`
	Plan    string `json:"plan,omitempty"`    // name that a create will ask for
	Created string `json:"created,omitempty"` // id that came back
	Name    string `json:"name,omitempty"`    // that it was created under; "" when that is not known
	Refused string `json:"refused,omitempty"` // name whose create was refused
	Removed string `json:"removed,omitempty"` // id that is gone
}

func openLedger(file, target, project string) (*ledger, error) {
	l := (&book{}).ledger()
	if file == "" {
		return l, nil
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return nil, usage("ledger: %v; run tally cleanup on an old one, or name another", err)
	}
	l.file = f
	return l, l.write(LedgerEntry{Target: target, Project: project}, 0)
}

// ledger is one more ledger with this book.
func (b *book) ledger() *ledger {
	return &ledger{book: b, open: map[string]*instance{}, planned: map[string]bool{}}
}

// write adds a line, and counts how many more are alive.
func (b *book) write(e LedgerEntry, more int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.alive += more
	b.peak = max(b.peak, b.alive)
	if b.file == nil {
		return nil
	}
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := b.file.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return b.file.Sync()
}

func (l *ledger) plan(name string) error {
	l.planned[name] = true
	return l.write(LedgerEntry{Plan: name}, 0)
}

func (l *ledger) created(in *instance) error {
	delete(l.planned, in.name)
	before := len(l.open)
	l.opens(in)
	return l.write(LedgerEntry{Created: in.id, Name: in.name}, len(l.open)-before)
}

// opens takes in an instance as the youngest.
func (l *ledger) opens(in *instance) {
	l.count++
	in.nth = l.count
	l.open[in.id] = in
}

// byAge are the open instances, the oldest first.
func (l *ledger) byAge() []*instance {
	return slices.SortedFunc(maps.Values(l.open), func(a, b *instance) int { return cmp.Compare(a.nth, b.nth) })
}

// join takes over what another ledger of the same book still has.
func (l *ledger) join(other *ledger) {
	for _, in := range other.byAge() {
		l.opens(in)
	}
	maps.Copy(l.planned, other.planned)
	l.gone = append(l.gone, other.gone...)
}

func (l *ledger) refused(name string) error {
	delete(l.planned, name)
	return l.write(LedgerEntry{Refused: name}, 0)
}

// forget drops the names whose creates have all been answered.
func (l *ledger) forget() {
	for name := range l.planned {
		_ = l.refused(name)
	}
}

func (l *ledger) removed(in *instance) error {
	before := len(l.open)
	delete(l.open, in.id)
	l.gone = append(l.gone, in.id)
	return l.write(LedgerEntry{Removed: in.id}, len(l.open)-before)
}

func (l *ledger) close() {
	if l.file != nil {
		_ = l.file.Close()
	}
}

// ReadLedger reads a ledger file: where it was made, which ids may still be there, and which names were
// asked for without an answer.
func ReadLedger(file string) (target, project string, ids, names []string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", "", nil, nil, usage("ledger: %v", err)
	}
	defer f.Close()
	open, planned := map[string]bool{}, map[string]bool{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		var e LedgerEntry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			if !lines.Scan() {
				break // the last line was cut off by the crash; what it announced was never sent
			}
			return "", "", nil, nil, usage("%s:%d: not a line of a ledger: %v", file, n, err)
		}
		switch {
		case e.Target != "":
			target, project = e.Target, e.Project
		case e.Plan != "":
			planned[e.Plan] = true
		case e.Created != "":
			open[e.Created] = true
			delete(planned, e.Name)
		case e.Refused != "":
			delete(planned, e.Refused)
		case e.Removed != "":
			delete(open, e.Removed)
		}
	}
	if info, err := f.Stat(); err == nil && info.Size() == 0 {
		return "", "", nil, nil, nil // the run was ended before its first line
	}
	if target == "" {
		return "", "", nil, nil, usage("%s: not a ledger: the first line does not name a target", file)
	}
	return target, project, sortedKeys(open), sortedKeys(planned), lines.Err()
}
