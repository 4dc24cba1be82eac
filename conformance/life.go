package conformance

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// life is what a recording shows of one resource, ordered by time.
type life struct {
	id     string
	events []event
}

// deed is a recorded exchange, as far as lives are concerned.
type deed struct {
	reply      *reply
	where      string
	file       string
	begin, end time.Time // on the client's clock; the answer was there by end
	op         *contract.Operation
	tenant     string
	credential string         // as it was recorded; "" when it cannot be told from others
	event      string         // as rows name it; "" when none is known
	sent       map[string]any // the body of a create or update that is whole
	unknown    bool           // what it did is not known: no answer, the server failed, or the request is not whole
	code       string         // of a refusal
	explained  bool           // the refusal need not be about the state
	adrift     bool           // it cannot be told when it was
}

// event is a deed in the life of one resource, with what its answer shows of it.
type event struct {
	*deed
	state, previous  string // "" when not shown
	created, updated any
	raw              []byte // the resource as shown, JSON; nil when it is not shown whole or not remembered
}

// accepted tells whether a deed is known to have succeeded.
func (d *deed) accepted() bool {
	return d.reply.Status >= 200 && d.reply.Status < 300 && d.reply.err == nil
}

// changes tells whether a deed has changed more than the state, or may have.
func (d *deed) changes() bool {
	switch d.op.Effect.Do {
	case contract.Create, contract.Update:
		return d.unknown || d.accepted()
	}
	return false
}

// before tells whether a deed had ended when another began.
func (d *deed) before(other *deed) bool { return !d.end.After(other.begin) }

// remember keeps what an exchange says of the resources whose life is judged.
func (j *judge) remember(t *trial, e *Recorded, r *reply, op *contract.Operation, in contract.Input) {
	if j.kind == nil || op.Effect == nil || op.Effect.Resource != j.kind {
		return
	}
	d := &deed{reply: r, where: e.Where(), file: e.File, begin: e.Started, end: endOf(e), op: op,
		tenant: in.Path[op.Effect.Tenant], credential: credentialOf(j.c, e), event: eventOf(op, in)}
	whole := isWhole(op, in, e)
	if e.isTimeless() {
		j.times[len(j.times)-1].deed = d
	}
	d.unknown = r.err != nil || r.Status == 0 || r.Status >= http.StatusInternalServerError || r.Status < http.StatusOK ||
		(!whole && d.event == "" && op.Effect.Do != contract.List && op.Effect.Do != contract.Read)
	if whole && (op.Effect.Do == contract.Create || op.Effect.Do == contract.Update) {
		d.sent, _ = decoded(&reply{body: in.Body}).(map[string]any)
	}
	if d.code, _ = j.c.ErrorIn(decoded(r)); d.code != "" {
		_, found := op.Read(in)
		d.explained = !whole || j.explains(op, d.code, found, nil)
	}
	id := in.Path[op.Effect.Key]
	if op.Effect.Key == "" {
		id = ""
	}
	shown := false
	if r.err == nil && d.accepted() {
		for _, ev := range j.sightings(t, d) {
			if key := cmp.Or(ev.id, id); key != "" {
				j.into(key, ev.event)
				shown = shown || key == id
			}
		}
	}
	if id != "" && !shown {
		j.into(id, event{deed: d})
	}
	if j.room -= len(r.body); j.room < 0 {
		j.forgot++
		r.ResponseBody, r.RequestBody = "", ""
	}
	r.body = nil // sightings have their own
}

func (j *judge) into(id string, ev event) {
	l := j.lives[id]
	if l == nil {
		l = &life{id: id}
		j.lives[id] = l
	}
	l.events = append(l.events, ev)
}

// endOf is when the answer was there at the latest: many programs know the time of day to the millisecond.
func endOf(e *Recorded) time.Time {
	if e.Started.Nanosecond()%int(time.Millisecond) == 0 {
		return e.end().Add(time.Millisecond)
	}
	return e.end().Add(time.Microsecond)
}

type sighting struct {
	id string // "" for the resource that the request is about
	event
}

