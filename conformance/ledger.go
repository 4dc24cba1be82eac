package conformance

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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
	planned map[string]string    // names whose create was sent and whose outcome is not known, with the project
	gone    []string             // ids, in the order of their removal
	count   int                  // how many have been opened
	asked   bool                 // something was to be created
	abroad  string               // the other project in which something was created; "" for none
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
	Target  string `json:"target,omitempty"`  // first line: base URL
	Project string `json:"project,omitempty"` // first line: of the run; with plan and created: where it is another
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
	if errors.Is(err, fs.ErrExist) {
		return nil, usage("ledger: %s is there already; run tally cleanup on an old one, or name another", file)
	}
	if err != nil {
		return nil, usage("ledger: %v; name a file that can be made", err)
	}
	l.file = f
	if err := l.write(LedgerEntry{Target: target, Project: project}, 0); err != nil {
		return nil, errors.Join(err, l.discard())
	}
	return l, nil
}

// ledger is one more ledger with this book.
func (b *book) ledger() *ledger {
	return &ledger{book: b, open: map[string]*instance{}, planned: map[string]string{}}
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

// plan announces a create; project is "" for that of the run.
func (l *ledger) plan(name, project string) error {
	l.planned[name] = project
	l.asked, l.abroad = true, cmp.Or(project, l.abroad)
	return l.write(LedgerEntry{Plan: name, Project: project}, 0)
}

func (l *ledger) created(in *instance) error {
	delete(l.planned, in.name)
	before := len(l.open)
	l.opens(in)
	return l.write(LedgerEntry{Created: in.id, Name: in.name, Project: in.project}, len(l.open)-before)
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
	l.asked, l.abroad = l.asked || other.asked, cmp.Or(l.abroad, other.abroad)
}

func (l *ledger) refused(name string) error {
	delete(l.planned, name)
	return l.write(LedgerEntry{Refused: name}, 0)
}

func (l *ledger) removed(in *instance) error {
	before := len(l.open)
	delete(l.open, in.id)
	l.gone = append(l.gone, in.id)
	return l.write(LedgerEntry{Removed: in.id}, len(l.open)-before)
}

// close closes the file; a nil ledger has none.
func (l *ledger) close() {
	if l != nil && l.file != nil {
		_ = l.file.Close()
	}
}

// discard takes the file away again: nothing has been created.
func (l *ledger) discard() error {
	if l.file == nil {
		return nil
	}
	l.close()
	name := l.file.Name()
	l.file = nil
	return os.Remove(name)
}
