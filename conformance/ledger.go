package conformance

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// ledger is the list of what a run has created, so that exactly that can be removed, by the run itself
// or after a crash. Each line is one event, on disk before the request that it announces is sent.
type ledger struct {
	file    *os.File
	open    map[string]*instance // by id
	planned map[string]bool      // names whose create was sent and never answered
	gone    []string             // ids, in the order of their removal
	peak    int                  // how many were open at once at most
}

// LedgerEntry is one line of a ledger file.
type LedgerEntry struct {
	Target  string `json:"target,omitempty"` // first line: base URL
	Project string `json:"project,omitempty"`
	Plan    string `json:"plan,omitempty"`    // name that a create will ask for
	Created string `json:"created,omitempty"` // id that came back
	Refused string `json:"refused,omitempty"` // name whose create was refused
	Removed string `json:"removed,omitempty"` // id that is gone
}

func openLedger(file, target, project string) (*ledger, error) {
	l := &ledger{open: map[string]*instance{}, planned: map[string]bool{}}
	if file == "" {
		return l, nil
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return nil, usage("ledger: %v; run tally cleanup on an old one, or name another", err)
	}
	l.file = f
	return l, l.write(LedgerEntry{Target: target, Project: project})
}

func (l *ledger) write(e LedgerEntry) error {
	if l.file == nil {
		return nil
	}
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := l.file.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return l.file.Sync()
}

func (l *ledger) plan(name string) error {
	l.planned[name] = true
	return l.write(LedgerEntry{Plan: name})
}

func (l *ledger) created(in *instance) error {
	delete(l.planned, in.name)
	l.open[in.id] = in
	l.peak = max(l.peak, len(l.open))
	return l.write(LedgerEntry{Created: in.id})
}

func (l *ledger) refused(name string) error {
	delete(l.planned, name)
	return l.write(LedgerEntry{Refused: name})
}

// forget drops the names whose creates have all been answered.
func (l *ledger) forget() {
	for name := range l.planned {
		_ = l.refused(name)
	}
}

func (l *ledger) removed(in *instance) error {
	delete(l.open, in.id)
	l.gone = append(l.gone, in.id)
	return l.write(LedgerEntry{Removed: in.id})
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
	last := ""
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
			planned[e.Plan], last = true, e.Plan
		case e.Created != "":
			open[e.Created] = true
			delete(planned, last)
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
