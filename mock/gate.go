package mock

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/contract"
)

// gate is what everything passes that reads or changes a world that is kept. It is safe for concurrent use.
type gate interface {
	// pass lets a part read and change the world. Once it returns nil, what the part has seen and done is kept as
	// the gate promises. After an error the part may have run or not, and nobody may hear what it came to.
	// A panic of the part is passed on, after what it has done was handed over.
	pass(part func()) error

	// end keeps what is not kept yet, and lets go of the store.
	end() error
}

// notKept is why a part could not pass.
type notKept struct{ error }

func (n notKept) Unwrap() error { return n.error }

// throughGate decides a request at the gate, and sends the answer when what it tells of is kept.
func (s *server) throughGate(c *exchange, ec echo.Context, hook hook) error {
	h := c.hold()
	var err error
	failed := c.within(h, func() error {
		return c.world.gate.pass(func() {
			if err = errStale; !c.meetsFaults() {
				err = s.answer(c, ec, hook)
			}
		})
	})
	if failed != nil {
		h.forget()
		c.outcome, c.shown = outcome{}, false
		return failed
	}
	if err != nil || h.status == 0 {
		return err
	}
	c.record()
	h.release()
	return nil
}

// meetsFaults tells whether another process has planted faults since the request arrived: it has to be read anew,
// as one that may be hit. The time of the arrival is that of its turn from now on.
func (c *exchange) meetsFaults() bool {
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	c.clock = w.clock.now()
	meets := !c.faulty && len(w.faults.planted) > 0
	c.faulty = c.faulty || meets
	return meets
}

// strike finds the fault that hits an exchange at a moment, if one does.
func (s *server) strike(c *exchange, l *look, moment string) error {
	if c.world.gate == nil {
		c.fault = c.world.strike(l, moment)
		return nil
	}
	return c.world.gate.pass(func() { c.fault = c.world.strike(l, moment) })
}

// quiet are the calls that neither read nor change what is kept, though they are about one world.
var quiet = map[string]bool{"dashboard": true, "dashboardFile": true, "listOperations": true, "listLifecycles": true,
	"listRequests": true, "countRequests": true, "forgetRequests": true, "exportRequests": true, "showRequest": true, "explainRequest": true}

// passes tells whether a control call passes the gate. The mock is ready when what it plays can be kept.
func passes(op *contract.Operation) bool {
	return op.ID == "ready" || !aboutAll[op.ID] && !quiet[op.ID]
}

// throughGate carries a call out at the gate.
func (c *call) throughGate(op *contract.Operation, do func(*call) (any, error)) (answer any, err error) {
	if failed := c.world.gate.pass(func() {
		if op.Method != http.MethodGet {
			defer func() { // also when it panics half done
				c.world.mu.Lock()
				defer c.world.mu.Unlock()
				c.world.touchHead(wholeHead)
			}()
		}
		answer, err = c.carryOut(op, do)
	}); failed != nil {
		return nil, badControl{http.StatusServiceUnavailable, failed.Error()}
	}
	return answer, err
}

func unkept(err error) error {
	if err == nil {
		return nil
	}
	return notKept{fmt.Errorf("the state cannot be kept: %w", err)}
}
