package mock

import (
	"encoding/json"
	"sync"

	"github.com/tallystick/tallystick/contract"
)

// slate is memory that an answer's body is written into. Whoever got it gives it back when nobody looks at the body
// any more. As a body it stands for the JSON in it.
type slate struct{ data []byte }

// maxSlate is the largest that is kept for others.
const maxSlate = 1 << 20

var slates = sync.Pool{New: func() any { return &slate{} }}

// newSlate gives an empty slate.
func newSlate() *slate {
	s, _ := slates.Get().(*slate)
	s.data = s.data[:0]
	return s
}

// release gives a slate back; nil is none.
func (s *slate) release() {
	if s != nil && cap(s.data) <= maxSlate {
		slates.Put(s)
	}
}

// MarshalJSON gives the JSON that is in it.
func (s *slate) MarshalJSON() ([]byte, error) { return s.data, nil }

// encoded writes a body into a slate, where it is not yet JSON.
func encoded(body any) (*slate, error) {
	if ready, ok := body.(*slate); ok {
		return ready, nil
	}
	s := newSlate()
	data, err := contract.AppendJSON(s.data, body)
	s.data = data
	return s, err
}

// encode gives a body as bytes, which stay until the exchange is over.
func (c *exchange) encode(body any) ([]byte, error) {
	if ready, ok := body.(json.RawMessage); ok {
		return ready, nil
	}
	s, err := encoded(body)
	c.slate = s
	return s.data, err
}
