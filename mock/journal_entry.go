package mock

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tallystick/tallystick/contract"
	"github.com/tallystick/tallystick/contract/signing"
	"github.com/tallystick/tallystick/mock/control"
)

// entry is one request in the journal. It refers to what the exchange had at hand, or has a copy of what the next
// exchange uses again, and is judged, worded and freed of secrets only when somebody asks. It holds neither the
// connection nor the decoded body.
type entry struct {
	sequence  int64
	size      int64 // bytes that it is counted with
	id        string
	contract  *contract.Contract
	operation *contract.Operation // nil when none matched
	started   time.Time           // real time
	clock     time.Time           // the mock's
	took      time.Duration       // until the answer was ready

	method, target, host string
	header               []byte // as appendHeader writes it
	body                 kept
	path, query          map[string]any // parameters as they were read, where they can only be kept
	violations           []contract.Violation

	lent     bool // somebody may be reading it, now or later; the journal's lock guards this
	secure   bool // it came over TLS
	read     bool // it was read, and broke nothing
	early    bool // it was refused before its operation was looked for
	tampered bool // the mock was made to read requests in its own way
	shown    bool // the answer is what the document shows
	spoilt   bool // by a fault, so that the answer is not the operation's

	fault      string // what a fault did; "" for none
	signature  *signing.Finding
	condition  string // of the credential
	caller     contract.Caller
	refusal    *contract.Refusal
	rule       *contract.Rule
	row        *contract.Row
	states     states
	status     int // 0 when no answer was sent
	code       string
	answer     []byte // its header
	answerBody kept
	text       []byte // in which both bodies stand, and both headers
}

// spareEntries are empty ones, which may have room for texts.
var spareEntries = sync.Pool{New: func() any { return &entry{} }}

func newEntry() *entry {
	e, _ := spareEntries.Get().(*entry)
	return e
}

// release gives the memory of an entry back that nobody may look at any more.
func (e *entry) release() {
	*e = entry{text: e.text[:0]}
	spareEntries.Put(e)
}

// keepParameters keeps the parameters of a request that was read, unless they can be read again when somebody asks.
func (e *entry) keepParameters(c *exchange) {
	e.read = c.read != nil
	switch {
	case c.read == nil:
	case c.read != &c.typed:
		e.path, e.query = c.read.Path, c.read.Query
	case c.renewed: // these maps are used again
		e.path, e.query = maps.Clone(c.read.Path), maps.Clone(c.read.Query)
	}
}

// parameters are those of a request that was read, by where they stand: kept, or read again.
func (e *entry) parameters() map[string]any {
	path, query := e.path, e.query
	if path == nil {
		if u, err := url.Parse(e.address()); err == nil {
			again, _ := e.operation.Read(contract.Input{Path: e.contract.Match(e.method, e.escapedPath()).Path, Query: u.Query()})
			path, query = again.Path, again.Query
		}
	}
	return map[string]any{"path": path, "query": query}
}

// states are those of the resource that a request was about.
type states struct {
	stored, before, after string
	since                 time.Time // when before had begun
}

// kept is a body, or its beginning.
type kept struct {
	data []byte
	size int64 // of the whole; -1 when it is not known
}

func (k kept) isCut() bool { return k.size != int64(len(k.data)) }

// gap says what of a body is not shown by a text; "" for nothing.
func (k kept) gap(text string) string {
	switch {
	case k.isCut() && k.size < 0:
		return fmt.Sprintf("the first %d bytes are kept", len(k.data))
	case k.isCut():
		return fmt.Sprintf("the first %d of %d bytes are kept", len(k.data), k.size)
	case text == "" && k.size > 0:
		return fmt.Sprintf("%d bytes are packed, and are not shown since they may have secrets", k.size)
	}
	return ""
}

// keep copies the bodies of an exchange, or their beginnings, with its headers, because their memory is used again.
func (e *entry) keep(c *exchange, most int) {
	body, answer := c.body[:min(len(c.body), most)], c.sent[:min(len(c.sent), most)]
	need := len(body) + len(answer) + c.headers + usualAnswer
	if room := cap(e.text); room < need || room > 2*need+spareText {
		e.text = make([]byte, 0, need)
	}
	text := append(append(e.text[:0], body...), answer...)
	bodies := len(text)
	text = appendHeader(text, c.request.Header)
	headers := len(text)
	text = appendHeader(text, c.writer.Header())
	e.text, e.body.data, e.answerBody.data = text, text[:len(body):len(body)], text[len(body):bodies:bodies]
	e.header, e.answer = text[bodies:headers:headers], text[headers:]
}

const (
	spareText   = 512 // bytes that an entry may take over for its texts, beside twice what it needs
	usualAnswer = 256 // bytes of an answer's header, mostly
)

