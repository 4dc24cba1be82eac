package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
)

// Judge holds recorded exchanges to a contract and sends nothing. It judges what the recording tells for
// certain: every answer by itself, what was refused and what was not by the request alone, and of each
// resource that it shows the order of states, and that what was kept, changed and deleted stays so. Exchanges
// that overlap are taken to have happened in any order. What the recording shows of a resource is taken for
// all that was done to it while the file was recorded.
//
// The report is never nil when the error is nil. It is partial when some of the recording could not be used,
// when it does not tell the order of some exchanges, or none of it belongs to the contract. An error is
// ErrUsage, for options that make no sense or what is no recording, or fixtures.ErrNothing, for a recording in
// which there is no exchange.
func Judge(ctx context.Context, c *contract.Contract, recording Recording, opts ...Option) (*Report, error) {
	r, err := newOffline(c, opts)
	if err != nil {
		return nil, err
	}
	j := newJudge(r)
	checks, err := filtered(j.checks(), r.settings)
	if err != nil {
		return nil, err
	}
	if err := j.read(ctx, recording); err != nil {
		return nil, err
	}
	j.judgeLives()
	j.conclude(ctx, checks)
	return j.report(checks), nil
}

// maxRemembered bounds the bytes of bodies that are kept to be compared with later ones.
const maxRemembered = 64 << 20

// newOffline is a runner without a target.
func newOffline(c *contract.Contract, opts []Option) (*runner, error) {
	r, err := newRunner(c, Target{Serve: http.NotFoundHandler(), First: Credentials{Project: "recorded"}}, opts)
	if err != nil {
		return nil, err
	}
	r.session.base = ""
	return r, nil
}

// judge goes through one recording.
type judge struct {
	*runner
	redact     func(fixtures.Exchange) fixtures.Exchange // what a report may show holds no secret
	demands    demands
	files      []string // of the recording, as a shell reads them
	total      int      // exchanges and errors in the recording
	judged     int      // exchanges that belong to the contract
	foreign    int      // exchanges that belong to nothing in it
	unreadable []string // why, by exchange
	room       int      // bytes of bodies that may still be remembered
	forgot     int      // bodies that were not
	unanswered []string // exchanges that have no answer and no reason for it
	withheld   []string // answers that are not there as a whole, with the reason
	cutShort   []string // answers that broke off
	unasked    int      // exchanges whose request is not there as a whole, so that only the answer was judged
	times      []timing // of all that has to do with resources
	placed     int      // exchanges that do not say when they were, but the file does
	adrift     int      // exchanges of which it is not known when they were
	forced     int      // exchanges whose answer is not the service's own
	moved      int      // changes of resources that came from outside the service
	upset      bool     // one of those changed resources from outside the service
	lives      map[string]*life
	breaks     []time.Time // when something outside the service changed resources
	began      time.Time   // of the first exchange
	ended      time.Time   // of the last one
}

func newJudge(r *runner) *judge {
	r.oracle.forgive = forgiven
	redact, err := fixtures.Redacted(r.c)
	if err != nil {
		panic(err) // what else is secret could be named wrongly, and nothing is
	}
	return &judge{runner: r, redact: redact, demands: newDemands(r.c), room: maxRemembered, lives: map[string]*life{}}
}

// read takes in the recording, one exchange after another.
func (j *judge) read(ctx context.Context, recording Recording) error {
	for e, err := range recording {
		if ctx.Err() != nil {
			return fmt.Errorf("%w: interrupted before the recording was read", ErrUsage)
		}
		j.total++
		if err != nil {
			j.unreadable = append(j.unreadable, err.Error())
			continue
		}
		if name := quote(e.File); !slices.Contains(j.files, name) {
			j.files = append(j.files, name)
		}
		j.exchange(&e)
	}
	switch {
	case j.total == 0:
		return errEmpty
	case j.total == len(j.unreadable):
		return usage("nothing of the recording can be read: %s", strings.Join(j.unreadable[:min(3, len(j.unreadable))], "; "))
	}
	return nil
}

// errEmpty is about files that are what they should be, and have nothing in them.
var errEmpty = fmt.Errorf("%w: the recording is empty", fixtures.ErrNothing)

