package conformance

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/signing"
	"github.com/tallystick/tallystick/internal/plainhttp"
)

// Server is a target in process; it is http.Handler's method.
type Server interface {
	ServeHTTP(http.ResponseWriter, *http.Request)
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 16 << 20

// session sends requests to one base URL. It is safe for concurrent use.
type session struct {
	base    string
	client  *http.Client
	serve   Server
	timeout time.Duration
	pace    *pacer

	main   *session // whose count, secrets and breaker are this one's too; nil for its own
	record func(Exchange)

	mu      sync.Mutex
	secrets []string // redacted wherever they appear; replaced, never changed
	count   int
	breaker breaker
	gone    bool // the run has ended because nobody listens at the target's address any more
	tired   bool // the longest wait for a call to be taken was in vain
	same    sameness
	marked  sync.Map // by operation: what withhold takes out
	sealed  []string // headers that are never shown, in canonical form
	clock   targetClock
}

// root is the session that counts.
func (s *session) root() *session {
	if s.main != nil {
		return s.main
	}
	return s
}

// call is one request to send.
type call struct {
	op          *contract.Operation // nil when none is meant
	method      string
	path        string // escaped, with its query
	contentType string
	body        []byte
	header      http.Header
	token       string // "" for none
	scheme      *contract.Scheme
	key         *AccessKey    // signs, when there is no token
	age         time.Duration // how long ago the signature claims to be made
}

// reply is what came back.
type reply struct {
	Exchange
	body      []byte
	rawHeader http.Header // as it came, secrets too
	err       error       // no answer came, or not all of it
	nth       int         // of the run's exchanges, in the order of their ends; 0 when nothing was sent
}

func (s *session) close() {
	if s.client != nil {
		s.client.CloseIdleConnections()
	}
}

// newClient bounds everything that a bad target could do to the runner.
func newClient(timeout time.Duration, trust *tls.Config) *http.Client {
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{DialContext: (&net.Dialer{Timeout: min(timeout, 10*time.Second)}).DialContext, TLSClientConfig: trust,
			ResponseHeaderTimeout: timeout, MaxResponseHeaderBytes: 1 << 20, MaxIdleConnsPerHost: 32, Proxy: http.ProxyFromEnvironment},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send makes the exchange, records it and gives it back. It never fails: an exchange without an answer
// has an err.
func (s *session) send(ctx context.Context, c call) *reply {
	r := &reply{}
	r.Method, r.URL, r.RequestBody = c.method, s.base+c.path, string(c.body)
	if c.op != nil {
		r.Operation = c.op.ID
	}
	if !s.allows() {
		r.err = errGivenUp
		return r
	}
	if r.err = s.pace.wait(ctx); r.err != nil {
		return r
	}
	sending := ctx
	if c.method != http.MethodGet { // what it did must be known, so it is not broken off
		sending = context.WithoutCancel(ctx)
	}
	req, err := c.request(sending, s.base, s.root().clock.now())
	if err != nil {
		r.err = err
		return r
	}
	r.RequestHeaders, r.Started = req.Header.Clone(), time.Now()
	resp, err := s.do(req)
	r.Took = Duration(time.Since(r.Started))
	if err != nil {
		r.err = readable(err)
		r.Error = r.err.Error()
	} else {
		r.read(resp)
		r.Took = Duration(time.Since(r.Started))
		if strings.HasPrefix(s.base, "http:") && plainhttp.Refused(r.Status, r.body) {
			r.err, r.Error, r.Status = plainhttp.ErrTLS, plainhttp.ErrTLS.Error(), 0 // no answer of the service
		}
	}
	s.note(ctx, c, r)
	return r
}

func (c call) request(ctx context.Context, base string, now time.Time) (*http.Request, error) {
	var body io.Reader
	if c.body != nil {
		body = bytes.NewReader(c.body)
	}
	req, err := http.NewRequestWithContext(ctx, c.method, base+c.path, body)
	if err != nil {
		return nil, err
	}
	for name, values := range c.header {
		req.Header[name] = values
	}
	req.Header.Set("Accept", "application/json")
	if c.contentType != "" {
		req.Header.Set("Content-Type", c.contentType)
	}
	if c.token == "" {
		if c.key != nil {
			signing.Sign(req, c.body, c.key.ID, c.key.Secret, now.Add(-c.age))
		}
		return req, nil
	}
	if c.scheme != nil && c.scheme.Header != "" {
		req.Header.Set(c.scheme.Header, c.token)
	} else {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	return req, nil
}

// do sends over the network, or calls the handler as a server would.
func (s *session) do(req *http.Request) (*http.Response, error) {
	if s.serve == nil {
		return s.client.Do(req)
	}
	return s.callHandler(req)
}

func (r *reply) read(resp *http.Response) {
	defer resp.Body.Close()
	r.Status, r.ResponseHeaders, r.rawHeader = resp.StatusCode, resp.Header.Clone(), resp.Header
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	r.body = body
	switch {
	case err != nil:
		r.err = fmt.Errorf("the answer broke off after %d bytes: %w", len(body), readable(err))
	case len(body) > maxAnswer:
		r.err = fmt.Errorf("the answer is longer than %d MB", maxAnswer>>20)
		r.body = bytes.Clone(body[:maxShown]) // nobody reads on, and there may be many of them
	}
	if r.err != nil {
		r.Error = r.err.Error()
	}
	r.ResponseBody = shorten(body)
}

// maxShown bounds what a report keeps of a body.
const maxShown = 64 << 10

func shorten(text []byte) string {
	if len(text) <= maxShown {
		return string(text)
	}
	return strings.ToValidUTF8(string(text[:maxShown]), "") + fmt.Sprintf(" … (%d bytes)", len(text))
}

// readable takes the parts out of an error that people do not need.
func readable(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		if u.Timeout() {
			return errors.New("no answer in time")
		}
		err = u.Err
	}
	if untrusted := new(tls.CertificateVerificationError); errors.As(err, &untrusted) {
		return fmt.Errorf("its certificate is not trusted: %w; --ca FILE trusts it, --insecure does not look", untrusted.Err)
	}
	if strings.Contains(err.Error(), "readLoopPeekFailLocked") { // net/http's own word, for nobody to read
		return errors.New("the target hung up")
	}
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return fmt.Errorf("the target hung up: %w", err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("no answer in time")
	}
	return err
}

// note counts and records an exchange, redacted.
func (s *session) note(ctx context.Context, c call, r *reply) {
	s.redact(&r.Exchange)
	s.withhold(c.op, &r.Exchange)
	r.RequestBody = shorten([]byte(r.RequestBody))
	root := s.root()
	root.mu.Lock()
	defer root.mu.Unlock()
	root.count++
	r.nth = root.count
	root.breaker.count(ctx, c, r)
	if s == root {
		s.same.see(c, r)
	}
	s.record(r.Exchange)
}

const redacted = "REDACTED"

// secretHeaders are never shown, whatever they hold, and whatever the contract says of them; it names more.
var secretHeaders = []string{"Authorization", "Cookie", "Set-Cookie", signing.TokenHeader}

func (s *session) redact(e *Exchange) {
	for _, headers := range []map[string][]string{e.RequestHeaders, e.ResponseHeaders} {
		for name, values := range headers {
			if slices.Contains(s.root().sealed, http.CanonicalHeaderKey(name)) {
				headers[name] = []string{redacted}
				continue
			}
			for i := range values {
				values[i] = s.clean(values[i])
			}
		}
	}
	e.URL, e.RequestBody, e.ResponseBody, e.Error = s.clean(e.URL), s.clean(e.RequestBody), s.clean(e.ResponseBody), s.clean(e.Error)
}

// secret adds a value that must never be shown, in every form in which it can stand in an exchange. A short
// one counts only as a whole string of JSON: it would blacken everything.
func (s *session) secret(value string) {
	s = s.root()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets = slices.Clone(s.secrets)
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // a string always can be
	plain, _ := json.Marshal(value)
	for _, form := range []string{string(plain), strings.TrimSpace(quoted.String())} {
		if len(value) >= 4 {
			form = form[1 : len(form)-1]
		}
		if value != "" && !slices.Contains(s.secrets, form) {
			s.secrets = append(s.secrets, form)
		}
	}
	for _, form := range []string{value, url.QueryEscape(value), url.PathEscape(value)} {
		if len(value) >= 4 && !slices.Contains(s.secrets, form) {
			s.secrets = append(s.secrets, form)
		}
	}
	for _, form := range s.secrets { // as Go quotes them, too
		quoted := strconv.Quote(form)
		if quoted = quoted[1 : len(quoted)-1]; !slices.Contains(s.secrets, quoted) {
			s.secrets = append(s.secrets, quoted)
		}
	}
	slices.SortStableFunc(s.secrets, func(a, b string) int { return len(b) - len(a) }) // the longest first
}

// known are the secrets so far.
func (s *session) known() []string {
	s = s.root()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.secrets
}

// pacer spaces requests out.
type pacer struct {
	mu    sync.Mutex
	every time.Duration
	next  time.Time
}

func newPacer(rate float64) *pacer {
	if rate <= 0 {
		return &pacer{}
	}
	return &pacer{every: time.Duration(float64(time.Second) / rate)}
}

func (p *pacer) wait(ctx context.Context) error {
	if p.every == 0 {
		return ctx.Err()
	}
	p.mu.Lock()
	at := p.next
	if now := time.Now(); at.Before(now) {
		at = now
	}
	p.next = at.Add(p.every)
	p.mu.Unlock()
	return pause(ctx, time.Until(at))
}

// pause waits, or gives up with the context.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ok tells whether an answer of the 2xx kind came.
func (r *reply) ok() bool { return r.err == nil && r.Status >= 200 && r.Status < 300 }
