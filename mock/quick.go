package mock

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// passage carries an exchange through the router: the exchange is the response that the router hands to the
// operation, so that requests need no context of their own.
type passage struct {
	http.ResponseWriter
	exchange *exchange
}

// Unwrap is for http.ResponseController.
func (p *passage) Unwrap() http.ResponseWriter { return p.ResponseWriter }

func exchangeIn(w http.ResponseWriter) *exchange {
	if p, ok := w.(*passage); ok {
		return p.exchange
	}
	return nil
}

// maxAhead is how much memory a body gets before it has come.
const maxAhead = 64 << 10

// readAll reads a body, into memory of the size that was announced.
func readAll(r *http.Request) ([]byte, error) {
	size := min(max(r.ContentLength, 0), maxAhead)
	b := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	_, err := b.ReadFrom(r.Body)
	return b.Bytes(), err
}

// jsonContent is the Content-Type of all answers; it is never changed.
var jsonContent = []string{"application/json; charset=UTF-8"}

// slates are where answers are written before their length is known.
var slates = sync.Pool{New: func() any { return new([]byte) }}

// maxSlate is the largest that is kept.
const maxSlate = 1 << 20

// encoded is an answer's body as bytes.
func encoded(body any) ([]byte, error) {
	if ready, ok := body.(json.RawMessage); ok {
		return ready, nil
	}
	slate, _ := slates.Get().(*[]byte)
	data, err := contract.AppendJSON((*slate)[:0], body)
	out := bytes.Clone(data)
	if *slate = data; cap(data) <= maxSlate {
		slates.Put(slate)
	}
	return out, err
}

// listens tells whether a log takes what is said at a level.
func listens(l *slog.Logger, level slog.Level) bool { return l.Enabled(context.Background(), level) }

// ready are the forms of a world's resources. What is shown of one is bytes that are kept until its body changes.
// The world's lock guards it.
type ready map[*contract.ResourceType]*contract.Forms

// readyFor is nil for a mock that breaks its contract: what breaks it wants to see values, not bytes.
func readyFor(c *contract.Contract, t *Tampering) ready {
	if t.Read != nil || t.Decide != nil || t.Store != nil || t.List != nil || t.Answer != nil || t.Enter != nil || t.Foreign != nil {
		return nil
	}
	out := ready{}
	for _, kind := range c.Resources() {
		if f := kind.NewForms(); f != nil {
			out[kind] = f
		}
	}
	return out
}

// form is that of a record's body.
func (k ready) form(r *record) *contract.Form {
	forms := k[r.kind]
	if forms != nil && (!forms.Has(r.form) || !sameMap(r.formed, r.Body)) {
		r.form, r.formed, r.own = forms.Of(r.Body), r.Body, forms.Own(r.Body)
	}
	if forms == nil {
		return nil
	}
	return r.form
}

// share makes a new record keep what its body has in common with others once.
func (k ready) share(r *record) {
	if forms := k[r.kind]; forms != nil {
		r.form, r.formed, r.own = forms.Share(r.Body), r.Body, forms.Own(r.Body)
	}
}

// sameMap tells whether two maps are one. Bodies are replaced, never changed in place.
func sameMap(a, b map[string]any) bool {
	return reflect.ValueOf(a).UnsafePointer() == reflect.ValueOf(b).UnsafePointer()
}

// show appends what is shown of a record.
func (w *world) show(dst []byte, r *record, now time.Time) ([]byte, error) {
	dst, ok := w.ready.form(r).Append(dst, &r.Resource, r.own, now)
	if ok {
		return dst, nil
	}
	shown, err := r.kind.Show(&r.Resource, now)
	if err != nil {
		return dst, err
	}
	return contract.AppendJSON(dst, shown)
}

// showOne is what an operation answers about a record: bytes, where nobody wants to see the value.
func (w *world) showOne(r *record, e *contract.Effect, now time.Time) (any, error) {
	if w.ready == nil || e.Answer != nil {
		return e.Reply(&r.Resource, now)
	}
	data, err := w.show(w.scratch[:0], r, now)
	w.scratch = data
	return json.RawMessage(bytes.Clone(data)), err
}

// showAll is what is shown of the records of a page, good until the next page is shown.
func (w *world) showAll(records []*record, now time.Time) ([]any, error) {
	items := make([]any, len(records))
	var err error
	if w.ready == nil {
		for i, r := range records {
			if items[i], err = r.kind.Show(&r.Resource, now); err != nil {
				return nil, err
			}
		}
		return items, nil
	}
	data := w.scratch[:0]
	for i, r := range records {
		begin := len(data)
		if data, err = w.show(data, r, now); err != nil {
			return nil, err
		}
		items[i] = json.RawMessage(data[begin:len(data):len(data)])
	}
	if w.scratch = data; cap(data) > maxSlate {
		w.scratch = nil
	}
	return items, nil
}

// listOf is what a list answers. The items may stand in the scratch memory, which the next list takes.
func (w *world) listOf(e *contract.Effect, total int, items []any) (any, error) {
	body := e.ReplyList(total, items)
	if w.ready == nil {
		return body, nil
	}
	data, err := encoded(body)
	return json.RawMessage(data), err
}
