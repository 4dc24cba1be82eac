package mock

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/signing"
)

// Bounds of a request, as the gateway's documentation gives them.
const (
	maxBody    = 12 << 20
	maxURI     = 32 << 10
	maxHeaders = 32 << 10
)

// exchange is one request with what becomes of it.
type exchange struct {
	passage   passage
	id        string
	world     *world
	request   *http.Request
	writer    http.ResponseWriter
	route     echo.Context        // nil until Echo has found the operation
	operation *contract.Operation // nil when none matched
	caller    contract.Caller
	body      []byte            // nil until it is received, and where nobody looks at it; not to be kept
	read      *contract.Request // nil until it is
	refusal   *contract.Refusal // nil unless refused
	signature *signing.Finding  // nil unless the request was signed, and refused for that
	tampering *Tampering
	answers   *headers
	used      int // calls in the present window, this one too
	window    RateLimit
	retry     time.Duration

	violations []contract.Violation // of the request
	outcome    outcome              // of the decision; zero until there is one
	fault      *struck              // nil unless one hit
	shown      bool                 // the answer is what the document shows: nothing was done

	stale   bool // it was read under a contract that has gone since
	renewed bool // and again under the next, which is not that of its arrival

	lines  []string // the values of the answer's headers
	status int      // of the answer
	code   string
	sent   []byte // the answer's body; not to be kept

	spare
	arrival
}

func exchangeOf(ec echo.Context) *exchange {
	c := exchangeIn(ec.Response().Writer)
	c.route = ec
	return c
}

// around is what every request but those of the control API passes: an id, the bounds, the log.
func (s *server) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		world, box, stray := s.worldOf(r)
		defer s.leave(box)
		c := newExchange(w, r)
		defer c.release()
		c.world, c.answers, c.tampering = world, s.answers, &world.settings.tampering
		c.arrive(s.metrics)
		defer c.record()       // what hangs up without an answer, too
		defer s.logExchange(c) // also when a fault ends the connection
		condition, status := c.oversize()
		if stray != nil {
			s.refuseStray(c, stray)
		} else if condition = c.tampering.condition(nil, condition); condition != "" {
			s.write(c, refusedFor(s.contract.WireRefusal(condition), status, "the request is too large: "+condition))
		} else {
			r = c.bound()
			c.routed = true
			next.ServeHTTP(&c.passage, r)
			s.again(c)
		}
	})
}

// bound holds a body to its bound whose length was not announced. The server's own request stays as it is: by its
// body the server knows whether the client still waits to be told to send it.
func (c *exchange) bound() *http.Request {
	if c.request.ContentLength < 0 {
		c.request = c.request.WithContext(c.request.Context())
		c.request.Body = http.MaxBytesReader(c.writer, c.request.Body, maxBody)
	}
	return c.request
}

// oversize tells which of its bounds the request goes beyond; "" for none.
func (c *exchange) oversize() (condition string, status int) {
	r, size := c.request, 0
	for name, values := range r.Header {
		for _, v := range values {
			size += len(name) + len(v) + len(": \r\n")
		}
	}
	c.headers = size
	switch {
	case len(r.RequestURI) > maxURI:
		return "uri-size", http.StatusRequestURITooLong
	case size > maxHeaders:
		return "header-size", http.StatusRequestHeaderFieldsTooLarge
	case r.ContentLength > maxBody:
		return "entity-size", http.StatusRequestEntityTooLarge
	}
	return "", 0
}

func (s *server) logExchange(c *exchange) {
	operation := "-"
	if c.operation != nil {
		operation = c.operation.ID
	}
	level := slog.LevelInfo
	if c.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if !listens(s.log, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", c.request.Method), slog.String("path", s.hidden().shown(c.operation, c.request.URL)), slog.Int("status", c.status),
		slog.String("operation", operation), slog.String("code", c.code), slog.String("state", c.outcome.state),
		slog.Duration("took", time.Since(c.started)), slog.String("id", c.id), c.fault.attr()}
	if c.signature != nil {
		attrs = append(attrs, slog.String("signature", c.signature.String()))
	}
	s.log.LogAttrs(context.Background(), level, "request", attrs...)
}

// param is a path parameter as the client meant it.
func (c *exchange) param(name string) string {
	return plainParam(c.request.URL, c.route.Param(name))
}

// plainParam is a path parameter without escapes. Echo leaves those of a path that has any uncommon one.
func plainParam(u *url.URL, value string) string {
	if u.RawPath == "" {
		return value
	}
	if plain, err := url.PathUnescape(value); err == nil {
		return plain
	}
	return value
}

// receive reads the body, where the operation takes one or a signature covers it. One that broke off is a fault of
// the request.
func (c *exchange) receive() error {
	if c.operation.Body == nil && !signing.Is(lineOf(c.request.Header, "Authorization")) {
		return nil
	}
	body, err := c.receiveAll()
	c.body = body
	var tooBig *http.MaxBytesError
	switch {
	case err == nil || errors.As(err, &tooBig):
		return err
	case c.operation.Body == nil:
		return plainRefusal{http.StatusBadRequest, "the body cannot be read: " + err.Error()}
	}
	c.extend(0) // for the answer: the body may have taken all the time that there was
	c.violations = c.operation.Unreadable(err)
	return refusalOf(c.violations)
}

func (c *exchange) input(ec echo.Context) contract.Input {
	in := contract.Input{Path: c.parameters, ContentType: lineOf(c.request.Header, "Content-Type")}
	if c.request.URL.RawQuery != "" || c.tampering.Read != nil {
		in.Query = c.request.URL.Query()
	}
	if !c.tampering.isNone() {
		in.Path = map[string]string{}
	}
	clear(in.Path)
	for _, name := range ec.ParamNames() {
		in.Path[name] = c.param(name)
	}
	if c.operation.Body != nil {
		in.Body = c.body
	}
	return in
}

// send writes an answer; a nil body is none.
func (c *exchange) send(status int, body any) error {
	c.status = status
	h := c.writer.Header()
	c.answers.set(h, c)
	if c.tampering.Answer != nil {
		return c.sendTampered(status, body)
	}
	if body == nil {
		c.record()
		c.writer.WriteHeader(status)
		return nil
	}
	data, err := c.encode(body)
	if err != nil {
		return err
	}
	c.sent = data
	h["Content-Type"] = jsonContent
	h["Content-Length"] = c.line(strconv.Itoa(len(c.sent)))
	c.record()
	c.writer.WriteHeader(status)
	_, _ = c.writer.Write(c.sent) // the client has gone: nobody is left to tell
	return nil
}
