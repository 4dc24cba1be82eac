package mock

import (
	"bytes"
	"encoding/json"
	"net/http"
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

// reading is what a journal holds at a moment.
type reading struct {
	entries   []*entry // oldest first
	forgotten int64    // how many gave way before them
}

// reader knows the secrets of all that a journal holds, which it gives too: of what is added afterwards it knows
// none.
func (w *world) reader(j *journal) (*fixtures.Redactor, reading, error) {
	w.mu.Lock()
	c, auth := w.contract, w.settings.auth
	w.mu.Unlock()
	entries, forgotten := j.all()
	s := &j.scribe
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.begin(c, auth, 2*j.entries); err != nil {
		return nil, reading{}, err
	}
	for _, e := range entries {
		if e.sequence > s.read {
			shown := e.exchange()
			s.redactor.Redact(&shown, e.operationID())
			s.read = e.sequence
			s.since++
		}
	}
	return s.redactor, reading{entries, forgotten}, nil
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
	s.contract, s.redactor = nil, nil
}

// exchange is an entry as package fixtures has it, with its secrets.
func (e *entry) exchange() fixtures.Exchange {
	sent, answered := headerOf(e.header), headerOf(e.answer)
	return fixtures.Exchange{Started: e.started, Took: e.took, Method: e.method, URL: e.address(), RequestHeaders: sent,
		RequestBody: e.body.text(sent), Status: e.status, ResponseHeaders: answered, ResponseBody: e.answerBody.text(answered)}
}

// text is what can be shown of a body. Of one in an encoding that hides its secrets that is nothing; JSON that
// was cut ends with its last whole token, so that it does not end in the middle of a secret.
func (k kept) text(h http.Header) string {
	if h.Get("Content-Encoding") != "" {
		return ""
	}
	start := bytes.TrimSpace(k.data)
	if k.isCut() && bytes.ContainsAny(start[:min(len(start), 64)], "{[\"") {
		return string(wholeTokens(k.data))
	}
	return string(k.data)
}

// wholeTokens is JSON as far as its tokens are whole; nothing of what is no JSON.
func wholeTokens(data []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	whole := int64(0)
	for {
		token, err := decoder.Token()
		if err != nil {
			return data[:whole]
		}
		end := decoder.InputOffset()
		if _, number := token.(json.Number); number && end == int64(len(data)) {
			return data[:whole] // more digits may have followed
		}
		whole = end
	}
}
