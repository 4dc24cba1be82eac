package conformance

import (
	"bufio"
	"encoding/json"
	"os"
)

// ledgerFile is what a ledger file says.
type ledgerFile struct {
	target, project string
	open            map[string]string // ids that may still be there; the project where it is another
	planned         map[string]string // names that were asked for without an outcome, in the same way
}

// ReadLedger reads a ledger file: where it was made, which ids may still be there, and which names were
// asked for without an answer.
func ReadLedger(file string) (target, project string, ids, names []string, err error) {
	l, err := readLedger(file)
	if err != nil {
		return "", "", nil, nil, err
	}
	return l.target, l.project, sortedKeys(l.open), sortedKeys(l.planned), nil
}

func readLedger(file string) (*ledgerFile, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, usage("ledger: %v", err)
	}
	defer f.Close()
	l := &ledgerFile{open: map[string]string{}, planned: map[string]string{}}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		var e LedgerEntry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			if !lines.Scan() {
				break // the last line was cut off by the crash; what it announced was never sent
			}
			return nil, usage("%s:%d: not a line of a ledger: %v", file, n, err)
		}
		l.take(e)
	}
	if info, err := f.Stat(); err == nil && info.Size() == 0 {
		return l, nil // the run was ended before its first line
	}
	if l.target == "" {
		return nil, usage("%s: not a ledger: the first line does not name a target", file)
	}
	return l, lines.Err()
}

// take takes in one line.
func (l *ledgerFile) take(e LedgerEntry) {
	switch {
	case e.Target != "":
		l.target, l.project = e.Target, e.Project
	case e.Plan != "":
		l.planned[e.Plan] = e.Project
	case e.Created != "":
		l.open[e.Created] = e.Project
		delete(l.planned, e.Name)
	case e.Refused != "":
		delete(l.planned, e.Refused)
	case e.Removed != "":
		delete(l.open, e.Removed)
	}
}
