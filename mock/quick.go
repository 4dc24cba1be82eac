package mock

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// passage carries an exchange through the router: the exchange is the response that the router hands to the
// operation, so that requests need no context of their own.
type passage struct {
	http.ResponseWriter
	exchange *exchange
}

// WriteHeader is for what the router answers by itself: an operation's answer does not come through here.
func (p *passage) WriteHeader(status int) {
	if p.exchange.status == 0 {
		p.exchange.status = status
		p.exchange.record()
	}
	p.ResponseWriter.WriteHeader(status)
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

// jsonContent is the Content-Type of all answers; it is never changed.
var jsonContent = []string{"application/json; charset=UTF-8"}

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

// form is that of a record's body, and all that the record keeps of it from now on; nil where it has none.
func (k ready) form(r *record) *contract.Form {
	forms := k[r.kind]
	if forms == nil {
		return nil
	}
	if forms.Has(r.Form) {
		r.Keep(r.Form, r.Own)
		return r.Form
	}
	body := r.Body()
	if m := forms.Of(body); m != nil {
		r.Keep(m, forms.Own(body))
	} else {
		r.Replace(body)
	}
	return r.Form
}

// share makes a new record keep what its body has in common with others once. It tells whether the record needs its
// body no more.
func (k ready) share(r *record) (spent bool) {
	forms := k[r.kind]
	if forms == nil {
		return false
	}
	r.Form, r.Own, spent = forms.Share(r.Resource.Body)
	if spent {
		r.Keep(r.Form, r.Own)
	}
	return spent
}

// show appends what is shown of a record.
func (w *world) show(dst []byte, r *record, now time.Time) ([]byte, error) {
	dst, ok := w.ready.form(r).Append(dst, &r.Resource, r.Own, now)
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
	if w.ready == nil {
		return e.Reply(&r.Resource, now)
	}
	s := newSlate()
	var err error
	if e.Answer != nil {
		s.data, err = e.AppendReply(s.data, &r.Resource, now)
	} else {
		s.data, err = w.show(s.data, r, now)
	}
	return s, err
}

// showAll is what is shown of the records of a page.
func (w *world) showAll(records []*record, now time.Time) ([]any, error) {
	items := make([]any, len(records))
	var err error
	for i, r := range records {
		if items[i], err = r.kind.Show(&r.Resource, now); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// listReady is what a list answers where nobody wants to see the values.
func (w *world) listReady(t *tenant, s contract.Situation) (*slate, error) {
	total, records, err := w.pick(t, s)
	if err != nil {
		return nil, err
	}
	body := newSlate()
	body.data, err = s.Request.Operation.Effect.AppendList(body.data, total, pageItems{w, records, s.Now})
	for _, r := range records {
		w.seen(r, s.Now)
	}
	return body, err
}

// pageItems are the records of a page as JSON.
type pageItems struct {
	world   *world
	records []*record
	now     time.Time
}

// AppendJSON is for contract.Appender.
func (p pageItems) AppendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, '[')
	for i, r := range p.records {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = p.world.show(dst, r, p.now); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}
