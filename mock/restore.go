package mock

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
)

// damage is why a snapshot cannot be, with the place in it.
type damage struct {
	at, text string // at is a JSON pointer
}

func (d damage) Error() string { return "the snapshot: " + d.at + ": " + d.text }

func damaged(at, format string, args ...any) error { return damage{at, fmt.Sprintf(format, args...)} }

// read makes the bodies of a snapshot that has come as text.
func read(s control.Snapshot) (state, error) {
	out := state{Snapshot: s, bodies: make([]map[string]any, len(s.Resources))}
	for i, r := range s.Resources {
		plain, err := decoded(r.Body)
		body, ok := plain.(map[string]any)
		if err != nil || !ok {
			return out, damaged(fmt.Sprintf("/resources/%d/body", i), "want an object")
		}
		out.bodies[i] = body
	}
	return out, nil
}

// restored is the state that a snapshot describes, under the world's contract. The world itself stays as it is.
func (w *world) restored(s state) (worldState, error) {
	fresh, err := w.restoredHead(s.Snapshot)
	if err != nil {
		return worldState{}, err
	}
	scratch := &world{name: w.name, contract: w.contract, settings: w.settings, progress: w.progress, worldState: fresh}
	for i := range s.Resources {
		if err := scratch.revive(&s.Resources[i], s.bodies[i], fmt.Sprintf("/resources/%d", i)); err != nil {
			return worldState{}, err
		}
	}
	for i := range s.Queues {
		if err := scratch.reviveQueue(&s.Queues[i], fmt.Sprintf("/queues/%d", i)); err != nil {
			return worldState{}, err
		}
	}
	return scratch.worldState, scratch.noneIsLost(s)
}

// restoredHead is the state that a snapshot describes, without its resources and queues.
func (w *world) restoredHead(s control.Snapshot) (worldState, error) {
	if s.Tally != stateMark || s.Version != stateVersion {
		return worldState{}, damaged("/tally", "%q version %d: want %q version %d", s.Tally, s.Version, stateMark, stateVersion)
	}
	if s.Clock.Now.After(latest) || s.Clock.Now.Before(time.Time{}) {
		return worldState{}, damaged("/clock/now", "the clock ends at %s", latest.Format(time.RFC3339))
	}
	if !(s.Clock.Speed > 0) || s.Clock.Speed > maxSpeed {
		return worldState{}, damaged("/clock/speed", "want a factor above 0 up to %d", maxSpeed)
	}
	out, err := w.fresh()
	if err != nil {
		return out, err
	}
	out.clock, out.made, out.quota, out.rate = clockAt(s.Clock, w.settings.now), s.IDs, s.Quota, RateLimit{}
	out.entries, out.given = w.contract.Entries(), map[string]bool{} // what the settings say of them stands in the snapshot
	for i, entry := range s.Catalogue {
		var patch map[string]any
		plain, err := decoded(entry.Patch)
		if patch, _ = plain.(map[string]any); err == nil {
			out.entries, err = out.entries.With(entry.Entry, patch)
		}
		if err != nil {
			return out, damaged(fmt.Sprintf("/catalogue/%d", i), "%v", err)
		}
	}
	for i, name := range s.Given {
		if err := knownCondition(w.contract, name); err != nil {
			return out, damaged(fmt.Sprintf("/given/%d", i), "%v", err)
		}
		out.given[name] = true
	}
	if out.failures, err = w.restoredFailures(s.Failures); err != nil {
		return out, err
	}
	if out.faults, err = w.restoredFaults(s.Faults); err != nil {
		return out, err
	}
	if err := out.keys.restoreKeys(s.Keys); err != nil {
		return out, err
	}
	if err := out.restoreRate(s); err != nil {
		return out, err
	}
	return out, out.keys.restore(s.Tokens)
}

// clockAt is a clock that goes on from a snapshot.
func clockAt(s control.SnapshotClock, real func() time.Time) *clock {
	k := newClock(real, s.Speed)
	k.frozen = s.Frozen
	k.show(s.Now.UTC())
	return k
}

