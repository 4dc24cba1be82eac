package mock

import (
	"encoding/base64"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
	"github.com/tallystick/tallystick/mock/control"
)

// view shows entries of a journal without their secrets.
type view struct{ redactor *fixtures.Redactor }

// request is an entry in one line of a list.
func (v view) request(e *entry, url string) control.Request {
	return control.Request{Sequence: e.sequence, ID: e.id, At: e.clock, Started: e.started.UTC(), Took: milliseconds(e.took),
		Method: e.method, URL: url, Operation: e.operationID(), Status: e.status, Verdict: e.verdict(), Code: e.code,
		Before: e.states.before, After: e.states.after}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// summary is request for an entry of which nothing else is shown.
func (v view) summary(e *entry) control.Request {
	shown := fixtures.Exchange{URL: e.address()}
	v.redactor.Redact(&shown, e.operationID())
	return v.request(e, shown.URL)
}

// exchange is all of an entry.
func (v view) exchange(e *entry) control.Exchange {
	shown := e.exchange()
	v.redactor.Redact(&shown, e.operationID())
	return control.Exchange{Request: v.request(e, shown.URL),
		Sent:       message(shown.RequestHeaders, shown.RequestBody, e.body),
		Answered:   message(shown.ResponseHeaders, shown.ResponseBody, e.answerBody),
		Violations: v.violations(e, e.requestViolations()), Broken: v.violations(e, e.answerViolations()),
		Signature: v.signature(e), Near: v.near(e)}
}

func message(headers map[string][]string, text string, whole kept) control.Message {
	m := control.Message{Headers: headers, Size: whole.size, Cut: whole.gap(text) != "", Text: text}
	if !utf8.ValidString(text) {
		m.Text, m.Base64 = base64.StdEncoding.EncodeToString([]byte(text)), true
	}
	return m
}

// violations are never nil, so that JSON has [] and not null.
func (v view) violations(e *entry, found []contract.Violation) []control.Violation {
	out := make([]control.Violation, len(found))
	for i, f := range found {
		out[i] = control.Violation{In: f.In, Pointer: v.redactor.Text(f.Pointer), Keyword: f.Keyword, Schema: f.Schema, Text: v.redactor.Text(f.Text)}
		if f.Schema != "" {
			out[i].Position = e.contract.Locate(f.Schema + "/" + f.Keyword).String()
		}
		if f.Refusal != nil {
			out[i].Code = f.Refusal.Error.Ref
		}
	}
	return out
}

// signature is why that of the request was refused; nil when it was not.
func (v view) signature(e *entry) *control.Signature {
	f, text := e.signature, v.redactor.Text
	if f == nil {
		return nil
	}
	return &control.Signature{Access: text(f.Access), Problem: text(f.Problem), Canonical: text(f.Canonical), StringToSign: text(f.StringToSign),
		Mistakes: f.Mistakes, Part: f.Part, Server: text(f.Server), Client: text(f.Client), Hint: f.Hint}
}

func (v view) near(e *entry) []control.Near {
	if e.operation != nil {
		return nil
	}
	out := nearest(e.contract, e.method, e.escapedPath())
	for i := range out {
		out[i].Why = v.redactor.Text(out[i].Why)
	}
	return out
}

// entry is an entry in the form of a HAR. Times are real ones, because they tell which exchange came first even
// where the mock's clock stands still.
func (v view) entry(e *entry) fixtures.Entry {
	shown := e.exchange()
	shown.Comment = e.operationID()
	shown.Note = &fixtures.Note{Operation: e.operationID(), Forced: v.redactor.Text(e.forced())}
	for _, found := range append(e.requestViolations(), e.answerViolations()...) {
		shown.Note.Violations = append(shown.Note.Violations, found.String())
	}
	shown.Note.Valid = len(shown.Note.Violations) == 0
	shown.Lack(fixtures.Sent, e.body.gap(shown.RequestBody))
	if e.status != 0 {
		shown.Lack(fixtures.Answered, e.answerBody.gap(shown.ResponseBody))
	}
	v.redactor.Redact(&shown, e.operationID())
	return shown.Entry()
}

// har is a recording of entries of a journal; each tells what was moved since the one before.
func (v view) har(j *journal, entries []*entry) ([]byte, error) {
	before := int64(0)
	h := fixtures.HAR{Log: fixtures.Log{Version: "1.2", Creator: fixtures.Creator{Name: "tally mock", Version: "1"}, Entries: make([]fixtures.Entry, len(entries))}}
	for i, e := range entries {
		h.Log.Entries[i] = v.entry(e)
		h.Log.Entries[i].Tally.Moved = j.moved.between(before, e.sequence)
		before = e.sequence
	}
	return json.Marshal(h)
}
