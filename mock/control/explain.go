package control

import (
	"context"
	"encoding/json"
	"net/url"
	"time"
)

// Origins: where an answer came from.
const (
	FromEffect  = "effect"  // the operation's effect was carried out
	FromExample = "example" // of the document: the operation has no effect, or the client preferred it
	FromHook    = "hook"    // Go code, for what no effect can say
	FromRefusal = "refusal" // the request was refused
	FromFault   = "fault"   // a fault replaced or spoilt it
	FromNothing = "none"    // no answer was sent
)

// Explanation is why a request got its answer.
type Explanation struct {
	Request    Request         `json:"request"`
	Operation  *Operation      `json:"operation,omitempty"`  // nil when none matched
	Near       []Near          `json:"near,omitempty"`       // then: which nearly did
	Parameters json.RawMessage `json:"parameters,omitempty"` // as they were read: {"path": {…}, "query": {…}}; absent when they were not
	Violations []Violation     `json:"violations"`           // of the request
	Credential *Credential     `json:"credential,omitempty"` // nil when no operation matched
	Rule       *Rule           `json:"rule,omitempty"`       // which refused; nil when none did
	Row        *Row            `json:"row,omitempty"`        // of the lifecycle that decided; nil when none applied
	State      *Passing        `json:"state,omitempty"`      // nil when the request was about no resource
	Refusal    *Reason         `json:"refusal,omitempty"`    // nil when it was carried out
	Signature  *Signature      `json:"signature,omitempty"`  // why it was refused; nil when it was not
	Fault      string          `json:"fault,omitempty"`      // id, line and deed of the one that hit the request; "" for none
	Origin     string          `json:"origin"`               // of the answer
	Broken     []Violation     `json:"broken"`               // what the answer breaks
	Cut        bool            `json:"cut,omitempty"`        // only the answer's head was judged, since the journal has a part of its body
}

// Operation is an operation that a request matched.
type Operation struct {
	ID       string `json:"id"`
	Summary  string `json:"summary,omitempty"`
	Position string `json:"position"` // file:line:column
}

// Credential is what the mock made of the credential of a request.
type Credential struct {
	Required  bool   `json:"required"`
	Condition string `json:"condition,omitempty"` // what was wrong with it; "" for nothing, or when nobody looked
	Caller    string `json:"caller,omitempty"`    // name of the caller; "" when nobody is known
}

// Signature is why a signature was refused. Neither it nor the secret stands here.
type Signature struct {
	Access       string   `json:"access"`             // id of the key
	Problem      string   `json:"problem"`            // why it was refused
	Canonical    string   `json:"canonicalRequest"`   // as the mock has it
	StringToSign string   `json:"stringToSign"`       // as the mock has it
	Mistakes     []string `json:"mistakes,omitempty"` // that together lead to the signature which came
	Part         string   `json:"part,omitempty"`     // the first part that differs
	Server       string   `json:"server,omitempty"`   // that part as the mock has it
	Client       string   `json:"client,omitempty"`   // and as the client has signed it
	Hint         string   `json:"hint,omitempty"`     // what to look at when the mistakes are not known
}

// Rule is a rule of the contract.
type Rule struct {
	ID       string `json:"id"`
	Given    string `json:"given,omitempty"` // the condition of the world that it wants
	When     string `json:"when,omitempty"`  // the expression that was true
	Position string `json:"position"`        // file:line:column
	Source   Source `json:"source"`
}

// Row is a row of the lifecycle.
type Row struct {
	On       []string `json:"on"`
	From     []string `json:"from"`
	When     string   `json:"when,omitempty"`
	Through  string   `json:"through,omitempty"`
	To       string   `json:"to,omitempty"`
	Stays    bool     `json:"stays,omitempty"`
	Error    string   `json:"error,omitempty"` // with which it refuses
	Position string   `json:"position"`        // file:line:column
	Source   Source   `json:"source"`
}

// Passing is the state of a resource around a request.
type Passing struct {
	Stored string     `json:"stored,omitempty"` // in which the last change had left it; "" when it was not there
	Before string     `json:"before,omitempty"` // when the request was decided: time had made it of Stored
	Since  *time.Time `json:"since,omitempty"`  // when Before had begun; nil when it was not there
	After  string     `json:"after,omitempty"`  // right after the request
}

// Reason is an error of the catalogue, as it was answered.
type Reason struct {
	Code     string   `json:"code"` // with its variant
	Status   int      `json:"status"`
	Message  string   `json:"message"`
	Meaning  string   `json:"meaning,omitempty"`
	Also     []string `json:"also,omitempty"` // other codes that would conform
	Position string   `json:"position"`       // file:line:column of the entry
	Source   Source   `json:"source"`         // of what refused
}

// Source is where a statement of the contract comes from.
type Source struct {
	Basis string   `json:"basis,omitempty"` // documented, inferred or assumed; "" when the contract does not say
	At    []string `json:"at,omitempty"`    // pages, with table and row
	Note  string   `json:"note,omitempty"`
}

// Explain tells why a request got its answer. The id is in the header RequestHeader of the answer.
func (c *Client) Explain(ctx context.Context, id string) (Explanation, error) {
	return get[Explanation](ctx, c, "requests/"+url.PathEscape(id)+"/explain")
}
