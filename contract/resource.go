package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Caller is who sends a request.
type Caller struct{ ID, Name string }

// Resource is a resource at a moment. It is a value: nothing here changes Body or what it holds.
type Resource struct {
	ID       string
	Tenant   string
	Owner    Caller
	State    string
	Previous string         // the state before the last transition that a request made
	Since    time.Time      // when State was entered
	Created  time.Time      // when its create was accepted
	Updated  time.Time      // when an update last changed it
	Deadline time.Time      // when the timer runs out; zero when it does not run
	Turn     *Turn          // place in a queue; nil outside queues
	Failure  *Error         // why it failed; nil when it did not
	Body     map[string]any // what create and updates gave it, without what its state decides; nil where Form keeps it
	Form     *Form          // of the body; nil for none. Whoever sets Body sets it too: see Replace
	Own      string         // what of the body is not in Form
}

// Turn is a place in a queue.
type Turn struct {
	Rank  int // 1 is next
	Begin time.Time
	End   time.Time // when its turn comes, as things stand
}

// value fills the placeholders of templates about a resource.
func (r *Resource) value(now time.Time) func(string) (any, bool) {
	return func(name string) (any, bool) {
		switch name {
		case "id":
			return r.ID, true
		case "tenant":
			return r.Tenant, true
		case "state":
			return r.State, true
		case "previous":
			return r.Previous, r.Previous != ""
		case "created":
			return milliseconds(r.Created)
		case "updated":
			return milliseconds(r.Updated)
		case "deadline":
			return milliseconds(r.Deadline)
		case "left":
			return secondsUntil(r.Deadline, now)
		case "token":
			return r.token(), true
		case "user.id":
			return r.Owner.ID, r.Owner.ID != ""
		case "user.name":
			return r.Owner.Name, r.Owner.Name != ""
		case "failure.code":
			return r.failure(func(e *Error) string { return e.Code })
		case "failure.message":
			return r.failure(func(e *Error) string { return e.Message() })
		case "rank", "begin", "end", "wait":
			return r.turn(name, now)
		}
		if pointer, ok := strings.CutPrefix(name, "self"); ok {
			v := valueAt(r.Whole(), pointer)
			return v, v != nil
		}
		return nil, false
	}
}

func (r *Resource) failure(part func(*Error) string) (any, bool) {
	if r.Failure == nil {
		return nil, false
	}
	return part(r.Failure), true
}

func (r *Resource) turn(name string, now time.Time) (any, bool) {
	if r.Turn == nil {
		return nil, false
	}
	switch name {
	case "rank":
		return int64(r.Turn.Rank), true
	case "begin":
		return milliseconds(r.Turn.Begin)
	case "end":
		return milliseconds(r.Turn.End)
	}
	return secondsUntil(r.Turn.End, now)
}

// token is a secret that stays the same while the resource stays in its state.
func (r *Resource) token() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", r.Tenant, r.ID, r.Since.UnixNano()))
	return hex.EncodeToString(sum[:16])
}

// Show is the resource as a client sees it now: its body with the members that its state decides.
func (rt *ResourceType) Show(r *Resource, now time.Time) (map[string]any, error) {
	whole := r.Whole()
	var body any = whole
	if rt.Lifecycle == nil {
		return whole, nil
	}
	value := r.value(now)
	for _, s := range rt.Lifecycle.shows {
		if s.in != nil && !slices.Contains(s.in, r.State) {
			continue
		}
		holds, err := s.when.holds(vars(nil, whole, now))
		if err != nil {
			return nil, err
		}
		if holds {
			if set := s.set.Render(value); set != nil {
				body = merge(body, set)
			}
		}
	}
	shown, _ := body.(map[string]any)
	return shown, nil
}

// Deadline is when the timer of a resource that enters a state now will run out; zero for never.
func (rt *ResourceType) Deadline(state string, body map[string]any, now time.Time) (time.Time, error) {
	if rt.Lifecycle == nil || rt.Lifecycle.Timer == nil || rt.Lifecycle.Timer.In != state {
		return time.Time{}, nil
	}
	t := rt.Lifecycle.Timer
	holds, err := t.when.holds(vars(nil, body, now))
	if err != nil || !holds {
		return time.Time{}, err
	}
	n, ok := valueAt(body, t.Seconds).(json.Number)
	if !ok {
		return time.Time{}, nil
	}
	seconds, err := n.Int64()
	if err != nil || seconds <= 0 {
		return time.Time{}, nil
	}
	return now.Add(time.Duration(seconds) * time.Second), nil
}

// Value is a member of a body by JSON pointer; nil when it is absent.
func Value(body map[string]any, pointer string) any { return valueAt(body, pointer) }

// NewID renders the id of a new resource around a unique part.
func (e *Effect) NewID(unique string) string {
	return plain(e.ID.Render(func(name string) (any, bool) { return unique, name == "uuid" }))
}

// Reply is the body of a success about one resource.
func (e *Effect) Reply(r *Resource, now time.Time) (map[string]any, error) {
	if e.Answer == nil {
		return e.Resource.Show(r, now)
	}
	body, _ := e.Answer.Render(r.value(now)).(map[string]any)
	return body, nil
}

// ReplyList is the body of a list: total counts all that matched, items holds those of the page.
func (e *Effect) ReplyList(total int, items []any) map[string]any {
	body, _ := e.Answer.Render(listValue(total, items)).(map[string]any)
	return body
}

// listValue gives the placeholders of a list's answer.
func listValue(total int, items any) func(string) (any, bool) {
	return func(name string) (any, bool) {
		switch name {
		case "total":
			return int64(total), true
		case "items":
			return items, true
		}
		return nil, false
	}
}
