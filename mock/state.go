package mock

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/tallystick/tallystick/mock/control"
)

// Marks of a snapshot's form.
const (
	stateMark    = "state"
	stateVersion = 1
)

// state is a snapshot with the bodies of its resources beside it: within one process they need not become
// text.
type state struct {
	control.Snapshot
	bodies []map[string]any // in the order of Resources
}

// text makes a snapshot of a state, with the bodies as text.
func (s state) text() (control.Snapshot, error) {
	for i, body := range s.bodies {
		text, err := json.Marshal(body)
		if err != nil {
			return control.Snapshot{}, fmt.Errorf("resource %q: the body is no JSON: %w", s.Resources[i].ID, err)
		}
		s.Resources[i].Body = text
	}
	return s.Snapshot, nil
}

// head is the state of a world without its resources and queues.
func (w *world) head() control.Snapshot {
	c := w.contract
	s := control.Snapshot{Tally: stateMark, Version: stateVersion,
		Contract: control.SnapshotContract{Title: c.Title, Version: c.Version, SHA256: c.SHA256()},
		Clock:    control.SnapshotClock{Now: instant(w.clock.now()), Frozen: w.clock.frozen, Speed: w.clock.speed},
		IDs:      w.made, Tokens: w.keys.describe(), Keys: w.keys.describeKeys(), Faults: w.faults.describe(), Resources: []control.SnapshotResource{}, Queues: []control.SnapshotQueue{},
		Catalogue: w.changedEntries(), Given: sortedKeys(w.given), Rate: w.describeRate(), Failures: w.describeFailures()}
	if w.quota != nil {
		quota := *w.quota
		s.Quota = &quota
	}
	return s
}

func (k *keyring) describe() []control.SnapshotToken {
	tokens := make([]control.SnapshotToken, 0, len(k.issued))
	for _, hash := range k.issued {
		g := k.grants[hash]
		tokens = append(tokens, g.describe(hash))
	}
	return tokens
}

func (g *grant) describe(hash tokenHash) control.SnapshotToken {
	return control.SnapshotToken{SHA256: hex.EncodeToString(hash[:]),
		Caller: control.SnapshotCaller(g.caller), Project: g.project, Expires: instant(g.expires)}
}

func (w *world) describeRate() *control.SnapshotRate {
	if w.rate == (RateLimit{}) && len(w.calls.of) == 0 {
		return nil
	}
	rate := &control.SnapshotRate{Calls: w.rate.Calls, Window: w.rate.Window, Until: moment(w.calls.until)}
	for tenant, n := range w.calls.of {
		if rate.Counted == nil {
			rate.Counted = map[string]int{}
		}
		rate.Counted[tenant] = n
	}
	return rate
}

// changedEntries are the entries that differ from those of the contract, with what makes them so.
func (w *world) changedEntries() []control.SnapshotEntry {
	out := []control.SnapshotEntry{}
	original := w.contract.Entries()
	for _, name := range w.entries.Names() {
		now, before := w.entries.Find(name), original.Find(name)
		if reflect.DeepEqual(now, before) {
			continue
		}
		if patch, err := json.Marshal(patchBetween(before, now)); err == nil {
			out = append(out, control.SnapshotEntry{Entry: name, Patch: patch})
		}
	}
	return out
}

// patchBetween is the JSON merge patch that makes one object of another.
func patchBetween(from, to map[string]any) map[string]any {
	patch := map[string]any{}
	for name := range from {
		if _, stays := to[name]; !stays {
			patch[name] = nil
		}
	}
	for name, v := range to {
		before, known := from[name]
		old, isObject := before.(map[string]any)
		object, toObject := v.(map[string]any)
		switch {
		case known && reflect.DeepEqual(before, v):
		case isObject && toObject:
			patch[name] = patchBetween(old, object)
		default:
			patch[name] = v
		}
	}
	return patch
}

// describe is a record without its body.
func (r *record) describe() control.SnapshotResource {
	out := control.SnapshotResource{Kind: r.kind.Name, Tenant: r.Tenant, ID: r.ID, State: r.State, Since: moment(r.Since),
		Previous: r.Previous, Created: instant(r.Created), Updated: instant(r.Updated), Deadline: moment(r.Deadline),
		Due: moment(r.due), Reads: r.reads, Failing: r.failing, Owner: control.SnapshotCaller(r.Owner)}
	switch r.policy.Kind {
	case ByReads:
		out.Ends = "reads:" + strconv.Itoa(r.policy.Reads)
	case ByHand:
		out.Ends = "manual"
	}
	if r.Failure != nil {
		out.Failure = r.Failure.Ref
	}
	if r.reason != nil {
		out.Reason = r.reason.Ref
	}
	out.Back = r.back.describe()
	return out
}

func (q *queue) describe() control.SnapshotQueue {
	out := control.SnapshotQueue{Name: q.name, Kind: q.records[0].kind.Name, Last: moment(q.last)}
	for _, r := range q.records {
		out.Waiting = append(out.Waiting, control.SnapshotTurn{Tenant: r.Tenant, ID: r.ID, Begin: instant(r.Turn.Begin), End: instant(r.Turn.End)})
	}
	return out
}

// lastInstant is the last that the formats of times can say. Nothing happens so late: the clock ends before.
var lastInstant = time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)

func instant(t time.Time) time.Time {
	if t.After(lastInstant) {
		return lastInstant
	}
	return t.UTC().Round(0)
}

// moment is a time that may be none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = instant(t)
	return &t
}
