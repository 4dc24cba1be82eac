package mock

import (
	"bytes"
	"net/http"
	"strings"
	"sync"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/fixtures"
)

// scribe takes the secrets out of what a journal shows. It reads every entry before it shows one, because a
// secret may stand elsewhere too than where it is known for one.
type scribe struct {
	mu       sync.Mutex
	contract *contract.Contract // whose marks it knows
	redactor *fixtures.Redactor
	read     int64 // sequence of the last entry that it has read
	since    int   // how many it has read since it began anew
}

// reader is a scribe that has read all of a journal.
func (w *world) reader(j *journal) (*fixtures.Redactor, error) {
	w.mu.Lock()
	c, auth := w.contract, w.settings.auth
	w.mu.Unlock()
	entries, _ := j.all()
	s := &j.scribe
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.begin(c, auth, 2*j.entries); err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.sequence > s.read {
			shown := e.exchange()
			s.redactor.Redact(&shown, e.operationID())
			s.read = e.sequence
			s.since++
		}
	}
	return s.redactor, nil
}

// begin makes a redactor where there is none. One that has read much since it began gives way to a fresh one,
// so that it does not remember the secrets of entries that are long gone.
func (s *scribe) begin(c *contract.Contract, auth Auth, most int) error {
	switch {
	case s.redactor == nil || s.contract != c:
		r, err := fixtures.NewRedactor(c)
		if err != nil {
			return err
		}
		s.contract, s.redactor = c, r
	case s.since > most:
		s.redactor = s.redactor.Fresh()
	default:
		return nil
	}
	s.read, s.since = 0, 0
	s.learn(auth)
	return nil
}

// learn tells the redactor the secrets that the mock was started with.
func (s *scribe) learn(auth Auth) {
	var secrets []string
	for _, t := range auth.Tokens {
		secrets = append(secrets, t.Value)
	}
	for _, u := range auth.Users {
		secrets = append(secrets, u.Password)
	}
	for _, k := range auth.Keys {
		secrets = append(secrets, k.Secret, k.SecurityToken)
	}
	headers := map[string][]string{}
	for _, name := range s.contract.SecretHeaders() {
		headers[name] = secrets
	}
	s.redactor.Redact(&fixtures.Exchange{RequestHeaders: headers}, "")
}

// forget lets go of all secrets.
func (s *scribe) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.redactor = nil
}

// exchange is an entry as package fixtures has it, with its secrets.
func (e *entry) exchange() fixtures.Exchange {
	return fixtures.Exchange{Started: e.started, Took: e.took, Method: e.method, URL: e.address(), RequestHeaders: e.header,
		RequestBody: e.body.text(e.header), Status: e.status, ResponseHeaders: e.answer, ResponseBody: e.answerBody.text(e.answer)}
}

// text is what can be shown of a body. Of one in an encoding that hides its secrets that is nothing; one that
// was cut ends at a quotation mark, so that it does not end in the middle of a secret.
func (k kept) text(h http.Header) string {
	data := k.data
	if h.Get("Content-Encoding") != "" {
		return ""
	}
	if k.isCut() && strings.ContainsAny(string(bytes.TrimSpace(data[:min(len(data), 64)])), "{[\"") {
		data = data[:bytes.LastIndexByte(data, '"')+1]
	}
	return string(data)
}