func (to *worldState) restoreRate(s control.Snapshot) error {
	if s.Rate != nil {
		to.rate = RateLimit{Calls: s.Rate.Calls, Window: s.Rate.Window}
	}
	if err := checkLimits(s.Quota, to.rate); err != nil {
		return damaged("/rate", "%v", err)
	}
	if s.Rate == nil {
		return nil
	}
	if s.Rate.Until != nil {
		to.calls.until = s.Rate.Until.UTC()
	}
	if len(s.Rate.Counted) > maxCounted {
		return damaged("/rate/counted", "%d tenants: want at most %d", len(s.Rate.Counted), maxCounted)
	}
	to.calls.of = maps.Clone(s.Rate.Counted) // worlds that begin alike count on their own
	return nil
}

func (k *keyring) restore(tokens []control.SnapshotToken) error {
	if len(tokens) > maxTokens {
		return damaged("/tokens", "%d tokens: want at most %d", len(tokens), maxTokens)
	}
	for i, t := range tokens {
		data, err := hex.DecodeString(t.SHA256)
		if err != nil || len(data) != len(tokenHash{}) {
			return damaged(fmt.Sprintf("/tokens/%d/sha256", i), "want the SHA-256 of the token, 64 hex digits")
		}
		hash := tokenHash(data)
		if _, twice := k.grants[hash]; twice {
			return damaged(fmt.Sprintf("/tokens/%d/sha256", i), "this token is there already")
		}
		k.grants[hash] = grant{caller: contract.Caller(t.Caller), project: t.Project, expires: t.Expires.UTC(), number: k.nextNumber()}
		k.issued = append(k.issued, hash)
	}
	return nil
}

// revive puts one resource of a snapshot in place.
func (w *world) revive(in *control.SnapshotResource, body map[string]any, at string) error {
	which := slices.IndexFunc(w.contract.Resources(), func(k *contract.ResourceType) bool { return k.Name == in.Kind })
	if which < 0 {
		return damaged(at+"/kind", "%q is not in the contract", in.Kind)
	}
	kind := w.contract.Resources()[which]
	r := &record{kind: kind, Resource: contract.Resource{ID: in.ID, Tenant: in.Tenant, Owner: contract.Caller(in.Owner), State: in.State,
		Previous: in.Previous, Created: in.Created.UTC(), Updated: in.Updated.UTC(), Body: body}}
	if err := r.restorePlan(in, at); err != nil {
		return err
	}
	now := w.clock.now()
	if r.Since.After(now) {
		return damaged(at+"/since", "it lies after the clock's %s", now.Format(time.RFC3339Nano))
	}
	if r.Failure = w.contract.Error(in.Failure); in.Failure != "" && r.Failure == nil {
		return damaged(at+"/failure", "%q is not in the catalogue", in.Failure)
	}
	if r.reason = w.contract.Error(in.Reason); in.Reason != "" && r.reason == nil {
		return damaged(at+"/reason", "%q is not in the catalogue", in.Reason)
	}
	if err := w.restoreBack(r, in.Back, at); err != nil {
		return err
	}
	t := w.tenant(in.Tenant)
	shop := t.of(kind)
	unique := r.uniqueValue()
	switch {
	case in.ID == "":
		return damaged(at+"/id", "it is empty")
	case in.Tenant == "" && kind.Create != nil && kind.Create.Effect.Tenant != "":
		return damaged(at+"/tenant", "it is empty")
	case shop.byID[in.ID] != nil:
		return damaged(at+"/id", "tenant %q has %s %q twice", in.Tenant, kind.Name, in.ID)
	case unique != "" && shop.unique[unique] != nil:
		return damaged(at+"/body"+kind.Create.Effect.Unique.By, "%q is that of %q too; no two of a tenant may share it", unique, shop.unique[unique].ID)
	}
	if !w.proven {
		if err := w.shows(r, now); err != nil {
			return damaged(at+"/body", "%v", err)
		}
	}
	w.insert(t, r)
	w.ready.form(r)
	return nil
}

