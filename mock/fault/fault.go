// Package fault is the language in which the faults of a mock are asked for.
//
// A fault says which requests it is for, which of them it hits, and what happens to those. Its text is one
// line, such as createInstance:code=ModelArts.6101:first=2:after, which Parse reads and String writes. What a
// contract makes of it (whether there is such an operation, whether it may answer such a code) is the mock's
// business.
package fault

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
)

// All stands for every operation.
const All = "*"

// When a fault hits: before the request is looked at, so that nothing is changed, or when it has been carried
// out and before it is answered.
const (
	Before = "before"
	After  = "after"
)

// What a dropped connection still carries.
const (
	DropConnection = "connection" // nothing: it ends before the first byte of the answer
	DropHeaders    = "headers"    // status and headers
)

// MaxLatency bounds how long an answer is held back.
const MaxLatency = 5 * time.Minute

// maxCount bounds the numbers of a fault, maxText its texts.
const (
	maxCount = 1_000_000_000
	maxText  = 4096
)

// Fault is a fault to plant. The zero values of its members ask for nothing, so that one with only an Operation
// is no fault yet. It is a value: whoever has it may read it at any time.
type Fault struct {
	Operation string            `json:"operation"`          // operationId, or * for all
	Method    string            `json:"method,omitempty"`   // of HTTP, upper case
	Path      string            `json:"path,omitempty"`     // a pattern of path.Match
	Tenant    string            `json:"tenant,omitempty"`   // whose resource the request is about
	Resource  string            `json:"resource,omitempty"` // its id
	Query     map[string]string `json:"query,omitempty"`    // parameter → one of its values
	Header    map[string]string `json:"header,omitempty"`   // name → one of its values
	Body      map[string]string `json:"body,omitempty"`     // JSON pointer → the member as text

	Skip        int     `json:"skip,omitempty"`        // requests that it lets pass first
	Every       int     `json:"every,omitempty"`       // of those that are left, each how many-th it hits; 0 is 1
	First       int     `json:"first,omitempty"`       // how many it hits before it is spent; 0 is no end
	Probability float64 `json:"probability,omitempty"` // that it hits one that is due; 0 is 1
	When        string  `json:"when,omitempty"`        // before or after; "" for what suits

	Latency   string   `json:"latency,omitempty"`   // a duration, or two with - between
	Status    int      `json:"status,omitempty"`    // answered alone, without a body
	Code      string   `json:"code,omitempty"`      // of the catalogue, whose status and body are answered
	Args      []string `json:"args,omitempty"`      // for the placeholders of its message
	Drop      string   `json:"drop,omitempty"`      // connection or headers
	Truncate  *int     `json:"truncate,omitempty"`  // bytes of the body that are sent before the connection ends
	Malformed bool     `json:"malformed,omitempty"` // the body is no JSON
	Rate      int      `json:"rate,omitempty"`      // bytes of the body a second
	Force     bool     `json:"force,omitempty"`     // the code need not be one that the operation may answer
}

// Wait is between what two durations the latency lies; both are 0 without one.
func (f Fault) Wait() (least, most time.Duration, err error) {
	if f.Latency == "" {
		return 0, 0, nil
	}
	low, high, isRange := strings.Cut(f.Latency, "-")
	if !isRange {
		high = low
	}
	least, err1 := time.ParseDuration(low)
	most, err2 := time.ParseDuration(high)
	if err1 != nil || err2 != nil || least < 0 || most < least || most == 0 || most > MaxLatency {
		return 0, 0, fmt.Errorf("latency %q: want a duration such as 200ms, or a range such as 100ms-2s, up to %s", f.Latency, MaxLatency)
	}
	return least, most, nil
}

// Cuts tells whether the fault spoils an answer on its way, and so needs one.
func (f Fault) Cuts() bool {
	return f.Drop == DropHeaders || f.Truncate != nil || f.Malformed || f.Rate > 0
}

// Moment is when the fault hits. What spoils the operation's own answer can only come after it.
func (f Fault) Moment() string {
	switch {
	case f.When != "":
		return f.When
	case f.Cuts() && f.Code == "":
		return After
	}
	return Before
}