// exchange judges one exchange by itself, and remembers what it says of a resource.
func (j *judge) exchange(e *Recorded) {
	redacted := *e
	redacted.Exchange = j.redact(e.Exchange)
	e = &redacted
	r := e.reply()
	op, in := routed(j.c, e.Method, e.URL)
	if op == nil {
		j.foreign++
		j.noteControl(e)
		return
	}
	j.judged++
	j.clock(e, false)
	if j.began.IsZero() || (!e.Started.IsZero() && e.Started.Before(j.began)) {
		j.began = e.Started
	}
	if e.end().After(j.ended) {
		j.ended = e.end()
	}
	r.Operation = op.ID
	in.Body, in.ContentType = []byte(e.RequestBody), http.Header(r.RequestHeaders).Get("Content-Type")
	t := &trial{runner: j.runner, ctx: context.Background(), check: &Check{ID: e.Where()}, replies: []*reply{r}}
	c := call{op: op, method: e.Method}
	if j.isForced(e) {
		r.err = errForced
		j.remember(t, e, r, op, in)
		return
	}
	j.judgeArrival(t, c, e, r)
	j.seen.exchange(c, r)
	if code, _ := j.c.ErrorIn(decoded(r)); code != "" {
		j.seen.answered[code] = true
	}
	if r.err != nil {
		j.remember(t, e, r, op, in)
		return
	}
	j.judgeText(t, r)
	j.judgeRequest(t, op, in, e, r)
	j.judgeList(t, op, in, r)
	j.remember(t, e, r, op, in)
}

// judgeArrival judges an answer by itself. One that the recording does not hold as a whole is named; only where
// it broke off, something is wrong with it.
func (j *judge) judgeArrival(t *trial, c call, e *Recorded, r *reply) {
	switch {
	case e.Unexplained():
		j.unanswered = append(j.unanswered, e.Where()+": the recording has no answer, and no reason for that")
	case e.BrokeOff():
		j.cutShort = append(j.cutShort, e.Where()+": "+e.Error)
		r.err = errors.New(e.Error)
	case e.isWithheld():
		j.withheld = append(j.withheld, e.Where()+": "+cmp.Or(e.Error, errWithheld.Error()))
		r.err = errWithheld
		return
	}
	j.oracle.see(t, c, r)
}

// errWithheld stands for a body that the recording does not hold in full.
var errWithheld = errors.New("the recording does not hold the whole answer")

// noteControl remembers when somebody changed resources through the control API of a mock. What that API
// does to time and to the world, time and the world may do too.
func (j *judge) noteControl(e *Recorded) {
	call := controlCall(e)
	if strings.HasPrefix(call, "reset") || (strings.HasPrefix(call, "resources/") && !strings.HasSuffix(call, "/fault") && !strings.HasSuffix(call, "/finish")) {
		j.clock(e, true)
		if !e.isTimeless() {
			j.breaks = append(j.breaks, e.Started, e.end())
		}
	}
}

// controlCall is what a call of a control API changes; "" for a call that only asks, and for no such call.
func controlCall(e *Recorded) string {
	_, call, _ := strings.Cut(e.URL, controlPrefix)
	if e.Method == http.MethodGet || e.Method == http.MethodHead {
		return ""
	}
	return call
}

// isWorldCall tells whether a call of a control API changes more than time.
func isWorldCall(e *Recorded) bool {
	call := controlCall(e)
	return call != "" && !strings.HasPrefix(call, "clock")
}

// forgiven tells whether a violation is about something that was taken out of the recording.
func forgiven(r *reply, v contract.Violation) bool {
	if v.In == "header" {
		return isRedacted(http.Header(r.ResponseHeaders).Get(v.Pointer))
	}
	body, _ := decoded(r).(map[string]any)
	return v.In != "status" && isRedacted(contract.Value(body, v.Pointer))
}

// hold judges one thing of the recording; the first that is wrong is told, with its exchanges.
func (j *judge) hold(about, name string, ok bool, text string, at string, replies ...*reply) {
	a := j.oracle.aspect(about, name)
	if a.seen++; ok {
		return
	}
	if a.first == "" {
		a.first = fmt.Sprintf("%s (in %s)", text, at)
	}
	if len(a.kinds) < maxKinds {
		a.kinds = append(a.kinds, text)
	}
	if len(a.replies)+len(replies) <= maxEvidence {
		a.replies = append(a.replies, replies...)
	}
}

// judgeText holds the message of an error to the catalogue.
func (j *judge) judgeText(t *trial, r *reply) {
	code, messages := j.c.ErrorIn(decoded(r))
	if r.Status < http.StatusBadRequest || code == "" || len(messages) == 0 {
		return
	}
	known, right := false, false
	for _, e := range j.c.Errors() {
		if e.Code != code {
			continue
		}
		known = true
		for _, m := range messages {
			right = right || e.Matches(m) || isRedacted(m)
		}
	}
	if known {
		j.hold("error", "text", right, fmt.Sprintf("%s says %q", code, messages), t.check.ID, t.replies...)
	}
}
