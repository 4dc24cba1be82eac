package mock

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/openapi"
)

// A foreign document, one without keys of the vocabulary, is served without any state: a request is held to the
// document, and answered with what the document shows. Its paths are matched by the contract itself, because
// Echo's router cannot say all that such documents have, as {name}.json or :batchGet.

// noteHeader says why an answer is not what one would expect of the document.
const noteHeader = "X-Tally-Note"

// foreign serves every operation of a foreign document.
func (s *server) foreign() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c := exchangeIn(w)
		if err := s.answerForeign(c); err != nil {
			s.refuseForeign(c, err)
		}
	})
}

func (s *server) answerForeign(c *exchange) error {
	m, err := s.matchForeign(c.request)
	if err != nil {
		return err
	}
	c.operation = m.Operation
	if !c.faulty {
		return s.showForeign(c, m)
	}
	d := c.dangers(m.Operation)
	if !d.before && !d.after {
		return s.showForeign(c, m)
	}
	return s.endangered(c, m.Operation, d, func() error { return s.showForeign(c, m) })
}

// showForeign answers a request of an operation with what the document shows.
func (s *server) showForeign(c *exchange, m contract.Match) error {
	op := m.Operation.Foreign()
	in, err := c.foreignInput(m.Path)
	if err != nil {
		return err
	}
	if s.world.settings.auth.Mode != Off {
		challenge, missing := op.Admit(openapi.Request{Query: in.Query, Header: in.Header})
		if missing != nil {
			if challenge != "" {
				c.writer.Header().Set("WWW-Authenticate", challenge)
			}
			c.condition = "absent"
			return broken{http.StatusUnauthorized, []contract.Violation{{In: missing.In, Keyword: missing.Keyword, Text: missing.Text}}}
		}
	}
	req, violations := c.tampering.read(m.Operation, in)
	if c.violations = violations; len(violations) > 0 {
		return broken{statusOf(violations), violations}
	}
	c.read = req
	c.tampering.arrive(req)
	p := openapi.ParsePrefer(c.request.Header.Values("Prefer"))
	a, err := s.contract.Documented(m.Operation, p, acceptOf(c.request))
	if err != nil {
		return unmet(err)
	}
	c.sendDocumented(a, p)
	return nil
}

// matchForeign finds the operation of a request. HEAD is GET without a body, where it is no operation itself.
func (s *server) matchForeign(r *http.Request) (contract.Match, error) {
	path := r.URL.EscapedPath()
	m := s.contract.Match(r.Method, path)
	if m.Operation == nil && r.Method == http.MethodHead {
		m = s.contract.Match(http.MethodGet, path)
	}
	switch {
	case m.Operation != nil:
		return m, nil
	case m.Known:
		allowed := s.contract.Foreign().Match(r.Method, path).Methods
		return m, wrongMethod{strings.Join(allowed, ", "), plainRefusal{http.StatusMethodNotAllowed,
			"no such method: " + r.Method + "; this path has " + strings.Join(allowed, ", ")}}
	}
	return m, plainRefusal{http.StatusNotFound, "no such path in the document: " + r.URL.Path}
}

func (c *exchange) foreignInput(path map[string]string) (contract.Input, error) {
	in := contract.Input{Path: path, Query: c.request.URL.Query(), Header: c.request.Header, ContentType: c.request.Header.Get("Content-Type")}
	if c.operation.Foreign().Body() == nil {
		return in, nil
	}
	body, err := readBody(c.request)
	in.Body, c.body = body, body
	return in, err
}

// statusOf is the status of a refusal: one of its own for a form of body that is not taken.
func statusOf(violations []contract.Violation) int {
	if violations[0].Keyword == "contentMediaType" {
		return http.StatusUnsupportedMediaType
	}
	return http.StatusBadRequest
}

// unmet turns what a document cannot answer into a refusal. A client's wish is the client's mistake; what the
// document contradicts itself in is nobody's here, and cannot be served.
func unmet(err error) error {
	var undocumented *openapi.Undocumented
	var impossible *openapi.Unmet
	var unacceptable *openapi.Unacceptable
	switch {
	case errors.As(err, &unacceptable):
		return plainRefusal{http.StatusNotAcceptable, err.Error()}
	case errors.As(err, &undocumented):
		return plainRefusal{http.StatusBadRequest, "Prefer: " + err.Error()}
	case errors.As(err, &impossible):
		return plainRefusal{http.StatusNotImplemented, err.Error() + "; correct the schema, or give it an example"}
	}
	return err
}

// sendDocumented writes an answer out of the document.
func (c *exchange) sendDocumented(a *openapi.Answer, p openapi.Preference) {
	h := c.writer.Header()
	for name, value := range a.Header {
		h.Set(name, value)
	}
	c.shown = true
	c.answers.set(h, c)
	if applied := p.String(); applied != "" {
		h.Set("Preference-Applied", applied)
	}
	if a.Note != "" {
		h.Set(noteHeader, headerText(a.Note))
	}
	c.sendBytes(a.Status, a.Type, a.Body)
}

// maxNote bounds what is said in a header.
const maxNote = 1000

// headerText is a text as a header can carry it.
func headerText(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, text)
	return text[:min(len(text), maxNote)]
}

func (c *exchange) sendBytes(status int, contentType string, body []byte) {
	c.status = status
	h := c.writer.Header()
	if contentType != "" && len(body) > 0 {
		h.Set("Content-Type", contentType)
	}
	if status != http.StatusNoContent && status != http.StatusNotModified {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	if c.sent = body; c.request.Method == http.MethodHead {
		c.sent = nil
	}
	c.record()
	c.writer.WriteHeader(status)
	if len(c.sent) > 0 {
		_, _ = c.writer.Write(c.sent) // the client has gone: nobody is left to tell
	}
}