// sightings are the resources that an answer shows.
func (j *judge) sightings(t *trial, d *deed) []sighting {
	effect := d.op.Effect
	switch {
	case effect.Do == contract.List && effect.Answer != nil:
		var out []sighting
		for _, item := range t.items(d.op, d.reply) {
			out = append(out, j.sighting(d, item))
		}
		return out
	case effect.Do == contract.List:
		return nil
	case effect.Answer == nil:
		if body := object(d.reply); body != nil {
			return []sighting{j.sighting(d, body)}
		}
	case effect.Do == contract.Transition:
		s := sighting{event: event{deed: d}}
		body := object(d.reply)
		s.state, _ = contract.Value(body, effect.Answer.PointerOf("state")).(string)
		s.previous, _ = contract.Value(body, effect.Answer.PointerOf("previous")).(string)
		return []sighting{s}
	}
	return nil
}

func (j *judge) sighting(d *deed, body map[string]any) sighting {
	s := sighting{event: event{deed: d}}
	s.id, _ = contract.Value(body, j.kind.PointerOf("id")).(string)
	s.state, _ = contract.Value(body, j.kind.PointerOf("state")).(string)
	s.created, s.updated = contract.Value(body, j.kind.PointerOf("created")), contract.Value(body, j.kind.PointerOf("updated"))
	if isRedacted(s.id) {
		s.id = ""
	}
	if isRedacted(s.state) {
		s.state = ""
	}
	if j.room > 0 {
		if data, err := json.Marshal(body); err == nil {
			s.raw = data
			j.room -= len(data)
		}
	}
	return s
}

// shown is the resource as an event shows it; nil when that is not known.
func (ev *event) shown() map[string]any {
	if ev.raw == nil {
		return nil
	}
	return object(&reply{body: ev.raw})
}

// credentialOf is the credential of a request as recorded; "" where redaction has made all alike.
func credentialOf(c *contract.Contract, e *Recorded) string {
	headers := canonical(e.RequestHeaders)
	text := headers.Get("Authorization")
	for _, s := range c.Schemes() {
		text += headers.Get(s.Header)
	}
	if text == redacted {
		return ""
	}
	return text
}

// eventOf is what a request does to a resource, as rows name it; "" when it cannot be told.
func eventOf(op *contract.Operation, in contract.Input) string {
	if op.Effect.Do == contract.Create || op.Effect.Do == contract.List {
		return op.ID
	}
	req, bad := op.Read(in)
	if len(bad) > 0 && op.Effect.Do == contract.Transition {
		return ""
	}
	return op.EventOf(req)
}

// outcomesOf are the states that may follow an event in any of the given ones, and the codes with which it may
// be refused there.
func outcomesOf(kind *contract.ResourceType, states []string, name string) (next, codes []string) {
	if name == "" {
		return nil, nil
	}
	for _, s := range states {
		for _, row := range kind.Lifecycle.Cell(s, name) {
			for _, o := range row.Outcomes(s) {
				if o.Error != nil {
					codes = append(codes, o.Error.Code)
				} else {
					next = append(next, o.State)
				}
			}
		}
	}
	slices.Sort(next)
	return slices.Compact(next), codes
}

// drift adds to states those that time brings about, by the ends of transient states and by these events.
func drift(lc *contract.Lifecycle, states []string, on ...string) []string {
	out := slices.Clone(states)
	add := func(s string) {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for i := 0; i < len(out); i++ {
		if p := lc.Passage(out[i]); p != nil {
			add(p.To)
			if p.Fails != nil {
				add(p.Fails.To)
			}
		}
		for _, row := range lc.Rows {
			if slices.ContainsFunc(row.On, func(e string) bool { return slices.Contains(on, e) }) && slices.Contains(row.From, out[i]) {
				add(row.Next(out[i]))
			}
		}
	}
	return out
}

func describeStates(states []string) string {
	sorted := slices.Clone(states)
	slices.Sort(sorted)
	return strings.Join(sorted, ", ")
}
