package mock

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// Tampering makes a mock break its contract on purpose. It is for tests of what tests servers: a tester
// is worth what it finds. Each seam may be nil, which leaves the mock honest there; the zero Tampering
// is an honest mock. Package defects has a list of tamperings.
//
// Read, Condition, Arrive and Answer are called by many goroutines at a time, the others by one. What a seam
// is given belongs to the mock and must not be changed, apart from what Store and Answer hand over for that.
type Tampering struct {
	// Condition replaces what is wrong with a credential or with the wire, "" for nothing. The operation is
	// nil where none has been matched yet.
	Condition func(op *contract.Operation, condition string) string

	// Read stands around the reading of a request.
	Read func(op *contract.Operation, in contract.Input, honest func(contract.Input) (*contract.Request, []contract.Violation)) (*contract.Request, []contract.Violation)

	// Arrive is called when a request has been read, before it waits for its turn.
	Arrive func(req *contract.Request)

	// Foreign tells whether an operation reaches the resources of every tenant.
	Foreign func(op *contract.Operation) bool

	// Decide stands around every decision. An error is a failure of the server.
	Decide func(s contract.Situation, honest func(contract.Situation) (contract.Decision, error)) (contract.Decision, error)

	// Enter replaces the state that a resource enters because of an event; the event is "" when a transient
	// state ends. The state must be one of the table, not the one in which resources are gone.
	Enter func(kind *contract.ResourceType, r contract.Resource, event, to string) string

	// Store changes a resource that a request has just created or changed. Its State must stay.
	Store func(op *contract.Operation, before contract.Resource, after *contract.Resource)

	// List stands around the making of a page: the number of all matches and what is shown of them.
	List func(s contract.Situation, honest func(contract.Situation) (int, []any, error)) (int, []any, error)

	// Answer changes an answer before it is sent.
	Answer func(a *Answer)
}

// Answer is what is about to be sent.
type Answer struct {
	Operation *contract.Operation // nil when none matched
	Request   *contract.Request   // nil when it has not been read, or could not be
	Refusal   *contract.Refusal   // nil for a success
	ID        string              // of the request
	Status    int
	Header    http.Header
	Body      any    // decoded JSON, a copy; nil for none
	Raw       []byte // if not nil, sent in place of Body
	Drop      bool   // hang up, and send nothing
}

// WithTampering makes the mock break its contract; the default is none.
func WithTampering(t Tampering) Option {
	return func(s *settings) error { s.tampering = t; return nil }
}

// isNone tells whether no seam is given what could be kept of a request.
func (t *Tampering) isNone() bool {
	return t.Read == nil && t.Arrive == nil && t.Decide == nil && t.List == nil && t.Answer == nil
}

func (t *Tampering) condition(op *contract.Operation, condition string) string {
	if t.Condition == nil {
		return condition
	}
	return t.Condition(op, condition)
}

func (t *Tampering) read(op *contract.Operation, in contract.Input) (*contract.Request, []contract.Violation) {
	if t.Read == nil {
		return op.Read(in)
	}
	return t.Read(op, in, op.Read)
}

func (t *Tampering) arrive(req *contract.Request) {
	if t.Arrive != nil {
		t.Arrive(req)
	}
}

func (w *world) decide(s contract.Situation) (contract.Decision, error) {
	if decide := w.settings.tampering.Decide; decide != nil {
		return decide(s, w.contract.Decide)
	}
	return w.contract.Decide(s)
}

// find is the resource that a request is about; nil when there is none.
func (w *world) find(t *tenant, op *contract.Operation, key string) *record {
	r := t.of(op.Effect.Resource).byID[key]
	if foreign := w.settings.tampering.Foreign; r != nil || foreign == nil || !foreign(op) {
		return r
	}
	w.thawAll()
	for _, other := range w.tenants {
		if r = other.of(op.Effect.Resource).byID[key]; r != nil {
			return r
		}
	}
	return nil
}

// move lets an event take a record to a state. What the control API forces does not come through here.
func (w *world) move(r *record, to, event string, at time.Time) error {
	if enter := w.settings.tampering.Enter; enter != nil {
		to = enter(r.kind, r.Resource, event, to)
	}
	return w.enter(r, to, event, at)
}

// stored follows every change that a request has made to a record.
func (w *world) stored(r *record, op *contract.Operation, before contract.Resource) {
	store := w.settings.tampering.Store
	if store == nil {
		return
	}
	r.tenant.remove(r)
	deadline := r.Deadline
	if store(op, before, &r.Resource); !r.Deadline.Equal(deadline) {
		r.due = r.Deadline
	}
	r.tenant.insert(r)
	w.touch(r)
}

// pageOf is what a list request gets to see.
func (w *world) pageOf(t *tenant, s contract.Situation) (int, []any, error) {
	honest := func(s contract.Situation) (int, []any, error) { return w.page(t, s) }
	if foreign := w.settings.tampering.Foreign; foreign != nil && foreign(s.Request.Operation) {
		honest = w.pageOfAll
	}
	if list := w.settings.tampering.List; list != nil {
		return list(s, honest)
	}
	return honest(s)
}

// pageOfAll lists the resources of every tenant.
func (w *world) pageOfAll(s contract.Situation) (int, []any, error) {
	total, items := 0, []any{}
	w.thawAll()
	for _, id := range slices.Sorted(maps.Keys(w.tenants)) {
		n, some, err := w.page(w.tenants[id], s)
		if err != nil {
			return 0, nil, err
		}
		total, items = total+n, append(items, some...)
	}
	return total, items, nil
}

// sendTampered sends what Answer makes of an answer.
func (c *exchange) sendTampered(status int, body any) error {
	h := c.writer.Header()
	a := &Answer{Operation: c.operation, Request: c.read, Refusal: c.refusal, ID: c.id, Status: status, Header: h}
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber()
		if err := decoder.Decode(&a.Body); err != nil {
			return err
		}
		h.Set("Content-Type", "application/json; charset=UTF-8")
	}
	c.tampering.Answer(a)
	if a.Drop {
		c.status = 0
		panic(http.ErrAbortHandler)
	}
	data := a.Raw
	if data == nil && a.Body != nil {
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(a.Body); err != nil {
			return err
		}
		data = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	}
	c.status, c.sent = a.Status, data
	h.Set("Content-Length", strconv.Itoa(len(data)))
	c.record()
	c.writer.WriteHeader(a.Status)
	_, _ = c.writer.Write(data) // the client has gone: nobody is left to tell
	return nil
}
