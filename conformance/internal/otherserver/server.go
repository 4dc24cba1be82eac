// Package otherserver is a second server of the notebook API, written by hand from the documentation pages.
// It exists so that a conformance run can be tried on something that shares nothing with the contract and
// the mock. Wherever the pages leave a choice, it prefers one that the mock does not take:
//
//   - ids are bare UUIDs, a create and an action answer 202, a new notebook is STARTING;
//   - error bodies have error_msg and no error_message;
//   - of several mistakes in a request the one documented last is reported; on a notebook that does not
//     exist no body is read; a taken name is reported before an unknown flavor;
//   - an update replaces the automatic stop as a whole, and a profile has an id of its own;
//   - notebooks that were created at the same time are listed in the order of their creation.
//
// Faults can be planted, one documented promise broken by each, so that a run can be shown to find them.
package otherserver

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options say who may call and how time passes.
type Options struct {
	Token, Project             string // the token of the first project, and its id
	SecondToken, SecondProject string // another user in another project; empty for none
	Now                        func() time.Time
	Durations                  Durations
	Faults                     map[string]bool // names from FaultNames
}

// Durations are how long transient states last. Zero means the default.
type Durations struct {
	Creating   time.Duration // 300 ms
	Starting   time.Duration // 200 ms, as all that follow
	Stopping   time.Duration
	Restarting time.Duration
	Queuing    time.Duration
}

const (
	largestBody   = 12 << 20
	largestURI    = 32 << 10
	largestHeader = 32 << 10
)

type server struct {
	opts     Options
	now      func() time.Time
	takes    Durations
	projects map[string]*project // by id
	users    map[string]user     // by token

	mu sync.Mutex // guards what the projects hold
}

type user struct{ id, name, project string }

// New makes a server without notebooks. It panics when a fault is asked for that it does not know.
func New(opts Options) http.Handler {
	for name, on := range opts.Faults {
		if on && !slices.Contains(faults, name) {
			panic(fmt.Sprintf("otherserver: unknown fault %q", name))
		}
	}
	s := &server{opts: opts, now: opts.Now, projects: map[string]*project{}, users: map[string]user{}}
	if s.now == nil {
		s.now = time.Now
	}
	pick := func(d, normal time.Duration) time.Duration {
		if d == 0 {
			return normal
		}
		return d
	}
	const short = 200 * time.Millisecond
	s.takes = Durations{
		Creating:   pick(opts.Durations.Creating, 300*time.Millisecond),
		Starting:   pick(opts.Durations.Starting, short),
		Stopping:   pick(opts.Durations.Stopping, short),
		Restarting: pick(opts.Durations.Restarting, short),
		Queuing:    pick(opts.Durations.Queuing, short),
	}
	s.admit(opts.Token, user{"5f1c7a0e94d84bb2a6cf1d0be7f3a921", "first", opts.Project})
	s.admit(opts.SecondToken, user{"c2b09d6e1a3f4f6f8d7705e4b1a4c8d3", "second", opts.SecondProject})
	return s
}

func (s *server) admit(token string, u user) {
	if token == "" {
		return
	}
	s.users[token] = u
	if s.projects[u.project] == nil {
		s.projects[u.project] = &project{}
	}
}

func (s *server) broken(fault string) bool { return s.opts.Faults[fault] }