// restorePlan holds the state of a resource and what time will do to it to the lifecycle of its kind.
func (r *record) restorePlan(in *control.SnapshotResource, at string) error {
	for _, when := range []struct {
		from *time.Time
		to   *time.Time
	}{{in.Since, &r.Since}, {in.Deadline, &r.Deadline}, {in.Due, &r.due}} {
		if when.from != nil {
			*when.to = when.from.UTC()
		}
	}
	lc := r.kind.Lifecycle
	if lc == nil {
		if in.State != "" || in.Due != nil || in.Deadline != nil || in.Ends != "" || in.Failing {
			return damaged(at+"/state", "%s has no lifecycle, and so no state and no plan", r.kind.Name)
		}
		r.reads = in.Reads
		return nil
	}
	if lc.State(in.State) == nil || in.State == lc.Gone {
		return damaged(at+"/state", "%q is none of a live %s", in.State, r.kind.Name)
	}
	if in.Ends != "" {
		var err error
		if r.policy, err = ParsePolicy(in.Ends); err != nil || r.policy.Kind == ByTime {
			return damaged(at+"/ends", "%q: want reads:N (N ≥ 1) or manual, or nothing for by time", in.Ends)
		}
	}
	if passage := lc.Passage(in.State); in.Failing && (passage == nil || passage.Fails == nil) {
		return damaged(at+"/failing", "state %s cannot fail", in.State)
	}
	if in.Reads < 0 {
		return damaged(at+"/reads", "%d: want 0 or more", in.Reads)
	}
	r.reads, r.failing = in.Reads, in.Failing
	return nil
}

// reviveQueue puts a queue of a snapshot in place, whose resources are there already.
func (w *world) reviveQueue(in *control.SnapshotQueue, at string) error {
	if w.queues[in.Name] != nil {
		return damaged(at+"/name", "%q stands here twice", in.Name)
	}
	q := &queue{name: in.Name}
	if in.Last != nil {
		q.last = in.Last.UTC()
	}
	for i, turn := range in.Waiting {
		r := w.resource(in.Kind, turn.Tenant, turn.ID)
		here := fmt.Sprintf("%s/waiting/%d", at, i)
		switch {
		case r == nil:
			return damaged(here, "tenant %q has no %s %q", turn.Tenant, in.Kind, turn.ID)
		case r.kind.Lifecycle == nil || r.kind.Lifecycle.Queue == nil || !r.kind.Lifecycle.InQueue(r.State):
			return damaged(here, "%q is in state %q, in which nothing waits", turn.ID, r.State)
		case r.queue != nil:
			return damaged(here, "%q waits twice", turn.ID)
		case r.queueName() != in.Name:
			return damaged(at+"/name", "%q: %q waits in %q", in.Name, turn.ID, r.queueName())
		}
		q.takes = r.kind.Lifecycle.Queue.Takes
		r.queue, r.place, r.Turn = q, uint64(i+1), &contract.Turn{Rank: i + 1, Begin: turn.Begin.UTC(), End: turn.End.UTC()}
		q.records = append(q.records, r)
	}
	if len(q.records) == 0 {
		return damaged(at+"/waiting", "nothing waits in it")
	}
	w.queues[q.name] = q
	return nil
}

func (w *world) resource(kind, tenant, id string) *record {
	if t := w.tenants[tenant]; t != nil {
		for k, shop := range t.kinds {
			if k.Name == kind {
				return shop.byID[id]
			}
		}
	}
	return nil
}

// noneIsLost finds a resource that waits, but in no queue.
func (w *world) noneIsLost(s state) error {
	for i := range s.Resources {
		in := &s.Resources[i]
		r := w.resource(in.Kind, in.Tenant, in.ID)
		if r.kind.Lifecycle != nil && r.kind.Lifecycle.InQueue(r.State) && r.queue == nil {
			return damaged(fmt.Sprintf("/resources/%d/state", i), "in state %s it waits, but no queue has it", r.State)
		}
	}
	return nil
}

// decodeState reads the text of a snapshot, held to the document of the control API.
func decodeState(text []byte) (state, error) {
	op := controlDocument().Operation("restoreSnapshot")
	if _, violations := op.Read(contract.Input{Body: text}); len(violations) > 0 {
		return state{}, fmt.Errorf("the snapshot: %s", violations[0])
	}
	var s control.Snapshot
	if err := json.Unmarshal(text, &s); err != nil {
		return state{}, fmt.Errorf("the snapshot: %w", err)
	}
	return read(s)
}
