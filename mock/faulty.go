package mock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/mock/fault"
)

// faulted lets the faults of a world hit the requests of an operation. At most one hits a request: those that
// come before it are asked first.
func (s *server) faulted(op *contract.Operation, honest echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		c := exchangeOf(ec)
		if !c.faulty {
			return honest(ec)
		}
		d := c.dangers(op)
		if !d.before && !d.after {
			return honest(ec)
		}
		return s.endangered(c, op, d, func() error { return honest(ec) })
	}
}

// danger is when faults may hit a request, and whether they ask for its body.
type danger struct{ before, after, body bool }

func (c *exchange) dangers(op *contract.Operation) (d danger) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	d.before, d.after, d.body = c.world.faults.mayHit(op)
	return d
}

// endangered lets an operation answer, or the fault that hits its request.
func (s *server) endangered(c *exchange, op *contract.Operation, d danger, honest func() error) error {
	c.operation = op
	if c.fault != nil {
		return honest() // it has been hit, and is only read again
	}
	l := c.look(op, d.body)
	if d.before {
		if err := s.strike(c, l, fault.Before); err != nil {
			return err
		}
		if c.fault != nil {
			return s.befall(c, nil, honest)
		}
	}
	if !d.after {
		return honest()
	}
	return s.afterwards(c, l, honest)
}

// afterwards carries a request out and holds the answer until faults have had their look at it. What the
// contract refuses has changed nothing, and is answered as it is.
func (s *server) afterwards(c *exchange, l *look, honest func() error) error {
	h := c.hold()
	if err := c.within(h, honest); err != nil {
		return err
	}
	if h.status < http.StatusBadRequest {
		if err := s.strike(c, l, fault.After); err != nil {
			h.forget()
			return err
		}
		if c.fault != nil {
			return s.befall(c, h, nil)
		}
	}
	c.record()
	h.release()
	return nil
}

// held is an answer that is kept back. Its headers are those of the real one.
type held struct {
	http.ResponseWriter
	before http.Header // as it was when the answer began
	status int
	body   bytes.Buffer
}

// hold keeps back what is answered from now on, until writer is set to the real one again.
func (c *exchange) hold() *held {
	h := &held{ResponseWriter: c.writer, before: c.writer.Header().Clone()}
	c.writer = h
	return h
}

// within lets answer what is held, and sets writer to the real one again, also when answering hangs up.
func (c *exchange) within(h *held, answer func() error) error {
	defer func() { c.writer = h.ResponseWriter }()
	return answer()
}

// WriteHeader is that of http.ResponseWriter.
func (h *held) WriteHeader(status int) { h.status = status }

// Write is that of http.ResponseWriter.
func (h *held) Write(data []byte) (int, error) { return h.body.Write(data) }

// forget takes back what has been answered; nil has answered nothing.
func (h *held) forget() {
	if h != nil {
		clear(h.Header())
		maps.Copy(h.Header(), h.before)
	}
}

func (h *held) release() {
	h.ResponseWriter.WriteHeader(h.status)
	_, _ = h.ResponseWriter.Write(h.body.Bytes()) // the client has gone: nobody is left to tell
}

// befall does to an exchange what a fault says. It is given what the operation has answered, or how to let it
// answer.
func (s *server) befall(c *exchange, h *held, honest func() error) error {
	f := c.fault
	if f.wait > 0 && !c.wait(f.wait) {
		c.status, c.code, c.sent = 0, "", nil
		panic(http.ErrAbortHandler) // a client that has gone only half would take anything else for an answer
	}
	switch {
	case f.Drop == fault.DropConnection:
		c.status, c.code, c.sent = 0, "", nil
		f.do("dropped the connection")
		panic(http.ErrAbortHandler)
	case f.Status != 0:
		h.forget()
		c.code, c.sent = "", nil
		f.do("answered status " + strconv.Itoa(f.Status))
		return c.send(f.Status, nil)
	case f.Code != "":
		h.forget()
		h = c.hold()
		_ = c.within(h, func() error { s.write(c, refused{s.forced(c, f)}); return nil })
		f.do("answered code " + f.Code)
	case h == nil:
		return honest()
	}
	return c.deliver(h)
}

// forced is the refusal that a fault asks for.
func (s *server) forced(c *exchange, f *struck) *contract.Refusal {
	e := s.contract.Error(f.Code)
	args := append([]string{}, f.Args...)
	if words := s.contract.Words(c.operation, e); len(words) > len(args) {
		args = append(args, words[len(args):]...)
	}
	return &contract.Refusal{Error: e, Args: args, Source: e.Source}
}