// entryOf is the entry of an exchange that is about to be answered.
func (j *journal) entryOf(c *exchange, took time.Duration) *entry {
	r := c.request
	e := newEntry()
	e.id, e.contract, e.operation, e.started, e.clock, e.took = c.id, c.contract, c.operation, c.started, c.clock, took
	e.method, e.target, e.host, e.secure = r.Method, r.RequestURI, r.Host, r.TLS != nil
	if e.target == "" {
		e.target = r.URL.RequestURI()
	}
	e.violations, e.tampered, e.signature, e.shown = c.violations, c.tampering.Read != nil, c.signature, c.shown
	e.condition, e.caller, e.refusal, e.rule, e.row = c.condition, c.caller, c.refusal, c.outcome.decision.Rule, c.outcome.decision.Row
	e.states = states{c.outcome.stored, c.outcome.before, c.outcome.state, c.outcome.since}
	e.status, e.code, e.answerBody.size, e.body.size = c.status, c.code, int64(len(c.sent)), int64(len(c.body))
	if r.ContentLength != 0 && (c.body == nil || e.body.size < r.ContentLength) {
		e.body.size = r.ContentLength // nobody has read it, or not all of it
	}
	e.keep(c, int(min(maxKept, j.bytes/4)))
	if c.fault != nil {
		e.fault, e.spoilt = c.fault.id+" ("+c.fault.spec+"): "+cmp.Or(c.fault.did, "nothing"), c.fault.spoils()
	}
	e.keepParameters(c)
	if e.operation == nil && !c.routed {
		e.operation = e.contract.Match(e.method, e.escapedPath()).Operation
		e.early = e.operation != nil
	}
	e.size = e.weight()
	return e
}

// Bytes that an entry takes beside its texts, roughly.
const (
	entryWeight     = 768
	violationWeight = 256
	parameterWeight = 64
	findingWeight   = 192
)

// weight is how many bytes an entry takes, roughly.
func (e *entry) weight() int64 {
	n := entryWeight + len(e.id) + len(e.method) + len(e.target) + len(e.host) + cap(e.text) +
		violationWeight*len(e.violations) + parameterWeight*(len(e.path)+len(e.query))
	for i := range e.violations {
		n += len(e.violations[i].Text) + len(e.violations[i].Pointer)
	}
	return int64(n + findingSize(e.signature))
}

func findingSize(f *signing.Finding) int {
	if f == nil {
		return 0
	}
	n := findingWeight + len(f.Access) + len(f.Problem) + len(f.Canonical) + len(f.StringToSign) + len(f.Part) + len(f.Server) + len(f.Client) + len(f.Hint)
	for _, m := range f.Mistakes {
		n += len(m)
	}
	return n
}

// verdict is what became of the request: one of the verdicts of package control.
func (e *entry) verdict() string {
	switch {
	case e.operation == nil, len(e.violations) > 0:
		return control.Invalid
	case !e.read && (e.spoilt || e.status < http.StatusBadRequest):
		return control.Unread
	case e.refusal != nil, e.status >= http.StatusBadRequest && (!e.shown || e.spoilt):
		return control.Refused
	}
	return control.Valid
}

// origin is where the answer came from: one of the origins of package control.
func (e *entry) origin() string {
	switch {
	case e.status == 0:
		return control.FromNothing
	case e.spoilt:
		return control.FromFault
	case e.shown:
		return control.FromExample
	case e.refusal != nil, e.operation == nil, e.status >= http.StatusBadRequest:
		return control.FromRefusal
	case hooks[e.operation.ID] != nil:
		return control.FromHook
	case e.operation.Effect == nil:
		return control.FromExample
	}
	return control.FromEffect
}

// operationID is "" when no operation matched.
func (e *entry) operationID() string {
	if e.operation == nil {
		return ""
	}
	return e.operation.ID
}

// address is the URL that the client meant. On the wire there are no fragments: a number sign stands for itself.
func (e *entry) address() string {
	target := strings.ReplaceAll(e.target, "#", "%23")
	switch {
	case !strings.HasPrefix(target, "/") && strings.Contains(target, "://"):
		return target
	case e.secure:
		return "https://" + e.host + target
	}
	return "http://" + e.host + target
}

// escapedPath is the path as it came.
func (e *entry) escapedPath() string {
	if u, err := url.Parse(e.address()); err == nil {
		return u.EscapedPath()
	}
	path, _, _ := strings.Cut(e.target, "?")
	return path
}

// requestViolations is what the contract says of the request. A mock that was made to read in its own way is
// not asked.
func (e *entry) requestViolations() []contract.Violation {
	if !e.tampered || e.operation == nil || e.body.isCut() {
		return e.violations
	}
	u, err := url.Parse(e.address())
	if err != nil {
		return e.violations
	}
	m, header := e.contract.Match(e.method, e.escapedPath()), headerOf(e.header)
	_, found := e.operation.Read(contract.Input{Path: m.Path, Query: u.Query(), Header: header, ContentType: header.Get("Content-Type"), Body: e.body.data})
	return found
}

// answerViolations is what the contract says of the answer. Of a body that was cut only the head is judged.
func (e *entry) answerViolations() []contract.Violation {
	op := e.operation
	if e.early {
		op = nil // whoever refused did not know it
	}
	switch {
	case e.status == 0:
		return []contract.Violation{{In: "status", Keyword: "status", Text: "no answer was sent"}}
	case e.answerBody.isCut():
		return e.contract.CheckHead(op, contract.Answer{Status: e.status, Header: headerOf(e.answer)})
	}
	return e.contract.Check(op, contract.Answer{Status: e.status, Header: headerOf(e.answer), Body: e.answerBody.data})
}

// has tells whether an error code, or a variant of one, is the entry's.
func (e *entry) has(code string) bool {
	return code == e.code || (e.refusal != nil && e.refusal.Error.Code == code)
}

// hasStatus tells whether a status such as 404, or a class such as 4xx, is the entry's.
func (e *entry) hasStatus(text string) bool {
	if class, ok := strings.CutSuffix(text, "xx"); ok {
		return strconv.Itoa(e.status/100) == class
	}
	return strconv.Itoa(e.status) == text
}
