package mock

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/tallystick/tallystick/mock/control"
)

// headSet is a set of parts of a world's head, which are kept in rows of their own.
type headSet uint16

// The parts. What the control API alone changes is noted by it as a whole.
const (
	headMeta headSet = 1 << iota
	headClock
	headIDs
	headQuota
	headRate
	headGiven
	headCatalogue
	headFailures
	headFaults
	headKeys

	wholeHead = headKeys<<1 - 1
)

// headPart is one part of the head.
type headPart struct {
	bit  headSet
	name string // key of its row
	get  func(w *world) any
	set  func(s *control.Snapshot, data []byte) error
}

// member reads a part of a snapshot.
func member[T any](of func(*control.Snapshot) *T) func(*control.Snapshot, []byte) error {
	return func(s *control.Snapshot, data []byte) error { return json.Unmarshal(data, of(s)) }
}

var headParts = []headPart{
	{headClock, "clock", func(w *world) any { return w.clock.kept() }, readClock},
	{headIDs, "ids", func(w *world) any { return w.made }, member(func(s *control.Snapshot) *uint64 { return &s.IDs })},
	{headQuota, "quota", func(w *world) any { return w.quota }, member(func(s *control.Snapshot) **int { return &s.Quota })},
	{headRate, "rate", func(w *world) any { return w.describeRate() }, member(func(s *control.Snapshot) **control.SnapshotRate { return &s.Rate })},
	{headGiven, "given", func(w *world) any { return sortedKeys(w.given) }, member(func(s *control.Snapshot) *[]string { return &s.Given })},
	{headCatalogue, "catalogue", func(w *world) any { return w.changedEntries() }, member(func(s *control.Snapshot) *[]control.SnapshotEntry { return &s.Catalogue })},
	{headFailures, "failures", func(w *world) any { return w.describeFailures() }, member(func(s *control.Snapshot) *[]control.Failure { return &s.Failures })},
	{headFaults, "faults", func(w *world) any { return w.faults.describe() }, member(func(s *control.Snapshot) **control.SnapshotFaults { return &s.Faults })},
	{headKeys, "keys", func(w *world) any { return w.keys.describeKeys() }, member(func(s *control.Snapshot) *[]control.SnapshotKey { return &s.Keys })},
}

// headPartOf finds a part by the key of its row; nil when there is none.
func headPartOf(name string) *headPart {
	for i := range headParts {
		if headParts[i].name == name {
			return &headParts[i]
		}
	}
	return nil
}

// kept is a clock as it is kept.
func (k *clock) kept() keptClock {
	return keptClock{Base: instant(k.base), Since: k.since.UTC().Round(0), Frozen: k.frozen, Speed: k.speed}
}

// readClock reads a clock as far as a snapshot has it; keptIn gives the rest.
func readClock(s *control.Snapshot, data []byte) error {
	var k keptClock
	err := json.Unmarshal(data, &k)
	s.Clock = control.SnapshotClock{Now: k.Base, Frozen: k.Frozen, Speed: k.Speed}
	return err
}

// goOn lets a clock go on as it was kept, however long nobody has looked at it.
func (k *clock) goOn(data []byte) error {
	var kept keptClock
	if err := json.Unmarshal(data, &kept); err != nil {
		return err
	}
	k.base, k.shown, k.since = kept.Base.UTC(), kept.Base.UTC(), kept.Since
	return nil
}

// notBefore makes the clock show a time at least: what has happened has, also when the real clock was set back.
func (k *clock) notBefore(at time.Time) (moved bool) {
	if at.After(k.now()) && !at.After(latest) {
		k.show(at.UTC())
		moved = true
	}
	return moved
}

// takeHead gives the parts of the head that have changed.
func (w *world) takeHead() []piece {
	c := w.changes
	var out []piece
	if c.head&headMeta != 0 {
		out = append(out, w.metaPiece())
	}
	for _, part := range headParts {
		if c.head&part.bit == 0 {
			continue
		}
		data, err := json.Marshal(part.get(w))
		if err != nil {
			panic(err) // numbers, strings and times: there is nothing in it that is no JSON
		}
		if bytes.Equal(c.rows[part.name], data) {
			continue
		}
		c.rows[part.name] = data
		out = append(out, piece{kind: rowHead, key: part.name, data: data})
	}
	c.head = 0
	return out
}