// Check tells what is wrong with a fault, whatever the contract is.
func (f Fault) Check() error {
	if f.Operation == "" {
		return errors.New("operation: want an operationId, or * for all")
	}
	if err := f.checkTexts(); err != nil {
		return err
	}
	if err := f.checkNumbers(); err != nil {
		return err
	}
	if _, err := path.Match(f.Path, ""); err != nil {
		return fmt.Errorf("path %q: want a pattern such as /v1/*/instances", f.Path)
	}
	if _, _, err := f.Wait(); err != nil {
		return err
	}
	if f.Drop != "" && f.Drop != DropConnection && f.Drop != DropHeaders {
		return fmt.Errorf("drop %q: want %s or %s", f.Drop, DropConnection, DropHeaders)
	}
	if f.When != "" && f.When != Before && f.When != After {
		return fmt.Errorf("when %q: want %s or %s", f.When, Before, After)
	}
	return f.checkDeed()
}

// checkDeed tells whether what happens fits together.
func (f Fault) checkDeed() error {
	ends := 0
	for _, one := range []bool{f.Drop != "", f.Truncate != nil, f.Malformed} {
		if one {
			ends++
		}
	}
	switch {
	case f.Latency == "" && f.Status == 0 && f.Code == "" && f.Drop == "" && !f.Cuts():
		return errors.New("nothing happens: want one of latency, status, code, drop, truncate, malformed and rate")
	case ends > 1:
		return errors.New("drop, truncate and malformed: want one of them")
	case f.Status != 0 && (f.Code != "" || f.Drop != "" || f.Cuts()):
		return errors.New("status: it stands alone, without a body; code has one")
	case f.Drop == DropConnection && (f.Code != "" || f.Rate > 0):
		return fmt.Errorf("drop %s: nothing is sent, so neither code nor rate fits", DropConnection)
	case f.Drop == DropHeaders && f.Rate > 0:
		return fmt.Errorf("drop %s: no body is sent, so rate does not fit", DropHeaders)
	case f.When == Before && f.Cuts() && f.Code == "":
		return errors.New("before: nothing is answered yet that could be spoilt; want after, or a code")
	case len(f.Args) > 0 && f.Code == "":
		return errors.New("arg: it belongs to a code")
	case f.Force && f.Code == "":
		return errors.New("force: it belongs to a code")
	}
	return nil
}

func (f Fault) checkNumbers() error {
	for _, n := range []struct {
		name  string
		value int
	}{{"skip", f.Skip}, {"every", f.Every}, {"first", f.First}, {"rate", f.Rate}} {
		if n.value < 0 || n.value > maxCount {
			return fmt.Errorf("%s %d: want a number from 1 to %d", n.name, n.value, maxCount)
		}
	}
	if f.Truncate != nil && (*f.Truncate < 0 || *f.Truncate > maxCount) {
		return fmt.Errorf("truncate %d: want a number of bytes from 0 to %d", *f.Truncate, maxCount)
	}
	if !(f.Probability >= 0 && f.Probability <= 1) {
		return fmt.Errorf("probability %v: want a number above 0, at most 1", f.Probability)
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("status %d: want one from 200 to 599", f.Status)
	}
	return nil
}

// checkTexts bounds what a fault holds, and refuses names without a meaning.
func (f Fault) checkTexts() error {
	total := len(f.Operation) + len(f.Method) + len(f.Path) + len(f.Tenant) + len(f.Resource) + len(f.Code)
	for _, a := range f.Args {
		total += len(a)
	}
	for where, members := range map[string]map[string]string{"query": f.Query, "header": f.Header, "body": f.Body} {
		for name, value := range members {
			if name == "" || (where == "body" && name[0] != '/') {
				return fmt.Errorf("%s %q: want a name; in a body, a JSON pointer such as /name", where, name)
			}
			total += len(name) + len(value)
		}
	}
	if total > maxText {
		return fmt.Errorf("the fault has %d bytes of text: want at most %d", total, maxText)
	}
	if written := len(f.String()); written > 2*maxText {
		return fmt.Errorf("the fault takes %d bytes on its line: want at most %d", written, 2*maxText)
	}
	return nil
}
