package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// trial is one check while it runs.
type trial struct {
	*runner
	ctx           context.Context
	check         *Check
	opportunities int
	failed        bool
	cut           bool // something could not be judged: the run was interrupted, or has given up
	expected      []string
	actual        string
	replies       []*reply
	about         *reply          // that is being judged; nil for the latest
	proof         []*reply        // up to the one that failed, the last
	blame         string          // the check that saw what this one judges; "" for itself
	doubtful      map[*reply]bool // sent with a credential that is none of the tenants' own
	undo          []func()
	made          []*instance    // for itself: nobody else removes them while it runs
	order         []any          // in which a list came first
	hasty         bool           // a refusal for the rate of calls is what it wants
	cleaning      bool           // it is the end of the run: what is there must go
	unheard       int            // the exchange without an answer that made it fail, as reply.nth counts; 0 for none
	shows         map[string]any // what the contract shows of a create with the target's values; nil without any
	place         *string        // where shows stands in an answer; nil where it does not
}

// skipped ends a check that cannot be judged.
type skipped struct{ reason string }

func (s skipped) Error() string { return s.reason }

func skip(format string, args ...any) error { return skipped{fmt.Sprintf(format, args...)} }

// otherWay ends a check about a state that the target goes round, as it may. It makes nothing partial: a
// change of state that the table does not allow is found where it is seen.
type otherWay struct{ state string }

func (o otherWay) Error() string {
	return "the target takes another way that conforms, and is never seen in " + o.state
}

// maxEvidence bounds the exchanges that a result keeps.
const maxEvidence = 12

// send makes an exchange as part of the check; the oracle sees every one.
func (t *trial) send(c call) *reply {
	own := t.isOwn(c)
	r := t.patiently(c)
	if again, ok := t.renewed(t.ctx, c, r); ok {
		r = again
	}
	if !own {
		if t.doubtful == nil {
			t.doubtful = map[*reply]bool{}
		}
		t.doubtful[r] = true
	}
	t.cut = t.cut || errors.Is(r.err, errGivenUp)
	if t.replies = append(t.replies, r); len(t.replies) > maxEvidence {
		t.replies = t.replies[1:]
	}
	t.hear(c, r)
	return r
}

// expect judges: it counts the opportunity, and on the first thing that is wrong it keeps what was wanted
// and what came.
func (t *trial) expect(ok bool, expected []string, actual string) bool {
	t.opportunities++
	if !ok && t.cutShort() {
		t.cut = true // no answer came because nobody waited for it
		return false
	}
	if !ok && !t.failed {
		t.failed, t.expected, t.actual, t.unheard = true, expected, actual, t.lastUnheard()
		t.proof = t.upTo(t.about)
	}
	return ok
}

func (t *trial) expectf(ok bool, expected, format string, args ...any) bool {
	return t.expect(ok, []string{expected}, fmt.Sprintf(format, args...))
}

// choice notes which of several conforming answers the target takes.
func (t *trial) choice(took string, of []string) {
	if len(of) > 1 {
		t.choices = append(t.choices, Choice{Check: t.check.ID, Took: took, Of: strings.Join(of, " or ")})
	}
}

// describe is an answer in one line.
func (t *trial) describe(r *reply) string {
	if r.err != nil {
		return r.err.Error()
	}
	code, _ := t.c.ErrorIn(decoded(r))
	if code != "" {
		return strconv.Itoa(r.Status) + " " + code
	}
	return strconv.Itoa(r.Status)
}

func shortBody(r *reply) string {
	text := strings.Join(strings.Fields(r.ResponseBody), " ")
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "") + "…"
	}
	return text
}

// outcomes words every answer that conforms.
func outcomes(refusals []*contract.Refusal, accept bool) []string {
	var out []string
	if accept {
		out = append(out, "2xx")
	}
	for _, r := range refusals {
		if text := fmt.Sprint(r.Error.Status, " ", r.Error.Code); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}
