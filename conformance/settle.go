package conformance

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/tallystick/tallystick/contract"
)

// maxStuck is how many instances may fail to leave a state in time before it is not waited for any more in this
// run: that would take hours, and tell nothing new. One alone may have had bad luck.
const maxStuck = 3

// settle waits until an instance is in no transient state, or has left the given one.
func (t *trial) settle(in *instance, leave string) error {
	deadline := time.Now().Add(t.settings.waitMax)
	pausing := 20 * time.Millisecond
	for step := 0; ; step++ {
		r, err := t.look(in)
		if err != nil {
			return err
		}
		if !r.ok() {
			return skip("%s answers %s while it is waited for", t.operation(contract.Read).ID, t.describe(r))
		}
		passing := t.kind.Lifecycle.Passage(in.state) != nil || t.kind.Lifecycle.InQueue(in.state)
		if (leave == "" && !passing) || (leave != "" && in.state != leave) {
			if step > 0 {
				t.oracle.settles(t, in.state, true, "")
			}
			return nil
		}
		switch {
		case t.control != nil && step < 50:
			if err := t.control.next(t.ctx); err != nil {
				t.oracle.settles(t, in.state, false, err.Error())
				return skip("state %s does not end: %v", in.state, err)
			}
		case !t.cleaning && (in.stuck == in.state || t.stuck[in.state] >= maxStuck):
			return skip("state %s is not waited for again: it did not end within %v", in.state, t.settings.waitMax)
		case t.control != nil || !time.Now().Before(deadline):
			in.stuck = in.state
			t.stuck[in.state]++
			t.oracle.settles(t, in.state, false, fmt.Sprintf("it was waited for %v", t.settings.waitMax))
			return skip("state %s did not end within %v", in.state, t.settings.waitMax)
		default:
			if err := pause(t.ctx, min(max(pausing, retryAfter(r)), time.Until(deadline))); err != nil {
				return err
			}
			pausing = min(pausing*3/2, 10*time.Second)
		}
	}
}

// retryAfter is how long the target asks to be left alone.
func retryAfter(r *reply) time.Duration {
	seconds, err := strconv.Atoi(http.Header(r.ResponseHeaders).Get("Retry-After"))
	if err != nil || seconds < 0 || seconds > 3600 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
