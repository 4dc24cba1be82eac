// Package mock plays the service that a contract describes: a stateful HTTP server whose resources live
// the declared lifecycle, on a clock that can be moved.
//
// It is an http.Handler, so that httptest.NewServer(handler) is the whole harness. What it accepts,
// refuses and answers comes from the contract; what no OpenAPI document says of an operation (issuing
// tokens) is a hook, listed by Hooks.
//
// It is no load balancer. What WithStore or WithShared give it to keep its state in stands in packages of its own.
package mock

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/openapi"
)

// New makes a mock of a contract. It is safe for concurrent use. An error names an option that does not
// fit the contract.
func New(c *contract.Contract, opts ...Option) (*Mock, error) {
	if c == nil {
		return nil, errors.New("mock: the contract is nil; contract.Default is the built-in one")
	}
	s := defaults()
	for i, o := range opts {
		if o == nil {
			return nil, fmt.Errorf("mock: option %d is nil", i+1)
		}
		if err := o(&s); err != nil {
			return nil, fmt.Errorf("mock: %w", err)
		}
	}
	m, _, err := assemble(c, s)
	return m, err
}

func assemble(c *contract.Contract, s settings) (*Mock, *world, error) {
	if !s.control {
		s.journal = journalSize{} // nobody could read it
	}
	s.journals = &budget{most: journalsAtOnce * s.journal.bytes}
	w, err := newWorld(c, s)
	if err != nil {
		return nil, nil, fmt.Errorf("mock: %w", err)
	}
	if err := w.keep(s.keeping, c); err != nil {
		return nil, nil, fmt.Errorf("mock: %w: %w", ErrKept, err)
	}
	m := &Mock{settings: s, world: w, sandboxes: newRegistry(c, s, w.origin), metrics: newMetrics()}
	srv, err := m.serverOf(c)
	if err != nil {
		return nil, nil, fmt.Errorf("mock: %w", err)
	}
	m.current.Store(srv)
	return m, w, nil
}

// serverOf makes what plays a contract over the mock's worlds.
func (m *Mock) serverOf(c *contract.Contract) (*server, error) {
	s := &server{mock: m, contract: c, world: m.world, log: m.settings.log, answers: newHeaders(c), schemes: c.Schemes(), metrics: m.metrics,
		hidden: sync.OnceValue(func() hiddenPaths { return hidePaths(c) })}
	var err error
	if c.Foreign() != nil {
		s.inner = s.foreign()
	} else if s.inner, err = s.router(); err != nil {
		return nil, err
	}
	s.outer = s.around(s.inner)
	if m.settings.control {
		s.outer = beside(&controller{s}, s.outer)
	}
	return s, nil
}

