package mock

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
)

// seed puts what there is at the start into a fresh world.
func (w *world) seed() error {
	snapshot := w.settings.snapshot
	now := w.clock.now()
	shift := time.Duration(0)
	if !snapshot.Taken.IsZero() {
		shift = now.Sub(snapshot.Taken)
	}
	instances := slices.Clone(snapshot.Instances)
	slices.SortStableFunc(instances, func(a, b fixtures.Instance) int { return a.Since.Compare(b.Since) }) // queues are first come, first served
	for i := range instances {
		if err := w.plant(&instances[i], shift, now); err != nil {
			return fmt.Errorf("%s: instance %q: %w", cmp.Or(instances[i].Where, "snapshot"), instances[i].ID, err)
		}
	}
	return nil
}

// plant puts one instance in place, as old as it was at the moment of the snapshot.
func (w *world) plant(in *fixtures.Instance, shift time.Duration, now time.Time) error {
	kind, err := w.kindOf(in)
	if err != nil {
		return err
	}
	t := w.tenant(in.Tenant)
	if err := t.accepts(in, kind); err != nil {
		return err
	}
	plain, err := decoded(in.Stored(kind))
	if err != nil {
		return fmt.Errorf("the body is no JSON: %w", err)
	}
	body, _ := plain.(map[string]any)
	owner := contract.Caller(in.Owner)
	body = owned(kind, completed(body, kind.Refresh(body, w.entries)), &owner)
	since := now
	if !in.Since.IsZero() {
		since = earlier(in.Since.Add(shift), now)
	}
	r := &record{kind: kind, Resource: contract.Resource{ID: in.ID, Tenant: in.Tenant, Owner: owner,
		Previous: in.Previous, Created: in.Created, Body: body}}
	if r.Created.IsZero() {
		r.Created = since
	}
	if r.Updated = in.Updated; r.Updated.IsZero() {
		r.Updated = r.Created
	}
	if kind.Lifecycle != nil {
		if err := w.enter(r, in.State, "", since); err != nil {
			return err
		}
		if r.Failure = w.contract.Error(in.Failure); in.Failure != "" && r.Failure == nil {
			return fmt.Errorf("failure %q is not in the catalogue", in.Failure)
		}
		r.keepDeadline(in, shift)
	}
	w.insert(t, r)
	w.ready.form(r)
	return w.shows(r, now)
}

// kindOf finds the kind of an instance, and holds its state to it.
func (w *world) kindOf(in *fixtures.Instance) (*contract.ResourceType, error) {
	kinds := w.contract.Resources()
	which := slices.IndexFunc(kinds, func(k *contract.ResourceType) bool {
		return k.Name == in.Kind || (in.Kind == "" && len(kinds) == 1)
	})
	if which < 0 {
		var names []string
		for _, k := range kinds {
			names = append(names, k.Name)
		}
		return nil, fmt.Errorf("kind %q is not in the contract; it knows %v", in.Kind, names)
	}
	kind := kinds[which]
	if lc := kind.Lifecycle; lc != nil && (lc.State(in.State) == nil || in.State == lc.Gone) {
		var names []string
		for _, s := range lc.States {
			if s.Name != lc.Gone {
				names = append(names, s.Name)
			}
		}
		return nil, fmt.Errorf("state %q is none of kind %s; want one of %v", in.State, kind.Name, names)
	}
	return kind, nil
}

// accepts tells whether an instance may stand beside those that a tenant has.
func (t *tenant) accepts(in *fixtures.Instance, kind *contract.ResourceType) error {
	s := t.of(kind)
	switch {
	case in.ID == "":
		return errors.New("the id is missing")
	case in.Body == nil:
		return errors.New("the body is missing")
	case in.Tenant == "" && kind.Create != nil && kind.Create.Effect.Tenant != "":
		return errors.New("the tenant is missing")
	case s.byID[in.ID] != nil:
		return fmt.Errorf("tenant %q has this id twice", in.Tenant)
	}
	value := (&record{kind: kind, Resource: contract.Resource{Body: in.Body}}).uniqueValue()
	if before := s.unique[value]; before != nil {
		return fmt.Errorf("%s is %q, as with instance %q; no two of a tenant may share it", kind.Create.Effect.Unique.By, value, before.ID)
	}
	return nil
}

// completed is a body with what it lacks, such as entries of catalogues, taken from another.
func completed(body, from map[string]any) map[string]any {
	out := maps.Clone(body)
	for name, v := range from {
		mine, present := out[name]
		inner, ok := mine.(map[string]any)
		other, ok2 := v.(map[string]any)
		switch {
		case !present:
			out[name] = v
		case ok && ok2:
			out[name] = completed(inner, other)
		}
	}
	return out
}

// owned is a body that says who its owner is, where lists ask for that. Without an owner it belongs to
// whoever has a token from the start.
func owned(kind *contract.ResourceType, body map[string]any, owner *contract.Caller) map[string]any {
	if list := kind.List(); list != nil {
		for _, f := range list.Effect.Filters {
			if !f.Own {
				continue
			}
			if id, ok := contract.Value(body, f.Member).(string); ok {
				owner.ID = id
				return body
			}
			if owner.ID == "" {
				*owner = callerOf(defaultCaller)
			}
			patch := any(owner.ID)
			tokens := strings.Split(strings.TrimPrefix(f.Member, "/"), "/")
			for _, token := range slices.Backward(tokens) {
				patch = map[string]any{strings.NewReplacer("~1", "/", "~0", "~").Replace(token): patch}
			}
			body, _ = contract.MergePatch(body, patch).(map[string]any)
			return body
		}
	}
	return body
}

func earlier(a, b time.Time) time.Time {
	if a.After(b) {
		return b
	}
	return a
}

// keepDeadline lets a timer that runs go on as it was set.
func (r *record) keepDeadline(in *fixtures.Instance, shift time.Duration) {
	if in.Deadline.IsZero() || r.Deadline.IsZero() {
		return
	}
	r.Deadline = in.Deadline.Add(shift)
	if r.kind.Lifecycle.Passage(r.State) == nil {
		r.due = r.Deadline
	}
}

// shows holds what a client would see of a record to the schema.
func (w *world) shows(r *record, now time.Time) error {
	for _, op := range w.contract.Operations() {
		if e := op.Effect; e == nil || e.Resource != r.kind || e.Do != contract.Read || e.Answer != nil || op.Success() == nil || op.Success().Schema == nil {
			continue
		}
		shown, err := r.kind.Show(&r.Resource, now)
		if err != nil {
			return err
		}
		value, err := decoded(shown)
		if err != nil {
			return err
		}
		if found := op.Success().Schema.Check("body", value); len(found) > 0 {
			return fmt.Errorf("the body breaks the schema of %s: %s", r.kind.Name, found[0])
		}
		return nil
	}
	return nil
}

// decoded is a value as it comes out of JSON text, with numbers as they are written.
func decoded(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var out any
	err = decoder.Decode(&out)
	return out, err
}
