package conformance

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/tallystick/tallystick/fixtures"
)

// Recording is what files of exchanges give, one by one and in any order. An error stands for an exchange that
// cannot be used, or for the rest of a file; what comes after it still counts.
type Recording = iter.Seq2[Recorded, error]

// Recorded is an exchange of a recording.
type Recorded struct {
	fixtures.Exchange
	File  string // where it comes from; exchanges of one file are taken for all that there was
	Index int    // its place in the file, from 0
}

// Where names the exchange to people.
func (e Recorded) Where() string { return fmt.Sprintf("%s#%d", e.File, e.Index) }

// ReadHAR reads files one after another.
func ReadHAR(paths ...string) Recording {
	return func(yield func(Recorded, error) bool) {
		for _, path := range paths {
			i := -1
			for entry, err := range fixtures.ReadFiles(path) {
				i++
				e := Recorded{File: path, Index: i}
				if err == nil {
					e.Exchange, err = entry.Exchange()
				}
				if !yield(e, err) {
					return
				}
			}
		}
	}
}

// reply is the exchange as the runner would have seen it.
func (e *Recorded) reply() *reply {
	r := &reply{body: []byte(e.ResponseBody), rawHeader: canonical(e.ResponseHeaders)}
	r.Exchange = Exchange{Started: e.Started, Took: Duration(e.Took), Method: e.Method, URL: e.URL, Status: e.Status,
		RequestHeaders: canonical(e.RequestHeaders), RequestBody: e.RequestBody,
		ResponseHeaders: canonical(e.ResponseHeaders), ResponseBody: shorten([]byte(e.ResponseBody)), Error: e.Error, unasked: !e.isAsked()}
	if e.Status == 0 {
		r.err = errors.New(cmp.Or(e.Error, "no answer was recorded"))
	}
	return r
}

// exchangeOf is an exchange of this package in the form of a recording.
func exchangeOf(e Exchange) fixtures.Exchange {
	return fixtures.Exchange{Started: e.Started, Took: time.Duration(e.Took), Method: e.Method, URL: e.URL, RequestHeaders: e.RequestHeaders,
		RequestBody: e.RequestBody, Status: e.Status, ResponseHeaders: e.ResponseHeaders, ResponseBody: e.ResponseBody, Error: e.Error,
		Comment: e.Operation}
}

// canonical are headers by their canonical names: HTTP/2 writes them small.
func canonical(headers map[string][]string) http.Header {
	out := http.Header{}
	for name, values := range headers {
		key := http.CanonicalHeaderKey(name)
		out[key] = append(out[key], values...)
	}
	return out
}

// end is when the answer was there.
func (e *Recorded) end() time.Time { return e.Started.Add(max(e.Took, 0)) }

var cutText = regexp.MustCompile(` … \(\d+ bytes\)$`)

// cutOff tells whether a recorded body lacks its end: reports and recordings of this package bound bodies.
func cutOff(body string) bool { return len(body) >= maxShown && cutText.MatchString(body) }

// isWithheld tells whether the recording lacks a body that there was, or its end. A comment of another program
// beside a whole body says nothing.
func (e *Recorded) isWithheld() bool {
	return e.Status != 0 && (e.Lacks(fixtures.Answered) || cutOff(e.ResponseBody) || (e.Error != "" && !json.Valid([]byte(e.ResponseBody))))
}

// isAsked tells whether the recording has the request's body as it was sent, but for what was taken out of it.
func (e *Recorded) isAsked() bool { return !e.Lacks(fixtures.Sent) && !cutOff(e.RequestBody) }

// isTimeless tells whether it is not known when the exchange was.
func (e *Recorded) isTimeless() bool { return e.Started.IsZero() || e.Took <= 0 }

// isRedacted tells whether something was taken out of a recorded value, so that it says nothing.
func isRedacted(v any) bool {
	switch x := v.(type) {
	case string:
		return strings.Contains(x, redacted)
	case map[string]any:
		for _, inner := range x {
			if isRedacted(inner) {
				return true
			}
		}
	case []any:
		for _, inner := range x {
			if isRedacted(inner) {
				return true
			}
		}
	}
	return false
}
