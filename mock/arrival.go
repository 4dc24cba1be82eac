package mock

import (
	"net/http"
	"strconv"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/control"
)

// arrival is what is known of an exchange from its first moment, and where it will be recorded.
type arrival struct {
	started   time.Time // real time
	clock     time.Time // the mock's
	contract  *contract.Contract
	journal   *journal // of the world as it was then, so that a reset forgets what began before it; nil when off
	metrics   *metrics
	condition string // of the credential, which forbade the request; "" when it did not
	routed    bool   // its operation has been looked for
	recorded  bool
	faulty    bool // there were faults in the world
	headers   int  // bytes that the request's took
}

// arrive gives a request its id, which has the documented form: id, time, host. The host is a constant: the
// real one is nobody's business.
func (c *exchange) arrive(m *metrics) {
	w := c.world
	c.metrics, c.started = m, time.Now()
	w.mu.Lock()
	unique := w.requestID()
	c.clock, c.contract, c.journal, c.faulty = w.clock.now(), w.contract, w.journal, len(w.faults.planted) > 0
	w.mu.Unlock()
	var few [64]byte
	id := append(append(few[:0], unique...), '-')
	c.id = string(append(strconv.AppendInt(id, c.clock.UnixMilli(), 10), "-tally"...))
	if c.journal != nil {
		c.writer.Header()[requestHeader] = c.line(c.id)
	}
}

// requestHeader is the canonical name.
var requestHeader = http.CanonicalHeaderKey(control.RequestHeader)

// record puts an exchange into the journal and counts it. It is called just before the answer is sent, so that
// whoever has an answer finds it there, and again at the end for what had none.
func (c *exchange) record() {
	if _, back := c.writer.(*held); back || c.recorded {
		return // an answer that is held back is not yet the one
	}
	c.recorded = true
	took := time.Since(c.started)
	c.metrics.count(c, took)
	if c.journal != nil {
		c.journal.add(c.journal.entryOf(c, took))
	}
}
