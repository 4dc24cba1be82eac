package mock

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
	"github.com/tallystick/tallystick/mock/store"
)

// badRow is a row that cannot be, with the reason.
func badRow(r store.Row, err error) error {
	var d damage
	if errors.As(err, &d) {
		err = errors.New(strings.TrimPrefix(d.at+": "+d.text, ": "))
	}
	return fmt.Errorf("row %s %.200s: %w", r.Kind, r.Key, err)
}

// loaded is the state that rows are, under the world's contract. The world itself stays as it is, apart from what it
// notes of its head.
func (w *world) loaded(rows []store.Row) (worldState, error) {
	blank, err := w.blank()
	if err != nil {
		return worldState{}, err
	}
	w.changes.rows = map[string][]byte{}
	blank.changes = w.changes
	if err := blank.apply(rows); err != nil {
		return worldState{}, err
	}
	w.proven = blank.proven
	for _, part := range headParts {
		if w.changes.rows[part.name] == nil {
			return worldState{}, fmt.Errorf("row %s %s is missing", rowHead, part.name)
		}
	}
	return blank.worldState, nil
}

// blank is a world without anything, to make states with. It needs no journal.
func (w *world) blank() (*world, error) {
	out := &world{name: w.name, contract: w.contract, settings: w.settings, progress: w.progress}
	out.settings.journal = journalSize{}
	var err error
	out.worldState, err = out.fresh()
	return out, err
}

// accepts holds the rows' owner to the world, and tells whether they were written under the very same contract.
func (w *world) accepts(r store.Row) (same bool, err error) {
	var meta keptMeta
	if err := json.Unmarshal(r.Value, &meta); err != nil {
		return false, badRow(r, err)
	}
	switch {
	case meta.Format > rowFormat:
		return false, fmt.Errorf("it has format %d, of a newer version; this one reads up to %d, so use the newer one; nothing was changed", meta.Format, rowFormat)
	case meta.Format < 1:
		return false, badRow(r, fmt.Errorf("format %d: want 1 to %d", meta.Format, rowFormat))
	case meta.Contract.Title != w.contract.Title:
		return false, fmt.Errorf("it belongs to the contract %q, and %q is played; use another place for this one; nothing was changed", meta.Contract.Title, w.contract.Title)
	}
	return meta.Contract.SHA256 == w.contract.SHA256(), nil
}

// apply puts rows in place of what a world has under their names. After an error the world is in pieces.
func (w *world) apply(rows []store.Row) error {
	if len(rows) == 0 {
		return nil
	}
	c := w.changes
	records, queues := c.records, c.queues
	c.records, c.queues = map[recordName]struct{}{}, map[string]struct{}{} // what comes from the store need not go there
	defer func() { c.records, c.queues = records, queues }()
	return w.place(rows)
}

// place is apply, with all notes of it.
func (w *world) place(rows []store.Row) error {
	for _, r := range rows {
		if r.Kind == rowMeta {
			var err error
			if w.proven, err = w.accepts(r); err != nil {
				return err
			}
		}
	}
	if err := w.applyHead(rows); err != nil {
		return err
	}
	if err := w.applyTokens(rows); err != nil {
		return err
	}
	w.thawQueues()
	queues := map[string]bool{}
	resources := make([]*arriving, 0, len(rows))
	for i := range rows {
		if rows[i].Kind != rowResource {
			continue
		}
		a, err := w.readResource(rows[i])
		if err != nil {
			return badRow(rows[i], err)
		}
		resources = append(resources, a)
		w.unseat(a.name, queues)
	}
	for _, a := range resources {
		if err := w.seat(a, queues); err != nil {
			return badRow(a.row, err)
		}
	}
	for i := range rows {
		if rows[i].Kind == rowQueue {
			if err := w.applyQueue(rows[i], queues); err != nil {
				return badRow(rows[i], err)
			}
		}
	}
	w.lineUp(queues)
	w.countTokens()
	return nil
}

