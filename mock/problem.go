package mock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/openapi"
)

// Errors for which a contract has no words are problem details (RFC 9457).

const problemType = "application/problem+json"

// problem is what is sent.
type problem struct {
	Title      string             `json:"title"`
	Status     int                `json:"status"`
	Detail     string             `json:"detail"`
	Operation  string             `json:"operation,omitempty"`
	RequestID  string             `json:"request_id"`
	Violations []problemViolation `json:"violations,omitempty"` // all that was found
}

type problemViolation struct {
	In      string `json:"in"`
	Pointer string `json:"pointer,omitempty"`
	Keyword string `json:"keyword"`
	Schema  string `json:"schema,omitempty"`
	Text    string `json:"text"` // what was wanted, what came
}

// broken is the refusal of a request that breaks the document.
type broken struct {
	status     int
	violations []contract.Violation
}

func (b broken) Error() string {
	if len(b.violations) == 1 {
		return b.violations[0].String()
	}
	return fmt.Sprintf("%s (and %d more)", b.violations[0], len(b.violations)-1)
}

// wrongMethod is the refusal of a method that a path does not have.
type wrongMethod struct {
	allowed string // as in the header Allow
	plainRefusal
}

// refuseForeign writes every error of a foreign document.
func (s *server) refuseForeign(c *exchange, err error) {
	var (
		plain  plainRefusal
		method wrongMethod
		breaks broken
		tooBig *http.MaxBytesError
	)
	p := problem{Status: http.StatusInternalServerError, Detail: err.Error()}
	switch {
	case errors.As(err, &breaks):
		p.Status = breaks.status
		for _, v := range breaks.violations {
			p.Violations = append(p.Violations, problemViolation{v.In, v.Pointer, v.Keyword, v.Schema, v.Text})
		}
	case errors.As(err, &method):
		c.writer.Header().Set("Allow", method.allowed)
		p.Status = method.status
	case errors.As(err, &plain):
		p.Status = plain.status
	case errors.As(err, &tooBig):
		p.Status, p.Detail = http.StatusRequestEntityTooLarge, "the body is too large"
	case errors.Is(err, errBody):
		p.Status = http.StatusBadRequest
	default:
		s.log.Error("internal error", "request", c.id, "error", err)
	}
	c.sendProblem(p)
}

func (c *exchange) sendProblem(p problem) {
	p.Title, p.RequestID = http.StatusText(p.Status), c.id
	if c.operation != nil {
		p.Operation = c.operation.ID
	}
	data, err := json.Marshal(p)
	if err != nil {
		data = nil // strings and numbers always are JSON
	}
	c.answers.set(c.writer.Header(), c)
	c.sendBytes(p.Status, problemType, data)
}

var errBody = errors.New("the body cannot be read")

// readBody reads a body whose size is bounded. That it ends too early is the client's doing.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	var tooBig *http.MaxBytesError
	if err != nil && !errors.As(err, &tooBig) {
		return nil, fmt.Errorf("%w: %w", errBody, err)
	}
	return body, err
}

// preferred answers an operation of our own API with what the document shows. No state is read or changed.
func (s *server) preferred(c *exchange, op *contract.Operation, p openapi.Preference) error {
	a, err := s.contract.Documented(op, p, acceptOf(c.request))
	var undocumented *openapi.Undocumented
	if errors.As(err, &undocumented) {
		return s.unwanted(op, "Prefer: "+err.Error())
	}
	if err != nil {
		return unmet(err)
	}
	c.shown = true
	h := c.writer.Header()
	if applied := p.String(); applied != "" {
		h.Set("Preference-Applied", applied)
	}
	for name, value := range a.Header {
		h.Set(name, value)
	}
	if e := s.contract.ErrorOf(op, a.Status); e != nil && a.Example == "" {
		c.code = e.Ref
		return c.send(a.Status, s.contract.Body(&contract.Refusal{Error: e}, c.id))
	}
	if len(a.Body) == 0 {
		return c.send(a.Status, nil)
	}
	var body any
	if a.Status >= http.StatusBadRequest && json.Unmarshal(a.Body, &body) == nil {
		c.code, _ = s.contract.ErrorIn(body)
	}
	return c.send(a.Status, json.RawMessage(a.Body))
}

// acceptOf is the header Accept; several lines of it are one list.
func acceptOf(r *http.Request) string { return strings.Join(r.Header.Values("Accept"), ", ") }

// unwanted refuses a wish of the client's with the first error that the contract has for such a thing, in our words.
func (s *server) unwanted(op *contract.Operation, text string) error {
	e := s.contract.ErrorOf(op, http.StatusBadRequest)
	if e == nil {
		return plainRefusal{http.StatusBadRequest, text}
	}
	told := *e
	told.Template = strings.NewReplacer("{", "(", "}", ")").Replace(text)
	return refused{&contract.Refusal{Error: &told}}
}