// spoils tells whether the client gets another answer than the operation's.
func (s *struck) spoils() bool {
	return s.Drop != "" || s.Status != 0 || s.Code != "" || s.Malformed || s.Truncate != nil
}

// do notes what was done.
func (s *struck) do(what string) {
	if s.did != "" {
		s.did += ", "
	}
	s.did += what
}

// deliver sends an answer that was held, as the fault lets it.
func (c *exchange) deliver(h *held) error {
	f, data := c.fault, h.body.Bytes()
	if f.Malformed {
		data = malformed(data)
		h.Header().Set("Content-Length", strconv.Itoa(len(data)))
		f.do("spoilt the JSON")
	}
	cut := len(data)
	switch {
	case f.Drop == fault.DropHeaders:
		cut = 0
		f.do("dropped the connection after the headers")
	case f.Truncate != nil:
		cut = min(*f.Truncate, max(len(data)-1, 0))
		f.do(fmt.Sprintf("ended the connection after %d of %d bytes", cut, len(data)))
	}
	c.status, c.sent = h.status, data[:cut]
	rate := c.pace(cut)
	c.record()
	h.ResponseWriter.WriteHeader(h.status)
	c.trickle(h.ResponseWriter, data[:cut], rate)
	if f.Drop != "" || f.Truncate != nil {
		_ = http.NewResponseController(h.ResponseWriter).Flush() // what cannot be flushed is cut earlier
		panic(http.ErrAbortHandler)
	}
	return nil
}

// malformed is a text of about the same length that is no JSON.
func malformed(data []byte) []byte {
	data = data[:max(len(data)-1, 0)]
	if len(data) == 0 || json.Valid(data) {
		return []byte("{")
	}
	return data
}

// wait holds an exchange back for a real time, without any lock. It tells whether the client is still there.
func (c *exchange) wait(d time.Duration) bool {
	c.keepBody() // only then the server notices that a client has gone
	c.extend(d)
	timer := time.NewTimer(d)
	defer timer.Stop()
	start := time.Now()
	select {
	case <-timer.C:
		c.fault.do("waited " + d.String())
		return true
	case <-c.request.Context().Done():
		c.fault.do("waited " + time.Since(start).Round(time.Millisecond).String() + " until the client went away")
		return false
	}
}

// extend gives an exchange more time than the server gives the others.
func (c *exchange) extend(by time.Duration) {
	server, ok := c.request.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok {
		return
	}
	control := http.NewResponseController(c.writer)
	if t := server.WriteTimeout; t > 0 {
		_ = control.SetWriteDeadline(time.Now().Add(by + t)) // a server without deadlines has none to move
	}
	if t := server.ReadTimeout; t > 0 {
		_ = control.SetReadDeadline(time.Now().Add(by + t))
	}
}

// trickleStep is how often a slow body goes on.
const trickleStep = 50 * time.Millisecond

// pace is the rate at which the fault lets a body of a size go, in bytes a second, 0 for at once: one that takes no
// more than fault.MaxLatency.
func (c *exchange) pace(size int) int {
	if c.fault.Rate <= 0 || size == 0 {
		return 0
	}
	rate := max(c.fault.Rate, size/int(fault.MaxLatency/time.Second)+1)
	c.fault.do("sent " + strconv.Itoa(size) + " bytes in " + lasts(size, rate).Round(time.Millisecond).String())
	return rate
}

// lasts is how long bytes take at a rate.
func lasts(size, rate int) time.Duration {
	return time.Duration(size) * time.Second / time.Duration(rate)
}

// trickle writes a body at a rate in bytes a second, 0 for at once.
func (c *exchange) trickle(w http.ResponseWriter, data []byte, rate int) {
	if rate <= 0 || len(data) == 0 {
		_, _ = w.Write(data) // the client has gone: nobody is left to tell
		return
	}
	c.extend(lasts(len(data), rate))
	size := max(int(int64(rate)*int64(trickleStep)/int64(time.Second)), 1)
	ticker := time.NewTicker(max(time.Duration(size)*time.Second/time.Duration(rate), time.Nanosecond))
	defer ticker.Stop()
	for len(data) > 0 {
		select {
		case <-ticker.C:
		case <-c.request.Context().Done():
			return
		}
		n := min(size, len(data))
		_, _ = w.Write(data[:n])
		_ = http.NewResponseController(w).Flush()
		data = data[n:]
	}
}