// applyHead makes the head anew if a part of it is among the rows.
func (w *world) applyHead(rows []store.Row) error {
	changed, c := false, w.changes
	for _, r := range rows {
		if r.Kind != rowHead {
			continue
		}
		if headPartOf(r.Key) == nil || r.Value == nil {
			return badRow(r, errors.New("a head has no such part, or none without a value"))
		}
		c.rows[r.Key], changed = r.Value, true
	}
	if !changed {
		return nil
	}
	s := control.Snapshot{Tally: stateMark, Version: stateVersion, Clock: control.SnapshotClock{Speed: 1}}
	for _, part := range headParts {
		if data := c.rows[part.name]; data != nil {
			if err := part.set(&s, data); err != nil {
				return badRow(store.Row{Kind: rowHead, Key: part.name}, err)
			}
		}
	}
	blank, err := w.blank()
	if err != nil {
		return err
	}
	head, err := blank.restoredHead(s)
	if err == nil && c.rows["clock"] != nil {
		err = head.clock.goOn(c.rows["clock"])
	}
	if err != nil {
		return badRow(store.Row{Kind: rowHead}, err)
	}
	w.clock, w.made, w.quota, w.rate, w.calls = head.clock, head.made, head.quota, head.rate, head.calls
	w.entries, w.given, w.failures, w.faults = head.entries, head.given, head.failures, head.faults
	w.keys.keys, c.made, c.keys = head.keys.keys, head.made, map[string]keyMark{}
	for access, key := range w.keys.keys {
		c.keys[access] = keyMark{key.failures, key.locked}
	}
	return nil
}

// arriving is a resource on its way into a world; one that has gone has no kept form.
type arriving struct {
	row  store.Row
	name recordName
	kept *keptResource
	body map[string]any
}

func (w *world) readResource(r store.Row) (*arriving, error) {
	a := &arriving{row: r}
	name := r.Key
	if r.Value != nil {
		a.kept = &keptResource{}
		if err := json.Unmarshal(r.Value, a.kept); err != nil {
			return nil, err
		}
		plain, err := decodedText(a.kept.Body)
		body, ok := plain.(map[string]any)
		if err != nil || !ok {
			return nil, errors.New("/body: want an object")
		}
		if a.body, a.kept.Body = body, nil; strings.HasPrefix(name, "#") {
			name = url.PathEscape(a.kept.Kind) + "/" + a.kept.Name
		}
	} else if strings.HasPrefix(name, "#") {
		a.name = w.hashed(name)
		return a, nil
	}
	parts := strings.Split(name, "/")
	if len(parts) != 3 {
		return nil, errors.New("the key: want KIND/TENANT/ID")
	}
	for i, to := range []*string{&a.name.kind, &a.name.tenant, &a.name.id} {
		plain, err := url.PathUnescape(parts[i])
		if err != nil {
			return nil, fmt.Errorf("the key: %w", err)
		}
		*to = plain
	}
	if a.kept != nil {
		a.kept.Kind, a.kept.Tenant, a.kept.ID = a.name.kind, a.name.tenant, a.name.id
	}
	return a, nil
}

// hashed finds the record whose name is so long that it is kept by its hash; the zero name when there is none.
func (w *world) hashed(key string) (found recordName) {
	eachRecord(&w.worldState, func(r *record) {
		if name := nameOf(r); len(name.tenant)+len(name.id) > maxKey/4 {
			if k, _ := rowKey(name.kind, name.tenant, name.id); k == key {
				found = name
			}
		}
	})
	return found
}

// unseat takes away what stands under a name. What the world shares there with others becomes its own.
func (w *world) unseat(name recordName, queues map[string]bool) {
	w.own(name.tenant)
	r := w.resource(name.kind, name.tenant, name.id)
	if r == nil {
		return
	}
	if q := r.queue; q != nil {
		q.records = slices.DeleteFunc(q.records, func(other *record) bool { return other == r })
		queues[q.name] = true
	}
	if r.tenant.remove(r); r.tenant.isEmpty() {
		delete(w.tenants, r.tenant.id)
	}
}

