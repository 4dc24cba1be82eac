package mock

import (
	"bytes"
	"net/http"
	"slices"
	"sync"

	"github.com/tallystick/tallystick/contract"
)

// spare is the memory of an exchange that the next one uses again. What is in it belongs to one request, and must
// not be kept: the journal has copies.
type spare struct {
	parameters map[string]string // of the path
	typed      contract.Request
	inbox      []byte // the request's body
	slate      *slate // the answer's; nil for none
}

// maxInbox is the largest memory for bodies that is kept.
const maxInbox = 64 << 10

var exchanges = sync.Pool{New: func() any { return &exchange{spare: spare{parameters: map[string]string{}}} }}

// newExchange gives an exchange, which its release must end.
func newExchange(w http.ResponseWriter, r *http.Request) *exchange {
	c, _ := exchanges.Get().(*exchange)
	c.writer, c.request = w, r
	c.passage = passage{w, c}
	return c
}

// release ends an exchange: nobody may look at it any more.
func (c *exchange) release() {
	if c.request.ProtoMajor < 2 { // a frame of HTTP/2 may still be written when its stream has been cut off
		c.slate.release()
	}
	kept := spare{parameters: c.parameters, typed: c.typed, inbox: c.inbox}
	if c.outcome.spent {
		kept.typed.Reuse()
	} else {
		kept.typed.Forget()
	}
	if cap(kept.inbox) > maxInbox {
		kept.inbox = nil
	}
	clear(kept.parameters)
	*c = exchange{spare: kept}
	exchanges.Put(c)
}

// receiveAll reads the body into memory that the next exchange uses again. It begins with as much as was announced.
func (c *exchange) receiveAll() ([]byte, error) {
	size := int(min(max(c.request.ContentLength, 0), maxAhead))
	b := bytes.NewBuffer(slices.Grow(c.inbox[:0], size+bytes.MinRead))
	_, err := b.ReadFrom(c.request.Body)
	c.inbox = b.Bytes()
	return c.inbox, err
}

// readIn reads a request. Those who break the contract on purpose may keep what they are given.
func (c *exchange) readIn(op *contract.Operation, in contract.Input) (*contract.Request, []contract.Violation) {
	if !c.tampering.isNone() {
		return c.tampering.read(op, in)
	}
	req := &c.typed
	return req, op.ReadInto(req, in)
}