// beside lets the control API answer under its prefix, and the API itself everywhere else.
func beside(control, api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, controlPrefix) {
			control.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// router mounts every operation of the contract.
func (s *server) router() (*echo.Echo, error) {
	e := echo.New()
	e.HTTPErrorHandler = s.refuse
	for _, op := range s.contract.Operations() {
		if s.world.settings.control && strings.HasPrefix(op.Path, controlPrefix) {
			return nil, fmt.Errorf("operation %s, path %q: the control API stands there; leave it out to play this contract", op.ID, op.Path)
		}
		path, split, err := s.mount(op)
		if err != nil {
			return nil, fmt.Errorf("operation %s, path %q, %w", op.ID, op.Path, err)
		}
		e.Add(op.Method, path, split(s.faulted(op, s.handler(op))))
	}
	return e, nil
}

// route is a path template in Echo's form. What Echo cannot match as it is written is an error.
func route(path string) (string, error) {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		name, whole := strings.CutPrefix(s, "{")
		name, closed := strings.CutSuffix(name, "}")
		switch {
		case whole && closed && !strings.ContainsAny(name, "{}"):
			segments[i] = ":" + name
		case strings.ContainsAny(s, "{}"):
			return "", fmt.Errorf("segment %q: want a literal or one whole {name}", s)
		case strings.HasPrefix(s, ":"), strings.ContainsAny(s, `*\`):
			return "", fmt.Errorf("segment %q: want a literal without '*' and '\\', and without ':' at its start", s)
		default:
			segments[i] = strings.ReplaceAll(s, ":", `\:`)
		}
	}
	return strings.Join(segments, "/"), nil
}

// server plays one contract. A reload puts another in its place.
type server struct {
	mock     *Mock
	inner    http.Handler // the operations alone
	outer    http.Handler // with everything around them
	contract *contract.Contract
	world    *world
	log      *slog.Logger
	answers  *headers
	schemes  []*contract.Scheme
	metrics  *metrics
	hidden   func() hiddenPaths // made when it is first asked for

	lastCatalog   atomic.Pointer[catalog]
	lastPrincipal atomic.Pointer[principal]
}

// handler serves one operation.
func (s *server) handler(op *contract.Operation) echo.HandlerFunc {
	hook := hooks[op.ID]
	return func(ec echo.Context) error {
		c := exchangeOf(ec)
		c.operation = op
		if err := c.receive(); err != nil { // first, because a signature covers the body
			return err
		}
		if c.world.gate == nil {
			return s.answer(c, ec, hook)
		}
		return s.throughGate(c, ec, hook)
	}
}

// answer decides a request whose body is there, and sends what it came to.
func (s *server) answer(c *exchange, ec echo.Context, hook hook) error {
	op := c.operation
	if err := s.admit(c, op); err != nil {
		return err
	}
	in := c.input(ec)
	req, violations := c.readIn(op, in)
	if c.violations = violations; len(violations) > 0 {
		return refusalOf(violations)
	}
	c.read = req
	if prefer := c.request.Header["Prefer"]; prefer != nil {
		if p := openapi.ParsePrefer(prefer); p != (openapi.Preference{}) {
			return s.preferred(c, op, p)
		}
	}
	c.tampering.arrive(req)
	switch {
	case hook != nil:
		return hook(s, c, req)
	case op.Effect == nil:
		return s.documented(c, op)
	}
	out, err := s.do(c, req)
	if err != nil {
		return err
	}
	c.outcome = out
	if out.decision.Refusal != nil {
		return refused{out.decision.Refusal}
	}
	return c.send(op.Success().Status, out.body)
}

// admit checks the credential and the rate limit.
func (s *server) admit(c *exchange, op *contract.Operation) error {
	if !op.Secured {
		return nil
	}
	project := ""
	if op.Effect != nil {
		project = c.param(op.Effect.Tenant)
	}
	cred := credentialOf(s.schemes, c, c.world.settings.auth.Keys)
	condition, reason, err := s.judge(c, cred, project)
	if condition == "" {
		return err
	}
	if cred.signature != nil {
		c.signature = cred.signature.explain(s.contract, c.world.settings.auth.Keys, condition, reason)
	}
	return s.credentialRefusal(condition, reason)
}

// judge gives the condition of a credential that forbids the request, with the reason; or counts the call.
func (s *server) judge(c *exchange, cred credential, project string) (condition string, reason, err error) {
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	now := c.world.clock.now()
	c.caller, condition, reason = c.world.keys.check(cred, project, now)
	if condition = c.tampering.condition(c.operation, condition); condition != "" {
		c.condition = condition
		return condition, reason, nil
	}
	if limit := c.world.rate; limit.Calls > 0 && project != "" && c.used == 0 {
		err = s.count(c, project, limit, now)
	}
	return "", nil, err
}

// documented answers an operation without an effect with its example.
func (s *server) documented(c *exchange, op *contract.Operation) error {
	success := op.Success()
	if success == nil {
		return fmt.Errorf("operation %s documents no success", op.ID)
	}
	for _, e := range op.Examples {
		if e.Status == success.Status {
			return c.send(success.Status, e.Payload)
		}
	}
	if success.Schema == nil {
		return c.send(success.Status, nil)
	}
	return s.preferred(c, op, openapi.Preference{})
}

// refused carries a refusal to the one place that writes errors.
type refused struct{ *contract.Refusal }

func (r refused) Error() string { return r.Refusal.Error.Ref + ": " + r.Message() }

// plainRefusal is a refusal for which the contract names no code.
type plainRefusal struct {
	status int
	text   string
}

func (p plainRefusal) Error() string { return p.text }

func refusedFor(r *contract.Refusal, status int, text string) error {
	if r != nil {
		return refused{r}
	}
	return plainRefusal{status, text}
}

// refusalOf answers with the violation that decides.
func refusalOf(violations []contract.Violation) error {
	return refusedFor(violations[0].Refusal, http.StatusBadRequest, violations[0].String())
}

// refuse writes every error, in the shape that the contract gives it.
func (s *server) refuse(err error, ec echo.Context) {
	c := exchangeOf(ec)
	var (
		refusal refused
		plain   plainRefusal
		routing *echo.HTTPError
		tooBig  *http.MaxBytesError
	)
	switch {
	case errors.Is(err, errStale):
		c.stale = true
		return
	case errors.As(err, &refusal):
	case errors.As(err, &tooBig):
		err = refusedFor(s.contract.WireRefusal("entity-size"), http.StatusRequestEntityTooLarge, "the body is too large")
	case errors.As(err, &routing) && routing.Code == http.StatusNotFound:
		err = refusedFor(s.contract.WireRefusal("route"), http.StatusNotFound, "no such path: "+c.request.URL.Path)
	case errors.As(err, &routing) && routing.Code == http.StatusMethodNotAllowed:
		err = refusedFor(s.contract.WireRefusal("method"), http.StatusMethodNotAllowed, "no such method: "+c.request.Method)
	case !errors.As(err, &plain):
		err = s.internal(c, err)
	}
	s.write(c, err)
}

func (s *server) write(c *exchange, err error) {
	var refusal refused
	if errors.As(err, &refusal) {
		c.code, c.refusal = refusal.Refusal.Error.Ref, refusal.Refusal
		s.sendError(c, refusal.Refusal.Error.Status, s.contract.Body(refusal.Refusal, c.id))
		return
	}
	if s.contract.Foreign() != nil {
		s.refuseForeign(c, err)
		return
	}
	status := http.StatusInternalServerError
	var plain plainRefusal
	if errors.As(err, &plain) {
		status = plain.status
	}
	s.sendError(c, status, map[string]any{"title": http.StatusText(status), "status": status, "detail": err.Error()})
}

func (s *server) sendError(c *exchange, status int, body map[string]any) {
	if err := c.send(status, body); err != nil {
		s.log.Error("an error body that is no JSON", "request", c.id, "error", err)
	}
}

// internal words a failure of the mock itself with the contract's own code for such a thing.
func (s *server) internal(c *exchange, err error) error {
	s.log.Error("internal error", "request", c.id, "error", err)
	for _, e := range s.contract.Errors() {
		if e.Status == http.StatusInternalServerError && e.Provoke == contract.ByServer && e.Holes() == 0 {
			told := *e
			told.Template = strings.NewReplacer("{", "(", "}", ")").Replace("mock: " + err.Error())
			return refused{&contract.Refusal{Error: &told}}
		}
	}
	return err
}