// seat puts a resource in its place.
func (w *world) seat(a *arriving, queues map[string]bool) error {
	in := a.kept
	if in == nil {
		return nil
	}
	if in.Since != nil {
		if w.clock.notBefore(*in.Since) {
			w.touchHead(headClock)
		}
	}
	if err := w.revive(&in.SnapshotResource, a.body, ""); err != nil {
		return err
	}
	r := w.resource(in.Kind, in.Tenant, in.ID)
	waits := r.kind.Lifecycle != nil && r.kind.Lifecycle.InQueue(r.State)
	if waits != (in.Queue != "") || waits != (in.Begin != nil) || waits && r.kind.Lifecycle.Queue == nil {
		return fmt.Errorf("/queue: in state %q it is in %q, since %v", r.State, in.Queue, in.Begin)
	}
	if !waits {
		return nil
	}
	q := w.queueNamed(in.Queue)
	q.takes = r.kind.Lifecycle.Queue.Takes
	r.queue, r.place, r.Turn = q, in.Place, &contract.Turn{Begin: in.Begin.UTC()}
	q.records = append(q.records, r)
	queues[q.name] = true
	return nil
}

func (w *world) queueNamed(name string) *queue {
	q := w.queues[name]
	if q == nil {
		q = &queue{name: name}
		w.queues[name] = q
	}
	return q
}

// applyQueue tells a queue when it has served last. One that has gone goes with the last that waits in it.
func (w *world) applyQueue(r store.Row, queues map[string]bool) error {
	if r.Value == nil {
		return nil
	}
	var kept keptQueue
	if err := json.Unmarshal(r.Value, &kept); err != nil {
		return err
	}
	q := w.queueNamed(kept.Name)
	queues[q.name] = true
	if kept.Last != nil {
		q.last = kept.Last.UTC()
	}
	return nil
}

// lineUp puts those who wait in order, and works out anew when their turns come.
func (w *world) lineUp(queues map[string]bool) {
	for name := range queues {
		q := w.queues[name]
		switch {
		case q == nil:
		case len(q.records) == 0:
			delete(w.queues, name)
		default:
			slices.SortFunc(q.records, func(a, b *record) int { return cmp.Compare(a.place, b.place) })
			q.plan(w.progress)
		}
	}
}

// applyTokens puts tokens in place, or takes them away.
func (w *world) applyTokens(rows []store.Row) error {
	k, gone := w.keys, map[uint64]bool{}
	var come []store.Row
	for _, r := range rows {
		if r.Kind != rowToken {
			continue
		}
		number, err := strconv.ParseUint(r.Key, 16, 64)
		if err != nil || number == 0 {
			return badRow(r, errors.New("the key: want a number above 0 in hex"))
		}
		if gone[number] = true; r.Value != nil {
			come = append(come, r)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	k.issued = slices.DeleteFunc(k.issued, func(hash tokenHash) bool {
		old := gone[k.grants[hash].number]
		if old {
			delete(k.grants, hash)
		}
		return old
	})
	for _, r := range come {
		if err := k.put(r); err != nil {
			return badRow(r, err)
		}
	}
	slices.SortFunc(k.issued, func(a, b tokenHash) int { return cmp.Compare(k.grants[a].number, k.grants[b].number) })
	return nil
}

// put puts one token in place.
func (k *keyring) put(r store.Row) error {
	var t control.SnapshotToken
	if err := json.Unmarshal(r.Value, &t); err != nil {
		return err
	}
	if err := k.restore([]control.SnapshotToken{t}); err != nil {
		return err
	}
	hash := k.issued[len(k.issued)-1]
	g := k.grants[hash]
	g.number, _ = strconv.ParseUint(r.Key, 16, 64) // it is one
	k.grants[hash] = g
	return nil
}

// countTokens notes which tokens there are.
func (w *world) countTokens() {
	k, c := w.keys, w.changes
	if c.first, k.numbered = c.last+1, c.last; len(k.issued) > 0 {
		c.first, c.last = k.grants[k.issued[0]].number, k.grants[k.issued[len(k.issued)-1]].number
	}
}

// decodedText is a value of JSON text, with numbers as they are written.
func decodedText(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var out any
	err := decoder.Decode(&out)
	return out, err
}