// call is one request on its way through the server.
type call struct {
	request *http.Request
	body    []byte
	user    user
	project *project
	id      string // of the notebook, or empty
	now     time.Time
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestID := randomHex(16)
	status, body, refusal := s.answer(r)
	if refusal != nil {
		status, body = s.refusalBody(refusal, requestID)
	}
	b, err := json.Marshal(body)
	if err != nil { // every body is made of plain maps
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	if s.broken("content-type-text") {
		w.Header().Set("Content-Type", "text/plain")
	}
	w.Header().Set("X-Request-Id", requestID)
	w.WriteHeader(status)
	_, _ = w.Write(b) // nobody is left to tell
}

// answer walks through the gateway and then does what is asked.
func (s *server) answer(r *http.Request) (int, any, *refusal) {
	if no := tooLarge(r); no != nil {
		return 0, nil, no
	}
	at, op, no := route(r)
	if no != nil {
		return 0, nil, no
	}
	u, no := s.identify(r)
	if no != nil {
		return 0, nil, no
	}
	if at.project != u.project && !(s.broken("foreign-project-readable") && r.Method == http.MethodGet && s.projects[at.project] != nil) {
		return 0, nil, refuse("APIGW.0310")
	}
	c := &call{request: r, user: u, project: s.projects[at.project], id: at.instance}
	if r.Method == http.MethodPost || r.Method == http.MethodPut {
		if c.body, no = read(r); no != nil {
			return 0, nil, no
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = s.now()
	body, no := op.do(s, c)
	return op.status, body, no
}

func tooLarge(r *http.Request) *refusal {
	if len(r.RequestURI) > largestURI {
		return refuse("APIGW.0201/uri")
	}
	size := 0
	for name, values := range r.Header {
		for _, v := range values {
			size += len(name) + len(v) + 4
		}
	}
	if size > largestHeader {
		return refuse("APIGW.0201/header")
	}
	if r.ContentLength > largestBody {
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 2*largestBody)) // lets the client read the answer
		return refuse("APIGW.0201/entity")
	}
	return nil
}

func read(r *http.Request) ([]byte, *refusal) {
	b, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, largestBody))
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return nil, refuse("APIGW.0201/entity")
	}
	if err != nil {
		return nil, refuse("APIGW.0201")
	}
	return b, nil
}

type place struct{ project, instance string }

type operation struct {
	status int
	do     func(*server, *call) (any, *refusal)
}

var operations = map[string]map[string]operation{
	"instances": {
		http.MethodPost: {http.StatusAccepted, (*server).create},
		http.MethodGet:  {http.StatusOK, (*server).list},
	},
	"instance": {
		http.MethodGet:    {http.StatusOK, (*server).get},
		http.MethodPut:    {http.StatusOK, (*server).update},
		http.MethodDelete: {http.StatusOK, (*server).remove},
	},
	"action": {http.MethodPost: {http.StatusAccepted, (*server).act}},
	"token":  {http.MethodGet: {http.StatusOK, (*server).token}},
}

func route(r *http.Request) (place, operation, *refusal) {
	var at place
	var kind string
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	for i := range parts {
		plain, err := url.PathUnescape(parts[i])
		if err != nil || plain == "" {
			return at, operation{}, refuse("APIGW.0101")
		}
		parts[i] = plain
	}
	if len(parts) < 4 || len(parts) > 6 || parts[0] != "v1" || parts[2] != "demanager" || parts[3] != "instances" {
		return at, operation{}, refuse("APIGW.0101")
	}
	at.project, kind = parts[1], "instances"
	if len(parts) > 4 {
		at.instance, kind = parts[4], "instance"
	}
	if len(parts) > 5 {
		if kind = parts[5]; kind != "action" && kind != "token" {
			return at, operation{}, refuse("APIGW.0101")
		}
	}
	op, ok := operations[kind][r.Method]
	if !ok {
		return at, operation{}, refuse("APIGW.0101/method")
	}
	return at, op, nil
}

func (s *server) identify(r *http.Request) (user, *refusal) {
	token := r.Header.Get("X-Auth-Token")
	if token == "" {
		scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		switch scheme {
		case "":
			if s.broken("missing-token-accepted") {
				return s.users[s.opts.Token], nil
			}
			return user{}, refuse("APIGW.0301/absent")
		case "Bearer":
			token = strings.TrimSpace(rest)
		case "SDK-HMAC-SHA256":
			return user{}, refuse("APIGW.0301/key")
		default:
			return user{}, refuse("APIGW.0305")
		}
	}
	u, ok := s.users[token]
	if !ok && s.broken("any-token-accepted") {
		return s.users[s.opts.Token], nil
	}
	if !ok {
		return user{}, refuse("APIGW.0301/garbage")
	}
	return u, nil
}

// isJSON tells whether a body may be read. A missing type is taken for JSON.
func isJSON(r *http.Request) bool {
	given := r.Header.Get("Content-Type")
	if given == "" {
		return true
	}
	kind, _, err := mime.ParseMediaType(given)
	return err == nil && kind == "application/json"
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func randomUUID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
