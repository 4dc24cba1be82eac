package control

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// RequestHeader is the header by which every answer of the played API tells the id of its request in the
// journal. It is absent where there is no journal.
const RequestHeader = "X-Tally-Request"

// Verdicts: what became of a request.
const (
	Valid   = "valid"   // the contract allows it, and it was carried out
	Invalid = "invalid" // it breaks the contract, or matches no operation of it
	Refused = "refused" // its form is right as far as it was read; its credential, the world, a rule or a state forbade it
	Unread  = "unread"  // a fault struck, or the connection ended, before it was read, so that nobody judged it
)

// Unmatched stands for an operation where a request matched none.
const Unmatched = "-"

// Request is a request of the played API as a list of the journal has it.
type Request struct {
	Sequence  int64     `json:"sequence"` // counts from 1
	ID        string    `json:"id"`
	At        time.Time `json:"at"`      // on the mock's clock
	Started   time.Time `json:"started"` // in real time
	Took      float64   `json:"took"`    // milliseconds until the answer was ready
	Method    string    `json:"method"`
	URL       string    `json:"url"`
	Operation string    `json:"operation,omitempty"` // "" when none matched
	Status    int       `json:"status"`              // 0 when no answer was sent
	Verdict   string    `json:"verdict"`             // Valid, Invalid, Refused or Unread
	Code      string    `json:"code,omitempty"`      // of the error catalogue; "" for none
	Before    string    `json:"before,omitempty"`    // state of the resource when the request was decided
	After     string    `json:"after,omitempty"`     // and right after
}

// Requests are a part of the journal.
type Requests struct {
	Requests  []Request `json:"requests"`
	Matched   int       `json:"matched"`   // how many the filter lets through, those behind the limit too
	Forgotten int64     `json:"forgotten"` // how many older ones the journal had no room for
}

// Count is how many requests there were.
type Count struct {
	Count     int   `json:"count"`
	Forgotten int64 `json:"forgotten"` // how many older ones the journal had no room for; they are not counted
}

// Exchange is a request with its answer, and what the contract says of both.
type Exchange struct {
	Request    Request     `json:"request"`
	Sent       Message     `json:"sent"`
	Answered   Message     `json:"answered"`
	Violations []Violation `json:"violations"`          // of the request
	Broken     []Violation `json:"broken"`              // of the answer
	Signature  *Signature  `json:"signature,omitempty"` // why it was refused; nil when it was not
	Near       []Near      `json:"near,omitempty"`      // when no operation matched: which nearly did
}

// Message is what one side said, without its secrets.
type Message struct {
	Headers map[string][]string `json:"headers"`
	Size    int64               `json:"size"`             // bytes of the body as it came; -1 when it is not known
	Cut     bool                `json:"cut,omitempty"`    // Text is not all of it
	Text    string              `json:"text,omitempty"`   // the body
	Base64  bool                `json:"base64,omitempty"` // Text is base64 of it, since it is no UTF-8
}

// Violation is one way in which a message breaks the contract.
type Violation struct {
	In       string `json:"in"`                 // body, query, path, header, status or response
	Pointer  string `json:"pointer,omitempty"`  // JSON pointer into the body; the name of a parameter or header
	Keyword  string `json:"keyword"`            // of JSON Schema
	Schema   string `json:"schema,omitempty"`   // JSON pointer into the contract
	Position string `json:"position,omitempty"` // file:line:column of it
	Text     string `json:"text"`
	Code     string `json:"code,omitempty"` // of the error catalogue; "" when the contract names none
}

// Near is an operation that a request nearly matched.
type Near struct {
	Operation string `json:"operation"`
	Method    string `json:"method"`
	Path      string `json:"path"`     // template
	Position  string `json:"position"` // file:line:column of it
	Why       string `json:"why"`      // it did not match
}

// Filter selects requests of the journal. The zero Filter selects all, and of a list the oldest 100.
type Filter struct {
	Operation string // operationId, or Unmatched; "" for any
	Method    string // "" for any
	Status    string // such as 404 or 4xx; "" for any
	Code      string // of the error catalogue; "" for any
	Path      string // what the path begins with
	Verdict   string // Valid, Invalid, Refused or Unread; "" for any
	Since     int64  // only those with a higher sequence
	Before    int64  // only those with a lower sequence; 0 for all
	Limit     int    // of a list; 0 is 100, at most 1000
	Newest    bool   // a list begins with the newest, not the oldest
}

func (f Filter) query() string {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" && value != "0" {
			q.Set(name, value)
		}
	}
	set("operation", f.Operation)
	set("method", f.Method)
	set("status", f.Status)
	set("code", f.Code)
	set("path", f.Path)
	set("verdict", f.Verdict)
	set("since", strconv.FormatInt(f.Since, 10))
	set("before", strconv.FormatInt(f.Before, 10))
	set("limit", strconv.Itoa(f.Limit))
	if f.Newest {
		q.Set("order", "newest")
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// Requests lists requests of the journal.
func (c *Client) Requests(ctx context.Context, f Filter) (Requests, error) {
	return get[Requests](ctx, c, "requests"+f.query())
}

// CountRequests counts requests of the journal; limit and order mean nothing here.
func (c *Client) CountRequests(ctx context.Context, f Filter) (Count, error) {
	f.Limit, f.Newest = 0, false
	return get[Count](ctx, c, "requests/count"+f.query())
}

// Request shows one request by its id, which is in the header RequestHeader of its answer.
func (c *Client) Request(ctx context.Context, id string) (Exchange, error) {
	return get[Exchange](ctx, c, "requests/"+url.PathEscape(id))
}

// HAR is the journal as a recording (HTTP Archive 1.2); limit and order mean nothing here.
func (c *Client) HAR(ctx context.Context, f Filter) ([]byte, error) {
	f.Limit, f.Newest = 0, false
	return c.exchange(ctx, http.MethodGet, "requests.har"+f.query(), nil)
}

// ForgetRequests empties the journal.
func (c *Client) ForgetRequests(ctx context.Context) error {
	return c.call(ctx, http.MethodDelete, "requests", nil, nil)
}
