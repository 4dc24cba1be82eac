package mock

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
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
	id        string
	world     *world
	request   *http.Request
	writer    http.ResponseWriter
	params    func(string) string
	operation *contract.Operation // nil when none matched
	caller    contract.Caller
	body      []byte            // nil until it is received, and where nobody looks at it
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

	stale bool // it was read under a contract that has gone since

	status int // of the answer
	code   string
	sent   []byte // the answer's body

	arrival
}

type exchangeKey struct{}

func exchangeOf(ec echo.Context) *exchange {
	c, _ := ec.Request().Context().Value(exchangeKey{}).(*exchange)
	c.params = ec.Param
	return c
}

// around is what every request but those of the control API passes: an id, the bounds, the log.
func (s *server) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		world, box, stray := s.worldOf(r)
		defer s.leave(box)
		c := &exchange{writer: w, world: world, answers: s.answers, tampering: &world.settings.tampering}
		c.arrive(s.metrics)
		defer c.record() // what hangs up without an answer, too
		c.request = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, c))
		defer func() { s.logExchange(c, time.Since(c.started)) }() // also when a fault ends the connection
		condition, status := oversize(r)
		if stray != nil {
			s.refuseStray(c, stray)
		} else if condition = c.tampering.condition(nil, condition); condition != "" {
			s.write(c, refusedFor(s.contract.WireRefusal(condition), status, "the request is too large: "+condition))
		} else {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			c.request.Body = r.Body
			next.ServeHTTP(w, c.request)
			s.again(c)
		}
	})
}

func oversize(r *http.Request) (condition string, status int) {
	size := 0
	for name, values := range r.Header {
		for _, v := range values {
			size += len(name) + len(v) + len(": \r\n")
		}
	}
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

func (s *server) logExchange(c *exchange, took time.Duration) {
	operation := "-"
	if c.operation != nil {
		operation = c.operation.ID
	}
	level := slog.LevelInfo
	if c.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("method", c.request.Method), slog.String("path", c.request.URL.Path), slog.Int("status", c.status),
		slog.String("operation", operation), slog.String("code", c.code), slog.String("state", c.outcome.state),
		slog.Duration("took", took), slog.String("id", c.id), c.fault.attr()}
	if c.signature != nil {
		attrs = append(attrs, slog.String("signature", c.signature.String()))
	}
	s.log.LogAttrs(context.Background(), level, "request", attrs...)
}

// param is a path parameter as the client meant it.
func (c *exchange) param(name string) string {
	return plainParam(c.request.URL, c.params(name))
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
	if c.operation.Body == nil && !signing.Is(c.request.Header.Get("Authorization")) {
		return nil
	}
	body, err := io.ReadAll(c.request.Body)
	c.body = body
	var tooBig *http.MaxBytesError
	switch {
	case err == nil || errors.As(err, &tooBig):
		return err
	case c.operation.Body == nil:
		return plainRefusal{http.StatusBadRequest, "the body cannot be read: " + err.Error()}
	}
	c.violations = c.operation.Unreadable(err)
	return refusalOf(c.violations)
}

func (c *exchange) input(ec echo.Context) contract.Input {
	in := contract.Input{Path: map[string]string{}, Query: c.request.URL.Query(), ContentType: c.request.Header.Get("Content-Type")}
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
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return err
	}
	c.sent = b.Bytes()[:b.Len()-1]
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set("Content-Length", strconv.Itoa(len(c.sent)))
	c.record()
	c.writer.WriteHeader(status)
	_, _ = c.writer.Write(c.sent) // the client has gone: nobody is left to tell
	return nil
}
